// Entity paths of vcpus and vcores that exist, by their numbers over the machine.
import { vcpuOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import type { VcpuId } from '../state/ids.ts';
import { vcorePath, vcpuPath } from '../trace/paths.ts';

/** Path of a vcpu. */
export const vcpuEntity = <M>(m: Machine<M>, vcpu: VcpuId): string =>
  vcpuPath(vcpuOf(m.k, vcpu).vm + 1, vcpu);

/** Path of a vcore: its VM is that of its vcpus. */
export function vcoreEntity<M>(m: Machine<M>, vcore: number): string {
  const vm = m.k.kvm.vcpus.find((vcpu) => vcpu.vcore === vcore)?.vm ?? 0;
  return vcorePath(vm + 1, vcore);
}
