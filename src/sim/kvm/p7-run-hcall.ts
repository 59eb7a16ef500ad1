// Hypercalls that the kernel answers on POWER7 after a full exit, and kvm_vcpu_kick.
// Source: arch/powerpc/kvm/book3s_hv.c (kvmppc_pseries_do_hcall, kvmppc_cede), virt/kvm/kvm_main.c. H_PROD with the
// fix B7; H_CONFER as in 3.18, before it did nothing.
import { current, tell } from '../host/context.ts';
import { call, goto, type Routine, ret, routine, variant } from '../host/routine.ts';
import { yieldTo } from '../host/sched.ts';
import { NONE } from '../state/ids.ts';
import {
  findVcpu,
  type KvmCtx,
  RESUME,
  type VcpuLocals,
  vcoreOf,
  vcpuOf,
  vmOf,
} from './context.ts';
import { finishHcall } from './exit.ts';
import { H_PARAMETER, H_SUCCESS, H_TOO_HARD, HCALL } from './hcall.ts';
import { KERNEL_HCALLS } from './hcall-table.ts';
import {
  cancelTimer,
  isWoken,
  setTimer,
  sleeperOf,
  spinLock,
  startCede,
  takeProd,
} from './p7-vcore.ts';
import { yieldCount } from './vpa.ts';
import { fastVcpuKick } from './wake.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';
const ALL = 0xffffffffffffffffn;

/** Routines that answer by r3; H_CEDE comes here only when real mode does not handle it. */
const VIRTUAL_HCALLS: Readonly<Record<number, string>> = {
  ...KERNEL_HCALLS,
  [HCALL.H_REGISTER_VPA]: 'do_h_register_vpa',
  [HCALL.H_CEDE]: 'kvmppc_cede',
  [HCALL.H_CONFER]: 'kvmppc_h_confer',
  [HCALL.H_PROD]: 'kvmppc_h_prod',
};

export const doHcallP7 = routine<KvmCtx, VcpuLocals>(
  'kvmppc_pseries_do_hcall',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Hcalls that KVM handles in the kernel; the rest is too hard and goes to user space.',
  },
  [
    [
      'dispatch',
      'by the hcall number in r3',
      (k, l) => {
        const handler = VIRTUAL_HCALLS[vcpuOf(k, l.vcpu).run.nr];
        return handler === undefined ? ret(RESUME.HOST) : call(handler, { vcpu: l.vcpu });
      },
      6,
    ],
    [
      'result',
      'r3 := its result; back into the guest. H_TOO_HARD: to user space',
      (k, l) => {
        if (l.ret === H_TOO_HARD) return ret(RESUME.HOST);
        finishHcall(k, l.vcpu, l.ret);
        return ret(RESUME.GUEST);
      },
      4,
    ],
  ],
);

type TargetLocals = VcpuLocals & { target: number };

/** The vcpu that r4 names, or -1. */
function targetOf(k: KvmCtx, vcpu: number): number {
  const [target = 0n] = vcpuOf(k, vcpu).run.args;
  return target >> 32n ? NONE : findVcpu(k, vmOf(k, vcpu), Number(target));
}

const hProd = routine<KvmCtx, TargetLocals>(
  'kvmppc_h_prod',
  { source: BOOK3S_HV, mode: 'virtual', about: 'H_PROD: makes a vcpu run that has ceded.' },
  [
    [
      'prod_target',
      'find the vcpu that r4 names; none: H_PARAMETER',
      (k, l) => {
        l.target = targetOf(k, l.vcpu);
        return l.target === NONE ? ret(H_PARAMETER) : undefined;
      },
      8,
    ],
    [
      'prodded',
      'target.prodded := 1; smp_mb',
      (k, l) => {
        vcpuOf(k, l.target).prodded = 1;
        tell(k, 'prod', l.target);
      },
      8,
    ],
    [
      'kick', // B7
      'has the target ceded? then kick it',
      (k, l) =>
        vcpuOf(k, l.target).ceded
          ? call('kvmppc_fast_vcpu_kick_hv', { vcpu: l.target })
          : undefined,
      4,
    ],
    ['done', 'H_SUCCESS', () => ret(H_SUCCESS), 4],
  ],
);

const hConfer = routine<KvmCtx, TargetLocals>(
  'kvmppc_h_confer',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'H_CONFER: gives the rest of the time slice to a vcpu that was pre-empted, or to all.',
  },
  [
    [
      'confer_target',
      'r4 = -1: to all, H_SUCCESS; else find the vcpu that it names; none: H_PARAMETER',
      (k, l) => {
        if (vcpuOf(k, l.vcpu).run.args[0] === ALL) return ret(H_SUCCESS);
        l.target = targetOf(k, l.vcpu);
        return l.target === NONE ? ret(H_PARAMETER) : undefined;
      },
      8,
    ],
    [
      'yield_count',
      'kvmppc_get_yield_count: not r5? it has run meanwhile, nothing to confer',
      (k, l) => {
        const expected = vcpuOf(k, l.vcpu).run.args[1] ?? 0n;
        const same = BigInt(yieldCount(k, vcpuOf(k, l.target))) === (expected & 0xffffffffn);
        return same ? undefined : ret(H_SUCCESS);
      },
      6,
    ],
    [
      'yield_to',
      'kvm_vcpu_yield_to the task that runs its vcore, or its own: if that waits for a cpu, it is next',
      (k, l) => {
        const { runner } = vcoreOf(k, l.target);
        const yielded = yieldTo(k, vcpuOf(k, runner === NONE ? l.target : runner).task);
        return yielded ? call('schedule') : undefined;
      },
      20,
    ],
    ['done', 'H_SUCCESS', () => ret(H_SUCCESS), 4],
  ],
);

/** Kernel before real-mode H_CEDE (3.1): the vcpu's own task sleeps, and the vcore does not wait for it. */
const cedeP7 = routine<KvmCtx, VcpuLocals>(
  'kvmppc_cede',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'H_CEDE in the kernel: the task of the vcpu sleeps until something comes for it.',
  },
  [
    ['ceded', 'MSR[EE] := 1, ceded := 1; smp_mb', (k, l) => startCede(k, l.vcpu), 8],
    [
      'prodded',
      'prodded already? then the prod is used up and it goes on',
      (k, l) => takeProd(k, l.vcpu),
      6,
    ],
    [
      'dec_timer',
      'kvmppc_vcpu_block: an hrtimer for its decrementer; one that is due is queued',
      (k, l) => setTimer(k, l.vcpu),
      10,
    ],
    spinLock('lock'),
    [
      'blocked',
      'n_busy - 1: its vcore may run without it; runnable vcpus that waited for it are woken',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        vcore.n_busy -= 1;
        const [first] = vcore.runnable_threads;
        if (first === undefined || vcore.n_busy > 0) return undefined;
        const { cpu_run, task } = vcpuOf(k, first);
        return cpu_run ? call('try_to_wake_up', { task }) : undefined;
      },
      8,
    ],
    [
      'unlock',
      'spin_unlock(vcore.lock)',
      (k, l) => {
        vcoreOf(k, l.vcpu).lock = NONE;
      },
      4,
    ],
    [
      'prepare_to_wait',
      'kvm_vcpu_block: prepare_to_wait on vcpu.wq, TASK_INTERRUPTIBLE',
      (k, l) => {
        vcpuOf(k, l.vcpu).rcuwait = 1;
        current(k).state = 'TASK_INTERRUPTIBLE';
      },
      6,
    ],
    [
      'runnable',
      'something has come for it, or a signal? then no sleep',
      (k, l) => {
        const stop = isWoken(k, l.vcpu) || current(k).signal;
        return stop ? goto('finish_wait') : call('schedule');
      },
      6,
    ],
    [
      'again',
      'look again',
      (k) => {
        current(k).state = 'TASK_INTERRUPTIBLE';
        return goto('runnable');
      },
      4,
    ],
    [
      'finish_wait',
      'finish_wait: TASK_RUNNING; the timer is cancelled',
      (k, l) => {
        current(k).state = 'TASK_RUNNING';
        vcpuOf(k, l.vcpu).rcuwait = 0;
        cancelTimer(k, l.vcpu);
      },
      8,
    ],
    spinLock('relock'),
    [
      'unblocked',
      'n_busy + 1: it is busy in the host again; ceded := 0; spin_unlock',
      (k, l) => {
        vcoreOf(k, l.vcpu).n_busy += 1;
        vcoreOf(k, l.vcpu).lock = NONE;
        vcpuOf(k, l.vcpu).ceded = 0;
        return ret(H_SUCCESS);
      },
      8,
    ],
  ],
);

export const kickP7 = variant<KvmCtx, VcpuLocals & { cpu: number }>(
  fastVcpuKick,
  {
    rcuwait_wake_up: [
      'wqp',
      'a task sleeps on *vcpu.wqp, the wait queue of its vcore? wake it',
      (k, l) => {
        const task = sleeperOf(k, l.vcpu);
        return task === NONE ? undefined : call('try_to_wake_up', { task });
      },
      8,
    ],
    thread_cpu: null,
    kvmppc_ipi_thread: null,
    cpu: [
      'cpu',
      'vcpu.cpu is another cpu? then its core must leave the guest',
      (k, l) => {
        l.cpu = vcpuOf(k, l.vcpu).cpu;
        return l.cpu < 0 || l.cpu === k.tid ? ret() : undefined;
      },
      6,
    ],
  },
  { source: 'virt/kvm/kvm_main.c (kvm_vcpu_kick)' },
);

/** The routines of this file. */
export const HCALL_ROUTINES_P7: readonly Routine<KvmCtx>[] = [
  doHcallP7,
  hProd,
  hConfer,
  cedeP7,
  kickP7,
];
