// What the checks of several scenarios share.

import { vmOf } from '../kvm/context.ts';
import { guestReal } from '../kvm/memslot.ts';
import type { Machine } from '../machine/machine.ts';
import type { Check } from './scenario.ts';

/** The answer of a check that holds. */
export const HOLDS = { why: '', where: '' };

/** A 32-bit guest variable, 0 before the guest is loaded. */
export function guestWord<M>(m: Machine<M>, address: bigint): number {
  if (m.k.kvm.vms.length === 0 || m.k.kvm.vcpus.length === 0) return 0;
  const real = guestReal(vmOf(m.k, 0), address, 4);
  return real < 0 ? 0 : m.hw.arena.read32(real);
}

/** Why a violated invariant is broken, from the machine's list. */
export function violation<M>(m: Machine<M>, id: string): { why: string; where: string } {
  const found = m.m.violations.find((v) => v.id === id);
  return found ? { why: `${found.why} (step ${found.step})`, where: found.where } : HOLDS;
}

/** The guest reaches its end and asks for power-off. */
export const powersOff: Check<unknown> = {
  name: 'powered-off',
  what: 'the guest finishes and powers off',
  goal: true,
  needs: [],
  test: (m) => {
    if (m.k.vmm.stopped === 'powered off') return HOLDS;
    const why = m.k.vmm.stopped || `the guest did not finish (${m.endReason() || 'still running'})`;
    return { why, where: 'vm1' };
  },
};
