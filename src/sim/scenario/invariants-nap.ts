// What must hold of threads that nap on POWER7: in H_CEDE, in the partition of the guest, and in the host, offline.
// Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, book3s_hv.c, kernel/idle_power7.S; I4, I5 and I10 of the reference.
import type { Machine } from '../machine/machine.ts';
import { vcoreEntity } from './entities.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/** The first vcore in the guest, or on its way there or back, for which `why` has something to say. */
function firstRunning(
  m: M,
  why: (vcore: M['k']['kvm']['vcores'][number]) => string,
): Broken | null {
  for (const [i, vcore] of m.k.kvm.vcores.entries()) {
    const text = vcore.vcore_state === 'VCORE_RUNNING' ? why(vcore) : '';
    if (text !== '') return { why: `vcore ${i} ${text}`, where: vcoreEntity(m, i) };
  }
  return null;
}

const popcount = (bits: number): number => bits.toString(2).replaceAll('0', '').length;

/** I4: a thread naps in H_CEDE only while another one stays awake, to notice HDEC. */
function oneAwake(m: M): Broken | null {
  return firstRunning(m, ({ napping_threads, entry_exit_count }) => {
    const [naps, entered] = [popcount(napping_threads), entry_exit_count & 0xff];
    return naps > 0 && naps >= entered ? `has ${naps} of ${entered} threads napping` : '';
  });
}

/** I5: the bits of vcore.napping_threads and the PACAs agree; nobody naps when the core has left the guest. */
function nappingBits(m: M): Broken | null {
  return firstRunning(m, ({ napping_threads, pcpu, in_guest }) => {
    const core = m.hw.coreOf(pcpu);
    const pacas = core.reduce((bits, t, n) => bits | ((m.host.cpus[t]?.napping ?? 0) << n), 0);
    if (pacas !== napping_threads)
      return `has napping_threads ${napping_threads.toString(2)}, its PACAs say ${pacas.toString(2)}`;
    const home = in_guest === 0 && m.hw.get(pcpu, 'LPIDR') === 0n;
    return home && pacas !== 0 ? 'is out of the guest, and a thread naps in it' : '';
  });
}

/** I10: while a core is in the guest, none of its other threads can enter the kernel. */
function noKernel(m: M): Broken | null {
  return firstRunning(m, ({ pcpu, in_guest }) => {
    if (!in_guest) return '';
    const t = m.hw.coreOf(pcpu).find((u) => {
      const cpu = m.host.cpus[u];
      const kept = cpu?.hwthread_req === 1 || cpu?.hwthread_state !== 'KVM_HWTHREAD_IN_KERNEL';
      return u !== pcpu && !kept;
    });
    return t === undefined ? '' : `is in the guest, and thread ${t} of its core is in the kernel`;
  });
}

function alive(m: M): Broken | null {
  const t = m.host.cpus.findIndex(({ oops }) => oops !== '');
  if (t < 0) return null;
  return { why: `thread ${t}: Oops: ${m.host.cpus[t]?.oops}`, where: m.threadPath(t) };
}

export const NAP_INVARIANTS: readonly Invariant[] = [
  {
    id: 'cede-one-awake',
    what: 'a thread naps in H_CEDE only while another thread of the core is awake in the guest',
    reads: ['cede_nap'],
    test: oneAwake,
  },
  {
    id: 'cede-napping',
    what: 'napping_threads has the bits of the threads whose PACA says that they nap; none is left behind',
    reads: ['cede_nap', 'cede_wake', 'partition_switch'],
    test: nappingBits,
  },
  {
    id: 'no-kernel-in-guest',
    what: 'while a core is in the guest its other threads belong to KVM or nap',
    reads: ['kvm_guest_enter', 'kvm_guest_exit', 'interrupt'],
    test: noKernel,
  },
  { id: 'no-oops', what: 'the kernel of the host dies on no cpu', reads: ['oops'], test: alive },
];
