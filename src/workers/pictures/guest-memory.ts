// Reading guest memory for pictures, without touching the machine.
import { MSR_LOW } from '../../sim/hardware/bits.ts';
import { vmOf } from '../../sim/kvm/context.ts';
import { guestReal } from '../../sim/kvm/memslot.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { vcpuEntity } from '../../sim/scenario/entities.ts';
import { focusOf } from './focus.ts';

/** Instruction word at a guest address in the vcpu's byte order, or null outside guest memory. */
export function guestWordAt(m: Machine, vcpu: number, address: bigint): number | null {
  const saved = m.k.kvm.vcpus[vcpu];
  if (!saved) return null;
  const vm = vmOf(m.k, vcpu);
  const real = guestReal(vm, address, 4);
  if (real < 0) return null;
  const { thread } = focusOf(m, vcpuEntity(m, vcpu));
  const inGuest = thread >= 0 && m.hw.inGuest(thread);
  const msr = inGuest ? m.hw.arena.msrLow(thread) : Number(saved.msr & 0xffffn);
  return m.hw.arena.read32(real, (msr & MSR_LOW.LE) !== 0);
}
