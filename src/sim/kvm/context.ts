// What a KVM step may touch: everything of the host, and KVM's records.
import type { HostCtx } from '../host/context.ts';
import type { VcpuId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import type { KvmState, Vcore, Vcpu, Vm } from './records.ts';

export interface KvmCtx extends HostCtx {
  readonly kvm: KvmState;
}

/** Locals of a routine that works on one vcpu. */
export interface VcpuLocals {
  vcpu: VcpuId;
  /** Value of the routine called last. */
  ret: number;
}

/** Results of the run loop and of exit handlers (RESUME_*). */
export const RESUME = { GUEST: 0, HOST: 2, EINTR: -4 } as const;

export function vcpuOf(k: KvmCtx, vcpu: VcpuId): Vcpu {
  const found = k.kvm.vcpus[vcpu];
  if (!found) throw new Error(`vcpuOf: no vcpu ${vcpu}`);
  return found;
}

export function vcoreOf(k: KvmCtx, vcpu: VcpuId): Vcore {
  const found = k.kvm.vcores[vcpuOf(k, vcpu).vcore];
  if (!found) throw new Error(`vcoreOf: vcpu ${vcpu} has no vcore`);
  return found;
}

export function vmOf(k: KvmCtx, vcpu: VcpuId): Vm {
  const found = k.kvm.vms[vcpuOf(k, vcpu).vm];
  if (!found) throw new Error(`vmOf: vcpu ${vcpu} has no VM`);
  return found;
}

/** A VM by its number. */
export function vmAt(k: KvmCtx, vm: number): Vm {
  const found = k.kvm.vms[vm];
  if (!found) throw new Error(`vmAt: no VM ${vm}`);
  return found;
}

/** The VM that user space is about to build. */
export const lastVm = (k: KvmCtx): Vm => vmAt(k, k.kvm.vms.length - 1);

/** kvmppc_find_vcpu: by the number that user space gave, or -1. */
export function findVcpu(k: KvmCtx, vm: Vm, vcpuId: number): VcpuId {
  return vm.vcpus.find((v) => vcpuOf(k, v).vcpu_id === vcpuId) ?? NONE;
}

/** Thread number of a vcpu in its virtual core: what TIR must say. */
export function threadInVirtualCore(k: KvmCtx, vcpu: VcpuId): number {
  const { smt_mode, emul_smt_mode } = vmOf(k, vcpu);
  return vcpuOf(k, vcpu).vcpu_id & (Math.max(smt_mode, emul_smt_mode) - 1);
}
