// Where a vcpu is at this moment, derived from KVM's and the host's records; for pictures, checks and messages.
import { cpuOf, taskOf } from '../host/context.ts';
import type { VcpuId } from '../state/ids.ts';
import { type KvmCtx, vcpuOf } from './context.ts';

export type VcpuPlace = 'created' | 'user' | 'hypervisor' | 'guest' | 'preempted' | 'ceded';

/**
 * created: KVM_RUN was never called for it; guest: guest code runs; preempted: its task is runnable but has no cpu;
 * ceded: blocked by H_CEDE; user: its thread is in user space; hypervisor: everything else.
 */
export function vcpuPlace(k: KvmCtx, id: VcpuId): VcpuPlace {
  const vcpu = vcpuOf(k, id);
  const task = taskOf(k, vcpu.task);
  const running = task.on_rq === 1 && cpuOf(k, task.cpu).curr === vcpu.task;
  if (vcpu.state === 'KVMPPC_VCPU_NOTREADY') return 'created';
  if (running && vcpu.thread_cpu === task.cpu && k.hw.inGuest(task.cpu)) return 'guest';
  if (task.on_rq === 1 && !running) return 'preempted';
  if (vcpu.rcuwait) return 'ceded';
  return vcpu.state === 'KVMPPC_VCPU_BUSY_IN_HOST' ? 'user' : 'hypervisor';
}
