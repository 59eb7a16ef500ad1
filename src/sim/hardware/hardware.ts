// The hardware that guest and host share: threads' registers, interrupts, timers, doorbells. It knows nothing of
// hypervisors: what it does follows from registers alone.
import type { EngineHooks } from '../engine/api.ts';
import { Access, type Cause, Outcome, Stop } from '../engine/api.ts';
import { Engine } from '../engine/engine.ts';
import { Arena } from '../engine/memory.ts';
import { HELPERS, type HelperName } from '../isa/builder.ts';
import { sprSlot } from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { HFSCR_LOW, LPCR, MSR_HIGH, MSR_LOW, PROGRAM } from './bits.ts';
import type { CpuModel, PowerSaving } from './cpu-model.ts';
import {
  debugChanged,
  hitsWatch,
  isTracing,
  isWatchedPage,
  traceCompleted,
  watchOf,
} from './debug.ts';
import { deliver, INPUT, interrupt, isHdecEnabled, pendingInterrupt } from './interrupts.ts';
import { TranslationContext, tlbPartition, walkContext } from './mmu/context.ts';
import { tlbie, tlbiel, tlbielSets } from './mmu/tlb.ts';
import { translate } from './mmu/translate.ts';
import {
  checkHypervisor,
  checkTlbOwner,
  endTlbie,
  reachedByTlbie,
  startTlbie,
} from './partition.ts';
import { enterPowerSaving, wake, wakesAt } from './power-saving.ts';
import { SLOT } from './slots.ts';
import { raiseCause } from './synchronous.ts';
import { SYSTEM_HELPERS } from './system-helpers.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

/** Model cycles per time-base tick (illustrative: about 4 GHz against 512 MHz). */
export const CYCLES_PER_TICK = 8;
/** Expiry of a timer that is not armed. */
export const NEVER = 2 ** 52;

/** EngineHooks.miss for one thread: maps the page of `ea` or raises the storage interrupt. */
export type Translation = (
  hw: Hardware,
  t: HwThreadId,
  ea: bigint,
  access: Access,
  size: number,
) => boolean;

/** Receives what the hardware does; the machine adds step, cycle and vcpu. */
export type EmitHardware = (kind: number, thread: HwThreadId, a: number, b: number) => void;

/** Why a thread goes no further by itself: it called its service processor, sleeps with no wake-up, or stopped. */
export type Halt = 'attn' | 'asleep' | 'checkstop';

/** All hardware threads of a machine over one arena. */
export class Hardware implements EngineHooks {
  readonly arena: Arena;
  readonly engine: Engine;
  readonly model: CpuModel;
  readonly threads: number;
  /** The threads of a core share LPIDR and SDR1, so that they all run one partition (partition.ts). */
  readonly hasOnePartition: boolean;
  readonly emit: EmitHardware;
  private readonly translation: Translation;
  /** Cycles of the current engine run per instruction, so that mftb inside a slice reads the right time. */
  instructionCost = 1;
  private readonly context: TranslationContext;

  constructor(
    model: CpuModel,
    cores: number,
    realBytes: number,
    emit: EmitHardware,
    translation: Translation = translate,
  ) {
    this.model = model;
    this.translation = translation;
    this.threads = cores * model.threadsPerCore;
    this.hasOnePartition = model.shared.includes('LPIDR');
    const { threadsPerCore } = model;
    const core = { threadsPerCore, shared: model.shared.map(sprSlot) };
    this.arena = new Arena({ threads: this.threads, realBytes, core });
    this.engine = new Engine(this.arena, this, model.version);
    this.emit = emit;
    this.context = new TranslationContext(this);
    this.reset();
  }

  private reset(): void {
    for (let t = 0; t < this.threads; t++) {
      const core = Math.floor(t / this.model.threadsPerCore);
      this.set(t, 'PIR', this.model.pir(core, t % this.model.threadsPerCore));
      this.set(t, 'PVR', this.model.pvr);
      const shared = this.model.doorbellScope === 'core';
      this.set(t, 'TIR', shared ? BigInt(t % this.model.threadsPerCore) : 0n);
      // MODEL: as firmware leaves it.
      if (this.model.lpcr !== 0n) this.set(t, 'AMOR', (1n << 64n) - 1n);
      this.arena.setDecExpires(t, NEVER);
      this.arena.setHdecExpires(t, NEVER);
      this.arena.clearReservation(t);
    }
  }

  // --- registers

  /** Register by name, as stored; DEC, HDEC and the counting registers are read by `read`. */
  get(t: HwThreadId, name: string): bigint {
    return this.arena.spr(t, sprSlot(name));
  }
  set(t: HwThreadId, name: string, value: bigint): void {
    const slot = sprSlot(name);
    this.arena.setSpr(t, slot, value);
    debugChanged(this, t, slot);
  }
  msr(t: HwThreadId): bigint {
    return this.arena.spr(t, SLOT.MSR);
  }
  setMsr(t: HwThreadId, value: bigint): void {
    const before = this.arena.msrLow(t);
    this.arena.setSpr(t, SLOT.MSR, value);
    const starts = this.arena.msrLow(t) & ~before & MSR_LOW.IR;
    if (starts !== 0 && !this.inGuest(t)) checkHypervisor(this, t);
  }
  /** True while the thread executes guest code. */
  inGuest(t: HwThreadId): boolean {
    return (this.arena.msrHigh(t) & MSR_HIGH.HV) === 0;
  }

  /** True when FSCR, HFSCR and the interrupts that they raise exist (version 2.07). */
  get hasFacilities(): boolean {
    return this.model.doorbellScope !== 'none';
  }
  /** The threads of the core of thread `t`, in order. */
  coreOf(t: HwThreadId): HwThreadId[] {
    const per = this.model.threadsPerCore;
    return Array.from({ length: per }, (_, i) => Math.floor(t / per) * per + i);
  }
  /** Address of the instruction behind the running one; MSR[SF]=0: within 32 bits. */
  nextInstruction(t: HwThreadId): bigint {
    const wide = this.arena.msrHigh(t) >>> 31 !== 0;
    return BigInt.asUintN(wide ? 64 : 32, this.arena.nia(t) + 4n);
  }

  // --- time

  /** Cycle at which the running instruction of thread `t` starts. */
  now(t: HwThreadId): number {
    return this.arena.clock(t) + (t === this.runningThread ? this.ran * this.instructionCost : 0);
  }
  /** Instructions that the engine has completed in the run it is in; 0 between runs. */
  get ran(): number {
    return this.runningThread < 0 ? 0 : this.arena.executed;
  }
  private runningThread = -1;

  /** Time base of thread `t` in ticks. */
  tb(t: HwThreadId): number {
    return Math.floor(this.now(t) / CYCLES_PER_TICK);
  }
  /** DEC and HDEC in ticks left; negative = expired. */
  dec(t: HwThreadId): number {
    return this.arena.decExpires(t) - this.tb(t);
  }
  hdec(t: HwThreadId): number {
    return this.arena.hdecExpires(t) - this.tb(t);
  }
  setDec(t: HwThreadId, ticks: number): void {
    this.setDecExpires(t, Math.min(NEVER, this.tb(t) + ticks));
  }
  /** The same, by the time base at which DEC runs out. On the PowerPC 970 it makes room for a new exception. */
  setDecExpires(t: HwThreadId, tb: number): void {
    this.arena.setDecExpires(t, tb);
    this.arena.setInputs(t, this.arena.inputs(t) & ~INPUT.DEC_TAKEN);
  }
  setHdec(t: HwThreadId, ticks: number): void {
    this.arena.setHdecExpires(t, Math.min(NEVER, this.tb(t) + ticks));
  }

  /** Cycle of the thread's clock at which DEC runs out; Infinity when it is not armed. */
  decEnds(t: HwThreadId): number {
    const expires = this.arena.decExpires(t);
    return expires >= NEVER ? Number.POSITIVE_INFINITY : expires * CYCLES_PER_TICK;
  }
  /** Lets the clock of a thread that does nothing run up to the end of its DEC; false when DEC is not armed. */
  skipToDecrementer(t: HwThreadId): boolean {
    const ahead = this.decEnds(t) - this.now(t);
    if (ahead === Number.POSITIVE_INFINITY) return false;
    if (ahead > 0) this.arena.setClock(t, this.arena.clock(t) + ahead);
    return true;
  }

  // --- power saving, for software that is not machine code (power-saving.ts)

  /** The thread enters a power-saving state: it executes nothing until `wake`. */
  nap(t: HwThreadId, state: PowerSaving = 'nap'): void {
    enterPowerSaving(this, t, state);
  }
  isAsleep(t: HwThreadId): boolean {
    return this.arena.asleep(t) !== 0;
  }
  /** An exception is there that LPCR lets wake the thread. */
  canWake(t: HwThreadId): boolean {
    return wakesAt(this, t) <= this.arena.clock(t);
  }
  /** Cycle of its clock at which a sleeping thread can wake, as things stand; Infinity: nothing is coming. */
  wakesAt(t: HwThreadId): number {
    return wakesAt(this, t);
  }
  /** Wakes a sleeping thread by system reset (0x100); returns SRR1's reason (42:44) and loss (46:47). */
  wake(t: HwThreadId): bigint {
    return wake(this, t);
  }

  // --- doorbells

  /** Directed hypervisor doorbell by PIR (msgsnd, POWER9: any thread of the system). */
  msgsnd(from: HwThreadId, to: HwThreadId): void {
    this.arena.setDhdes(to, 1);
    this.emit(KIND.msgsnd, from, to, 0);
  }
  setDpdes(t: HwThreadId, value: bigint): void {
    this.arena.setSpr(t, SLOT.DPDES, value);
    this.emit(KIND.dpdes_write, t, Number(value), 0);
  }

  // --- interrupts

  /** Vector of the most urgent asynchronous interrupt that thread `t` would take now, 0 if none. */
  pending(t: HwThreadId): number {
    const ee = (this.arena.msrLow(t) & MSR_LOW.EE) !== 0;
    const guest = this.inGuest(t);
    return ee || guest ? pendingInterrupt(this, t, ee, guest) : 0;
  }

  /** Cycle at which a timer of thread `t` may next change `pending`, given its MSR. */
  nextTimer(t: HwThreadId): number {
    const { arena } = this;
    const ee = (arena.msrLow(t) & MSR_LOW.EE) !== 0;
    const taken = (arena.inputs(t) & INPUT.DEC_TAKEN) !== 0;
    const dec = ee && !taken ? arena.decExpires(t) : NEVER;
    const hdec = isHdecEnabled(this, t) ? arena.hdecExpires(t) : NEVER;
    return Math.min(dec, hdec) * CYCLES_PER_TICK;
  }

  /** True when an exception is present that ends a `stop` with PSSCR[EC]=0, whatever MSR[EE] says. */
  wakes(t: HwThreadId): boolean {
    const lines = this.arena.inputs(t) & (INPUT.EXTERNAL | INPUT.HVIRT);
    return this.arena.dhdes(t) !== 0 || this.tb(t) >= this.arena.decExpires(t) || lines !== 0;
  }

  /** Raises or drops an interrupt line of a thread; it stays so until the controller changes it. */
  setLine(t: HwThreadId, line: 'EXTERNAL' | 'HVIRT', on: boolean): void {
    const others = this.arena.inputs(t) & ~INPUT[line];
    this.arena.setInputs(t, on ? others | INPUT[line] : others);
  }

  /** Takes the asynchronous interrupt `vector` at NIA; what delivery clears is cleared. */
  deliver(t: HwThreadId, vector: number): void {
    deliver(this, t, vector);
  }

  /** Takes an interrupt with `resume` in (H)SRR0 and `cause` in (H)SRR1 (interrupts.ts). */
  interrupt(t: HwThreadId, vector: number, resume: bigint, cause = 0n): void {
    interrupt(this, t, vector, resume, cause);
  }

  /** Program interrupt of the running instruction. */
  program(t: HwThreadId, cause: bigint): Outcome {
    this.interrupt(t, BOOK3S_INTERRUPT.PROGRAM, this.arena.nia(t), cause);
    return Outcome.raised;
  }

  /** The running instruction is illegal: emulation assistance with the word in HEIR, or a program interrupt. */
  illegal(t: HwThreadId, word = this.engine.wordAt(t, this.arena.nia(t)) ?? 0): Outcome {
    if (!this.model.emulationAssist) return this.program(t, PROGRAM.ILLEGAL);
    this.arena.setSpr(t, SLOT.HEIR, BigInt(word));
    this.interrupt(t, BOOK3S_INTERRUPT.H_EMUL_ASSIST, this.arena.nia(t));
    return Outcome.raised;
  }

  /** LPCR[EVIRT]: what an operating system may not do goes to emulation assistance. */
  enhancedVirtualization(t: HwThreadId): boolean {
    const on = (this.arena.spr(t, SLOT.LPCR) & LPCR.EVIRT & this.model.lpcr) !== 0n;
    return on && (this.arena.msrLow(t) & MSR_LOW.PR) === 0;
  }

  /** The running instruction needs a privilege that the thread lacks. */
  hypervisorOnly(t: HwThreadId, word?: number): Outcome {
    if (this.enhancedVirtualization(t) && this.inGuest(t)) return this.illegal(t, word);
    return this.program(t, PROGRAM.PRIVILEGED);
  }

  /** Why the last `run` ended for good, at the instruction that NIA names; null: it may go on. */
  halted: Halt | null = null;

  halt(why: Halt): Outcome {
    this.halted = why;
    return Outcome.raised;
  }

  // --- engine

  /** Runs guest code of thread `t` for at most `budget` instructions of `cost` cycles; returns how many ran. */
  run(t: HwThreadId, budget: number, cost: number): number {
    if (this.arena.tlbOwner(t) !== 0) checkTlbOwner(this, t);
    this.followContext(t);
    this.instructionCost = cost;
    this.runningThread = t;
    this.halted = null;
    if (isTracing(this, t)) this.runTraced(t);
    else this.engine.run(t, budget, this.facilities(t));
    this.runningThread = -1;
    return this.arena.executed;
  }

  /** Forgets fast translations that were made for another partition or mode. */
  private followContext(t: HwThreadId): void {
    const watching = watchOf(this, t) !== null;
    if (!this.context.hasChanged(t, watching)) return;
    this.engine.flushThread(t);
    // The engine walks by itself unless somebody has to see each miss.
    const own = this.translation === translate;
    this.arena.setWalk(t, walkContext(this, t, { data: own && !watching, fetches: own }));
  }

  /** One instruction, and the trace interrupt that it deserves. */
  private runTraced(t: HwThreadId): void {
    const [cia, msr] = [this.arena.nia(t), this.msr(t)];
    const stop = this.engine.run(t, 1, this.facilities(t));
    const complete = stop === Stop.budget || stop === Stop.yield;
    if (complete && this.arena.executed === 1) traceCompleted(this, t, cia, msr);
  }

  /** MSR bits FP, VEC and VSX of a thread, each 0 when HFSCR withholds it from HV=0. */
  private facilities(t: HwThreadId): number {
    const bits = this.arena.msrLow(t) & (MSR_LOW.FP | MSR_LOW.VEC | MSR_LOW.VSX);
    if (!this.inGuest(t) || !this.hasFacilities) return bits;
    const hfscr = this.arena.sprLow(t, SLOT.HFSCR);
    const fp = (hfscr & HFSCR_LOW.FP) === 0 ? MSR_LOW.FP : 0;
    const vector = (hfscr & HFSCR_LOW.VECVSX) === 0 ? MSR_LOW.VEC | MSR_LOW.VSX : 0;
    return bits & ~(fp | vector);
  }

  miss(t: HwThreadId, access: Access, size: number): boolean {
    const ea = this.arena.arg(t, 0);
    const watch = access === Access.fetch ? null : watchOf(this, t);
    this.watching = watch !== null && isWatchedPage(watch, ea);
    if (watch !== null && hitsWatch(this, t, watch, { ea, size, kind: access })) return false;
    return this.translation(this, t, ea, access, size);
  }

  /** For translations: gives the engine a page of data, for one access only when it holds a watched place. */
  mapData(t: HwThreadId, ea: bigint, realPage: number, writable: boolean): void {
    this.engine.mapData(t, ea, realPage, writable, this.watching);
  }
  private watching = false;

  /**
   * tlbie of thread `t`: all threads forget what RB names, of the running partition unless another is given. On the
   * PowerPC 970 all that run its partition; `large` is the L operand there.
   */
  tlbie(t: HwThreadId, rb: bigint, lpid = tlbPartition(this, t), large = false): void {
    startTlbie(this, t);
    tlbie(this, reachedByTlbie(this, t), rb, lpid, large);
  }
  /** tlbsync of thread `t`: its tlbies are done on all threads. */
  tlbsync(t: HwThreadId): void {
    endTlbie(this, t);
  }
  /** tlbiel: thread `t` alone forgets it. */
  tlbiel(t: HwThreadId, rb: bigint, lpid = tlbPartition(this, t), large = false): void {
    tlbiel(this, t, rb, lpid, large);
  }
  /** `count` tlbiel by set, from the one that RB names on. */
  tlbielSets(t: HwThreadId, rb: bigint, count: number, lpid = tlbPartition(this, t)): void {
    tlbielSets(this, t, rb, count, lpid);
  }

  helper(t: HwThreadId, helper: number): Outcome {
    const name = HELPERS[helper] as HelperName;
    return SYSTEM_HELPERS[name](this, t);
  }

  raise(t: HwThreadId, cause: Cause): void {
    raiseCause(this, t, cause);
  }
}
