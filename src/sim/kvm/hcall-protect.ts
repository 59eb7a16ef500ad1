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
import { goto, type Mode, type Routine, ret, routine } from '../host/routine.ts';
import { type KvmCtx, vcpuOf, vmOf } from './context.ts';
import { H_SUCCESS } from './hcall.ts';
import { type EntryLocals, LOCK, MATCH, NOT_FOUND, PTE_INDEX } from './hcall-steps.ts';
import { guestRpte, readHpte, setGuestRpte, storeR, storeV } from './hpt.ts';
import { callTlbies } from './tlbie.ts';

/** The bits of R that H_PROTECT replaces. */
export const PROTECTION = HPTE_R_PP0 | HPTE_R_PP | HPTE_R_N | HPTE_R_KEY;

/** The new bits, where the flags of H_PROTECT (r4) hold them. */
function bitsOf(k: KvmCtx, { vcpu }: EntryLocals): bigint {
  const flags = vcpuOf(k, vcpu).gpr[4] ?? 0n;
  const pp0 = (flags << 55n) & HPTE_R_PP0;
  const key = (flags << 48n) & HPTE_R_KEY_HI;
  return pp0 | key | (flags & (HPTE_R_PP | HPTE_R_N | HPTE_R_KEY_LO));
}

/** R with other protection bits. */
const withBits = (r: bigint, bits: bigint): bigint => (r & ~PROTECTION) | bits;

export const hProtect = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, EntryLocals>(
    'kvmppc_h_protect',
    {
      source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
      mode,
      about: 'H_PROTECT(flags, pte_index, avpn): change PP, N and key of an entry.',
    },
    [
      PTE_INDEX,
      LOCK,
      MATCH,
      [
        'guest_rpte',
        'revmap.guest_rpte gets the bits; an absent entry has nothing else',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          setGuestRpte(k, vm, l.index, withBits(guestRpte(k, vm, l.index), bitsOf(k, l)));
          return (l.v & HPTE_V_VALID) === 0n ? goto('unlock') : undefined;
        },
        6,
      ],
      [
        'unchanged',
        'the real entry has these bits already? then no invalidation',
        (k, l) => {
          const { r } = readHpte(k, vmOf(k, l.vcpu), l.index);
          return withBits(r, bitsOf(k, l)) === r ? goto('unlock') : undefined;
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
          const r = withBits(readHpte(k, vm, l.index).r, bitsOf(k, l));
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
      NOT_FOUND,
    ],
  );
