// How invariants are evaluated: after the steps that emitted an event which may have changed what they read, and when a
// time has come by which something must have happened. What they need of the past is kept in the machine's monitor.
//
// Which of them prove the conditions I1 to I19 of the reference (section 12); `rules` are those of ../machine/rules.ts:
// I1 one-partition (and its rule), hid4-partition, host-partition   I2 entry-exit-count, entry-exit-map, entered-in-time
// I3 in-guest   I4 cede-one-awake, map-one-awake   I5 cede-napping, napper-called
// I6 vcore-threads, fixed-thread, entry-window   I7 vcore-naps, threads-finished   I8 vcore-runner, vcore-counts
// I9 ceded-wakes, ceded-asleep, vcore-asleep   I10 no-kernel-in-guest   I11 hpte-state, hpte-ring
// I12 hpte-bounds, hpte-rc   I13 stale-tlb, own-translations   I14 host-registers, host-timers
// I15 exit-handled, resume-address   I16 guest-hv   I17 resume-address, mmio-load
// I18 tlbie-locks, the rules tlbie-in-flight and tlb-flushed   I19 guest-dec, dec-expires

import { MSR } from '../hardware/bits.ts';
import { HPTE_V_ABSENT, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { vcpuOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import { NONE, type VcpuId } from '../state/ids.ts';
import { EVENT_KINDS, type EventName, KIND } from '../trace/events.ts';

/** Where a guest goes on behind an exit for an hcall or an access to storage. */
export interface Resume {
  readonly pc: bigint;
  /** The load that user space completes, and MSR[LE] of its guest; 0 = there is none. */
  readonly load: number;
  readonly le: bigint;
}

/** State that invariants need from the past; it lives in the machine's monitor. */
export interface Watched {
  /** Time base at the last guest exit, by vcpu. */
  exit_tb: Record<number, number>;
  /** Real address of the HPTE that was written last, -1 = none. */
  hpte: number;
  /** Real addresses of HPTEs that were written as absent: hardware has seen none of them since. */
  absent: readonly number[];
  /** By vcore whose threads leave: low byte of entry_exit_count, and the cycle, when the exit began. */
  at_exit: Record<number, { readonly entered: number; readonly cycle: number }>;
  /** By vcpu that is out of the guest for an hcall or an access to storage. */
  resume: Record<number, Resume>;
  /** By ceded vcpu: the cycle at which something came for it, or at which its decrementer runs out. */
  came: Record<number, number>;
}

const blank = (): Watched => ({
  exit_tb: {},
  hpte: NONE,
  absent: [],
  at_exit: {},
  resume: {},
  came: {},
});

/** What is wrong, and the entity to look at. */
export interface Broken {
  readonly why: string;
  readonly where: string;
}

export interface Invariant {
  readonly id: string;
  readonly what: string;
  /** Events after which it is evaluated. */
  readonly reads: readonly EventName[];
  /** null when it holds; the thread that acted is `m.k.tid`. */
  readonly test: (m: Machine<Watched>) => Broken | null;
  /** Of one about time: notes in the monitor since when it waits, and returns the cycle at which to look again. */
  readonly wait?: (m: Machine<Watched>) => number;
}

/** An observer for one machine that evaluates the invariants after the steps that may have broken them. */
export function watched<M extends object>(
  observer: Observer<M>,
  invariants: readonly Invariant[],
): Observer<M & Watched> {
  const byKind = EVENT_KINDS.map(({ name }) =>
    invariants.filter(({ reads }) => reads.includes(name)),
  );
  const timed = invariants.filter(({ wait }) => wait !== undefined);
  // Empty between steps, so it is no state.
  const due = new Set<Invariant>();
  let entered = NONE;
  const evaluate = (m: Machine<M & Watched>): void => {
    const waits = timed.some((invariant) => due.has(invariant));
    if (waits) m.m.watch_at = Math.min(...timed.map(({ wait }) => wait?.(m) ?? 0));
    for (const { id, test } of due) {
      const broken = test(m);
      if (broken) m.violate(id, broken.where, broken.why);
    }
    due.clear();
  };
  return {
    init: () => ({ ...observer.init(), ...blank() }),
    onEvent(m, kind, thread, vcpu, a, b) {
      for (const invariant of byKind[kind] ?? []) due.add(invariant);
      if (kind === KIND.hpte_write) noteHpte(m, a, b);
      if (kind === KIND.core_exit) noteExit(m, vcpu);
      if (kind === KIND.vcpu_cpu && a >= 0) forgetExit(m, vcpu);
      if (kind === KIND.kvm_guest_exit) {
        m.monitor.exit_tb[vcpu] = m.hw.tb(thread);
        noteResume(m, vcpu, a);
      }
      if (kind === KIND.kvm_mmio) noteMmio(m, vcpu, b === 0);
      if (kind === KIND.kvm_guest_enter) entered = vcpu;
      if (kind === KIND.vcpu_start) forget(m, 'resume', vcpu);
      if (kind === KIND.cede) forget(m, 'came', vcpu);
      observer.onEvent(m, kind, thread, vcpu, a, b);
    },
    afterStep(m) {
      evaluate(m);
      if (entered !== NONE) forget(m, 'resume', entered);
      entered = NONE;
      observer.afterStep(m);
    },
    onTime(m) {
      for (const invariant of timed) due.add(invariant);
      evaluate(m);
    },
  };
}

/** Bits of an HPTE's first doubleword, as the event tells them. */
const [VALID, ABSENT] = [Number(HPTE_V_VALID), Number(HPTE_V_ABSENT)];

function noteHpte({ monitor }: Machine<Watched>, at: number, state: number): void {
  monitor.hpte = at;
  const known = monitor.absent.includes(at);
  if ((state & ABSENT) !== 0 && !known) monitor.absent = [...monitor.absent, at];
  if ((state & VALID) !== 0 && known)
    monitor.absent = monitor.absent.filter((other) => other !== at);
}

function noteExit(m: Machine<Watched>, v: VcpuId): void {
  const { vcore } = vcpuOf(m.k, v);
  const entered = (m.k.kvm.vcores[vcore]?.entry_exit_count ?? 0) & 0xff;
  m.monitor.at_exit = { ...m.monitor.at_exit, [vcore]: { entered, cycle: m.m.cycle } };
}

/** A vcpu is started for a run in which nobody has entered yet: the exit of the run before is over. */
function forgetExit(m: Machine<Watched>, v: VcpuId): void {
  const { vcore } = vcpuOf(m.k, v);
  if (m.k.kvm.vcores[vcore]?.entry_exit_count === 0) forget(m, 'at_exit', vcore);
}

/** A hypercall is complete behind its instruction; an access to storage is made again until it is emulated. */
function noteResume(m: Machine<Watched>, v: VcpuId, trap: number): void {
  const { msr, pc } = vcpuOf(m.k, v);
  const hcall = trap === BOOK3S_INTERRUPT.SYSCALL && (msr & MSR.PR) === 0n;
  if (!hcall && trap !== BOOK3S_INTERRUPT.H_DATA_STORAGE) return;
  m.monitor.resume = { ...m.monitor.resume, [v]: { pc, load: 0, le: 0n } };
}

function noteMmio(m: Machine<Watched>, v: VcpuId, isLoad: boolean): void {
  const { resume } = m.monitor;
  const at = resume[v];
  if (!at) return;
  const { last_inst, msr } = vcpuOf(m.k, v);
  const pc = BigInt.asUintN(64, at.pc + 4n);
  const mmio = { pc, load: isLoad ? last_inst : 0, le: msr & MSR.LE };
  m.monitor.resume = { ...resume, [v]: mmio };
}

/** Drops an entry of a record of the monitor. */
function forget(
  { monitor }: Machine<Watched>,
  record: 'at_exit' | 'resume' | 'came',
  key: number,
): void {
  if (monitor[record][key] === undefined) return;
  const { [key]: _, ...others } = monitor[record] as Record<number, never>;
  monitor[record] = others;
}
