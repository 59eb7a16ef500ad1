// What must hold where several vcpus share a virtual core (POWER7): who runs it, on which threads, who sleeps meanwhile.
// Source: arch/powerpc/kvm/book3s_hv.c (kvmppc_run_vcpu, kvmppc_run_core); I6 to I9 of the reference.
import type { Frame } from '../host/routine.ts';
import type { Vcore } from '../kvm/records.ts';
import { yieldCount } from '../kvm/vpa.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE, type VcpuId } from '../state/ids.ts';
import { vcoreEntity, vcpuEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/** The first vcore for which `why` has something to say. */
function firstVcore(m: M, why: (vcore: Vcore) => string): Broken | null {
  for (const [i, vcore] of m.k.kvm.vcores.entries()) {
    const text = why(vcore);
    if (text !== '') return { why: `vcore ${i} ${text}`, where: vcoreEntity(m, i) };
  }
  return null;
}

/** True when this frame is about to wake the task that sleeps for vcpu v. */
function wakes({ routine, label, locals }: Frame, v: VcpuId, sleeper: number): boolean {
  if (routine === 'try_to_wake_up') return label === 'ttwu_queue' && locals.task === sleeper;
  if (routine === 'kvmppc_fast_vcpu_kick_hv') return label === 'wqp' && locals.vcpu === v;
  if (routine === 'kvmppc_run_vcpu')
    return ['prev_state', 'late_joiner', 'wake_wq'].includes(label) && locals.vcpu === v;
  return ['kick', 'kvm_vcpu_kick'].includes(label) && (locals.target ?? locals.vcpu) === v;
}

/** I9, the part of the run loop: nobody sleeps on vcore.wq while a vcpu has something to do. */
function asleep(m: M): Broken | null {
  return firstVcore(m, ({ wq, runnable_threads }) => {
    const task = m.host.tasks[wq];
    if (!task || task.on_rq || task.state !== 'TASK_INTERRUPTIBLE') return '';
    for (const v of runnable_threads) {
      const { ceded, prodded, pending_exceptions } = m.k.kvm.vcpus[v] ?? {};
      const reason = !ceded
        ? 'has not ceded'
        : prodded
          ? 'was prodded'
          : pending_exceptions
            ? 'has an exception queued'
            : '';
      const coming = m.host.tasks.some(({ stack }) => stack.some((f) => wakes(f, v, wq)));
      if (reason !== '' && !coming)
        return `sleeps although vcpu ${v} ${reason}, and nobody is about to wake it`;
    }
    return '';
  });
}

/** '' when the ptids of the vcpus of a vcore that have a thread are 0 to n-1, each once. */
function freePtid(m: M, vcore: number): string {
  const ptids = m.k.kvm.vcpus.flatMap((each) =>
    each.vcore === vcore && each.thread_cpu !== NONE ? [each.ptid] : [],
  );
  const dense = ptids.toSorted((a, b) => a - b).every((ptid, n) => ptid === n);
  return dense ? '' : `enters, and the vcpus of its vcore have the threads ${ptids.join(', ')}`;
}

/** I6: a vcpu in the guest is RUNNABLE, its vcore RUNNING, on thread pcpu + ptid, and alone there; no ptid is left out. */
function threads(m: M): Broken | null {
  const t = m.k.tid;
  const v = m.host.cpus[t]?.kvm_vcpu ?? NONE;
  const vcpu = m.k.kvm.vcpus[v];
  const vcore = vcpu && m.k.kvm.vcores[vcpu.vcore];
  if (!vcpu || !vcore) return null;
  const other = m.k.kvm.vcpus.findIndex(({ thread_cpu }, i) => thread_cpu === t && i !== v);
  const why =
    other !== NONE
      ? `enters thread ${t}, which vcpu ${other} has, too`
      : vcore.pcpu + vcpu.ptid !== t
        ? `enters thread ${t} with ptid ${vcpu.ptid} of a vcore on thread ${vcore.pcpu}`
        : vcpu.state !== 'KVMPPC_VCPU_RUNNABLE' || vcore.vcore_state !== 'VCORE_RUNNING'
          ? `enters in the state ${vcpu.state}, its vcore in ${vcore.vcore_state}`
          : freePtid(m, vcpu.vcore);
  return why === '' ? null : { why: `vcpu ${v} ${why}`, where: vcpuEntity(m, v) };
}

/** I8: while a vcore runs no vcpu of it is busy in the host, and the task of its runner executes it. */
function runner(m: M): Broken | null {
  return firstVcore(m, (vcore) => {
    if (vcore.vcore_state !== 'VCORE_RUNNING') return '';
    if (vcore.n_busy > 0) return `runs although ${vcore.n_busy} of its vcpus are busy in the host`;
    const task = m.k.kvm.vcpus[vcore.runner]?.task;
    const curr = m.host.cpus[vcore.pcpu]?.curr;
    if (task !== curr) return `runs on cpu ${vcore.pcpu}, where its runner is not`;
    const second = m.k.kvm.vcpus.find((vcpu) => {
      const other = m.host.tasks[vcpu.task];
      const isAwake = vcpu.task !== task && other?.on_rq === 1;
      if (!isAwake || m.k.kvm.vcores[vcpu.vcore] !== vcore) return false;
      return other.stack.some(({ routine }) => routine === '__kvmppc_vcore_entry');
    });
    return second ? `is run by the task of vcpu ${second.vcpu_id}, too` : '';
  });
}

/** I7: no more threads nap than were woken, and all of them before anybody looks at their vcpus. */
function naps(m: M): Broken | null {
  return firstVcore(m, ({ nap_count, n_woken, vcore_state }) => {
    if (nap_count > n_woken) return `woke ${n_woken} threads, and ${nap_count} nap`;
    return vcore_state === 'VCORE_EXITING' && nap_count < n_woken
      ? `handles its exits while ${n_woken - nap_count} threads have not finished`
      : '';
  });
}

/** Unless somebody holds the lock: the counters are those of the list, and every vcpu is counted once at most. */
function counts(m: M): Broken | null {
  return firstVcore(m, ({ lock, n_runnable, n_busy, num_threads, runnable_threads }) => {
    if (lock !== NONE) return '';
    if (n_runnable !== runnable_threads.length)
      return `counts ${n_runnable} runnable vcpus, and has ${runnable_threads.length}`;
    return n_busy < 0 || n_runnable + n_busy > num_threads
      ? `counts ${n_busy} busy and ${n_runnable} runnable vcpus of ${num_threads}`
      : '';
  });
}

/** The guest sees by its VPA which of its vcpus do not run: yield_count is odd while the vcore is out of the guest. */
function yieldCounts(m: M): Broken | null {
  for (const [v, vcpu] of m.k.kvm.vcpus.entries()) {
    const state = m.k.kvm.vcores[vcpu.vcore]?.vcore_state ?? '';
    const out = ['VCORE_INACTIVE', 'VCORE_SLEEPING'].includes(state);
    const count = yieldCount(m.k, vcpu);
    if (!out || vcpu.vpa.pinned_addr === 0 || count % 2 === 1) continue;
    const why = `vcpu ${v} does not run, and its yield_count ${count} says that it does`;
    return { why, where: vcpuEntity(m, v) };
  }
  return null;
}

export const VCORE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'vcore-asleep',
    what: 'a vcore sleeps only when each runnable vcpu has ceded and nothing has come, unless a wake-up is on its way',
    reads: ['prod', 'sched_switch', 'sched_wakeup', 'idle_enter', 'kvm_interrupt'],
    test: asleep,
  },
  {
    id: 'vcore-threads',
    what: 'a vcpu in the guest is runnable, on thread pcpu + ptid of its core, and alone on it',
    reads: ['kvm_guest_enter'],
    test: threads,
  },
  {
    id: 'vcore-runner',
    what: 'a vcore runs only when none of its vcpus is busy in the host, executed by the task of its runner',
    reads: ['kvm_guest_enter', 'partition_switch'],
    test: runner,
  },
  {
    id: 'vcore-naps',
    what: 'every thread that was woken for a run naps again before the exits are handled',
    reads: ['nap_count', 'kvm_hcall_enter', 'sched_switch'],
    test: naps,
  },
  {
    id: 'vcore-counts',
    what: 'n_runnable and n_busy count the vcpus of a vcore, each once',
    reads: ['vcpu_cpu', 'sched_switch', 'kvm_userspace_exit'],
    test: counts,
  },
  {
    id: 'yield-count',
    what: 'yield_count in the VPA of a vcpu is odd while its vcore is out of the guest',
    reads: ['sched_switch', 'kvm_userspace_exit', 'kvm_hcall_enter'],
    test: yieldCounts,
  },
];
