// What the checks of several scenarios share.

import { guestReal } from '../kvm/memslot.ts';
import type { Machine } from '../machine/machine.ts';
import { vmPath } from '../trace/paths.ts';
import type { Check } from './scenario.ts';

/** The answer of a check that holds. */
export const HOLDS = { why: '', where: '' };

/** A 32-bit variable of the guest of VM `vm` (from 1), 0 before the guest is loaded. */
export function guestWord<M>(m: Machine<M>, address: bigint, vm = 1): number {
  const kvm = m.k.kvm.vms[vm - 1];
  if (!kvm || kvm.vcpus.length === 0) return 0;
  const real = guestReal(kvm, address, 4);
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
    const vm = m.k.vmms.findIndex(({ stopped }) => stopped !== 'powered off');
    if (vm < 0) return HOLDS;
    const going = `the guest did not finish (${m.endReason() || 'still running'})`;
    return { why: m.k.vmms[vm]?.stopped || going, where: vmPath(vm + 1) };
  },
};
