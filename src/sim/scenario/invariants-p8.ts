// What must hold where a virtual core keeps bitmaps of its threads (POWER8, Linux from 4.1 on), in place of the counters
// of POWER7. Source: arch/powerpc/kvm/{book3s_hv.c, book3s_hv_rmhandlers.S, book3s_hv_builtin.c}.
import type { Vcore } from '../kvm/records.ts';
import type { Machine } from '../machine/machine.ts';
import { NONE } from '../state/ids.ts';
import { vcoreEntity, vcpuEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

const binary = (bits: number): string => bits.toString(2).padStart(8, '0');
const entered = ({ entry_exit_count }: Vcore): number => entry_exit_count & 0xff;
const leaving = ({ entry_exit_count }: Vcore): number => (entry_exit_count >> 8) & 0xff;

/** The first vcore for which `why` has something to say. */
function firstVcore(m: M, why: (vcore: Vcore) => string): Broken | null {
  for (const [i, vcore] of m.k.kvm.vcores.entries()) {
    const text = why(vcore);
    if (text !== '') return { why: `vcore ${i} ${text}`, where: vcoreEntity(m, i) };
  }
  return null;
}

/** I2: who leaves had entered, and a core in the guest has somebody in it. */
function entryExitMap(m: M): Broken | null {
  return firstVcore(m, (vcore) => {
    const [ins, outs] = [entered(vcore), leaving(vcore)];
    if ((outs & ~ins) !== 0) return `has exit bits ${binary(outs)}, but entry bits ${binary(ins)}`;
    return vcore.in_guest && ins === 0 ? 'is in the guest, and no thread has entered' : '';
  });
}

/** I2: the thread that enters the guest is in the map, and it was there before the first exit bit. */
function enteredInTime(m: M): Broken | null {
  const t = m.k.tid;
  const v = m.host.cpus[t]?.kvm_vcpu ?? NONE;
  const vcpu = m.k.kvm.vcpus[v];
  const vcore = vcpu && m.k.kvm.vcores[vcpu.vcore];
  if (!vcpu || !vcore) return null;
  const map = leaving(vcore) === 0 ? entered(vcore) : (m.monitor.at_exit[vcpu.vcore]?.entered ?? 0);
  if ((map >> vcpu.ptid) & 1) return null;
  const when = leaving(vcore) === 0 ? '' : ' of the moment at which the exit began';
  return {
    why: `vcpu ${v} enters the guest on thread ${t}, which has no bit in the map ${binary(map)}${when}`,
    where: vcpuEntity(m, v),
  };
}

/** I4: a thread naps in H_CEDE only while another one that has entered stays awake. */
function oneAwake(m: M): Broken | null {
  return firstVcore(m, (vcore) => {
    const { napping_threads, vcore_state } = vcore;
    if (vcore_state !== 'VCORE_RUNNING' || napping_threads === 0) return '';
    return (entered(vcore) & ~napping_threads) === 0
      ? `has all of its threads ${binary(entered(vcore))} napping`
      : '';
  });
}

/** I6: a vcpu has the thread with its own number in the virtual core, and it alone. */
function fixedThread(m: M): Broken | null {
  const t = m.k.tid;
  const v = m.host.cpus[t]?.kvm_vcpu ?? NONE;
  const vcpu = m.k.kvm.vcpus[v];
  const vcore = vcpu && m.k.kvm.vcores[vcpu.vcore];
  if (!vcpu || !vcore) return null;
  const place = vcore.pcpu + vcpu.vcpu_id - vcore.first_vcpuid;
  const why =
    place !== t
      ? `enters thread ${t}, but its thread is ${place}`
      : vcpu.state !== 'KVMPPC_VCPU_RUNNABLE' || vcore.vcore_state !== 'VCORE_RUNNING'
        ? `enters in the state ${vcpu.state}, its vcore in ${vcore.vcore_state}`
        : '';
  return why === '' ? null : { why: `vcpu ${v} ${why}`, where: vcpuEntity(m, v) };
}

/** Real-mode code of a thread that has a vcpu. */
const WITH_VCPU: readonly string[] = ['kvmppc_hv_entry', 'secondary_too_late', 'secondary_nap'];

/** I7: nobody looks at an exit while another thread of the core still works for a vcpu. */
function finished(m: M): Broken | null {
  return firstVcore(m, ({ vcore_state, pcpu }) => {
    if (vcore_state !== 'VCORE_EXITING') return '';
    const busy = m.hw.coreOf(pcpu).find((t) => {
      const stack = m.host.tasks[m.host.cpus[t]?.curr ?? NONE]?.stack ?? [];
      return t !== pcpu && stack.some(({ routine }) => WITH_VCPU.includes(routine));
    });
    return busy === undefined ? '' : `handles its exits while thread ${busy} has not finished`;
  });
}

/** Doorbells of a guest live in DPDES while its core is in the guest, else in vcore.dpdes: the host has none. */
function hostDpdes(m: M): Broken | null {
  const t = m.k.tid;
  if (m.hw.inGuest(t) || m.hw.get(t, 'LPIDR') !== 0n) return null;
  const rung = m.hw.coreOf(t).find((u) => m.hw.get(u, 'DPDES') !== 0n);
  if (rung === undefined) return null;
  return {
    why: `thread ${rung} has a doorbell of a guest in DPDES, in the partition of the host`,
    where: m.threadPath(rung),
  };
}

export const P8_INVARIANTS: readonly Invariant[] = [
  {
    id: 'entry-exit-map',
    what: 'the threads that leave are among those that entered; a core in the guest has one that did',
    reads: ['partition_switch', 'kvm_guest_enter', 'vcpu_cpu', 'core_exit'],
    test: entryExitMap,
  },
  {
    id: 'entered-in-time',
    what: 'a thread enters the guest with its bit set in the map, which no thread sets behind the first exit bit',
    reads: ['kvm_guest_enter'],
    test: enteredInTime,
  },
  {
    id: 'map-one-awake',
    what: 'a thread naps in H_CEDE only while another thread of the map is awake in the guest',
    reads: ['cede_nap'],
    test: oneAwake,
  },
  {
    id: 'fixed-thread',
    what: 'a vcpu in the guest is runnable, on the thread pcpu + vcpu_id - first_vcpuid',
    reads: ['kvm_guest_enter'],
    test: fixedThread,
  },
  {
    id: 'threads-finished',
    what: 'no other thread of the core works for a vcpu any more when the exits are handled',
    reads: ['kvm_hcall_enter', 'sched_switch', 'interrupt'],
    test: finished,
  },
  {
    id: 'host-dpdes',
    what: 'DPDES is clear in the partition of the host, or it would take the doorbells of a guest',
    reads: ['vcpu_cpu', 'sched_switch', 'idle_enter'],
    test: hostDpdes,
  },
];

/** Invariants of POWER7 that these stand for. */
export const NOT_ON_P8: readonly string[] = [
  'entry-exit-count',
  'cede-one-awake',
  'vcore-threads',
  'vcore-naps',
];
