// The special-purpose registers of the modelled CPUs: who has them, numbers, width, who may access them, bit fields.
// The table is in spr-table.ts. Source: Power ISA v2.07 and v3.0B Book III, "SPR encodings"; for what the
// architecture leaves to implementations the kernel's reg.h and the user manuals.
import { registerTable } from './spr-table.ts';

/** A named bit field: bits `lo`..`lo + width - 1`, 0 = least significant. */
export interface SprField {
  readonly name: string;
  readonly lo: number;
  readonly width: number;
}

/** Who may read or write: '-' nobody, 'u' problem state, 's' privileged, 'h' hypervisor. */
export type SprAccess = '-' | 'u' | 's' | 'h';

/** Processors by register set, oldest first. */
export const CPU_FAMILIES = ['970', 'p7', 'p8', 'p9'] as const;
export type CpuFamily = (typeof CPU_FAMILIES)[number];

/** What HFSCR (HV=0), FSCR (problem state) or MSR (TM) must allow for an access. */
export type SprFacility = 'DSCR' | 'PM' | 'TM' | 'EBB' | 'TAR' | 'MSGP';

/** Which part of its register a number shows, or what writing through it does; 'whole' is the usual one. */
export type SprView =
  | 'whole'
  | 'upper' // bits 0:31 of the register
  | 'lower' // bits 32:63
  | 'top40' // bits 0:39
  | 'set' // writing sets the bits that are 1
  | 'setUpper' // the same for bits 0:31
  | 'reset' // writing clears the bits that are 1
  | 'resetUpper'
  | 'user'; // what problem state or the operating system may see

/** One number of mtspr/mfspr. */
export interface SprNumber {
  readonly num: number;
  readonly read: SprAccess;
  readonly write: SprAccess;
  readonly cpus: readonly CpuFamily[];
  readonly view: SprView;
}

export interface SprRow {
  readonly name: string;
  /** Number in mtspr/mfspr, or null for registers that no mfspr reaches (MSR). */
  readonly num: number | null;
  readonly bits: 32 | 64;
  readonly read: SprAccess;
  readonly write: SprAccess;
  readonly cpus: readonly CpuFamily[];
  /** Further numbers of the same register. */
  readonly also: readonly SprNumber[];
  readonly facility?: SprFacility;
  readonly fields: readonly SprField[];
  readonly what: string;
}

/** What mtspr or mfspr of a number means on one CPU. */
export interface SprEntry extends SprNumber {
  readonly slot: number;
  readonly row: SprRow;
}

/** All registers, in slot order: a thread's block holds slot i at `SPR_BASE + 8 * i` (engine/layout.ts). */
export const SPRS: readonly SprRow[] = registerTable();

const slotByName = new Map(SPRS.map((row, slot) => [row.name, slot]));

/** Slot of a register by name; an unknown name is our bug. */
export function sprSlot(name: string): number {
  const slot = slotByName.get(name);
  if (slot === undefined) throw new Error(`sprSlot: no register named ${name}`);
  return slot;
}

/** Numbers of one register, its own first. */
export function numbersOf(row: SprRow): SprNumber[] {
  const { num, read, write, cpus, also } = row;
  return num === null ? [] : [{ num, read, write, cpus, view: 'whole' }, ...also];
}

function tableOf(cpu: CpuFamily): ReadonlyMap<number, SprEntry> {
  const entries = SPRS.flatMap((row, slot) =>
    numbersOf(row)
      .filter(({ cpus }) => cpus.includes(cpu))
      .map((number): [number, SprEntry] => [number.num, { ...number, slot, row }]),
  );
  return new Map(entries);
}

const tables = new Map(CPU_FAMILIES.map((cpu) => [cpu, tableOf(cpu)]));

/** Everything that mtspr and mfspr of a CPU reach, by number. */
export function sprNumbers(cpu: CpuFamily): ReadonlyMap<number, SprEntry> {
  return tables.get(cpu) as ReadonlyMap<number, SprEntry>;
}

/** Slot of the register that mtspr/mfspr number `num` names on the newest CPU that has it, or undefined. */
export function sprSlotOfNumber(num: number): number | undefined {
  for (const cpu of CPU_FAMILIES.toReversed()) {
    const entry = tables.get(cpu)?.get(num);
    if (entry !== undefined) return entry.slot;
  }
  return undefined;
}

/** True when the CPU has the register. */
export function hasSpr(cpu: CpuFamily, row: SprRow): boolean {
  return row.cpus.includes(cpu);
}
