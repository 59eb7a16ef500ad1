// H_PROTECT: other protection bits for an entry. Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c (kvmppc_h_protect), as from
// 4.4 on: R and C that hardware sets until the tlbie are not lost.
import {
  compute_tlbie_rb,
  HPTE_R_KEY,
  HPTE_R_KEY_HI,
  HPTE_R_KEY_LO,
  HPTE_R_N,
  HPTE_R_PP,
  HPTE_R_PP0,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
} from '../hardware/mmu/hpte.ts';
import { goto, type Mode, type Routine, ret, routine, spin } from '../host/routine.ts';
import { type KvmCtx, vcpuOf, vmOf } from './context.ts';
import { H_NOT_FOUND, H_PARAMETER, H_SUCCESS } from './hcall.ts';
import { type EntryLocals, isWanted } from './hcall-remove.ts';
import {
  guestRpte,
  npte,
  readHpte,
  setGuestRpte,
  storeR,
  storeV,
  tryLockHpte,
  unlockHpte,
} from './hpt.ts';
import { callTlbies } from './tlbie.ts';

/** The bits of R that H_PROTECT replaces. */
const PROTECTION = HPTE_R_PP0 | HPTE_R_PP | HPTE_R_N | HPTE_R_KEY;

/** Where the flags of H_PROTECT hold them. */
const protectionOf = (flags: bigint): bigint =>
  ((flags << 55n) & HPTE_R_PP0) |
  ((flags << 48n) & HPTE_R_KEY_HI) |
  (flags & (HPTE_R_PP | HPTE_R_N | HPTE_R_KEY_LO));

/** R with other protection bits. */
const withBits = (r: bigint, bits: bigint): bigint => (r & ~PROTECTION) | bits;

export const hProtect = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, EntryLocals & { bits: bigint }>(
    'kvmppc_h_protect',
    {
      source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
      mode,
      about: 'H_PROTECT(flags, pte_index, avpn): change PP, N and key of an entry.',
    },
    [
      [
        'pte_index',
        'pte_index inside the table, else H_PARAMETER',
        (k, l) => {
          const [flags = 0n, index = 0n] = vcpuOf(k, l.vcpu).gpr.slice(4, 6);
          if (index >= BigInt(npte(vmOf(k, l.vcpu)))) return ret(H_PARAMETER);
          l.index = Number(index);
          l.bits = protectionOf(flags);
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
        'VALID or ABSENT, and what H_AVPN asks for? else H_NOT_FOUND',
        (k, l) => {
          const [flags = 0n, , avpn = 0n] = vcpuOf(k, l.vcpu).gpr.slice(4, 7);
          l.v = readHpte(k, vmOf(k, l.vcpu), l.index).v & ~HPTE_V_HVLOCK;
          return isWanted(l.v, flags, avpn) ? undefined : goto('not_found');
        },
        6,
      ],
      [
        'guest_rpte',
        'revmap.guest_rpte gets the bits; an absent entry has nothing else',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          setGuestRpte(k, vm, l.index, withBits(guestRpte(k, vm, l.index), l.bits));
          return (l.v & HPTE_V_VALID) === 0n ? goto('unlock') : undefined;
        },
        6,
      ],
      [
        'unchanged',
        'the real entry has these bits already? then no invalidation',
        (k, l) => {
          const { r } = readHpte(k, vmOf(k, l.vcpu), l.index);
          return withBits(r, l.bits) === r ? goto('unlock') : undefined;
        },
        6,
      ],
      [
        'invalidate',
        'VALID := 0, ABSENT := 1 for the moment: a fault in between waits for the lock',
        (k, l) => {
          const v = (l.v & ~HPTE_V_VALID) | HPTE_V_ABSENT | HPTE_V_HVLOCK;
          storeV(k, vmOf(k, l.vcpu), l.index, v);
        },
        6,
      ],
      [
        'tlbie',
        'do_tlbies: no thread may use the old bits any longer',
        (k, l) => {
          const { r } = readHpte(k, vmOf(k, l.vcpu), l.index);
          const flags = vcpuOf(k, l.vcpu).gpr[4] ?? 0n;
          return callTlbies(k, l.vcpu, flags, [compute_tlbie_rb(l.v, r, l.index)]);
        },
        8,
      ],
      [
        'store_r',
        'HPTE doubleword 1 with the new bits, and R and C as they are now; eieio',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          const r = withBits(readHpte(k, vm, l.index).r, l.bits);
          storeR(k, vm, l.index, { v: l.v, r });
        },
        8,
      ],
      [
        'unlock',
        'HPTE doubleword 0 as it was, unlocked; ptesync; H_SUCCESS',
        (k, l) => {
          storeV(k, vmOf(k, l.vcpu), l.index, l.v);
          return ret(H_SUCCESS);
        },
        12,
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
