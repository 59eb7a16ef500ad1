// mtspr and mfspr: who may, what an access does beyond storing bits, and what a refused one raises.
// Source: Power ISA v2.07 and v3.0B Book III, "Move To/From System Register Instructions" and the registers' own
// sections; performance monitor access by MMCR0[PMCC].
import { Outcome } from '../engine/api.ts';
import {
  SPRS,
  type SprAccess,
  type SprEntry,
  type SprView,
  sprNumbers,
  sprSlot,
} from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { FACILITY, LPCR, MMCR0, MSR, PROGRAM, PSSCR } from './bits.ts';
import { debugChanged } from './debug.ts';
import type { Hardware } from './hardware.ts';
import { facilityUnavailable, hypervisorFacilityUnavailable } from './interrupts.ts';
import { hasRegister, writeHid4, writePartition } from './partition.ts';
import { SLOT } from './slots.ts';

const LOW = 0xffffffffn;
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
/** Registers whose value changes nothing but what later instructions read: writing them need not leave the engine. */
const QUIET: ReadonlySet<number> = new Set(
  (
    'XER LR CTR TAR VRSAVE SPRG0 SPRG1 SPRG2 SPRG3 HSPRG0 HSPRG1 SRR0 SRR1 HSRR0 HSRR1 DAR DSISR HDAR HDSISR DSCR CFAR ' +
    'CTRL PPR FSCR TFHAR TFIAR TEXASR EBBHR EBBRR'
  )
    .split(' ')
    .map(sprSlot),
);
/** Reserved numbers on which mtspr and mfspr do nothing, from version 2.07 on. */
const NO_OPS = [808, 809, 810, 811];

/** What the 'user' number of a register shows and changes; all of it unless listed. */
const USER_BITS: ReadonlyMap<number, bigint> = new Map([
  // FC, PMAE and PMAO; the FCnP0 bits.
  [SLOT.MMCR0, 0x84000080n],
  [SLOT.MMCR2, 0x4020100804020000n],
  [SLOT.PSSCR, 0xf0000000000003ffn],
]);

type Have = 'u' | 's' | 'h';

export function privilege(hw: Hardware, t: HwThreadId): Have {
  const msr = hw.msr(t);
  if ((msr & MSR.PR) !== 0n) return 'u';
  return (msr & MSR.HV) !== 0n ? 'h' : 's';
}

const allowed = (need: SprAccess, have: Have): boolean =>
  need !== '-' && 'ush'.indexOf(need) <= 'ush'.indexOf(have);

// --- values

type Read = (hw: Hardware, t: HwThreadId, slot: number) => bigint;
type Write = (hw: Hardware, t: HwThreadId, value: bigint, slot: number) => void;

/** LPCR[LD]: DEC has its full width. */
const hasLargeDec = (hw: Hardware, t: HwThreadId): boolean =>
  (hw.arena.spr(t, SLOT.LPCR) & LPCR.LD & hw.model.lpcr) !== 0n;

/** One bit of each thread of the core, thread 0 least significant. */
const gather = (hw: Hardware, t: HwThreadId, bit: (thread: HwThreadId) => bigint): bigint =>
  hw.coreOf(t).reduce((bits, thread, i) => bits | (bit(thread) << BigInt(i)), 0n);

/** Writes one bit of each thread of the core. */
function scatter(hw: Hardware, t: HwThreadId, v: bigint, set: (u: HwThreadId, b: bigint) => void) {
  for (const [i, thread] of hw.coreOf(t).entries()) set(thread, (v >> BigInt(i)) & 1n);
}

/** Registers of one time base: a slot holds the distance from the clock. */
const counting: Read = (hw, t, slot) => wrap(hw.arena.spr(t, slot) + BigInt(hw.tb(t)));
const setCounting: Write = (hw, t, value, slot) => {
  hw.arena.setSpr(t, slot, wrap(value - BigInt(hw.tb(t))));
};

/** Registers whose value is more than their slot. */
const READERS: ReadonlyMap<number, Read> = new Map<number, Read>([
  [SLOT.PURR, counting],
  [SLOT.SPURR, counting],
  [SLOT.VTB, counting],
  [SLOT.TB, counting],
  [SLOT.XER, (hw, t) => hw.arena.xer(t)],
  [SLOT.DEC, (hw, t) => BigInt.asUintN(hasLargeDec(hw, t) ? 64 : 32, BigInt(hw.dec(t)))],
  [
    SLOT.HDEC,
    (hw, t) => BigInt.asUintN(hw.model.decrementerBits === 56 ? 64 : 32, BigInt(hw.hdec(t))),
  ],
  [
    SLOT.DPDES,
    (hw, t, slot) => {
      const own = (u: HwThreadId) => hw.arena.spr(u, slot);
      return hw.model.doorbellScope === 'core' ? gather(hw, t, own) : own(t);
    },
  ],
  [SLOT.DHDES, (hw, t) => gather(hw, t, (u) => BigInt(hw.arena.dhdes(u)))],
]);

/** Registers in which writing does more, or less, than storing the value. */
const WRITERS: ReadonlyMap<number, Write> = new Map<number, Write>([
  [SLOT.PURR, setCounting],
  [SLOT.SPURR, setCounting],
  [SLOT.VTB, setCounting],
  [SLOT.TB, setCounting],
  [SLOT.XER, (hw, t, v) => hw.arena.setXer(t, v)],
  [
    SLOT.DEC,
    (hw, t, v) => {
      const bits = hasLargeDec(hw, t) ? hw.model.decrementerBits : 32;
      hw.setDec(t, Number(BigInt.asIntN(bits, v)));
    },
  ],
  [SLOT.HDEC, (hw, t, v) => hw.setHdec(t, Number(BigInt.asIntN(hw.model.decrementerBits, v)))],
  [
    SLOT.DPDES,
    (hw, t, v) => {
      if (hw.model.doorbellScope === 'core') scatter(hw, t, v, (u, bit) => hw.setDpdes(u, bit));
      else hw.setDpdes(t, v & 1n);
    },
  ],
  [SLOT.DHDES, (hw, t, v) => scatter(hw, t, v, (u, b) => hw.arena.setDhdes(u, Number(b)))],
  [SLOT.LPCR, (hw, t, v, slot) => hw.arena.setSpr(t, slot, v & hw.model.lpcr)],
  [SLOT.LPIDR, writePartition],
  [SLOT.SDR1, writePartition],
  [SLOT.HID4, writeHid4],
  // Only RUN can be written.
  [SLOT.CTRL, (hw, t, v, slot) => hw.arena.setSpr(t, slot, v & 1n)],
  // Software clears bits by writing zeroes.
  [SLOT.HMER, (hw, t, v, slot) => hw.arena.setSpr(t, slot, v & hw.arena.spr(t, slot))],
  [
    SLOT.PSSCR,
    (hw, t, v, slot) => {
      const reached = hw.arena.spr(t, slot) & PSSCR.PLS;
      hw.arena.setSpr(t, slot, (v & ~PSSCR.PLS) | reached);
    },
  ],
]);

/** A register's value as mfspr of its own number reads it. */
export function readSpr(hw: Hardware, t: HwThreadId, slot: number): bigint {
  return READERS.get(slot)?.(hw, t, slot) ?? hw.arena.spr(t, slot);
}

/** Writes a register as mtspr of its own number does, without access checks. */
export function writeSpr(hw: Hardware, t: HwThreadId, slot: number, value: bigint): void {
  const v = SPRS[slot]?.bits === 32 ? value & LOW : value;
  const write = WRITERS.get(slot);
  if (write !== undefined) {
    write(hw, t, v, slot);
    return;
  }
  hw.arena.setSpr(t, slot, v);
  debugChanged(hw, t, slot);
}

/**
 * mtspr and mfspr by name of hypervisor code that is no machine code. A register that this CPU lacks reads as 0 and
 * takes nothing, and the access is told of (partition.ts).
 */
export function mtsprNamed(hw: Hardware, t: HwThreadId, name: string, value: bigint): void {
  const slot = sprSlot(name);
  if (hasRegister(hw, t, slot)) writeSpr(hw, t, slot, value);
}
export function mfsprNamed(hw: Hardware, t: HwThreadId, name: string): bigint {
  const slot = sprSlot(name);
  return hasRegister(hw, t, slot) ? readSpr(hw, t, slot) : 0n;
}

/** What a number shows of its register. */
function shown(hw: Hardware, slot: number, view: SprView, value: bigint): bigint {
  switch (view) {
    case 'upper':
    case 'setUpper':
    case 'resetUpper':
      return value >> 32n;
    case 'lower':
      return value & LOW;
    case 'user':
      return value & userBits(hw, slot);
    default:
      return value;
  }
}

/** The register's new value when `v` is written by a number with that view. */
function merged(hw: Hardware, slot: number, view: SprView, old: bigint, v: bigint): bigint {
  const upper = (v & LOW) << 32n;
  switch (view) {
    case 'whole':
      return v;
    case 'upper':
      return upper | (old & LOW);
    case 'lower':
      return (old & ~LOW) | (v & LOW);
    case 'top40':
      return (v & ~0xffffffn) | (old & 0xffffffn);
    case 'set':
      return old | v;
    case 'setUpper':
      return old | upper;
    case 'reset':
      return old & ~v;
    case 'resetUpper':
      return old & ~upper;
    case 'user':
      return (old & ~userBits(hw, slot)) | (v & userBits(hw, slot));
  }
}

const userBits = (hw: Hardware, slot: number): bigint =>
  (hw.hasFacilities ? USER_BITS.get(slot) : undefined) ?? wrap(-1n);

/** AMR, IAMR and UAMOR: below the hypervisor only the bits change that AMOR (problem state: UAMOR) has. */
function masked(hw: Hardware, t: HwThreadId, slot: number, have: Have, value: bigint): bigint {
  if (have === 'h' || ![SLOT.AMR, SLOT.IAMR, SLOT.UAMOR].some((each) => each === slot)) {
    return value;
  }
  const mask = hw.arena.spr(t, have === 'u' ? SLOT.UAMOR : SLOT.AMOR);
  return (hw.arena.spr(t, slot) & ~mask) | (value & mask);
}

// --- access

/** A number that no register of this CPU has: by its 0x10 bit, which says "privileged". */
function noSuchSpr(hw: Hardware, t: HwThreadId, num: number): Outcome {
  if (NO_OPS.includes(num) && hw.hasFacilities) return noOperation(hw, t);
  const problem = privilege(hw, t) === 'u';
  const privileged = (num & 0x10) !== 0;
  if (problem && privileged) return hw.program(t, PROGRAM.PRIVILEGED);
  const traps = problem || [0, 4, 5, 6].includes(num) || hw.enhancedVirtualization(t);
  return traps ? hw.illegal(t) : noOperation(hw, t);
}

/** Goes on with the next instruction; RT stays as it is. */
function noOperation(hw: Hardware, t: HwThreadId): Outcome {
  hw.arena.setNia(t, hw.nextInstruction(t));
  return Outcome.raised;
}

/** Refuses an access by privilege, then facility; null when it may go on. */
function refused(hw: Hardware, t: HwThreadId, entry: SprEntry, write: boolean): Outcome | null {
  const have = privilege(hw, t);
  const need = write ? entry.write : entry.read;
  if (have === 'u' && !allowed(need, 'u')) return hw.program(t, PROGRAM.PRIVILEGED);
  const withheld = facilityOf(hw, t, entry, have, write);
  if (withheld !== null) return withheld;
  return allowed(need, have) ? null : hw.hypervisorOnly(t);
}

/** MSR[TM], in problem state FSCR or MMCR0[PMCC], then with HV=0 HFSCR. */
function facilityOf(
  hw: Hardware,
  t: HwThreadId,
  { row, num }: SprEntry,
  have: Have,
  write: boolean,
): Outcome | null {
  const { facility } = row;
  if (facility === undefined || !hw.hasFacilities) return null;
  const bit = 1n << BigInt(FACILITY[facility]);
  const lacks = (slot: number) => (hw.arena.spr(t, slot) & bit) === 0n;
  if (facility === 'TM' && (hw.msr(t) & MSR.TM) === 0n) return unavailable();
  if (have === 'u') {
    if ((facility === 'DSCR' || facility === 'EBB' || facility === 'TAR') && lacks(SLOT.FSCR)) {
      return unavailable();
    }
    const monitor = facility === 'PM' ? monitorAccess(hw, t, num, write) : 'granted';
    if (monitor === 'withheld') return unavailable();
    if (monitor === 'readOnly') return hw.illegal(t);
  }
  if (!hw.inGuest(t) || !lacks(SLOT.HFSCR)) return null;
  hypervisorFacilityUnavailable(hw, t, facility);
  return Outcome.raised;

  function unavailable(): Outcome {
    facilityUnavailable(hw, t, facility as NonNullable<typeof facility>);
    return Outcome.raised;
  }
}

/** MMCR0[PMCC]: 0 problem state reads, 1 neither, 2 reads and writes, 3 the same but PMC5 and PMC6. */
function monitorAccess(
  hw: Hardware,
  t: HwThreadId,
  num: number,
  write: boolean,
): 'granted' | 'withheld' | 'readOnly' {
  const control = Number((hw.arena.spr(t, SLOT.MMCR0) & MMCR0.PMCC) >> 18n);
  const groupA = (num >= 769 && num <= 776) || num === 779;
  if (!groupA) return 'granted';
  const counter56 = num === 775 || num === 776;
  if (control === 1 || (control === 3 && counter56)) return 'withheld';
  return write && control === 0 ? 'readOnly' : 'granted';
}

/** mfspr: argument 0 is the number. */
export function mfspr(hw: Hardware, t: HwThreadId): Outcome {
  const num = hw.arena.argLow(t, 0);
  const entry = sprNumbers(hw.model.family).get(num);
  if (entry === undefined) return noSuchSpr(hw, t, num);
  const refusal = refused(hw, t, entry, false);
  if (refusal !== null) return refusal;
  const value = readSpr(hw, t, entry.slot);
  hw.arena.setResult(t, entry.view === 'whole' ? value : shown(hw, entry.slot, entry.view, value));
  return Outcome.continue;
}

/** mtspr: argument 0 is the number, argument 1 the value. */
export function mtspr(hw: Hardware, t: HwThreadId): Outcome {
  const num = hw.arena.argLow(t, 0);
  const entry = sprNumbers(hw.model.family).get(num);
  if (entry === undefined) return noSuchSpr(hw, t, num);
  const refusal = refused(hw, t, entry, true);
  if (refusal !== null) return refusal;
  const { slot, view } = entry;
  const given = hw.arena.arg(t, 1);
  const old = view === 'whole' ? 0n : readSpr(hw, t, slot);
  const value = merged(hw, slot, view, old, given);
  writeSpr(hw, t, slot, masked(hw, t, slot, privilege(hw, t), value));
  return QUIET.has(slot) ? Outcome.continue : Outcome.yield;
}
