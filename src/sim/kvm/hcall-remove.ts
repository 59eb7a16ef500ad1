// H_REMOVE: the guest takes an entry out of its hashed page table. Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c
// (kvmppc_do_h_remove). The order is the point: VALID off, then the tlbie, and only then R and C are read, because until
// then a thread that still holds the translation may set them.
import { compute_tlbie_rb, HPTE_V_HVLOCK, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { goto, type Mode, type Routine, ret, routine } from '../host/routine.ts';
import { type KvmCtx, vcpuOf, vmOf } from './context.ts';
import { H_SUCCESS } from './hcall.ts';
import {
  type EntryLocals,
  LOCK,
  LOCK_RMAP,
  MATCH,
  NOT_FOUND,
  PTE_INDEX,
  shownV,
} from './hcall-steps.ts';
import { guestRpte, readHpte, storeV } from './hpt.ts';
import { removeRevmapChain, unlockRmap } from './rmap.ts';
import { callTlbies } from './tlbie.ts';

export const hRemove = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, EntryLocals>(
    'kvmppc_h_remove',
    {
      source: 'arch/powerpc/kvm/book3s_hv_rm_mmu.c',
      mode,
      about: 'H_REMOVE(flags, pte_index, avpn): take an entry out and say what it was.',
    },
    [
      PTE_INDEX,
      LOCK,
      MATCH,
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
      LOCK_RMAP,
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
      NOT_FOUND,
    ],
  );
