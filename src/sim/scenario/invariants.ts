// What must hold at every step, whatever the guest and the schedule do; source: the conditions under which KVM's
// entry, exit and wake-up paths are correct (kernel book3s_hv.c, book3s_hv_p9_entry.c). An invariant is evaluated
// after the steps that emitted an event which may have changed what it reads.
import { MSR } from '../hardware/bits.ts';
import { HPTE_V_ABSENT, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { SLOT } from '../hardware/slots.ts';
import type { Frame } from '../host/routine.ts';
import { vcpuOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import type { VcpuId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import { EVENT_KINDS, type EventName, KIND } from '../trace/events.ts';
import { vcpuEntity } from './entities.ts';

/** Bits of an HPTE's first doubleword, as the event tells them. */
const [VALID, ABSENT] = [Number(HPTE_V_VALID), Number(HPTE_V_ABSENT)];

/** State that invariants need from the past; it lives in the machine's monitor. */
export interface Watched {
  /** Time base at the last guest exit, by vcpu. */
  exit_tb: Record<number, number>;
  /** Real address of the HPTE that was written last, -1 = none. */
  hpte: number;
  /** Real addresses of HPTEs that were written as absent: hardware has seen none of them since. */
  absent: readonly number[];
  /** Low byte of entry_exit_count when the exit of this run began, by vcore. */
  at_exit?: Record<number, number>;
}

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
}

/** The first vcpu for which `why` has something to say. */
function firstVcpu(m: Machine<Watched>, why: (v: VcpuId) => string): Broken | null {
  for (let v = 0; v < m.k.kvm.vcpus.length; v++) {
    const text = why(v);
    if (text !== '') return { why: `vcpu ${v} ${text}`, where: vcpuEntity(m, v) };
  }
  return null;
}

/** vcore.dpdes; early in kvmppc_core_vcpu_create_hv a vcpu has no vcore yet. */
function savedDpdes(m: Machine<Watched>, v: VcpuId): number {
  return m.k.kvm.vcores[vcpuOf(m.k, v).vcore]?.dpdes ?? 0;
}

// --- the host's side of the entry window

function hostDoorbell(m: Machine<Watched>): Broken | null {
  const t = m.k.tid;
  if (m.hw.inGuest(t) || m.hw.arena.spr(t, SLOT.DPDES) === 0n) return null;
  if (m.k.kvm.vcpus.some((vcpu) => vcpu.cpu === t)) return null;
  return { why: `thread ${t} runs the host with DPDES set`, where: m.threadPath(t) };
}

function hostPartition(m: Machine<Watched>): Broken | null {
  const t = m.k.tid;
  if (m.hw.inGuest(t) || m.host.cpus[t]?.in_guest) return null;
  const lpcr = m.hw.arena.spr(t, SLOT.LPCR);
  const foreign =
    m.hw.arena.spr(t, SLOT.LPIDR) !== 0n
      ? 'LPIDR'
      : m.k.kvm.vcores.some((vcore) => vcore.lpcr === lpcr)
        ? 'LPCR'
        : '';
  if (foreign === '') return null;
  return { why: `thread ${t} runs the host with a guest's ${foreign}`, where: m.threadPath(t) };
}

/** cpu and thread_cpu name the thread on which the vcpu's task runs, interrupts off or in the guest, else nothing. */
function entryWindow(m: Machine<Watched>): Broken | null {
  return firstVcpu(m, (v) => {
    const { cpu, thread_cpu, task } = vcpuOf(m.k, v);
    for (const t of [cpu, thread_cpu]) {
      if (t === NONE) continue;
      if (m.host.cpus[t]?.curr !== task)
        return `is said to be on thread ${t}, where its task is not`;
      if (!m.hw.inGuest(t) && (m.hw.msr(t) & MSR.EE) !== 0n) {
        return `is said to be on thread ${t}, which is in the host with interrupts on`;
      }
    }
    const t = m.host.tasks[task]?.cpu ?? NONE;
    const runs = m.host.cpus[t]?.curr === task && m.hw.inGuest(t);
    if (runs && (cpu !== t || thread_cpu !== t))
      return `runs on thread ${t} and nobody can know it`;
    return '';
  });
}

// --- wake-ups

/** True when this frame is about to wake vcpu v: a kick that has not looked for the sleeper yet, or its wake-up. */
function wakes({ routine, label, locals }: Frame, v: VcpuId, task: number): boolean {
  if (routine === 'try_to_wake_up') return label === 'ttwu_queue' && locals.task === task;
  if (routine === 'kvmppc_fast_vcpu_kick_hv')
    return label === 'rcuwait_wake_up' && locals.vcpu === v;
  return ['kick', 'kvm_vcpu_kick'].includes(label) && (locals.target ?? locals.vcpu) === v;
}

function cededAsleep(m: Machine<Watched>): Broken | null {
  return firstVcpu(m, (v) => {
    const vcpu = vcpuOf(m.k, v);
    const task = m.host.tasks[vcpu.task];
    if (!vcpu.rcuwait || task?.on_rq !== 0 || task.state !== 'TASK_INTERRUPTIBLE') return '';
    if (!vcpu.ceded) return 'sleeps in rcuwait, but it has not ceded';
    const reason = vcpu.doorbell_request
      ? 'doorbell_request is set'
      : savedDpdes(m, v)
        ? 'its saved dpdes is set'
        : vcpu.prodded
          ? 'it was prodded'
          : vcpu.pending_exceptions
            ? 'an exception is queued for it'
            : '';
    if (reason === '') return '';
    const coming = m.host.tasks.some(({ stack }) => stack.some((f) => wakes(f, v, vcpu.task)));
    return coming ? '' : `sleeps although ${reason}, and nobody is about to wake it`;
  });
}

// --- what the guest sees

function doorbellBit(m: Machine<Watched>): Broken | null {
  return firstVcpu(m, (v) => {
    const { doorbell_request, cpu } = vcpuOf(m.k, v);
    const dpdes = cpu === NONE ? 0 : Number(m.hw.arena.spr(cpu, SLOT.DPDES));
    const most = Math.max(doorbell_request, savedDpdes(m, v), dpdes);
    return most <= 1 ? '' : `counts ${most} doorbells in one place; a pending doorbell is one bit`;
  });
}

/** The vcpu that is being entered or left on the acting thread, or -1. */
function switched(m: Machine<Watched>): VcpuId {
  return m.host.cpus[m.k.tid]?.kvm_vcpu ?? NONE;
}

function guestHv(m: Machine<Watched>): Broken | null {
  const v = switched(m);
  if (v !== NONE && !m.hw.inGuest(m.k.tid)) {
    return { why: `vcpu ${v} enters the guest with MSR[HV]=1`, where: vcpuEntity(m, v) };
  }
  if (v !== NONE && (m.hw.msr(m.k.tid) & MSR.ME) === 0n) {
    return { why: `vcpu ${v} enters the guest with MSR[ME]=0`, where: vcpuEntity(m, v) };
  }
  return firstVcpu(m, (other) =>
    (vcpuOf(m.k, other).msr & MSR.HV) !== 0n ? 'has MSR[HV]=1 in its saved MSR' : '',
  );
}

/** DEC is an absolute time while nobody runs the vcpu, so that moving between threads does not change it. */
function decExpires(m: Machine<Watched>): Broken | null {
  const t = m.k.tid;
  const v = switched(m);
  // At the partition switch into the guest, DEC is not loaded yet.
  if (v === NONE || (!m.hw.inGuest(t) && m.hw.arena.spr(t, SLOT.LPIDR) !== 0n)) return null;
  const [saved, real] = [vcpuOf(m.k, v).dec_expires, m.hw.arena.decExpires(t)];
  if (saved === real) return null;
  const why = `dec_expires of vcpu ${v} is ${saved}, but DEC of thread ${t} runs out at ${real}`;
  return { why, where: vcpuEntity(m, v) };
}

function guestTb(m: Machine<Watched>): Broken | null {
  const v = switched(m);
  const [then, now] = [m.monitor.exit_tb[v] ?? 0, m.hw.tb(m.k.tid)];
  if (now >= then) return null;
  return {
    why: `the time base of vcpu ${v} goes back from ${then} to ${now}`,
    where: vcpuEntity(m, v),
  };
}

export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'host-doorbell',
    what: 'the host never runs with DPDES set, or it would take the doorbell of a guest',
    reads: ['vcpu_cpu', 'dpdes_write', 'sched_switch', 'idle_enter'],
    test: hostDoorbell,
  },
  {
    id: 'host-partition',
    what: "the host never runs with a guest's LPIDR or LPCR",
    reads: ['partition_switch', 'vcore_dpdes', 'vcpu_cpu', 'sched_switch', 'idle_enter'],
    test: hostPartition,
  },
  {
    id: 'entry-window',
    what: 'vcpu.cpu and thread_cpu name the thread inside the entry window and nothing outside; one vcpu per thread',
    reads: ['vcpu_cpu', 'kvm_guest_enter', 'sched_switch', 'cede', 'kvm_hcall_enter'],
    test: entryWindow,
  },
  {
    id: 'ceded-asleep',
    what: 'a vcpu that sleeps has ceded, and nothing has come for it unless a wake-up is on its way',
    reads: [
      'doorbell_request',
      'prod',
      'sched_switch',
      'sched_wakeup',
      'idle_enter',
      'kvm_guest_exit',
    ],
    test: cededAsleep,
  },
  {
    id: 'doorbell-bit',
    what: 'a pending doorbell is one bit: two that come before the first is taken are one',
    reads: ['msgsndp', 'doorbell_request', 'vcore_dpdes', 'dpdes_write'],
    test: doorbellBit,
  },
  {
    id: 'guest-hv',
    what: 'a guest is entered with MSR[HV]=0, and with MSR[ME]=1, which it cannot set itself',
    reads: ['kvm_guest_enter'],
    test: guestHv,
  },
  {
    id: 'dec-expires',
    what: 'the guest decrementer runs out at the same time on whichever thread the vcpu runs',
    reads: ['kvm_guest_enter', 'partition_switch'],
    test: decExpires,
  },
  {
    id: 'guest-tb',
    what: 'the time base of a guest never goes back',
    reads: ['kvm_guest_enter'],
    test: guestTb,
  },
];

/** An observer for one machine that evaluates the invariants after the steps that may have broken them. */
export function watched<M extends object>(
  observer: Observer<M>,
  invariants: readonly Invariant[],
): Observer<M & Watched> {
  const byKind = EVENT_KINDS.map(({ name }) =>
    invariants.filter(({ reads }) => reads.includes(name)),
  );
  // Empty between steps, so it is no state.
  const due = new Set<Invariant>();
  return {
    init: () => ({ ...observer.init(), exit_tb: {}, hpte: NONE, absent: [] }),
    onEvent(m, kind, thread, vcpu, a, b) {
      for (const invariant of byKind[kind] ?? []) due.add(invariant);
      if (kind === KIND.hpte_write) noteHpte(m, a, b);
      if (kind === KIND.core_exit) noteExit(m, vcpu);
      if (kind === KIND.vcpu_cpu && a >= 0) forgetExit(m, vcpu);
      if (kind === KIND.kvm_guest_exit) m.monitor.exit_tb[vcpu] = m.hw.tb(thread);
      observer.onEvent(m, kind, thread, vcpu, a, b);
    },
    afterStep(m) {
      for (const { id, test } of due) {
        const broken = test(m);
        if (broken) m.violate(id, broken.where, broken.why);
      }
      due.clear();
      observer.afterStep(m);
    },
  };
}

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
  m.monitor.at_exit = { ...m.monitor.at_exit, [vcore]: entered };
}

/** A vcpu is started for a run in which nobody has entered yet: the exit of the run before is over. */
function forgetExit(m: Machine<Watched>, v: VcpuId): void {
  const { vcore } = vcpuOf(m.k, v);
  if (m.monitor.at_exit?.[vcore] === undefined) return;
  if (m.k.kvm.vcores[vcore]?.entry_exit_count !== 0) return;
  const { [vcore]: _, ...others } = m.monitor.at_exit;
  m.monitor.at_exit = others;
}
