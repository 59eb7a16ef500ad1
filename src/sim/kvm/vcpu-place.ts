// Where a vcpu is at this moment, derived from KVM's and the host's records; for pictures, checks and messages.
import { cpuOf, taskOf } from '../host/context.ts';
import { NONE, type VcpuId } from '../state/ids.ts';
import { type KvmCtx, vcpuOf } from './context.ts';
import { sleeperOf } from './p7-vcore.ts';

export type VcpuPlace =
  | 'created'
  | 'user'
  | 'hypervisor'
  | 'guest'
  | 'preempted'
  | 'ceded'
  | 'waiting';

/**
 * created: KVM_RUN was never called for it; guest: guest code runs; preempted: its task is runnable but has no cpu;
 * ceded: blocked by H_CEDE, its task asleep or its thread in nap; waiting: its task sleeps on cpu_run until its vcore
 * has run; user: its thread is in user space; hypervisor: everything else.
 */
export function vcpuPlace(k: KvmCtx, id: VcpuId): VcpuPlace {
  const vcpu = vcpuOf(k, id);
  const task = taskOf(k, vcpu.task);
  if (vcpu.state === 'KVMPPC_VCPU_NOTREADY' || vcpu.state === 'KVMPPC_VCPU_STOPPED')
    return 'created';
  const { thread_cpu } = vcpu;
  if (thread_cpu !== NONE && cpuOf(k, thread_cpu).kvm_vcpu === id) {
    if (k.hw.inGuest(thread_cpu)) return 'guest';
    return cpuOf(k, thread_cpu).napping ? 'ceded' : 'hypervisor';
  }
  if (task.on_rq === 1 && cpuOf(k, task.cpu).curr !== vcpu.task) return 'preempted';
  if (vcpu.ceded && sleeperOf(k, id) !== NONE) return 'ceded';
  if (vcpu.cpu_run) return 'waiting';
  const inKernel = task.stack.some(({ routine }) => routine === 'kvmppc_vcpu_run_hv');
  return vcpu.state === 'KVMPPC_VCPU_BUSY_IN_HOST' && !inKernel ? 'user' : 'hypervisor';
}
