// H_REMOVE: the guest takes an entry out of its hashed page table. Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c
// (kvmppc_do_h_remove). The order is the point: VALID off, then the tlbie, and only then R and C are read, because until
// then a thread that still holds the translation may set them.
import {
  compute_tlbie_rb,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
} from '../hardware/mmu/hpte.ts';
import { goto, type Mode, type Routine, ret, routine, spin } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_ANDCOND, H_AVPN, H_NOT_FOUND, H_PARAMETER, H_SUCCESS } from './hcall.ts';
import { guestRpte, isPresent, npte, readHpte, storeV, tryLockHpte, unlockHpte } from './hpt.ts';
import { removeRevmapChain, rmapOfHpte, tryLockRmap, unlockRmap } from './rmap.ts';
import { callTlbies } from './tlbie.ts';

export interface EntryLocals extends VcpuLocals {
  index: number;
  /** V of the entry when it was locked, old layout, without HVLOCK. */
  v: bigint;
  /** Real address of the rmap word. */
  rmap: number;
}

/** The AVPN and AND conditions of H_REMOVE and H_PROTECT on V. */
export function isWanted(v: bigint, flags: bigint, avpn: bigint): boolean {
  if (!isPresent(v)) return false;
  if ((flags & H_AVPN) !== 0n && (v & ~0x7fn) !== avpn) return false;
  return (flags & H_ANDCOND) === 0n || (v & avpn) === 0n;
}

/** V as H_READ and H_REMOVE show it: the guest knows neither HVLOCK nor ABSENT. */
export function shownV(v: bigint): bigint {
  const own = v & ~(HPTE_V_HVLOCK | HPTE_V_ABSENT);
  return (v & HPTE_V_ABSENT) !== 0n ? own | HPTE_V_VALID : own;
}

export const hRemove = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, EntryLocals>(
    'kvmppc_h_remove',
    {
      source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
      mode,
      about: 'H_REMOVE(flags, pte_index, avpn): take an entry out and say what it was.',
    },
    [
      [
        'pte_index',
        'pte_index inside the table, else H_PARAMETER',
        (k, l) => {
          const index = vcpuOf(k, l.vcpu).gpr[5] ?? 0n;
          if (index >= BigInt(npte(vmOf(k, l.vcpu)))) return ret(H_PARAMETER);
          l.index = Number(index);
          return undefined;
        },
        6,
      ],
      [
        'lock',
        'try_lock_hpte until it succeeds',
        (k, l) =>
          tryLockHpte(k, vmOf(k, l.vcpu), l.index)
            ? undefined
            : spin(`waiting for the lock of HPTE ${l.index}`),
        8,
      ],
      [
        'match',
        'VALID or ABSENT, and what H_AVPN or H_ANDCOND asks for? else H_NOT_FOUND',
        (k, l) => {
          const [flags = 0n, , avpn = 0n] = vcpuOf(k, l.vcpu).gpr.slice(4, 7);
          l.v = readHpte(k, vmOf(k, l.vcpu), l.index).v & ~HPTE_V_HVLOCK;
          return isWanted(l.v, flags, avpn) ? undefined : goto('not_found');
        },
        6,
      ],
      [
        'invalidate',
        'VALID := 0, the lock is kept; an absent entry is in no TLB and in no ring',
        (k, l) => {
          if ((l.v & HPTE_V_VALID) === 0n) return goto('clear');
          storeV(k, vmOf(k, l.vcpu), l.index, (l.v & ~HPTE_V_VALID) | HPTE_V_HVLOCK);
          return undefined;
        },
        6,
      ],
      [
        'tlbie',
        'do_tlbies: no thread may use it any longer',
        (k, l) => {
          const { r } = readHpte(k, vmOf(k, l.vcpu), l.index);
          const flags = vcpuOf(k, l.vcpu).gpr[4] ?? 0n;
          return callTlbies(k, l.vcpu, flags, [compute_tlbie_rb(l.v, r, l.index)]);
        },
        8,
      ],
      [
        'lock_rmap',
        'lock_rmap of the page that guest_rpte names',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          l.rmap = rmapOfHpte(k, vm, l.v, guestRpte(k, vm, l.index));
          return tryLockRmap(k, l.rmap)
            ? undefined
            : spin('waiting for the lock of a reverse-map word');
        },
        10,
      ],
      [
        'remove_revmap_chain',
        'R and C, which no longer change, into guest_rpte and the rmap word; out of the ring; unlock_rmap',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          removeRevmapChain(k, vm, l.index, l.rmap, readHpte(k, vm, l.index).r);
          unlockRmap(k, l.rmap);
        },
        12,
      ],
      [
        'clear',
        'r4, r5 := the entry as the guest knows it; V := 0, which also drops the lock',
        (k, l) => {
          const { gpr } = vcpuOf(k, l.vcpu);
          gpr[4] = shownV(l.v);
          gpr[5] = guestRpte(k, vmOf(k, l.vcpu), l.index);
          storeV(k, vmOf(k, l.vcpu), l.index, 0n);
          return ret(H_SUCCESS);
        },
        8,
      ],
      [
        'not_found',
        'unlock; H_NOT_FOUND',
        (k, l) => {
          unlockHpte(k, vmOf(k, l.vcpu), l.index);
          return ret(H_NOT_FOUND);
        },
        6,
      ],
    ],
  );
