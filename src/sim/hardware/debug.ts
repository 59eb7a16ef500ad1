// Trace, completed-instruction breakpoint and data watchpoints.
// Source: Power ISA v3.0B Book III, "Trace Interrupt", "Completed Instruction Address Breakpoint", "Data Address
// Watchpoint"; DABR and DABRX of version 2.06.
import { Access } from '../engine/api.ts';
import { PAGE } from '../engine/layout.ts';
import { callsOf } from '../engine/uses.ts';
import { VARIANTS, variantOfWord } from '../isa/decode.ts';
import type { HwThreadId } from '../state/ids.ts';
import { DSISR, MSR, MSR_LOW, TRACE } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { interrupt } from './interrupts.ts';
import { SLOT } from './slots.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

/** CIABR[PRIV] and the privilege bits of the watchpoints: problem state 1, privileged 2, hypervisor 3. */
function privilegeLevel(hw: Hardware, t: HwThreadId): 1 | 2 | 3 {
  const msr = hw.msr(t);
  if ((msr & MSR.PR) !== 0n) return 1;
  return (msr & MSR.HV) !== 0n ? 3 : 2;
}

// --- trace

/** True when a trace interrupt may follow the thread's next instruction; it then has to run alone. */
export function isTracing(hw: Hardware, t: HwThreadId): boolean {
  if ((hw.arena.msrLow(t) & (MSR_LOW.SE | MSR_LOW.BE)) !== 0) return true;
  if (hw.arena.isZero(t, SLOT.CIABR)) return false;
  const ciabr = hw.arena.spr(t, SLOT.CIABR);
  return (ciabr & 3n) !== 0n && Number(ciabr & 3n) === privilegeLevel(hw, t);
}

/**
 * Takes the trace interrupt that the instruction at `cia`, complete by now, deserves.
 * `before` is the MSR with which it began: what turns tracing on is not traced itself.
 */
export function traceCompleted(hw: Hardware, t: HwThreadId, cia: bigint, before: bigint): void {
  const word = hw.engine.wordAt(t, cia);
  const variant = word === undefined ? undefined : VARIANTS[variantOfWord(word)];
  const calls = variant === undefined ? [] : callsOf(variant);
  const ciabr = hw.arena.spr(t, SLOT.CIABR);
  const stepped = (before & MSR.SE) !== 0n;
  const branched = (before & MSR.BE) !== 0n && calls.some((call) => /^branch/.test(call));
  const matched = (ciabr & 3n) !== 0n && (ciabr & ~3n) === cia;
  if (!stepped && !branched && !matched) return;
  if (!hw.hasFacilities) {
    interrupt(hw, t, BOOK3S_INTERRUPT.TRACE, hw.arena.nia(t));
    return;
  }
  const load = calls.some((call) => /^load/.test(call)) ? TRACE.LOAD : 0n;
  const store = calls.some((call) => /^store/.test(call)) ? TRACE.STORE : 0n;
  // MODEL: SDAR does not get the address of the operand.
  hw.arena.setSpr(t, SLOT.SIAR, cia);
  const cause = TRACE.ALWAYS | load | store | (matched ? TRACE.CIABR : 0n);
  interrupt(hw, t, BOOK3S_INTERRUPT.TRACE, hw.arena.nia(t), cause);
}

// --- watchpoints

/** A watched range in bytes, and which accesses count. */
interface Watch {
  readonly first: bigint;
  readonly last: bigint;
  readonly loads: boolean;
  readonly stores: boolean;
}

/** DAWRX0: MRD is the number of doublewords less one; the range does not go over a 512-byte boundary. */
function dawr(hw: Hardware, t: HwThreadId): Watch | null {
  const x = hw.arena.spr(t, SLOT.DAWRX0);
  if ((x & 0x60n) === 0n || !counts(hw, t, x, 0x10n, 0x08n)) return null;
  const first = hw.arena.spr(t, SLOT.DAWR0) & ~7n;
  const end = first + 8n * ((x >> 10n) & 63n) + 7n;
  const boundary = first | 0x1ffn;
  const last = end < boundary ? end : boundary;
  return { first, last, loads: (x & 0x20n) !== 0n, stores: (x & 0x40n) !== 0n };
}

/** DABR (PowerPC 970, POWER7): one doubleword; its low bits are BT, DW and DR. */
function dabr(hw: Hardware, t: HwThreadId): Watch | null {
  const address = hw.arena.spr(t, SLOT.DABR);
  const x = hw.arena.spr(t, SLOT.DABRX);
  const translation = (address & 4n) !== 0n ? 0x10n : 0n;
  if ((address & 3n) === 0n || !counts(hw, t, x | translation, 0x10n, 0x08n)) return null;
  const first = address & ~7n;
  const [loads, stores] = [(address & 1n) !== 0n, (address & 2n) !== 0n];
  return { first, last: first + 7n, loads, stores };
}

/** The privilege bit of the thread's state is on, and MSR[DR] is as WT says unless WTI ignores it. */
function counts(hw: Hardware, t: HwThreadId, x: bigint, wt: bigint, wti: bigint): boolean {
  if ((x & (1n << BigInt(privilegeLevel(hw, t) - 1))) === 0n) return false;
  const translating = (hw.arena.msrLow(t) & MSR_LOW.DR) !== 0;
  return (x & wti) !== 0n || ((x & wt) !== 0n) === translating;
}

/** What the thread watches now, if anything. */
export function watchOf(hw: Hardware, t: HwThreadId): Watch | null {
  if (!hw.arena.isZero(t, SLOT.DAWRX0)) return dawr(hw, t);
  return hw.arena.isZero(t, SLOT.DABR) ? null : dabr(hw, t);
}

/** True when the page of `ea` holds watched bytes: each access to it has to ask. */
export function isWatchedPage(watch: Watch, ea: bigint): boolean {
  const page = ea & ~BigInt(PAGE - 1);
  return watch.first < page + BigInt(PAGE) && watch.last >= page;
}

/** Raises the data storage interrupt of a watchpoint when the access of `size` bytes at `ea` hits it. */
export function hitsWatch(
  hw: Hardware,
  t: HwThreadId,
  watch: Watch,
  access: { ea: bigint; size: number; kind: Access },
): boolean {
  const { ea, size, kind } = access;
  const store = kind === Access.store;
  const hit = ea <= watch.last && ea + BigInt(size) > watch.first;
  if (!hit || !(store ? watch.stores : watch.loads)) return false;
  hw.arena.setSpr(t, SLOT.DAR, ea);
  hw.arena.setSpr(t, SLOT.DSISR, DSISR.WATCH | (store ? DSISR.STORE : 0n));
  interrupt(hw, t, BOOK3S_INTERRUPT.DATA_STORAGE, hw.arena.nia(t));
  return true;
}

const WATCHES: readonly number[] = [SLOT.DAWR0, SLOT.DAWRX0, SLOT.DABR, SLOT.DABRX];

/** After a write to a register: translations made before it do not know the new watchpoint. */
export function debugChanged(hw: Hardware, t: HwThreadId, slot: number): void {
  if (WATCHES.includes(slot)) hw.engine.flushThread(t);
}
