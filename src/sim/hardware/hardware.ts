// The hardware that guest and host share: threads' registers, interrupts, timers, doorbells. It knows nothing of
// hypervisors: what it does follows from registers alone.
import type { EngineHooks } from '../engine/api.ts';
import { type Access, Cause, type Outcome } from '../engine/api.ts';
import { Engine } from '../engine/engine.ts';
import { Arena } from '../engine/memory.ts';
import { HELPERS, type HelperName } from '../isa/builder.ts';
import { sprSlot } from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { HFSCR, LPCR, MSR, MSR_HIGH, MSR_LOW, PROGRAM, SRR1_CAUSES } from './bits.ts';
import type { CpuModel } from './cpu-model.ts';
import { translate } from './hash-mmu.ts';
import { SLOT } from './slots.ts';
import { SYSTEM_HELPERS } from './system-helpers.ts';
import { vectorRow } from './vectors.ts';

/** Model cycles per time-base tick (illustrative: about 4 GHz against 512 MHz). */
export const CYCLES_PER_TICK = 8;
/** Expiry of a timer that is not armed. */
export const NEVER = 2 ** 52;

/** Receives what the hardware does; the machine adds step, cycle and vcpu. */
export type EmitHardware = (kind: number, thread: HwThreadId, a: number, b: number) => void;

/** All hardware threads of a machine over one arena. */
export class Hardware implements EngineHooks {
  readonly arena: Arena;
  readonly engine: Engine;
  readonly model: CpuModel;
  readonly threads: number;
  readonly emit: EmitHardware;
  /** Cycles of the current engine run per instruction, so that mftb inside a slice reads the right time. */
  instructionCost = 1;
  /** Translation context for which each thread's fast cache was filled; a cache key, not state. */
  private readonly context: Int32Array;

  constructor(model: CpuModel, cores: number, realBytes: number, emit: EmitHardware) {
    this.model = model;
    this.threads = cores * model.threadsPerCore;
    this.arena = new Arena({ threads: this.threads, realBytes });
    this.engine = new Engine(this.arena, this);
    this.emit = emit;
    this.context = new Int32Array(this.threads).fill(-1);
    this.reset();
  }

  private reset(): void {
    for (let t = 0; t < this.threads; t++) {
      const core = Math.floor(t / this.model.threadsPerCore);
      this.set(t, 'PIR', this.model.pir(core, t % this.model.threadsPerCore));
      this.set(t, 'PVR', this.model.pvr);
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
    this.arena.setSpr(t, sprSlot(name), value);
  }
  msr(t: HwThreadId): bigint {
    return this.arena.spr(t, SLOT.MSR);
  }
  setMsr(t: HwThreadId, value: bigint): void {
    this.arena.setSpr(t, SLOT.MSR, value);
  }
  /** True while the thread executes guest code. */
  inGuest(t: HwThreadId): boolean {
    return (this.arena.msrHigh(t) & MSR_HIGH.HV) === 0;
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
    this.arena.setDecExpires(t, Math.min(NEVER, this.tb(t) + ticks));
  }
  setHdec(t: HwThreadId, ticks: number): void {
    this.arena.setHdecExpires(t, Math.min(NEVER, this.tb(t) + ticks));
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
    const { arena } = this;
    const low = arena.msrLow(t);
    const ee = (low & MSR_LOW.EE) !== 0;
    const guest = (arena.msrHigh(t) & MSR_HIGH.HV) === 0;
    if (!ee && !guest) return 0;
    const tb = this.tb(t);
    const lpcr = Number(arena.spr(t, SLOT.LPCR) & 0xffffn);
    if ((lpcr & Number(LPCR.HDICE)) !== 0 && tb >= arena.hdecExpires(t)) return 0x980;
    if (ee) {
      if (guest && (lpcr & Number(LPCR.MER)) !== 0) return 0x500;
      if (tb >= arena.decExpires(t)) return 0x900;
      if ((arena.spr(t, SLOT.DPDES) & 1n) !== 0n) return 0xa00;
    }
    // UNSURE: silicon is believed to ignore EE for the hypervisor doorbell when HV=0; Linux relies on it.
    return arena.dhdes(t) !== 0 ? 0xe80 : 0;
  }

  /** Cycle at which a timer of thread `t` may next change `pending`, given its MSR. */
  nextTimer(t: HwThreadId): number {
    const ee = (this.arena.msrLow(t) & MSR_LOW.EE) !== 0;
    const dec = ee ? this.arena.decExpires(t) : NEVER;
    const ticks = Math.min(dec, this.arena.hdecExpires(t));
    return ticks * CYCLES_PER_TICK;
  }

  /** True when an exception is present that ends a `stop` with PSSCR[EC]=0, whatever MSR[EE] says. */
  wakes(t: HwThreadId): boolean {
    return this.arena.dhdes(t) !== 0 || this.tb(t) >= this.arena.decExpires(t);
  }

  /** Takes the asynchronous interrupt `vector` at NIA; what delivery clears is cleared. */
  deliver(t: HwThreadId, vector: number): void {
    if (vector === 0xa00) {
      this.arena.setSpr(t, SLOT.DPDES, 0n);
      this.emit(KIND.dpdes_deliver, t, 0, 0);
    }
    if (vector === 0xe80) this.arena.setDhdes(t, 0);
    this.interrupt(t, vector, this.arena.nia(t));
  }

  /**
   * Takes an interrupt: save/restore registers, MSR, NIA := vector. Power ISA v3.0B Book III, "Interrupt Processing".
   * @param resume address for (H)SRR0
   * @param cause bits reported in (H)SRR1
   * @param hypervisor true when this instance goes to the hypervisor although its row does not say so (sc 1)
   */
  interrupt(t: HwThreadId, vector: number, resume: bigint, cause = 0n, hypervisor = false): void {
    const { arena } = this;
    const row = vectorRow(vector);
    const toHv = row.toHv || hypervisor;
    const msr = this.msr(t);
    const saved = (msr & ~SRR1_CAUSES) | cause;
    arena.setSpr(t, row.regs === 'H' ? SLOT.HSRR0 : SLOT.SRR0, resume);
    arena.setSpr(t, row.regs === 'H' ? SLOT.HSRR1 : SLOT.SRR1, saved);
    const lpcr = arena.spr(t, SLOT.LPCR);
    let next = MSR.SF | (msr & (MSR.ME | MSR.HV)) | (row.regs === 'H' ? msr & MSR.RI : 0n);
    if (toHv) next |= MSR.HV;
    else if ((lpcr & LPCR.ILE) !== 0n) next |= MSR.LE;
    let address = BigInt(vector);
    // AIL: not on a transition of HV from 0 to 1 (POWER9 with a hash partition).
    const relocated =
      (lpcr & LPCR.AIL_3) === LPCR.AIL_3 &&
      (msr & (MSR.IR | MSR.DR)) === (MSR.IR | MSR.DR) &&
      (next & MSR.HV) === (msr & MSR.HV) &&
      vector > 0x200;
    if (relocated) {
      next |= MSR.IR | MSR.DR;
      address += 0xc000000000004000n;
    }
    this.setMsr(t, next);
    arena.setNia(t, address);
    this.emit(KIND.interrupt, t, vector, Number(next & MSR.HV ? 1n : 0n));
  }

  /** sc: the resume address is the next instruction; LEV=1 is a hypercall. */
  systemCall(t: HwThreadId, hypercall: boolean): void {
    this.interrupt(t, 0xc00, this.arena.nia(t) + 4n, 0n, hypercall);
  }

  /** Hypervisor facility unavailable: the cause goes to the top byte of HFSCR. */
  facilityUnavailable(t: HwThreadId, facility: number): void {
    const hfscr = this.arena.spr(t, SLOT.HFSCR);
    this.arena.setSpr(t, SLOT.HFSCR, (hfscr & ((1n << 56n) - 1n)) | (BigInt(facility) << 56n));
    this.interrupt(t, 0xf80, this.arena.nia(t));
  }
  /** True when HV=0 and HFSCR withholds msgsndp, msgclrp, TIR and DPDES. */
  msgpDenied(t: HwThreadId): boolean {
    return this.inGuest(t) && (this.arena.spr(t, SLOT.HFSCR) & HFSCR.MSGP) === 0n;
  }
  program(t: HwThreadId, cause: bigint): void {
    this.interrupt(t, 0x700, this.arena.nia(t), cause);
  }

  // --- engine

  /** Runs guest code of thread `t` for at most `budget` instructions of `cost` cycles; returns how many ran. */
  run(t: HwThreadId, budget: number, cost: number): number {
    const mode = this.arena.msrLow(t) & (MSR_LOW.IR | MSR_LOW.DR | MSR_LOW.PR);
    const key = Number(this.arena.spr(t, SLOT.LPIDR)) * 0x10000 + mode;
    if (this.context[t] !== key) {
      this.engine.flushThread(t);
      this.context[t] = key;
    }
    this.instructionCost = cost;
    this.runningThread = t;
    this.engine.run(t, budget);
    this.runningThread = -1;
    return this.arena.executed;
  }

  miss(t: HwThreadId, access: Access): boolean {
    return translate(this, t, this.arena.arg(t, 0), access);
  }

  helper(t: HwThreadId, helper: number): Outcome {
    const name = HELPERS[helper] as HelperName;
    return SYSTEM_HELPERS[name](this, t);
  }

  raise(t: HwThreadId, cause: Cause): void {
    const nia = this.arena.nia(t);
    switch (cause) {
      case Cause.illegal:
        this.arena.setSpr(t, SLOT.HEIR, this.arena.arg(t, 0));
        this.interrupt(t, 0xe40, nia);
        break;
      case Cause.privileged:
        this.program(t, PROGRAM.PRIVILEGED);
        break;
      case Cause.trap:
        this.program(t, PROGRAM.TRAP);
        break;
      case Cause.alignment:
        this.interrupt(t, 0x600, nia);
        break;
    }
  }
}
