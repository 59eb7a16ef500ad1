// Steps that the hcalls on one entry of the page table share: its index, its lock, the conditions, the rmap word.
// Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c.
import { HPTE_V_ABSENT, HPTE_V_HVLOCK, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { goto, ret, type StepDef, spin } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_ANDCOND, H_AVPN, H_NOT_FOUND, H_PARAMETER } from './hcall.ts';
import { guestRpte, isPresent, npte, readHpte, tryLockHpte, unlockHpte } from './hpt.ts';
import { rmapOfHpte, tryLockRmap } from './rmap.ts';

export interface EntryLocals extends VcpuLocals {
  index: number;
  /** V of the entry when it was locked, old layout, without HVLOCK. */
  v: bigint;
  /** Real address of the rmap word. */
  rmap: number;
}

type EntryStep = StepDef<KvmCtx, EntryLocals>;

export const PTE_INDEX: EntryStep = [
  'pte_index',
  'pte_index inside the table, else H_PARAMETER',
  (k, l) => {
    const index = vcpuOf(k, l.vcpu).gpr[5] ?? 0n;
    if (index >= BigInt(npte(vmOf(k, l.vcpu)))) return ret(H_PARAMETER);
    l.index = Number(index);
    return undefined;
  },
  6,
];

export const LOCK: EntryStep = [
  'lock',
  'try_lock_hpte until it succeeds',
  (k, l) =>
    tryLockHpte(k, vmOf(k, l.vcpu), l.index)
      ? undefined
      : spin(`waiting for the lock of HPTE ${l.index}`),
  8,
];

/** The AVPN and AND conditions of H_REMOVE and H_PROTECT on V. */
export function isWanted(v: bigint, flags: bigint, avpn: bigint): boolean {
  if (!isPresent(v)) return false;
  if ((flags & H_AVPN) !== 0n && (v & ~0x7fn) !== avpn) return false;
  return (flags & H_ANDCOND) === 0n || (v & avpn) === 0n;
}

export const MATCH: EntryStep = [
  'match',
  'VALID or ABSENT, and what H_AVPN or H_ANDCOND asks for? else H_NOT_FOUND',
  (k, l) => {
    const [flags = 0n, , avpn = 0n] = vcpuOf(k, l.vcpu).gpr.slice(4, 7);
    l.v = readHpte(k, vmOf(k, l.vcpu), l.index).v & ~HPTE_V_HVLOCK;
    return isWanted(l.v, flags, avpn) ? undefined : goto('not_found');
  },
  6,
];

export const NOT_FOUND: EntryStep = [
  'not_found',
  'unlock; H_NOT_FOUND',
  (k, l) => {
    unlockHpte(k, vmOf(k, l.vcpu), l.index);
    return ret(H_NOT_FOUND);
  },
  6,
];

export const LOCK_RMAP: EntryStep = [
  'lock_rmap',
  'lock_rmap of the page that guest_rpte names',
  (k, l) => {
    const vm = vmOf(k, l.vcpu);
    l.rmap = rmapOfHpte(k, vm, l.v, guestRpte(k, vm, l.index));
    return tryLockRmap(k, l.rmap) ? undefined : spin('waiting for the lock of a reverse-map word');
  },
  10,
];

/** V as H_READ and H_REMOVE show it: the guest knows neither HVLOCK nor ABSENT. */
export function shownV(v: bigint): bigint {
  const own = v & ~(HPTE_V_HVLOCK | HPTE_V_ABSENT);
  return (v & HPTE_V_ABSENT) !== 0n ? own | HPTE_V_VALID : own;
}
