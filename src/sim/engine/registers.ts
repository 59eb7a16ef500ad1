// Registers of the hardware threads in the arena, and the scratch page by which a running engine and its hooks hand
// each other values.
import { SPRS, sprSlot } from '../isa/spr.ts';
import {
  type ArenaPlan,
  SCRATCH,
  SLB_ENTRIES,
  THREAD,
  THREAD_STRIDE,
  TLB_ENTRIES,
  WALK,
} from './layout.ts';

/** XER bits that live in their own slots; the other low 18 bits (string length) stay in the SPR slot. */
const XER_LOW = 0x3ffffn;
const MSR = THREAD.spr + 8 * sprSlot('MSR');
const XER = THREAD.spr + 8 * sprSlot('XER');

/** Slots of the registers that translate addresses, besides the MSR and SDR1, which each search reads. */
export const CONTEXT_SLOTS: readonly number[] = [
  'PTCR',
  'LPIDR',
  'LPCR',
  'HRMOR',
  'RMOR',
  'HID4',
  'AMR',
  'IAMR',
].map(sprSlot);
const IS_CONTEXT = Uint8Array.from(SPRS, (_, slot) => (CONTEXT_SLOTS.includes(slot) ? 1 : 0));

/** Registers that the threads of a core have in common, by slot: what one thread writes, all read. */
export interface CoreRegisters {
  readonly threadsPerCore: number;
  readonly shared: readonly number[];
}
const HDEC = sprSlot('HDEC');

/** Fields of WALK. */
export interface WalkContext {
  readonly mode: number;
  readonly fetchMode: number;
  readonly flags: number;
  readonly table: number;
  readonly lpid: number;
  readonly slbEntries: number;
  readonly vsidWord: bigint;
}

/** Registers by thread number. Values of 64 bits are `bigint`, unsigned. */
export class Registers {
  readonly #view: DataView;
  readonly #threadBase: number;
  /** Writes to the SLB and to CONTEXT_SLOTS by thread: not state, but what tells a cache that it is out of date. */
  readonly #slbWrites: Int32Array;
  readonly #contextWrites: Int32Array;
  readonly #threadsPerCore: number;
  /** 1 for the slots of registers that a core has once. Each thread's slot holds a copy, so that reading is simple. */
  readonly #isShared: Uint8Array;

  /** Told the arena address of each register that TypeScript writes, and whether it holds the value already; or reads. */
  onWrite: ((address: number, holds: boolean) => void) | null = null;
  onRead: ((address: number) => void) | null = null;

  constructor(view: DataView, plan: ArenaPlan, core: CoreRegisters) {
    this.#view = view;
    this.#threadBase = plan.threadBase;
    this.#threadsPerCore = core.threadsPerCore;
    this.#isShared = Uint8Array.from(SPRS, (_, slot) => (core.shared.includes(slot) ? 1 : 0));
    this.#slbWrites = new Int32Array(plan.threads);
    this.#contextWrites = new Int32Array(plan.threads);
  }

  /** Arena address of a thread's page. */
  threadBase(thread: number): number {
    return this.#threadBase + thread * THREAD_STRIDE;
  }

  gpr(thread: number, n: number): bigint {
    return this.#u64(thread, THREAD.gpr + 8 * n);
  }
  setGpr(thread: number, n: number, value: bigint): void {
    this.#setU64(thread, THREAD.gpr + 8 * n, value);
  }

  nia(thread: number): bigint {
    return this.#u64(thread, THREAD.nia);
  }
  setNia(thread: number, value: bigint): void {
    this.#setU64(thread, THREAD.nia, value);
  }

  /** The 32-bit CR, CR0 in the most significant nibble. */
  cr(thread: number): number {
    let value = 0;
    for (let field = 0; field < 8; field++) {
      value = (value << 4) | this.#i32(thread, THREAD.cr + 4 * field);
    }
    return value >>> 0;
  }
  setCr(thread: number, value: number): void {
    for (let field = 0; field < 8; field++) {
      this.#setI32(thread, THREAD.cr + 4 * field, (value >>> (28 - 4 * field)) & 15);
    }
  }

  /** XER with SO OV CA OV32 CA32 in their places. */
  xer(thread: number): bigint {
    const high =
      (this.#i32(thread, THREAD.so) << 31) |
      (this.#i32(thread, THREAD.ov) << 30) |
      (this.#i32(thread, THREAD.ca) << 29) |
      (this.#i32(thread, THREAD.ov32) << 19) |
      (this.#i32(thread, THREAD.ca32) << 18);
    return BigInt(high >>> 0) | (this.#u64(thread, XER) & XER_LOW);
  }
  setXer(thread: number, value: bigint): void {
    const bit = (n: bigint) => Number((value >> n) & 1n);
    this.#setI32(thread, THREAD.so, bit(31n));
    this.#setI32(thread, THREAD.ov, bit(30n));
    this.#setI32(thread, THREAD.ca, bit(29n));
    this.#setI32(thread, THREAD.ov32, bit(19n));
    this.#setI32(thread, THREAD.ca32, bit(18n));
    this.#setU64(thread, XER, value & XER_LOW);
  }

  /** The raw slot of a special register; of XER it holds only the low 18 bits (use `xer`). */
  spr(thread: number, slot: number): bigint {
    return this.#u64(thread, sprOffset(slot));
  }
  setSpr(thread: number, slot: number, value: bigint): void {
    if (this.#isShared[slot] !== 1) {
      this.#setOwnSpr(thread, slot, value);
      return;
    }
    const first = this.#firstOfCore(thread);
    for (let i = 0; i < this.#threadsPerCore; i++) this.#setOwnSpr(first + i, slot, value);
  }
  #setOwnSpr(thread: number, slot: number, value: bigint): void {
    if (IS_CONTEXT[slot] === 1) this.countContextWrite(thread);
    this.#setU64(thread, sprOffset(slot), value);
  }
  #firstOfCore(thread: number): number {
    return thread - (thread % this.#threadsPerCore);
  }
  /** A number that differs after each write to one of CONTEXT_SLOTS. */
  contextWrites(thread: number): number {
    return this.#contextWrites[thread] ?? 0;
  }
  protected countContextWrite(thread: number): void {
    this.#contextWrites[thread] = this.contextWrites(thread) + 1;
  }

  /** Bits 32-63 of a special register, unsigned, without a bigint. */
  sprLow(thread: number, slot: number): number {
    return this.#i32(thread, sprOffset(slot)) >>> 0;
  }
  /** Bits 0-31, unsigned. */
  sprHigh(thread: number, slot: number): number {
    return this.#i32(thread, sprOffset(slot) + 4) >>> 0;
  }
  /** True when the slot of a special register holds 0, without a bigint. */
  isZero(thread: number, slot: number): boolean {
    const at = sprOffset(slot);
    return this.#i32(thread, at) === 0 && this.#i32(thread, at + 4) === 0;
  }

  /** MSR bits 32-63 of the manual (EE, PR, IR, ...), unsigned. */
  msrLow(thread: number): number {
    return this.#i32(thread, MSR) >>> 0;
  }
  /** MSR bits 0-31 of the manual (SF, HV, ...), unsigned. */
  msrHigh(thread: number): number {
    return this.#i32(thread, MSR + 4) >>> 0;
  }

  /** Model cycles. */
  clock(thread: number): number {
    return this.#f64(thread, THREAD.clock);
  }
  setClock(thread: number, value: number): void {
    this.#setF64(thread, THREAD.clock, value);
  }
  /** Time base at which DEC reaches zero, in ticks. */
  decExpires(thread: number): number {
    return this.#f64(thread, THREAD.decExpires);
  }
  setDecExpires(thread: number, value: number): void {
    this.#setF64(thread, THREAD.decExpires, value);
  }
  hdecExpires(thread: number): number {
    return this.#f64(thread, THREAD.hdecExpires);
  }
  setHdecExpires(thread: number, value: number): void {
    const shared = this.#isShared[HDEC] === 1;
    const first = shared ? this.#firstOfCore(thread) : thread;
    const end = shared ? first + this.#threadsPerCore : thread + 1;
    for (let each = first; each < end; each++) this.#setF64(each, THREAD.hdecExpires, value);
  }
  /** Directed hypervisor doorbell pending: 0 or 1. */
  dhdes(thread: number): number {
    return this.#i32(thread, THREAD.dhdes);
  }
  setDhdes(thread: number, value: number): void {
    this.#setI32(thread, THREAD.dhdes, value);
  }

  /** Power-saving state in which the thread is, as hardware/power-saving.ts numbers them; 0: it runs. */
  asleep(thread: number): number {
    return this.#i32(thread, THREAD.asleep);
  }
  setAsleep(thread: number, value: number): void {
    this.#setI32(thread, THREAD.asleep, value);
  }
  /** PowerPC 970: one more than the LPID whose tlbie of this thread no tlbsync has followed yet; 0: there is none. */
  tlbieInFlight(thread: number): number {
    return this.#i32(thread, THREAD.tlbieInFlight);
  }
  setTlbieInFlight(thread: number, value: number): void {
    this.#setI32(thread, THREAD.tlbieInFlight, value);
  }
  /** PowerPC 970: one more than the LPID with which the TLB was filled before HID4 got another one; 0: all is well. */
  tlbOwner(thread: number): number {
    return this.#i32(thread, THREAD.tlbOwner);
  }
  setTlbOwner(thread: number, value: number): void {
    this.#setI32(thread, THREAD.tlbOwner, value);
  }

  /** Interrupt lines and latches, as bits of hardware/interrupts.ts. */
  inputs(thread: number): number {
    return this.#i32(thread, THREAD.inputs);
  }
  setInputs(thread: number, value: number): void {
    this.#setI32(thread, THREAD.inputs, value);
  }

  /** Doubleword 0 or 1 of a vector-scalar register; FPR n is doubleword 0 of VSR n, VR n is VSR 32 + n. */
  vsr(thread: number, n: number, dword: 0 | 1): bigint {
    return this.#u64(thread, vsrOffset(n, dword));
  }
  setVsr(thread: number, n: number, dword: 0 | 1, value: bigint): void {
    this.#setU64(thread, vsrOffset(n, dword), value);
  }
  fpscr(thread: number): bigint {
    return this.#u64(thread, THREAD.fpscr);
  }
  setFpscr(thread: number, value: bigint): void {
    this.#setU64(thread, THREAD.fpscr, value);
  }
  vscr(thread: number): number {
    return this.#i32(thread, THREAD.vscr) >>> 0;
  }
  setVscr(thread: number, value: number): void {
    this.#setI32(thread, THREAD.vscr, value);
  }
  /** An SLB entry as slbmte wrote it: the VSID word (RS) or the ESID word (RB, with V). */
  slb(thread: number, entry: number, word: 'vsid' | 'esid'): bigint {
    return this.#u64(thread, slbOffset(entry, word));
  }
  setSlb(thread: number, entry: number, word: 'vsid' | 'esid', value: bigint): void {
    this.#slbWrites[thread] = this.slbWrites(thread) + 1;
    this.#setU64(thread, slbOffset(entry, word), value);
  }
  /** A number that differs after each write to the thread's SLB. */
  slbWrites(thread: number): number {
    return this.#slbWrites[thread] ?? 0;
  }

  // --- the modelled TLB, as raw words for hardware/

  /** Index of the entry that the next insertion replaces. */
  tlbNext(thread: number): number {
    return this.#i32(thread, THREAD.tlbNext);
  }
  setTlbNext(thread: number, value: number): void {
    this.#setI32(thread, THREAD.tlbNext, value);
  }
  /** Doubleword 0-3 of a TLB entry. */
  tlb64(thread: number, entry: number, word: number): bigint {
    return this.#u64(thread, tlbOffset(entry, 8 * word));
  }
  setTlb64(thread: number, entry: number, word: number, value: bigint): void {
    this.#setU64(thread, tlbOffset(entry, 8 * word), value);
  }
  /** Word 0-7 of a TLB entry, unsigned; words 2n and 2n+1 are the low and high half of doubleword n. */
  tlb32(thread: number, entry: number, word: number): number {
    return this.#i32(thread, tlbOffset(entry, 4 * word)) >>> 0;
  }
  setTlb32(thread: number, entry: number, word: number, value: number): void {
    this.#setI32(thread, tlbOffset(entry, 4 * word), value);
  }

  // --- what the engine and its hooks pass to each other

  /** Argument `i` (0-2) of the hook that is running. All threads share one place. */
  arg(_thread: number, i: number): bigint {
    return this.#view.getBigUint64(SCRATCH.arg + 8 * i, true);
  }
  setArg(i: number, value: bigint): void {
    this.#view.setBigUint64(SCRATCH.arg + 8 * i, value, true);
  }
  /** The low 32 bits of an argument, unsigned, without a bigint. */
  argLow(_thread: number, i: number): number {
    return this.#view.getUint32(SCRATCH.arg + 8 * i, true);
  }
  setResult(_thread: number, value: bigint): void {
    this.#view.setBigUint64(SCRATCH.result, value, true);
  }
  /** Instructions completed in the last run, or in the current one before the running instruction. */
  get executed(): number {
    return this.#view.getInt32(SCRATCH.executed, true);
  }

  /** MSR bits FP, VEC and VSX of the running thread, as the hardware layer lets them through. */
  setFacilities(bits: number): void {
    this.#view.setInt32(SCRATCH.facilities, bits, true);
  }

  /** How a thread's accesses are translated, for walk.ts; `table` is an arena address. */
  setWalk(thread: number, walk: WalkContext): void {
    const at = this.threadBase(thread) + WALK.base;
    this.#view.setInt32(at + WALK.mode, walk.mode, true);
    this.#view.setInt32(at + WALK.fetchMode, walk.fetchMode, true);
    this.#view.setInt32(at + WALK.flags, walk.flags, true);
    this.#view.setInt32(at + WALK.table, walk.table, true);
    this.#view.setInt32(at + WALK.lpid, walk.lpid, true);
    this.#view.setInt32(at + WALK.slbEntries, walk.slbEntries, true);
    this.#view.setBigUint64(at + WALK.vsidWord, walk.vsidWord, true);
  }
  /** Arena address of the slot of a special register, for `setWalk`. */
  sprAddress(thread: number, slot: number): number {
    return this.threadBase(thread) + sprOffset(slot);
  }

  // --- reservations; `Arena` makes stores see them

  /** Real address of the reserved 128-byte line, or -1. */
  reservation(thread: number): number {
    this.onRead?.(this.threadBase(thread) + THREAD.reserve);
    return Number(this.#view.getBigInt64(this.threadBase(thread) + THREAD.reserve, true));
  }
  clearReservation(thread: number): void {
    this.setReservation(thread, -1);
  }
  protected setReservation(thread: number, line: number): void {
    this.onWrite?.(this.threadBase(thread) + THREAD.reserve, false);
    this.#view.setBigInt64(this.threadBase(thread) + THREAD.reserve, BigInt(line), true);
  }

  // --- private

  #i32(thread: number, offset: number): number {
    this.onRead?.(this.threadBase(thread) + offset);
    return this.#view.getInt32(this.threadBase(thread) + offset, true);
  }
  #setI32(thread: number, offset: number, value: number): void {
    const at = this.threadBase(thread) + offset;
    this.onWrite?.(at, this.#view.getInt32(at, true) === value);
    this.#view.setInt32(at, value, true);
  }
  #u64(thread: number, offset: number): bigint {
    this.onRead?.(this.threadBase(thread) + offset);
    return this.#view.getBigUint64(this.threadBase(thread) + offset, true);
  }
  #setU64(thread: number, offset: number, value: bigint): void {
    const at = this.threadBase(thread) + offset;
    this.onWrite?.(at, this.#view.getBigUint64(at, true) === value);
    this.#view.setBigUint64(at, value, true);
  }
  #f64(thread: number, offset: number): number {
    this.onRead?.(this.threadBase(thread) + offset);
    return this.#view.getFloat64(this.threadBase(thread) + offset, true);
  }
  #setF64(thread: number, offset: number, value: number): void {
    const at = this.threadBase(thread) + offset;
    this.onWrite?.(at, this.#view.getFloat64(at, true) === value);
    this.#view.setFloat64(at, value, true);
  }
}

function sprOffset(slot: number): number {
  if (slot < 0 || slot >= SPRS.length) throw new RangeError(`Arena: no SPR slot ${slot}`);
  return THREAD.spr + 8 * slot;
}

function vsrOffset(n: number, dword: 0 | 1): number {
  if (n < 0 || n >= 64) throw new RangeError(`Arena: no VSR ${n}`);
  return THREAD.vsr + 16 * n + (dword === 0 ? 8 : 0);
}

function slbOffset(entry: number, word: 'vsid' | 'esid'): number {
  if (entry < 0 || entry >= SLB_ENTRIES) throw new RangeError(`Arena: no SLB entry ${entry}`);
  return THREAD.slb + 16 * entry + (word === 'vsid' ? 0 : 8);
}

function tlbOffset(entry: number, offset: number): number {
  if (entry < 0 || entry >= TLB_ENTRIES) throw new RangeError(`Arena: no TLB entry ${entry}`);
  return THREAD.tlb + 32 * entry + offset;
}
