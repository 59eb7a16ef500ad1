// What system instructions do when that is more than an expression: MSR, system linkage, doorbells. The others are
// in spr-access.ts, segment-helpers.ts and power-saving.ts; the table of all is at the end.
// Source: Power ISA v2.07 and v3.0B Book III. The engine has checked the row's privilege before it calls a helper.
import { Outcome } from '../engine/api.ts';
import type { HelperName } from '../isa/builder.ts';
import type { HwThreadId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { BESCR_GE, FACILITY, type FacilityName, FPSCR_FEX, HFSCR, MSR, PROGRAM } from './bits.ts';
import type { Hardware } from './hardware.ts';
import {
  facilityUnavailable,
  hypervisorFacilityUnavailable,
  interrupt,
  systemCallVectored,
} from './interrupts.ts';
import { attn, doze, nap, rvwinkle, sleep, stop } from './power-saving.ts';
import { SEGMENT_HELPERS } from './segment-helpers.ts';
import { SLOT } from './slots.ts';
import { mfspr, mtspr, privilege } from './spr-access.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

type Helper = (hw: Hardware, t: HwThreadId) => Outcome;

/** The finalizer of SplitMix64: every bit of the result depends on every bit of `x`. */
function mix64(x: bigint): bigint {
  const step = (z: bigint, shift: bigint, factor: bigint) =>
    BigInt.asUintN(64, (z ^ (z >> shift)) * factor);
  const z = step(step(x, 30n, 0xbf58476d1ce4e5b9n), 27n, 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** MODEL: random numbers are a hash of cycle and thread, so that every run is the same. L=3 is reserved: an error. */
const darn: Helper = (hw, t) => {
  const l = hw.arena.argLow(t, 0);
  const number = mix64(BigInt(Math.floor(hw.now(t))) * 64n + BigInt(t) + 1n);
  hw.arena.setResult(t, l === 3 ? 2n ** 64n - 1n : l === 0 ? number & 0xffffffffn : number);
  return Outcome.continue;
};

// --- MSR

const mfmsr: Helper = (hw, t) => {
  hw.arena.setResult(t, hw.msr(t));
  return Outcome.continue;
};

/** PR=1 implies EE=IR=DR=1, whoever sets it. */
const problemState = (msr: bigint): bigint =>
  (msr & MSR.PR) !== 0n ? msr | MSR.EE | MSR.IR | MSR.DR : msr;

/** Sets MSR and NIA; an enabled floating-point exception that waits in FPSCR comes when MSR lets it. */
function continueWith(hw: Hardware, t: HwThreadId, msr: bigint, nia: bigint): Outcome {
  hw.setMsr(t, BigInt.asUintN(64, problemState(msr)));
  const waits = (hw.arena.fpscr(t) & FPSCR_FEX) !== 0n;
  if (waits && (msr & (MSR.FE0 | MSR.FE1)) !== 0n) {
    interrupt(hw, t, BOOK3S_INTERRUPT.PROGRAM, nia, PROGRAM.FP | PROGRAM.IMPRECISE);
    return Outcome.raised;
  }
  return Outcome.yield;
}

/** Replaces the bits of `mask` in MSR; L=1 (second argument) changes only EE and RI. */
function moveToMsr(hw: Hardware, t: HwThreadId, mask: bigint): Outcome {
  const bits = (hw.arena.argLow(t, 1) === 0 ? mask : MSR.EE | MSR.RI) & hw.model.msr;
  const msr = (hw.msr(t) & ~bits) | (hw.arena.arg(t, 0) & bits);
  return continueWith(hw, t, msr, hw.nextInstruction(t));
}
/** HV, ME and LE cannot be changed by it. */
const mtmsrd: Helper = (hw, t) => moveToMsr(hw, t, ~(MSR.HV | MSR.ME | MSR.LE));
/** The same on the low 32 bits. */
const mtmsr: Helper = (hw, t) => moveToMsr(hw, t, 0xffffffffn & ~(MSR.ME | MSR.LE));

// --- system linkage

/** NIA and MSR from saved ones. Without HV, HV and ME stay; HV cannot be set. */
function returnTo(hw: Hardware, t: HwThreadId, nia: bigint, image: bigint): Outcome {
  const old = hw.msr(t);
  const own = (old & MSR.HV) === 0n ? MSR.HV | MSR.ME : 0n;
  const mask = hw.model.msr & ~own;
  const msr = (old & ~mask) | (image & mask);
  const target = BigInt.asUintN((msr & MSR.SF) !== 0n ? 64 : 32, nia & ~3n);
  hw.arena.setNia(t, target);
  continueWith(hw, t, msr, target);
  return Outcome.raised;
}

/** LEV=1 goes to the hypervisor; the other bits of LEV are ignored. SRR0/1 and vector 0xC00 either way. */
const sc: Helper = (hw, t) => {
  const hypercall = (hw.arena.argLow(t, 0) & 1) === 1;
  interrupt(hw, t, BOOK3S_INTERRUPT.SYSCALL, hw.nextInstruction(t), 0n, hypercall);
  return Outcome.raised;
};

/** scv LEV: FSCR[SCV] decides in every state. */
const scv: Helper = (hw, t) => {
  if (withheld(hw, t, SLOT.FSCR, 'SCV')) facilityUnavailable(hw, t, 'SCV');
  else systemCallVectored(hw, t, hw.arena.argLow(t, 0));
  return Outcome.raised;
};

/** rfebb S: back from an event-based branch; BESCR[GE] := S. */
const rfebb: Helper = (hw, t) => {
  if (privilege(hw, t) === 'u' && withheld(hw, t, SLOT.FSCR, 'EBB')) {
    facilityUnavailable(hw, t, 'EBB');
    return Outcome.raised;
  }
  if (hw.inGuest(t) && withheld(hw, t, SLOT.HFSCR, 'EBB')) {
    hypervisorFacilityUnavailable(hw, t, 'EBB');
    return Outcome.raised;
  }
  const bescr = hw.arena.spr(t, SLOT.BESCR);
  const enable = hw.arena.argLow(t, 0) === 1;
  hw.arena.setSpr(t, SLOT.BESCR, enable ? bescr | BESCR_GE : bescr & ~BESCR_GE);
  hw.arena.setNia(t, hw.arena.spr(t, SLOT.EBBRR) & ~3n);
  return Outcome.raised;
};

const withheld = (hw: Hardware, t: HwThreadId, slot: number, facility: FacilityName): boolean =>
  (hw.arena.spr(t, slot) & (1n << BigInt(FACILITY[facility]))) === 0n;

// --- doorbells

/** Types of msgsnd and msgsndp that ring a server doorbell; any other type does nothing. */
export const DBELL_SERVER = 5n;
/** TYPE and TIRTAG of a doorbell operand (RB). */
export const dbellType = (rb: bigint): bigint => (rb >> 27n) & 0x1fn;
export const dbellTag = (rb: bigint): number => Number(rb & 0x7fn);
/** Not 0: every thread of the core. */
const broadcast = (rb: bigint): bigint => (rb >> 25n) & 3n;

/** Threads that msgsnd names: by PIR in the whole system (3.0), by number in the core (2.07). */
function addressees(hw: Hardware, t: HwThreadId, rb: bigint): HwThreadId[] {
  const core = hw.coreOf(t);
  if (broadcast(rb) !== 0n) return core;
  if (hw.model.doorbellScope === 'core') return core.slice(dbellTag(rb), dbellTag(rb) + 1);
  const pir = rb & 0xfffffn;
  const all = Array.from({ length: hw.threads }, (_, to) => to);
  return all.filter((to) => hw.arena.spr(to, SLOT.PIR) === pir);
}

const msgsnd: Helper = (hw, t) => {
  const rb = hw.arena.arg(t, 0);
  if (dbellType(rb) === DBELL_SERVER) for (const to of addressees(hw, t, rb)) hw.msgsnd(t, to);
  return Outcome.yield;
};

const msgclr: Helper = (hw, t) => {
  if (dbellType(hw.arena.arg(t, 0)) === DBELL_SERVER) hw.arena.setDhdes(t, 0);
  return Outcome.yield;
};

/** Raises 0xF80 when HV=0 and HFSCR withholds msgsndp, msgclrp, TIR and DPDES. */
function msgpDenied(hw: Hardware, t: HwThreadId): boolean {
  const denied = hw.inGuest(t) && (hw.arena.spr(t, SLOT.HFSCR) & HFSCR.MSGP) === 0n;
  if (denied) hypervisorFacilityUnavailable(hw, t, 'MSGP');
  return denied;
}

/** Rings the thread that TIRTAG names: itself alone on POWER9 (tag 0), one of its core on POWER8; else no-op. */
const msgsndp: Helper = (hw, t) => {
  if (msgpDenied(hw, t)) return Outcome.raised;
  const rb = hw.arena.arg(t, 0);
  if (dbellType(rb) !== DBELL_SERVER) return Outcome.continue;
  const tag = dbellTag(rb);
  const scope = hw.model.doorbellScope === 'core' ? hw.coreOf(t) : [t];
  const rung = broadcast(rb) !== 0n ? scope : scope.slice(tag, tag + 1);
  for (const to of rung) hw.setDpdes(to, 1n);
  hw.emit(KIND.msgsndp, t, tag, rung.length > 0 ? 1 : 0);
  return Outcome.yield;
};

const msgclrp: Helper = (hw, t) => {
  if (msgpDenied(hw, t)) return Outcome.raised;
  if (dbellType(hw.arena.arg(t, 0)) !== DBELL_SERVER) return Outcome.continue;
  hw.setDpdes(t, 0n);
  hw.emit(KIND.msgclrp, t, 0, 0);
  return Outcome.yield;
};

/** Every helper that rows call, by name. */
export const SYSTEM_HELPERS: Readonly<Record<HelperName, Helper>> = {
  mfspr,
  mtspr,
  mfmsr,
  mtmsrd,
  mtmsr,
  rfid: (hw, t) => returnTo(hw, t, hw.arena.spr(t, SLOT.SRR0), hw.arena.spr(t, SLOT.SRR1)),
  hrfid: (hw, t) => returnTo(hw, t, hw.arena.spr(t, SLOT.HSRR0), hw.arena.spr(t, SLOT.HSRR1)),
  rfscv: (hw, t) => returnTo(hw, t, hw.arena.spr(t, SLOT.LR), hw.arena.spr(t, SLOT.CTR)),
  sc,
  scv,
  rfebb,
  msgsnd,
  msgclr,
  msgsndp,
  msgclrp,
  darn,
  doze,
  nap,
  sleep,
  rvwinkle,
  stop,
  attn,
  ...SEGMENT_HELPERS,
};
