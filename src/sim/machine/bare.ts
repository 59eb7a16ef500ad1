// Bare mode: one thread runs a program with no hypervisor and no host. MODEL: with translation off, effective addresses
// are real ones, whatever MSR[HV] says (no HRMOR, no VRMA), and bits 0-3 are ignored; an access outside memory ends the
// run instead of being a machine check.
import { Access } from '../engine/api.ts';
import { PAGE } from '../engine/layout.ts';
import type { Image } from '../guest/image.ts';
import { MSR, MSR_LOW } from '../hardware/bits.ts';
import type { CpuModel } from '../hardware/cpu-model.ts';
import { type Halt, Hardware, type Translation } from '../hardware/hardware.ts';
import { translate } from '../hardware/mmu/translate.ts';
import { BARE_THREAD as T } from './bare-state.ts';
import { UartPage, type UartSpec } from './bare-uart.ts';

export interface BareSpec {
  readonly model: CpuModel;
  readonly image: Image;
  /** Bytes of real memory, a multiple of 4096. */
  readonly realBytes: number;
  readonly uart?: UartSpec;
}

/** Why a run ended; the thread is about to execute the instruction at pc. */
export type BareStop =
  | { readonly reason: 'max' | 'stop-pc' | 'endless-branch' | Halt }
  | {
      readonly reason: 'outside-memory';
      readonly access: keyof typeof Access;
      readonly address: bigint;
    };

/** Most instructions between two looks at the serial port. */
const SLICE = 1 << 20;
/** Bits 0-3 of a real-mode address are ignored. Book III, "Real Addressing". */
const REAL_MASK = (1n << 60n) - 1n;
const PAGE_SHIFT = 12n;
/** Every facility that HFSCR and FSCR can withhold; the cause field stays 0. */
const ALL_FACILITIES = (1n << 56n) - 1n;
/** DEC at the start: far from its interrupt. */
const DEC_MAX = 0x7fffffff;

/** Kinds of access by number. */
const NAMES = ['load', 'store', 'fetch'] as const satisfies readonly (keyof typeof Access)[];

/** A machine of one thread about to run its image. */
export class BareMachine {
  readonly hw: Hardware;
  /** Instructions executed so far; one that an interrupt stops counts too. */
  instructions = 0;
  readonly #realBytes: number;
  readonly #uart: UartPage | null;
  #stopReal = -1;
  #outside: BareStop | null = null;

  constructor({ model, image, realBytes, uart }: BareSpec) {
    this.#realBytes = realBytes;
    // Behind memory lies a page that stands for the serial port's while an instruction accesses it.
    this.hw = new Hardware(model, 1, realBytes + PAGE, () => {}, this.#translate);
    const real = uart && { ...uart, real: uart.real & REAL_MASK };
    this.#uart = real ? new UartPage(this.hw, realBytes, real) : null;
    const { hw } = this;
    for (const { real, bytes } of image.segments) hw.arena.writeBytes(real, bytes);
    const modes = (image.sixtyFour ? MSR.SF : 0n) | (image.littleEndian ? MSR.LE : 0n);
    hw.setMsr(T, MSR.HV | MSR.ME | modes);
    hw.set(T, 'HFSCR', ALL_FACILITIES);
    hw.set(T, 'FSCR', ALL_FACILITIES);
    hw.set(T, 'HID0', model.attnEnable);
    hw.setDec(T, DEC_MAX);
    hw.arena.setNia(T, image.entry);
    hw.engine.stopBefore((real, word) => real === this.#stopReal || isBranchToSelf(real, word));
    if (image.toc !== null) hw.arena.setGpr(T, 2, image.toc);
  }

  /** Runs until `max` more instructions are done, or something stops the thread before. */
  run(max: number, stopPc?: bigint): BareStop {
    const { hw } = this;
    const limit = this.instructions + max;
    const stopReal = stopPc === undefined ? -1 : Number(stopPc & REAL_MASK);
    if (stopReal !== this.#stopReal) hw.engine.dropCaches();
    this.#stopReal = stopReal;
    this.#outside = null;
    for (;;) {
      const vector = hw.pending(T);
      if (vector !== 0) hw.deliver(T, vector);
      const left = limit - this.instructions;
      const stop = this.#stopHere(left);
      if (stop !== null) return stop;
      const toTimer = this.#toTimer();
      const slice = Math.min(left, SLICE, toTimer > 0 ? toTimer : SLICE);
      const ran = hw.run(T, slice, 1);
      this.#uart?.finishStore();
      const end = this.#outside ?? (hw.halted && { reason: hw.halted });
      // For the engine an instruction that is not completed counts, as one that an interrupt stops does.
      this.#pass(end === null ? ran : ran - 1);
      if (end !== null) return end;
    }
  }

  /** Cycles until a timer may interrupt the thread; not above 0: none will before another register changes. */
  #toTimer(): number {
    return Math.ceil(this.hw.nextTimer(T) - this.hw.arena.clock(T));
  }

  /** Counts executed instructions, of one cycle each. */
  #pass(instructions: number): void {
    this.instructions += instructions;
    this.hw.arena.setClock(T, this.hw.arena.clock(T) + instructions);
  }

  /** Why the thread goes no further; a branch to itself is passed when a timer's interrupt will end it. */
  #stopHere(left: number): BareStop | null {
    const { arena } = this.hw;
    const real = Number(arena.nia(T) & REAL_MASK);
    if (real === this.#stopReal) return { reason: 'stop-pc' };
    if (left <= 0) return { reason: 'max' };
    const little = (arena.msrLow(T) & MSR_LOW.LE) !== 0;
    if (real >= this.#realBytes || !isBranchToSelf(real, arena.read32(real, little))) return null;
    const toTimer = this.#toTimer();
    if (toTimer <= 0 || toTimer > left) return { reason: 'endless-branch' };
    this.#pass(toTimer);
    return null;
  }

  readonly #translate: Translation = (hw, t, ea, access, size) => {
    const relocate = access === Access.fetch ? MSR.IR : MSR.DR;
    if ((hw.msr(t) & relocate) !== 0n) return translate(hw, t, ea, access);
    const real = ea & REAL_MASK;
    if (this.#uart?.holds(real) && access !== Access.fetch) {
      this.#uart.map(ea, access, size);
      return true;
    }
    if (real >= BigInt(this.#realBytes)) {
      this.#outside = { reason: 'outside-memory', access: NAMES[access], address: real };
      return false;
    }
    const page = Number(real >> PAGE_SHIFT);
    if (access === Access.fetch) hw.engine.mapFetch(t, ea, page);
    else hw.mapData(t, ea, page, true);
    return true;
  };
}

/** `b` or `ba` to its own address: nothing but an interrupt leads out of it. */
function isBranchToSelf(real: number, word: number): boolean {
  const target = word & 0x03fffffc;
  return (
    word >>> 26 === 18 && (word & 1) === 0 && ((word & 2) === 0 ? target === 0 : target === real)
  );
}
