// The run loop of POWER7, Linux 3.6: KVM_RUN of one vcpu. A virtual core runs as a whole: the task of one of its vcpus,
// the runner, executes it for all; the tasks of the others sleep on cpu_run until their vcpu has to leave.
// The vcore runs only when none of its vcpus is busy in the host, so the last that comes back is the next runner.
// Source: arch/powerpc/kvm/book3s_hv.c, powerpc.c.
import { cpuOf, current, taskOf } from '../host/context.ts';
import { call, goto, type Routine, ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, RESUME, type VcpuLocals, vcoreOf, vcpuOf, vmOf } from './context.ts';
import { completeMmio } from './emulate-mmio.ts';
import { deliverQueued } from './exceptions.ts';
import { runCore } from './p7-run-core.ts';
import { handleExitP7 } from './p7-run-exit.ts';
import { HCALL_ROUTINES_P7 } from './p7-run-hcall.ts';
import { grabHwthread, startThread, waitForNap } from './p7-run-thread.ts';
import { vcoreBlocked, waitForExec } from './p7-run-wait.ts';
import {
  exitCount,
  isWoken,
  type ListLocals,
  nextVcpu,
  removeRunnable,
  resumesGuest,
  spinLock,
  wakeCpuRun,
} from './p7-vcore.ts';
import { VPA_ROUTINES } from './vpa.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';

const vcpuRunP7 = routine<KvmCtx, VcpuLocals & { r: number }>(
  'kvmppc_vcpu_run_hv',
  { source: BOOK3S_HV, mode: 'virtual', about: 'KVM_RUN: run the vcpu until user space must act.' },
  [
    [
      'complete_mmio',
      'user space has answered an access to a device? then the bytes that it gave go into the register',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).mmio_needed) completeMmio(k, vcpuOf(k, l.vcpu));
      },
      12,
    ],
    [
      'prepare_to_enter',
      'kvmppc_core_prepare_to_enter: deliver queued exceptions',
      (k, l) => deliverQueued(vcpuOf(k, l.vcpu)),
      16,
    ],
    [
      'signal_pending',
      'a signal for the task: KVM_EXIT_INTR, -EINTR',
      (k, l) => {
        if (current(k).signal === 0) return undefined;
        vcpuOf(k, l.vcpu).run.exit_reason = 'KVM_EXIT_INTR';
        l.r = RESUME.EINTR;
        return goto('leave');
      },
      4,
    ],
    [
      'rma_setup_done',
      'first run of the VM? then its real mode area must be mapped',
      (k, l) => (vmOf(k, l.vcpu).mmu_ready ? goto('run') : undefined),
      4,
    ],
    ['setup', 'map it', (_k, l) => call('kvmppc_hv_setup_htab_rma', { vcpu: l.vcpu }), 4],
    [
      'check_setup',
      'failed? then leave with the error',
      (k, l) => {
        if (vmOf(k, l.vcpu).mmu_ready) return undefined;
        l.r = l.ret;
        return goto('leave');
      },
      4,
    ],
    ['run', 'kvmppc_run_vcpu', (_k, l) => call('kvmppc_run_vcpu', { vcpu: l.vcpu }), 8],
    [
      'after_run',
      'an hcall for the kernel? else see whether it goes on',
      (k, l) => {
        l.r = l.ret;
        const { exit_reason } = vcpuOf(k, l.vcpu).run;
        if (l.r !== RESUME.HOST || exit_reason !== 'KVM_EXIT_PAPR_HCALL') return goto('again');
        return call('kvmppc_pseries_do_hcall', { vcpu: l.vcpu });
      },
      6,
    ],
    [
      'after_hcall',
      'handled in the kernel? kvmppc_core_prepare_to_enter before the next run',
      (k, l) => {
        l.r = l.ret;
        deliverQueued(vcpuOf(k, l.vcpu));
      },
      16,
    ],
    [
      'again',
      'is_kvmppc_resume_guest: loop',
      (_k, l) => (resumesGuest(l.r) ? goto('cond_resched') : undefined),
      4,
    ],
    ['leave', 'KVM_RUN returns', (_k, l) => ret(l.r), 8],
    [
      'cond_resched',
      'another task should run? then yield between two runs',
      (k) => (cpuOf(k).need_resched ? call('schedule') : undefined),
      4,
    ],
    ['loop', 'run it again', () => goto('run'), 2],
  ],
);

export const runVcpu = routine<KvmCtx, ListLocals & { n_ceded: number; prev: string }>(
  'kvmppc_run_vcpu',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Makes the vcpu runnable, and runs its vcore or waits until its runner lets it leave.',
  },
  [
    spinLock('lock'),
    [
      'runnable',
      'ceded, trap := 0, ret := RESUME_GUEST; state := RUNNABLE; onto the end of runnable_threads',
      (k, l) => {
        const [vcpu, vcore] = [vcpuOf(k, l.vcpu), vcoreOf(k, l.vcpu)];
        l.prev = vcpu.state;
        Object.assign(vcpu, { ceded: 0, trap: 0, ret: RESUME.GUEST });
        vcpu.state = 'KVMPPC_VCPU_RUNNABLE';
        vcpu.run.exit_reason = '';
        vcore.runnable_threads = [...vcore.runnable_threads, l.vcpu];
        vcore.n_runnable += 1;
      },
      16,
    ],
    [
      'prev_state',
      'its first run? then it may join; else it is no longer busy in the host',
      (k, l) => {
        if (l.prev === 'KVMPPC_VCPU_STOPPED') return undefined;
        const vcore = vcoreOf(k, l.vcpu);
        vcore.n_busy -= 1;
        return goto(vcore.vcore_state === 'VCORE_SLEEPING' ? 'wake_wq' : 'loop');
      },
      4,
    ],
    [
      'late_joiner',
      'the vcore is in the guest and no exit has begun? ptid := n_runnable-1, the next free thread',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (vcore.vcore_state === 'VCORE_SLEEPING') return goto('wake_wq');
        if (vcore.vcore_state !== 'VCORE_RUNNING' || exitCount(vcore) !== 0) return goto('loop');
        vcpuOf(k, l.vcpu).ptid = vcore.n_runnable - 1;
        return call('kvmppc_create_dtl_entry', { vcpu: l.vcpu });
      },
      8,
    ],
    [
      'start_thread',
      'kvmppc_start_thread: it joins the run',
      (_k, l) => call('kvmppc_start_thread', { vcpu: l.vcpu }),
      4,
    ],
    ['joined', 'then as the others', () => goto('loop'), 2],
    [
      // 3.12; before, a vcpu that came while the others slept had to wait for one of their timers
      'wake_wq',
      'all the others are idle: wake their runner, so that it sees this vcpu',
      (k, l) => {
        const { wq } = vcoreOf(k, l.vcpu);
        return wq === NONE ? undefined : call('try_to_wake_up', { task: wq });
      },
      6,
    ],
    [
      'loop',
      'while it is RUNNABLE and there is no signal for it',
      (k, l) => {
        const runnable = vcpuOf(k, l.vcpu).state === 'KVMPPC_VCPU_RUNNABLE';
        return runnable && current(k).signal === 0 ? undefined : goto('signal');
      },
      4,
    ],
    [
      'n_busy',
      'a vcpu is busy in the host, or another task runs the vcore? drop the lock, wait on cpu_run',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (vcore.n_busy === 0 && vcore.vcore_state === 'VCORE_INACTIVE') return goto('runner');
        vcore.lock = NONE;
        return call('kvmppc_wait_for_exec', { vcpu: l.vcpu, wait_state: 'TASK_INTERRUPTIBLE' });
      },
      6,
    ],
    spinLock('relock'),
    ['waited', 'look again', () => goto('loop'), 2],
    [
      'runner',
      'vcore.runner := this vcpu: its task executes the vcore',
      (k, l) => {
        vcoreOf(k, l.vcpu).runner = l.vcpu;
        Object.assign(l, { i: 0, n_ceded: 0 });
      },
      4,
    ],
    [
      'n_ceded',
      'for each vcpu of the list: has it ceded, and nothing come for it? something has: ceded := 0',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return goto('all_ceded');
        if (isWoken(k, v)) vcpuOf(k, v).ceded = 0;
        l.n_ceded += vcpuOf(k, v).ceded;
        return goto('n_ceded');
      },
      4,
    ],
    [
      'all_ceded',
      'all of them idle? kvmppc_vcore_blocked; else kvmppc_run_core',
      (k, l) => {
        const idle = l.n_ceded === vcoreOf(k, l.vcpu).n_runnable;
        l.i = 0;
        return call(idle ? 'kvmppc_vcore_blocked' : 'kvmppc_run_core', { vcpu: l.vcpu, i: 0 });
      },
      4,
    ],
    [
      'prepare_to_enter',
      'for each vcpu of the list: kvmppc_core_prepare_to_enter',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return goto('no_runner');
        deliverQueued(vcpuOf(k, v));
        return undefined;
      },
      12,
    ],
    [
      'task_signal',
      'its task has a signal? kvmppc_remove_runnable: it leaves with KVM_EXIT_INTR, -EINTR; wake it',
      (k, l) => {
        const v = vcoreOf(k, l.vcpu).runnable_threads[l.i - 1] ?? NONE;
        const vcpu = vcpuOf(k, v);
        if (taskOf(k, vcpu.task).signal === 0) return undefined;
        l.i -= 1;
        leaveBySignal(k, v);
        return wakeCpuRun(k, v);
      },
      6,
    ],
    ['next_vcpu', 'and the next', () => goto('prepare_to_enter'), 2],
    [
      'no_runner',
      'vcore.runner := none',
      (k, l) => {
        vcoreOf(k, l.vcpu).runner = NONE;
        return goto('loop');
      },
      4,
    ],
    [
      'signal',
      'a signal, while another task has the vcore in the guest? drop the lock, wait uninterruptibly: the HDEC tick ends it',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (current(k).signal === 0) return goto('unlock');
        const out = ['VCORE_INACTIVE', 'VCORE_SLEEPING'].includes(vcore.vcore_state);
        if (out) return goto('remove_runnable');
        vcore.lock = NONE;
        return call('kvmppc_wait_for_exec', { vcpu: l.vcpu, wait_state: 'TASK_UNINTERRUPTIBLE' });
      },
      6,
    ],
    spinLock('signal_relock'),
    [
      'remove_runnable',
      'still RUNNABLE? kvmppc_remove_runnable; it leaves with KVM_EXIT_INTR, -EINTR',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).state === 'KVMPPC_VCPU_RUNNABLE') leaveBySignal(k, l.vcpu);
      },
      6,
    ],
    [
      'unlock',
      'spin_unlock; return vcpu.ret',
      (k, l) => {
        vcoreOf(k, l.vcpu).lock = NONE;
        return ret(vcpuOf(k, l.vcpu).ret);
      },
      6,
    ],
  ],
);

/** The vcpu's task has a signal, which user space must see. */
function leaveBySignal(k: KvmCtx, v: number): void {
  const vcpu = vcpuOf(k, v);
  removeRunnable(k, v);
  vcpu.run.exit_reason = 'KVM_EXIT_INTR';
  vcpu.ret = RESUME.EINTR;
}

/** The routines of the run loop. */
export const RUN_ROUTINES_P7: readonly Routine<KvmCtx>[] = [
  vcpuRunP7,
  runVcpu,
  waitForExec,
  vcoreBlocked,
  runCore,
  startThread,
  grabHwthread,
  waitForNap,
  handleExitP7,
  ...HCALL_ROUTINES_P7,
  ...VPA_ROUTINES,
];
