// How tasks of a virtual core sleep on POWER7: those of vcpus that another task runs, and the runner when all are idle.
// Source: arch/powerpc/kvm/book3s_hv.c, Linux 3.6.
import { cpuOf, current } from '../host/context.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { isWoken, type ListLocals, nextVcpu, spinLock } from './p7-vcore.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';

export const waitForExec = routine<KvmCtx, VcpuLocals & { wait_state: string }>(
  'kvmppc_wait_for_exec',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'The task of a vcpu sleeps on cpu_run while the task of another one runs their vcore.',
  },
  [
    [
      'prepare_to_wait',
      'prepare_to_wait on cpu_run: the task sleeps from its next schedule() on',
      (k, l) => {
        vcpuOf(k, l.vcpu).cpu_run = 1;
        current(k).state = l.wait_state;
      },
      6,
    ],
    [
      'schedule',
      'still RUNNABLE? sleep until the runner says that the vcpu has to leave, or a signal comes',
      (k, l) => (vcpuOf(k, l.vcpu).state === 'KVMPPC_VCPU_RUNNABLE' ? call('schedule') : undefined),
      6,
    ],
    [
      'finish_wait',
      'finish_wait: TASK_RUNNING',
      (k, l) => {
        current(k).state = 'TASK_RUNNING';
        vcpuOf(k, l.vcpu).cpu_run = 0;
        return ret();
      },
      6,
    ],
  ],
);

export const vcoreBlocked = routine<KvmCtx, ListLocals>(
  'kvmppc_vcore_blocked',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Every vcpu of the vcore is idle: its runner sleeps until something comes for one.',
  },
  [
    [
      'prepare_to_wait',
      'prepare_to_wait on vcore.wq; vcore_state := VCORE_SLEEPING: wakers can find the sleeper',
      (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        vcore.wq = cpuOf(k).curr;
        current(k).state = 'TASK_INTERRUPTIBLE';
        vcore.vcore_state = 'VCORE_SLEEPING';
        l.i = 0;
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
      'all_idle',
      'for each vcpu of the list: not idle after all, or something has come for it? then no sleep',
      (k, l) => {
        const v = nextVcpu(k, l);
        if (v === NONE) return call('schedule');
        return vcpuOf(k, v).ceded === 0 || isWoken(k, v) ? goto('finish_wait') : goto('all_idle');
      },
      4,
    ],
    [
      'finish_wait',
      'finish_wait: TASK_RUNNING',
      (k, l) => {
        current(k).state = 'TASK_RUNNING';
        vcoreOf(k, l.vcpu).wq = NONE;
      },
      6,
    ],
    spinLock('relock'),
    [
      'inactive',
      'vcore_state := VCORE_INACTIVE',
      (k, l) => {
        vcoreOf(k, l.vcpu).vcore_state = 'VCORE_INACTIVE';
        return ret();
      },
      4,
    ],
  ],
);
