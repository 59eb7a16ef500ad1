// What must hold at every step, whatever the guest and the schedule do; source: the conditions under which KVM's
// entry, exit and wake-up paths are correct (kernel book3s_hv.c, book3s_hv_p9_entry.c).
import { MSR } from '../hardware/bits.ts';
import { SLOT } from '../hardware/slots.ts';
import type { Frame } from '../host/routine.ts';
import { vcpuOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import type { VcpuId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import { vcpuEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

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
