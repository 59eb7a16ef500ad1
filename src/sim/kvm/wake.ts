// What makes a ceded vcpu run again, and how another cpu makes a vcpu notice new work: the waker stores the work, then
// looks where the vcpu is; the run loop stores where it is, then looks for work. Either sees the other.
import { call, goto, ret, routine } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from './context.ts';
import { IRQPRIO } from './records.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';

/** Each test reads one word that other cpus write without a lock. */
export const vcpuWoken = routine<KvmCtx, VcpuLocals>(
  'kvmppc_vcpu_woken',
  { source: BOOK3S_HV, mode: 'virtual', about: 'Is there a reason for a ceded vcpu to run?' },
  [
    [
      'pending_exceptions',
      'a queued exception?',
      (k, l) => (vcpuOf(k, l.vcpu).pending_exceptions ? ret(1) : undefined),
      4,
    ],
    ['prodded', 'prodded?', (k, l) => (vcpuOf(k, l.vcpu).prodded ? ret(1) : undefined), 4],
    [
      'doorbell_request',
      'kvmppc_doorbell_pending: doorbell_request?',
      (k, l) => (vcpuOf(k, l.vcpu).doorbell_request ? ret(1) : undefined),
      4,
    ],
    [
      'doorbell_dpdes',
      'kvmppc_doorbell_pending: a saved DPDES bit?',
      (k, l) => (vcoreOf(k, l.vcpu).dpdes ? ret(1) : undefined),
      4,
    ],
    ['no', 'nothing', () => ret(0), 2],
  ],
);

export const decrementerWakeup = routine<KvmCtx, VcpuLocals>(
  'kvmppc_decrementer_wakeup',
  {
    source: 'arch/powerpc/kvm/powerpc.c, book3s.c',
    mode: 'virtual',
    about: 'The hrtimer of a ceded vcpu: its decrementer has expired.',
  },
  [
    [
      'queue_dec',
      'kvmppc_core_queue_dec: pending_exceptions gains the decrementer',
      (k, l) => {
        vcpuOf(k, l.vcpu).pending_exceptions |= 1 << IRQPRIO.DECREMENTER;
      },
      8,
    ],
    [
      'kick',
      'kvmppc_fast_vcpu_kick_hv',
      (_k, l) => call('kvmppc_fast_vcpu_kick_hv', { vcpu: l.vcpu }),
      4,
    ],
    ['done', 'return to the timer interrupt', () => ret(), 2],
  ],
);

export const fastVcpuKick = routine<KvmCtx, VcpuLocals & { cpu: number }>(
  'kvmppc_fast_vcpu_kick_hv',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'Makes a vcpu notice new work: wake its sleeper, or pull it out of the guest.',
  },
  [
    [
      'rcuwait_wake_up',
      'a task sleeps for this vcpu? wake it',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        return vcpu.rcuwait ? call('try_to_wake_up', { task: vcpu.task }) : undefined;
      },
      8,
    ],
    [
      'thread_cpu',
      'cpu := vcpu.thread_cpu: is it in the guest, or about to be?',
      (k, l) => {
        l.cpu = vcpuOf(k, l.vcpu).thread_cpu;
        return l.cpu < 0 || l.cpu === k.tid ? goto('cpu') : undefined;
      },
      6,
    ],
    [
      'kvmppc_ipi_thread',
      'msgsnd to its PIR: the hypervisor doorbell ends the guest run',
      (k, l) => {
        k.hw.msgsnd(k.tid, l.cpu);
        return ret();
      },
    ],
    [
      'cpu',
      'cpu := vcpu.cpu: between the two stores of the run loop?',
      (k, l) => {
        l.cpu = vcpuOf(k, l.vcpu).cpu;
        return l.cpu < 0 || l.cpu === k.tid ? ret() : undefined;
      },
      6,
    ],
    [
      'smp_send_reschedule',
      'smp_send_reschedule to that cpu',
      (_k, l) => call('smp_muxed_ipi_message_pass', { cpu: l.cpu, message: 1 }),
      4,
    ],
    ['done', 'return', () => ret(), 2],
  ],
);
