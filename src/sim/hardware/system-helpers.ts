// The instructions that a builder expression cannot say: moves to and from SPRs, returns from interrupt, system
// calls, doorbells. Source: Power ISA v3.0B Book III; access rules of power-hardware.md section 2.1.
import type { Outcome as OutcomeType } from '../engine/api.ts';
import { Outcome } from '../engine/api.ts';
import type { HelperName } from '../isa/builder.ts';
import { SPRS, type SprAccess, sprSlotOfNumber } from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { FACILITY, MSR, PROGRAM, PSSCR } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { SLOT } from './slots.ts';

type Helper = (hw: Hardware, t: HwThreadId) => OutcomeType;

/** Types of msgsnd and msgsndp that ring a server doorbell; any other type does nothing. */
export const DBELL_SERVER = 5n;
/** TYPE and TIRTAG of a doorbell operand (RB). */
export const dbellType = (rb: bigint): bigint => (rb >> 27n) & 0x1fn;
export const dbellTag = (rb: bigint): number => Number(rb & 0x7fn);

const COUNTING = new Set(['PURR', 'SPURR', 'VTB']);

function privilege(hw: Hardware, t: HwThreadId): 'u' | 's' | 'h' {
  const msr = hw.msr(t);
  if ((msr & MSR.PR) !== 0n) return 'u';
  return (msr & MSR.HV) !== 0n ? 'h' : 's';
}

function allowed(need: SprAccess, have: 'u' | 's' | 'h'): boolean {
  return need !== '-' && 'ush'.indexOf(need) <= 'ush'.indexOf(have);
}

/** mtspr/mfspr of a number that no register has: section 2.1's rule, by the 0x10 bit of the number. */
function noSuchSpr(hw: Hardware, t: HwThreadId, num: number): OutcomeType {
  const problem = privilege(hw, t) === 'u';
  if ((num & 0x10) !== 0) {
    if (!problem) return Outcome.continue;
    hw.program(t, PROGRAM.PRIVILEGED);
    return Outcome.raised;
  }
  if (!problem && ![0, 4, 5, 6].includes(num)) return Outcome.continue;
  hw.interrupt(t, 0xe40, hw.arena.nia(t));
  return Outcome.raised;
}

/** Refuses an SPR access by privilege and facility; null when it may go on. */
function refuse(hw: Hardware, t: HwThreadId, slot: number, need: SprAccess): OutcomeType | null {
  const have = privilege(hw, t);
  const row = SPRS[slot];
  if (row?.facility === 'MSGP' && have === 's' && hw.msgpDenied(t)) {
    hw.facilityUnavailable(t, FACILITY.MSGP);
    return Outcome.raised;
  }
  if (allowed(need, have)) return null;
  hw.program(t, PROGRAM.PRIVILEGED);
  return Outcome.raised;
}

/** A register's value as mfspr reads it. */
export function readSpr(hw: Hardware, t: HwThreadId, slot: number): bigint {
  const name = SPRS[slot]?.name ?? '';
  // LPCR[LD]=0 in every partition so far: DEC has 32 bits.
  if (name === 'DEC') return BigInt.asUintN(32, BigInt(hw.dec(t)));
  if (name === 'HDEC') return BigInt.asUintN(64, BigInt(hw.hdec(t)));
  if (name === 'XER') return hw.arena.xer(t);
  if (name === 'TB') return BigInt(hw.tb(t));
  if (name === 'TBU') return BigInt(hw.tb(t)) >> 32n;
  if (COUNTING.has(name)) return BigInt.asUintN(64, hw.arena.spr(t, slot) + BigInt(hw.tb(t)));
  return hw.arena.spr(t, slot);
}

/** Writes a register as mtspr does, without access checks. */
export function writeSpr(hw: Hardware, t: HwThreadId, slot: number, value: bigint): void {
  const row = SPRS[slot];
  const v = row?.bits === 32 ? value & 0xffffffffn : value;
  if (row?.name === 'DEC') hw.setDec(t, Number(BigInt.asIntN(32, v)));
  else if (row?.name === 'HDEC') hw.setHdec(t, Number(BigInt.asIntN(32, v)));
  else if (row?.name === 'XER') hw.arena.setXer(t, v);
  else if (row?.name === 'DPDES') hw.setDpdes(t, v & 1n);
  else if (COUNTING.has(row?.name ?? ''))
    hw.arena.setSpr(t, slot, BigInt.asUintN(64, v - BigInt(hw.tb(t))));
  else hw.arena.setSpr(t, slot, v);
}

const mfspr: Helper = (hw, t) => {
  const num = hw.arena.argLow(t, 0);
  const slot = sprSlotOfNumber(num);
  if (slot === undefined) {
    hw.arena.setResult(t, 0n);
    return noSuchSpr(hw, t, num);
  }
  const refused = refuse(hw, t, slot, SPRS[slot]?.read ?? '-');
  if (refused !== null) return refused;
  hw.arena.setResult(t, readSpr(hw, t, slot));
  return Outcome.continue;
};

const mtspr: Helper = (hw, t) => {
  const num = hw.arena.argLow(t, 0);
  const slot = sprSlotOfNumber(num);
  if (slot === undefined) return noSuchSpr(hw, t, num);
  const refused = refuse(hw, t, slot, SPRS[slot]?.write ?? '-');
  if (refused !== null) return refused;
  writeSpr(hw, t, slot, hw.arena.arg(t, 1));
  return Outcome.yield;
};

const mfmsr: Helper = (hw, t) => {
  hw.arena.setResult(t, hw.msr(t));
  return Outcome.continue;
};

/** PR=1 implies EE=IR=DR=1, whoever sets it. */
const problemState = (msr: bigint): bigint =>
  (msr & MSR.PR) !== 0n ? msr | MSR.EE | MSR.IR | MSR.DR : msr;

/** Replaces the bits of `mask` in MSR; L=1 (second argument) changes only EE and RI. */
function moveToMsr(hw: Hardware, t: HwThreadId, mask: bigint): OutcomeType {
  const msr = hw.msr(t);
  const value = hw.arena.arg(t, 0);
  if (hw.arena.arg(t, 1) !== 0n) {
    const bits = MSR.EE | MSR.RI;
    hw.setMsr(t, (msr & ~bits) | (value & bits));
  } else hw.setMsr(t, problemState(BigInt.asUintN(64, (msr & ~mask) | (value & mask))));
  return Outcome.yield;
}

/** HV, ME and LE cannot be changed by it. MODEL: SF neither. */
const mtmsrd: Helper = (hw, t) => moveToMsr(hw, t, ~(MSR.HV | MSR.ME | MSR.LE | MSR.SF));

/** mtmsr: the same on the low 32 bits. */
const mtmsr: Helper = (hw, t) => moveToMsr(hw, t, 0xffffffffn & ~(MSR.ME | MSR.LE));

/** HV and ME come from the image only in hypervisor state; HV cannot be set. */
function returnTo(hw: Hardware, t: HwThreadId, nia: bigint, image: bigint): OutcomeType {
  const old = hw.msr(t);
  let msr = image;
  if ((old & MSR.HV) === 0n) msr = (image & ~(MSR.HV | MSR.ME)) | (old & MSR.ME);
  hw.setMsr(t, problemState(BigInt.asUintN(64, msr)));
  hw.arena.setNia(t, nia & ~3n);
  return Outcome.raised;
}

/** msgsndp: POWER9 with independent threads has one bit per thread; TIRTAG must name thread 0, else no-op. */
const msgsndp: Helper = (hw, t) => {
  if (hw.msgpDenied(t)) {
    hw.facilityUnavailable(t, FACILITY.MSGP);
    return Outcome.raised;
  }
  const rb = hw.arena.arg(t, 0);
  if (dbellType(rb) !== DBELL_SERVER) return Outcome.continue;
  const tag = dbellTag(rb);
  if (tag === 0) hw.setDpdes(t, 1n);
  hw.emit(KIND.msgsndp, t, tag, tag === 0 ? 1 : 0);
  return Outcome.yield;
};

const msgclrp: Helper = (hw, t) => {
  if (hw.msgpDenied(t)) {
    hw.facilityUnavailable(t, FACILITY.MSGP);
    return Outcome.raised;
  }
  if (dbellType(hw.arena.arg(t, 0)) !== DBELL_SERVER) return Outcome.continue;
  hw.setDpdes(t, 0n);
  hw.emit(KIND.msgclrp, t, 0, 0);
  return Outcome.yield;
};

/** Every helper that rows call, by name. The engine has checked privilege already. */
export const SYSTEM_HELPERS: Readonly<Record<HelperName, Helper>> = {
  mfspr,
  mtspr,
  mfmsr,
  mtmsrd,
  mtmsr,
  rfid: (hw, t) => returnTo(hw, t, hw.arena.spr(t, SLOT.SRR0), hw.arena.spr(t, SLOT.SRR1)),
  hrfid: (hw, t) => returnTo(hw, t, hw.arena.spr(t, SLOT.HSRR0), hw.arena.spr(t, SLOT.HSRR1)),
  /** LEV=1 goes to the hypervisor; the interrupt itself uses SRR0/1 and vector 0xC00 either way. */
  sc: (hw, t) => {
    hw.systemCall(t, hw.arena.arg(t, 0) === 1n);
    return Outcome.raised;
  },
  msgsnd: (hw, t) => {
    const rb = hw.arena.arg(t, 0);
    if (dbellType(rb) === DBELL_SERVER) {
      const pir = rb & 0xfffffn;
      for (let to = 0; to < hw.threads; to++) if (hw.get(to, 'PIR') === pir) hw.msgsnd(t, to);
    }
    return Outcome.yield;
  },
  msgclr: (hw, t) => {
    if (dbellType(hw.arena.arg(t, 0)) === DBELL_SERVER) hw.arena.setDhdes(t, 0);
    return Outcome.yield;
  },
  msgsndp,
  msgclrp,
  /** Guest stop: with ESL=EC=0 it may end at any time, so it falls through; otherwise the hypervisor decides. */
  stop: (hw, t) => {
    if (!hw.inGuest(t) || (hw.arena.spr(t, SLOT.PSSCR) & (PSSCR.ESL | PSSCR.EC)) === 0n) {
      return Outcome.yield;
    }
    hw.facilityUnavailable(t, FACILITY.STOP);
    return Outcome.raised;
  },
};
