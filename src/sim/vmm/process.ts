// Which QEMU process is meant: one builds and runs each VM.
import { current } from '../host/context.ts';
import { vcpuOf } from '../kvm/context.ts';
import type { VmConfig, Vmm, VmmCtx } from './records.ts';

/** A VM as its process sees it. */
export interface Process {
  readonly vm: number;
  readonly vmm: Vmm;
  readonly config: VmConfig;
}

/** The process of a VM, by its number from 0. */
export function processAt(k: VmmCtx, vm: number): Process {
  const [vmm, config] = [k.vmms[vm], k.configs[vm]];
  if (!vmm || !config) throw new Error(`processAt: no VM ${vm}`);
  return { vm, vmm, config };
}

/** The process to which the task on this thread belongs. */
export const ownProcess = (k: VmmCtx): Process => processAt(k, current(k).vm);

/** The process of a vcpu's VM. */
export const processOf = (k: VmmCtx, vcpu: number): Process => processAt(k, vcpuOf(k, vcpu).vm);

/** User space's record of a vcpu's VM. */
export const vmmOf = (k: VmmCtx, vcpu: number): Vmm => processOf(k, vcpu).vmm;

/** The vcpu waits for RTAS start-cpu. */
export const isHalted = (k: VmmCtx, vcpu: number): boolean =>
  vmmOf(k, vcpu).halted[vcpuOf(k, vcpu).vcpu_id] === 1;

/** Number of the first vcpu of a VM: they are numbered through all VMs, in their order. */
export const firstVcpu = (configs: readonly VmConfig[], vm: number): number =>
  configs.slice(0, vm).reduce((sum, { vcpus }) => sum + vcpus, 0);

/** The main thread of a VM's process. */
export const mainThread = (k: VmmCtx, vm: number): number =>
  k.host.tasks.findIndex((task) => task.kind === 'qemu' && task.vm === vm);

/** The thread of a vcpu. */
export const vcpuThread = (k: VmmCtx, vcpu: number): number =>
  k.host.tasks.findIndex((task) => task.kind === 'vcpu' && task.vcpu === vcpu);
