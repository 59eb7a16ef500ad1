// Reading guest memory for pictures, without touching the machine.
import { guestReal, vmOf } from '../../sim/kvm/context.ts';
import type { Machine } from '../../sim/machine/machine.ts';

/** Instruction word at a guest address, or null outside guest memory. */
export function guestWordAt(m: Machine, vcpu: number, address: bigint): number | null {
  if (!m.k.kvm.vcpus[vcpu]) return null;
  const vm = vmOf(m.k, vcpu);
  const real = vm.slot_base === 0 ? -1 : guestReal(vm, address, 4);
  return real < 0 ? null : m.hw.arena.read32(real);
}
