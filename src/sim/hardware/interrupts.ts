// How interrupts are taken: which asynchronous one comes next, and what taking one does to registers.
// Source: Power ISA v3.0B Book III, "Interrupt Processing", "Interrupt Definitions", "Interrupt Priorities".
import type { HwThreadId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import {
  FACILITY,
  type FacilityName,
  HID0_HDICE,
  HID4_LPES0,
  LPCR,
  MMCR0,
  MSR,
  SRR1_CAUSES,
} from './bits.ts';
import type { Hardware } from './hardware.ts';
import { SLOT } from './slots.ts';
import { BOOK3S_INTERRUPT, hasVector, vectorRow } from './vectors.ts';

/** Bits of `Arena.inputs`: lines that others hold, and what the thread has latched. */
export const INPUT = {
  /** The external interrupt line (0x500). */
  EXTERNAL: 1,
  /** The hypervisor virtualization line (0xEA0). */
  HVIRT: 2,
  /** PowerPC 970: the decrementer exception was taken, and DEC was not written since. */
  DEC_TAKEN: 4,
} as const;

const HDICE = Number(LPCR.HDICE);
const HVICE = Number(LPCR.HVICE);
const HEIC = Number(LPCR.HEIC);
const LPES0 = Number(LPCR.LPES0);
const MER = Number(LPCR.MER);

/** LPCR bits 48:63 that concern interrupts; on the PowerPC 970 gathered from where it has them. */
function lpcrLow(hw: Hardware, t: HwThreadId): number {
  const { arena, model } = hw;
  if (model.lpcr !== 0n) return arena.sprLow(t, SLOT.LPCR) & 0xffff;
  const hdice = (arena.spr(t, SLOT.HID0) & HID0_HDICE) !== 0n;
  const lpes0 = (arena.spr(t, SLOT.HID4) & HID4_LPES0) !== 0n;
  return (hdice ? HDICE : 0) | (lpes0 ? LPES0 : 0);
}

/** HDEC may interrupt (LPCR[HDICE]). */
export function isHdecEnabled(hw: Hardware, t: HwThreadId): boolean {
  return (lpcrLow(hw, t) & HDICE) !== 0;
}

/**
 * Vector of the most urgent asynchronous interrupt that the thread would take now, 0 if none. In order: hypervisor
 * maintenance, HDEC, hypervisor virtualization, external, mediated external, DEC, doorbells, performance monitor.
 */
export function pendingInterrupt(hw: Hardware, t: HwThreadId, ee: boolean, guest: boolean): number {
  const { arena } = hw;
  const lpcr = lpcrLow(hw, t);
  const inputs = arena.inputs(t);
  const tb = hw.tb(t);
  if (hasMaintenance(hw, t)) return BOOK3S_INTERRUPT.HMI;
  if ((lpcr & HDICE) !== 0 && tb >= arena.hdecExpires(t)) return BOOK3S_INTERRUPT.HV_DECREMENTER;
  if ((inputs & INPUT.HVIRT) !== 0 && (lpcr & HVICE) !== 0) return BOOK3S_INTERRUPT.H_VIRT;
  if ((inputs & INPUT.EXTERNAL) !== 0 && externalEnabled(hw, t, lpcr, ee, guest)) {
    return BOOK3S_INTERRUPT.EXTERNAL;
  }
  if (ee) {
    if (guest && (lpcr & MER) !== 0) return BOOK3S_INTERRUPT.EXTERNAL;
    if (tb >= arena.decExpires(t) && (inputs & INPUT.DEC_TAKEN) === 0) {
      return BOOK3S_INTERRUPT.DECREMENTER;
    }
    if (!arena.isZero(t, SLOT.DPDES)) return BOOK3S_INTERRUPT.DOORBELL;
  }
  // UNSURE: silicon is believed to ignore EE for the hypervisor doorbell when HV=0; Linux relies on it.
  if (arena.dhdes(t) !== 0) return BOOK3S_INTERRUPT.H_DOORBELL;
  if (!ee || arena.isZero(t, SLOT.MMCR0)) return 0;
  return (arena.spr(t, SLOT.MMCR0) & MMCR0.PMAO) !== 0n ? BOOK3S_INTERRUPT.PERFMON : 0;
}

/** An exception in HMER that HMEER enables. */
export function hasMaintenance(hw: Hardware, t: HwThreadId): boolean {
  const { arena } = hw;
  if (arena.isZero(t, SLOT.HMER)) return false;
  return (arena.spr(t, SLOT.HMER) & arena.spr(t, SLOT.HMEER)) !== 0n;
}

/**
 * EE, unless HEIC holds it while the hypervisor runs; or any EE while a guest runs and LPES0=0, but on the PowerPC 970,
 * where EE masks it in all states.
 */
function externalEnabled(
  hw: Hardware,
  t: HwThreadId,
  lpcr: number,
  ee: boolean,
  guest: boolean,
): boolean {
  if (guest && (lpcr & LPES0) === 0 && hw.model.family !== '970') return true;
  const problem = (hw.msr(t) & MSR.PR) !== 0n;
  const held = (lpcr & HEIC) !== 0 && !guest && !problem;
  return ee && !held;
}

/** Takes the asynchronous interrupt `vector` at NIA; what delivery clears is cleared. */
export function deliver(hw: Hardware, t: HwThreadId, vector: number): void {
  const { arena } = hw;
  switch (vector) {
    case BOOK3S_INTERRUPT.DOORBELL:
      arena.setSpr(t, SLOT.DPDES, 0n);
      hw.emit(KIND.dpdes_deliver, t, 0, 0);
      break;
    case BOOK3S_INTERRUPT.H_DOORBELL:
      arena.setDhdes(t, 0);
      break;
    case BOOK3S_INTERRUPT.DECREMENTER:
      // On the PowerPC 970 the exception is an event: taking the interrupt ends it.
      if (hw.model.family === '970') arena.setInputs(t, arena.inputs(t) | INPUT.DEC_TAKEN);
      break;
    case BOOK3S_INTERRUPT.EXTERNAL:
      if (!isForHypervisor(hw, t)) break;
      enter(hw, t, { vector, regs: externalPair(hw), toHv: true, resume: arena.nia(t), cause: 0n });
      return;
  }
  interrupt(hw, t, vector, arena.nia(t));
}

/**
 * With LPES0=0 an external interrupt is the hypervisor's, a mediated one too: it has to present it.
 * UNSURE: POWER9 gives a mediated one to the guest, as Linux there expects, which runs guests with LPES0=1.
 */
function isForHypervisor(hw: Hardware, t: HwThreadId): boolean {
  if ((lpcrLow(hw, t) & LPES0) !== 0) return false;
  const real = (hw.arena.inputs(t) & INPUT.EXTERNAL) !== 0;
  return real || hw.model.version !== '3.0';
}

/** The save/restore pair of an external interrupt to the hypervisor. */
const externalPair = (hw: Hardware): 'S' | 'H' => (hw.model.family === '970' ? 'S' : 'H');

/** (H)SRR1 as the interrupt `vector` from the hypervisor's own code left it, with LPES0=0. */
export function savedMsr(hw: Hardware, t: HwThreadId, vector: number): bigint {
  const pair = vector === BOOK3S_INTERRUPT.EXTERNAL ? externalPair(hw) : vectorRow(vector).regs;
  return hw.arena.spr(t, pair === 'H' ? SLOT.HSRR1 : SLOT.SRR1);
}

interface Entry {
  readonly vector: number;
  readonly regs: 'S' | 'H';
  readonly toHv: boolean;
  /** Address for (H)SRR0. */
  readonly resume: bigint;
  /** Bits reported in (H)SRR1. */
  readonly cause: bigint;
}

/**
 * Takes an interrupt by its row of the vector table.
 * @param hypervisor true when this instance goes to the hypervisor although its row does not say so (sc 1)
 */
export function interrupt(
  hw: Hardware,
  t: HwThreadId,
  vector: number,
  resume: bigint,
  cause = 0n,
  hypervisor = false,
): void {
  const { regs, toHv } = vectorRow(vector);
  if (!hasVector(hw.model.family, vector)) {
    throw new Error(`interrupt: ${hw.model.id} has none at 0x${vector.toString(16)}`);
  }
  enter(hw, t, { vector, regs, toHv: toHv || hypervisor, resume, cause });
}

/** Save/restore registers, MSR, NIA := vector. */
function enter(hw: Hardware, t: HwThreadId, { vector, regs, toHv, resume, cause }: Entry): void {
  const { arena } = hw;
  const msr = hw.msr(t);
  arena.setSpr(t, regs === 'H' ? SLOT.HSRR0 : SLOT.SRR0, resume);
  arena.setSpr(t, regs === 'H' ? SLOT.HSRR1 : SLOT.SRR1, (msr & ~SRR1_CAUSES) | cause);
  const kept = regs === 'H' ? MSR.ME | MSR.HV | MSR.RI : MSR.ME | MSR.HV;
  let next = newMsr(hw, t, msr & kept, toHv);
  if (vector === BOOK3S_INTERRUPT.MACHINE_CHECK) next &= ~MSR.ME;
  let address = BigInt(vector);
  if (isRelocated(hw, t, vector, msr, next)) {
    next |= MSR.IR | MSR.DR;
    address += relocation(hw, t);
  } else if (hw.model.family === '970') address += arena.spr(t, SLOT.HIOR);
  hw.setMsr(t, next);
  arena.setNia(t, address);
  hw.emit(KIND.interrupt, t, vector, Number(next & MSR.HV ? 1n : 0n));
}

/** MSR of the handler: 64-bit mode, `kept`, HV when it goes to the hypervisor, and the byte order of that side. */
function newMsr(hw: Hardware, t: HwThreadId, kept: bigint, toHv: boolean): bigint {
  const { arena, model } = hw;
  const next = MSR.SF | kept | (toHv ? MSR.HV : 0n);
  return next | (isLittleEndian() ? MSR.LE : 0n);

  function isLittleEndian(): boolean {
    if ((model.msr & MSR.LE) === 0n) return false;
    if ((next & MSR.HV) !== 0n) return (arena.spr(t, SLOT.HID0) & model.hile) !== 0n;
    return (arena.spr(t, SLOT.LPCR) & LPCR.ILE) !== 0n;
  }
}

/** LPCR[AIL]: 2 and 3 relocate; 0 and the reserved 1 do not. */
function relocation(hw: Hardware, t: HwThreadId): bigint {
  const ail = hw.arena.spr(t, SLOT.LPCR) & LPCR.AIL & hw.model.lpcr;
  if (ail === LPCR.AIL_3) return 0xc000000000004000n;
  return ail === LPCR.AIL_2 ? 0x18000n : 0n;
}

const NEVER_RELOCATED: readonly number[] = [
  BOOK3S_INTERRUPT.SYSTEM_RESET,
  BOOK3S_INTERRUPT.MACHINE_CHECK,
  BOOK3S_INTERRUPT.HMI,
];

/** AIL works when translation was on; not on a transition of HV from 0 to 1, unless the partition is radix. */
function isRelocated(
  hw: Hardware,
  t: HwThreadId,
  vector: number,
  msr: bigint,
  next: bigint,
): boolean {
  if (relocation(hw, t) === 0n || NEVER_RELOCATED.includes(vector)) return false;
  const translating = (msr & (MSR.IR | MSR.DR)) === (MSR.IR | MSR.DR);
  const radix = (hw.arena.spr(t, SLOT.LPCR) & LPCR.HR & hw.model.lpcr) !== 0n;
  return translating && ((next & MSR.HV) === (msr & MSR.HV) || radix);
}

/** scv: LR := next instruction, CTR := MSR; EE and RI stay; 0x17000 + 32 * LEV, or with AIL=3 its 0xc... twin. */
export function systemCallVectored(hw: Hardware, t: HwThreadId, lev: number): void {
  const { arena } = hw;
  const msr = hw.msr(t);
  arena.setSpr(t, SLOT.LR, hw.nextInstruction(t));
  arena.setSpr(t, SLOT.CTR, msr & ~SRR1_CAUSES);
  let next = newMsr(hw, t, msr & (MSR.ME | MSR.HV | MSR.EE | MSR.RI), false);
  const relocated = isRelocated(hw, t, BOOK3S_INTERRUPT.SYSCALL, msr, next);
  if (relocated) next |= MSR.IR | MSR.DR;
  const high = relocated && relocation(hw, t) > 0x18000n;
  const base = high ? 0xc000000000003000n : 0x17000n;
  hw.setMsr(t, next);
  arena.setNia(t, base + BigInt(32 * lev));
  hw.emit(KIND.interrupt, t, Number(base & 0xfffffn) + 32 * lev, (next & MSR.HV) !== 0n ? 1 : 0);
}

/** Facility unavailable (0xF60): the cause goes to the top byte of FSCR. */
export function facilityUnavailable(hw: Hardware, t: HwThreadId, facility: FacilityName): void {
  setCause(hw, t, SLOT.FSCR, facility);
  interrupt(hw, t, BOOK3S_INTERRUPT.FAC_UNAVAIL, hw.arena.nia(t));
}

/** Hypervisor facility unavailable (0xF80): the same by HFSCR. */
export function hypervisorFacilityUnavailable(
  hw: Hardware,
  t: HwThreadId,
  facility: FacilityName,
): void {
  setCause(hw, t, SLOT.HFSCR, facility);
  interrupt(hw, t, BOOK3S_INTERRUPT.H_FAC_UNAVAIL, hw.arena.nia(t));
}

function setCause(hw: Hardware, t: HwThreadId, slot: number, facility: FacilityName): void {
  const bits = hw.arena.spr(t, slot) & ((1n << 56n) - 1n);
  hw.arena.setSpr(t, slot, bits | (BigInt(FACILITY[facility]) << 56n));
}

/** System reset, as a service processor or a hypervisor's NMI raises it: never masked. */
export function systemReset(hw: Hardware, t: HwThreadId, cause = 0n): void {
  interrupt(hw, t, BOOK3S_INTERRUPT.SYSTEM_RESET, hw.arena.nia(t), cause);
}

/** Machine check: `cause` is for SRR1, the others for their registers. With MSR[ME]=0 the thread checkstops. */
export function machineCheck(
  hw: Hardware,
  t: HwThreadId,
  { cause, dsisr, dar }: { cause: bigint; dsisr?: bigint; dar?: bigint },
): void {
  if ((hw.msr(t) & MSR.ME) === 0n) {
    hw.halt('checkstop');
    return;
  }
  if (dsisr !== undefined) hw.arena.setSpr(t, SLOT.DSISR, dsisr);
  if (dar !== undefined) hw.arena.setSpr(t, SLOT.DAR, dar);
  interrupt(hw, t, BOOK3S_INTERRUPT.MACHINE_CHECK, hw.arena.nia(t), cause);
}
