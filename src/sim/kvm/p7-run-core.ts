// One run of a virtual core on POWER7: every vcpu gets a hardware thread, the core goes into the guest and comes out of
// it, and what each vcpu left for is looked at. Source: arch/powerpc/kvm/book3s_hv.c (kvmppc_run_core), Linux 3.6 with
// the fixes of 3.12 that section 13 of the reference lists as B10 and B12.
import { cpuOf, irqEnable, now, taskOf, tell } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, RESUME, vcoreOf, vcpuOf } from './context.ts';
import { EBUSY } from './errno.ts';
import { dequeueDecrementer } from './exceptions.ts';
import { releaseHwthread } from './p7-run-thread.ts';
import {
  type ListLocals,
  nextVcpu,
  removeRunnable,
  resumesGuest,
  setTimer,
  spinLock,
  wakeCpuRun,
} from './p7-vcore.ts';
import { updatePending } from './vpa.ts';

type CoreLocals = ListLocals & { v: number; update: number; ptid: number };

/** on_primary_thread: this is thread 0 of its core, and the host has none of the others online. */
function onPrimaryThread(k: KvmCtx): boolean {
  const core = k.hw.coreOf(k.tid);
  return core[0] === k.tid && core.every((t) => t === k.tid || cpuOf(k, t).online === 0);
}

/** Numbers the hardware threads: first for vcpus that have work, in the order of the list, then for idle ones. */
function assignPtids(k: KvmCtx, list: readonly number[]): void {
  const idle = list.filter((v) => vcpuOf(k, v).ceded);
  const busy = list.filter((v) => !vcpuOf(k, v).ceded);
  for (const [ptid, v] of [...busy, ...idle].entries()) vcpuOf(k, v).ptid = ptid;
}

export const runCore = routine<KvmCtx, CoreLocals>(
  'kvmppc_run_core',
  {
    source: 'arch/powerpc/kvm/book3s_hv.c',
    mode: 'virtual',
    about: 'One run of the vcore: into the guest, out of it, and what each vcpu left for.',
  },
  [
    [
      'signal_pending',
      'for each vcpu of the list: its task has a signal? return without running. Is a VPA to be updated?',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return undefined;
        if (taskOf(k, vcpuOf(k, v).task).signal) return ret();
        if (updatePending(vcpuOf(k, v))) l.update = 1;
        return goto('signal_pending');
      },
      4,
    ],
    [
      'init',
      'n_woken, nap_count, entry_exit_count, in_guest, napping_threads := 0; VCORE_STARTING',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        Object.assign(vcore, { n_woken: 0, nap_count: 0, entry_exit_count: 0, in_guest: 0 });
        vcore.napping_threads = 0;
        vcore.vcore_state = 'VCORE_STARTING';
        l.i = 0;
        return l.update ? undefined : goto('on_primary_thread');
      },
      10,
    ],
    [
      'unlock_vpas',
      'new VPAs: pages are pinned without the lock',
      (k, l) => {
        vcoreOf(k, l.vcpu).lock = NONE;
      },
      4,
    ],
    [
      'update_vpas',
      'for each vcpu of the list: kvmppc_update_vpas',
      (k, l) => {
        const v = nextVcpu(k, l);
        return v === NONE ? goto('relock_vpas') : call('kvmppc_update_vpas', { vcpu: v });
      },
      4,
    ],
    ['next_vpa', 'and the next', () => goto('update_vpas'), 2],
    spinLock('relock_vpas'),
    [
      'on_primary_thread',
      'on thread 0 of the core, all others offline? else -EBUSY for all: they would be in the wrong partition',
      (k, l) => {
        if (onPrimaryThread(k)) return undefined;
        for (const v of vcoreOf(k, l.vcpu).runnable_threads) vcpuOf(k, v).ret = EBUSY;
        return goto('out');
      },
      8,
    ],
    [
      'ptid',
      'ptid: first for vcpus that have not ceded, in the order of the list, then for the others',
      (k, l) => assignPtids(k, vcoreOf(k, l.vcpu).runnable_threads),
      12,
    ],
    [
      'vcpu0', // B12
      'vcpu0 := the one with ptid 0; all have ceded? nothing to run',
      (k, l) => {
        const list = vcoreOf(k, l.vcpu).runnable_threads;
        l.v = list.find((v) => vcpuOf(k, v).ptid === 0 && !vcpuOf(k, v).ceded) ?? NONE;
        return l.v === NONE ? goto('out') : undefined;
      },
      4,
    ],
    [
      'pcpu',
      'stolen_tb grows by the time since the last run; pcpu := this cpu; VCORE_RUNNING',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        vcore.stolen_tb += now(k) - vcore.preempt_tb;
        vcore.pcpu = k.tid;
        vcore.vcore_state = 'VCORE_RUNNING';
        Object.assign(l, { i: 0, ptid: 0 });
      },
      8,
    ],
    [
      'start_thread', // B4: also those that have ceded
      'for each vcpu of the list, idle ones too: kvmppc_start_thread',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return goto('grab_hwthread');
        l.ptid = Math.max(l.ptid, vcpuOf(k, v).ptid);
        return call('kvmppc_start_thread', { vcpu: v });
      },
      4,
    ],
    [
      'create_dtl_entry',
      'kvmppc_create_dtl_entry: it is dispatched',
      (k, l) =>
        call('kvmppc_create_dtl_entry', {
          vcpu: vcoreOf(k, l.vcpu).runnable_threads[l.i - 1] ?? NONE,
        }),
      4,
    ],
    ['next_thread', 'and the next', () => goto('start_thread'), 2],
    [
      'grab_hwthread',
      'kvmppc_grab_hwthread of the threads that are left: a stray wake-up must not take them into the kernel',
      (k, l) => {
        l.ptid += 1;
        if (l.ptid >= k.hw.model.threadsPerCore) return goto('unlock');
        return call('kvmppc_grab_hwthread', { cpu: k.tid + l.ptid });
      },
      4,
    ],
    ['next_grab', 'and the next', () => goto('grab_hwthread'), 2],
    [
      'unlock',
      'preempt_disable, spin_unlock(vcore.lock): late joiners may come',
      (k, l) => {
        vcoreOf(k, l.vcpu).lock = NONE;
      },
      4,
    ],
    [
      '__kvmppc_vcore_entry',
      '__kvmppc_vcore_entry(vcpu0)',
      (_k, l) => call('__kvmppc_vcore_entry', { vcpu: l.v }),
      6,
    ],
    spinLock('lock'),
    [
      'first_out',
      'from the first of the list',
      (_k, l) => {
        l.i = 0;
      },
      2,
    ],
    [
      'cpu_none',
      'for each vcpu of the list: vcpu.cpu := -1, no more kicks',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return goto('wait_for_nap');
        const vcpu = vcpuOf(k, v);
        if (vcpu.cpu === NONE) return goto('cpu_none');
        vcpu.cpu = NONE;
        vcpu.thread_cpu = NONE;
        tell(k, 'vcpu_cpu', v, NONE, NONE);
        return goto('cpu_none');
      },
      6,
    ],
    [
      'wait_for_nap',
      'kvmppc_wait_for_nap: until the other threads have saved what they ran',
      (_k, l) => call('kvmppc_wait_for_nap', { vcpu: l.vcpu }),
      4,
    ],
    [
      'first_release',
      'from the first thread of the core',
      (_k, l) => {
        l.ptid = 0;
      },
      2,
    ],
    [
      'release_hwthread', // B10: 3.6 does it before it waits, and a thread that wakes late finds no vcpu
      'for each thread of the core: kvmppc_release_hwthread: hwthread_req, kvm_vcpu := 0',
      (k, l) => {
        releaseHwthread(k, k.tid + l.ptid);
        l.ptid += 1;
        return l.ptid < k.hw.model.threadsPerCore ? goto('release_hwthread') : undefined;
      },
      4,
    ],
    [
      'exiting',
      'vcore_state := VCORE_EXITING: no thread can be started any more; spin_unlock; smp_mb',
      (k, l) => {
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_EXITING';
        vcoreOf(k, l.vcpu).lock = NONE;
        l.i = 0;
      },
      8,
    ],
    ['local_irq_enable', 'local_irq_enable: a host timer that is due comes now', irqEnable, 4],
    [
      'kvm_resched',
      'preempt_enable, kvm_resched: another task should run? then yield',
      (k) => (cpuOf(k).need_resched ? call('schedule') : undefined),
      4,
    ],
    [
      'dequeue_dec',
      'for each vcpu of the list: drop a queued decrementer that is no longer due',
      (k, l) => {
        l.v = nextVcpu(k, l);
        if (l.v === NONE) return goto('relock');
        dequeueDecrementer(vcpuOf(k, l.v), now(k));
        return undefined;
      },
      4,
    ],
    [
      'handle_exit',
      'trap left to handle? kvmppc_handle_exit; trap 0: nothing to report',
      (k, l) => {
        l.ret = RESUME.GUEST;
        return vcpuOf(k, l.v).trap ? call('kvmppc_handle_exit_hv', { vcpu: l.v }) : undefined;
      },
      4,
    ],
    [
      'ceded',
      'ret := its answer, trap := 0; ceded? it leaves: kvmppc_end_cede; else kvmppc_set_timer',
      (k, l) => {
        const vcpu = vcpuOf(k, l.v);
        vcpu.ret = l.ret;
        vcpu.trap = 0;
        if (vcpu.ceded === 0) return goto('dequeue_dec');
        if (resumesGuest(vcpu.ret)) setTimer(k, l.v);
        else vcpu.ceded = 0;
        return goto('dequeue_dec');
      },
      10,
    ],
    spinLock('relock'),
    [
      'out',
      'vcore_state := VCORE_INACTIVE; preempt_tb := TB',
      (k, l) => {
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_INACTIVE';
        vcoreOf(k, l.vcpu).preempt_tb = now(k);
        l.i = 0;
      },
      6,
    ],
    [
      'remove_runnable',
      'for each vcpu that does not resume the guest: kvmppc_remove_runnable, wake its task',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return goto('done');
        if (resumesGuest(vcpuOf(k, v).ret)) return goto('remove_runnable');
        removeRunnable(k, v);
        l.i -= 1;
        return wakeCpuRun(k, v);
      },
      8,
    ],
    ['next_removal', 'and the next', () => goto('remove_runnable'), 2],
    ['done', 'return to kvmppc_run_vcpu, with vcore.lock', () => ret(), 2],
  ],
);
