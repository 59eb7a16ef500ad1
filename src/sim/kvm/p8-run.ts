// The run loop of POWER8, as changes of the text of POWER7: threads have fixed numbers, are started by doorbell, and say
// themselves that they have finished. Source: arch/powerpc/kvm/book3s_hv.c, Linux 4.4.
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { BASE, call, goto, type Routine, ret, routine, spin, variant } from '../host/routine.ts';
import type { HwThreadId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { runVcpu } from './p7-run.ts';
import { runCore } from './p7-run-core.ts';
import { handleExitP7 } from './p7-run-exit.ts';
import { kickP7 } from './p7-run-hcall.ts';
import { releaseHwthread, startThread } from './p7-run-thread.ts';
import { exitCount, type ListLocals, nextVcpu } from './p7-vcore.ts';
import { ipiThread } from './p8-state.ts';

/** Polls of a PACA before kvmppc_wait_for_nap gives up. */
const NAP_TIMEOUT = 1_000_000;

const runVcpuP8 = variant<KvmCtx, ListLocals & { n_ceded: number; prev: string }>(runVcpu, {
  late_joiner: [
    'late_joiner',
    'the vcore is in the guest and no exit has begun? its thread is free, unless it is thread 0: it joins the run',
    (k, l) => {
      const vcore = vcoreOf(k, l.vcpu);
      if (vcore.vcore_state === 'VCORE_SLEEPING') return goto('wake_wq');
      if (vcore.vcore_state !== 'VCORE_RUNNING' || exitCount(vcore) !== 0) return goto('loop');
      if (vcpuOf(k, l.vcpu).ptid === 0) return goto('loop');
      return call('kvmppc_create_dtl_entry', { vcpu: l.vcpu });
    },
    8,
  ],
});

const runCoreP8 = variant<KvmCtx, ListLocals & { v: number; update: number; ptid: number }>(
  runCore,
  {
    init: [
      'init',
      'entry_exit_map, in_guest, napping_threads := 0; VCORE_STARTING',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        Object.assign(vcore, { entry_exit_count: 0, in_guest: 0, napping_threads: 0 });
        vcore.vcore_state = 'VCORE_STARTING';
        l.i = 0;
        return l.update ? undefined : goto('on_primary_thread');
      },
      10,
    ],
    ptid: null,
    vcpu0: [
      'vcpu0',
      'vcpu0 := the one whose ptid is 0, if it is there: the first of the virtual core',
      (k, l) => {
        const list = vcoreOf(k, l.vcpu).runnable_threads;
        l.v = list.find((v) => vcpuOf(k, v).ptid === 0) ?? NONE;
      },
      4,
    ],
    pcpu: [
      BASE,
      [
        'grab_hwthread',
        'kvmppc_grab_hwthread of every other thread of the core, before the first is started',
        (k, l) => {
          l.ptid += 1;
          if (l.ptid >= k.hw.model.threadsPerCore) return goto('start_thread');
          return call('kvmppc_grab_hwthread', { cpu: k.tid + l.ptid });
        },
        4,
      ],
      ['next_grab', 'and the next', () => goto('grab_hwthread'), 2],
    ],
    start_thread: [
      'start_thread', // B4: also those that have ceded
      'for each vcpu of the list, idle ones too: kvmppc_start_thread',
      (k, l) => {
        const v = nextVcpu(k, l);
        return v === NONE ? goto('got_vcpu0') : call('kvmppc_start_thread', { vcpu: v });
      },
      4,
    ],
    grab_hwthread: [
      'got_vcpu0',
      'no vcpu0? thread 0 is started without one: PACA kvm_vcore := the vcore, kvm_vcpu := NULL',
      (k, l) => {
        if (l.v !== NONE) return;
        cpuOf(k).kvm_vcore = vcpuOf(k, l.vcpu).vcore;
        cpuOf(k).napping = 0;
      },
      4,
    ],
    next_grab: null,
    __kvmppc_vcore_entry: [
      '__kvmppc_vcore_entry',
      '__kvmppc_vcore_entry(vcpu0), which without a vcpu is kvmppc_primary_no_guest',
      (_k, l) =>
        l.v === NONE
          ? call('kvmppc_primary_no_guest', { vcpu: l.vcpu })
          : call('__kvmppc_vcore_entry', { vcpu: l.v }),
      6,
    ],
    release_hwthread: [
      'release_hwthread',
      'for each thread of the core: kvmppc_release_hwthread: hwthread_req, kvm_vcpu, kvm_vcore := 0',
      (k, l) => {
        releaseHwthread(k, k.tid + l.ptid);
        cpuOf(k, k.tid + l.ptid).kvm_vcore = NONE;
        l.ptid += 1;
        return l.ptid < k.hw.model.threadsPerCore ? goto('release_hwthread') : undefined;
      },
      4,
    ],
  },
);

const startThreadP8 = variant<KvmCtx, VcpuLocals & { cpu: HwThreadId }>(
  startThread,
  {
    kvm_vcore: [
      [
        'cpu',
        'vcpu.cpu := vcore.pcpu, thread_cpu := the thread, so that a kick reaches it; smp_wmb',
        (k, l) => {
          const vcpu = vcpuOf(k, l.vcpu);
          vcpu.cpu = vcoreOf(k, l.vcpu).pcpu;
          vcpu.thread_cpu = l.cpu;
          tell(k, 'vcpu_cpu', l.vcpu, vcpu.cpu, vcpu.thread_cpu);
        },
        6,
      ],
      [
        'kvm_vcore',
        'PACA: kvm_vcore := its vcore, napping := 0: a thread that waits awake may go',
        (k, l) => {
          cpuOf(k, l.cpu).kvm_vcore = vcpuOf(k, l.vcpu).vcore;
          cpuOf(k, l.cpu).napping = 0;
          return l.cpu === k.tid ? ret() : undefined;
        },
        4,
      ],
    ],
    cpu: null,
    grab_hwthread: null,
    xics_wake_cpu: [
      'kvmppc_ipi_thread',
      'another thread: msgsnd on this core, else MFRR of it := IPI_PRIORITY; it wakes and enters by itself',
      (k, l) => {
        ipiThread(k, l.cpu);
        return ret();
      },
      10,
    ],
    n_woken: null,
  },
  { about: 'Gives a vcpu the hardware thread vcore.pcpu + ptid, and rings that thread.' },
);

const waitForNapP8 = routine<KvmCtx, VcpuLocals & { i: number; spins: number }>(
  'kvmppc_wait_for_nap',
  {
    source: 'arch/powerpc/kvm/book3s_hv.c',
    mode: 'virtual',
    about: 'Waits until every other thread of the core has saved its vcpu and has no vcore left.',
  },
  [
    [
      'first_thread',
      'from thread 1 of the core',
      (_k, l) => {
        Object.assign(l, { i: 1, spins: 0 });
      },
      2,
    ],
    [
      'kvm_vcore',
      'for each other thread: PACA kvm_vcore still set? look again; 1,000,000 looks and no more',
      (k, l) => {
        if (l.i >= k.hw.model.threadsPerCore) return ret();
        const thread = k.tid + l.i;
        l.spins += 1;
        const done = cpuOf(k, thread).kvm_vcore === NONE || l.spins > NAP_TIMEOUT;
        if (!done) return spin(`waiting for thread ${thread} to finish`);
        l.i += 1;
        return goto('kvm_vcore');
      },
      4,
    ],
  ],
);

const handleExitP8 = variant<KvmCtx, VcpuLocals>(handleExitP7, {
  dispatch: [
    [
      'doorbell',
      '0xE80: another thread left, or the host was concerned; resume the guest',
      (k, l) =>
        vcpuOf(k, l.vcpu).trap === BOOK3S_INTERRUPT.H_DOORBELL ? goto('resume') : undefined,
      4,
    ],
    BASE,
  ],
});

const kickP8 = variant<KvmCtx, VcpuLocals & { cpu: number }>(
  kickP7,
  {
    cpu: [
      [
        'thread_cpu',
        'cpu := vcpu.thread_cpu: is it in the guest, about to be, or does it nap there?',
        (k, l) => {
          l.cpu = vcpuOf(k, l.vcpu).thread_cpu;
          return l.cpu < 0 || l.cpu === k.tid ? goto('cpu') : undefined;
        },
        6,
      ],
      [
        'kvmppc_ipi_thread',
        'msgsnd to it on this core, else MFRR of it := IPI_PRIORITY: it looks what has come, in real mode',
        (k, l) => {
          ipiThread(k, l.cpu);
          return ret();
        },
      ],
      BASE,
    ],
  },
  { source: 'arch/powerpc/kvm/book3s_hv.c' },
);

/** Texts of the run loop that POWER8 has in place of those of POWER7. */
export const RUN_ROUTINES_P8: readonly Routine<KvmCtx>[] = [
  runVcpuP8,
  runCoreP8,
  startThreadP8,
  waitForNapP8,
  handleExitP8,
  kickP8,
];
