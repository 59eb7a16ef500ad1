// The hypervisor looks for the entry that maps an address of the guest, as the hardware would, absent ones included.
// Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c (kvmppc_hv_find_lock_hpte).
import {
  avpnOf,
  HPTE_V_AVPN,
  HPTE_V_HVLOCK,
  HPTE_V_SECONDARY,
  HPTE_V_SSIZE_SHIFT,
  type Hpte,
  hptHash,
  hptMask,
  PTEG_ENTRIES,
  pageShifts,
  ptegIndex,
} from '../hardware/mmu/hpte.ts';
import {
  holdsAddress,
  LLP_SHIFTS,
  SLB_ESID,
  SLB_VSID,
  segmentOf,
  vrmaVsidWord,
} from '../hardware/mmu/segment.ts';
import { goto, ret, routine, spin } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, vmAt } from './context.ts';
import { readHpte, tryLockHpte, unlockHpte } from './hpt.ts';
import type { Vcpu, Vm } from './records.ts';

/** kvm.vrma_slb_v: the segment of a guest in real mode, with 16 MB pages. */
export const VRMA_SLB_V = vrmaVsidWord(SLB_VSID.L);

/** VSID word of the segment of a relocated address, by the SLB entries that the exit saved; null: there is none. */
export function savedSegment({ slb }: Vcpu, ea: bigint): bigint | null {
  const entry = slb.find(
    ([vsid, esid]) => (esid & SLB_ESID.V) !== 0n && holdsAddress(esid, vsid, ea),
  );
  return entry ? entry[0] : null;
}

interface Page {
  readonly ea: bigint;
  readonly slb_v: bigint;
}
const baseShift = (slb_v: bigint): number => LLP_SHIFTS.get(slb_v & SLB_VSID.LLP) ?? 12;

/** Number of a slot of the primary (0 to 7) or the secondary (8 to 15) group of the page. */
function slotOf(vm: Vm, { ea, slb_v }: Page, i: number): number {
  const hash = hptHash(segmentOf(slb_v), ea, baseShift(slb_v));
  const pteg = ptegIndex(hash, hptMask(vm.hpt_order), i >= PTEG_ENTRIES);
  return pteg * PTEG_ENTRIES + (i % PTEG_ENTRIES);
}

/** True when the entry, in slot `i` of those, has one of the bits `valid` and maps the page. */
function maps({ v, r }: Hpte, { ea, slb_v }: Page, i: number, valid: bigint): boolean {
  if ((v & valid) === 0n) return false;
  if (((v & HPTE_V_SECONDARY) !== 0n) !== i >= PTEG_ENTRIES) return false;
  const segment = segmentOf(slb_v);
  const base = baseShift(slb_v);
  if (v >> HPTE_V_SSIZE_SHIFT !== BigInt(segment.b)) return false;
  return (v & HPTE_V_AVPN) === avpnOf(segment, ea, base) && pageShifts({ v, r })?.base === base;
}

interface FindLocals extends Page {
  vm: number;
  /** VALID, ABSENT or both. */
  valid: bigint;
  i: number;
}

export const findLockHpte = routine<KvmCtx, FindLocals>(
  'kvmppc_hv_find_lock_hpte',
  {
    source: 'arch/powerpc/kvm/book3s_64_mmu_hv.c',
    mode: 'real',
    about: 'The slot of the entry that maps an address, locked; -1: there is none.',
  },
  [
    [
      'hash',
      'hash of the page: the primary group first',
      (_k, l) => {
        l.i = 0;
      },
      8,
    ],
    [
      'slot',
      'the next slot, without its lock: valid or absent, the same segment and page? 16 of them: -1',
      (k, l) => {
        if (l.i === 2 * PTEG_ENTRIES) return ret(NONE);
        const vm = vmAt(k, l.vm);
        if (maps(readHpte(k, vm, slotOf(vm, l, l.i)), l, l.i, l.valid)) return undefined;
        l.i += 1;
        return goto('slot');
      },
      4,
    ],
    [
      'lock',
      'try_lock_hpte, however long it takes',
      (k, l) => {
        const vm = vmAt(k, l.vm);
        const slot = slotOf(vm, l, l.i);
        return tryLockHpte(k, vm, slot) ? undefined : spin(`waiting for the lock of HPTE ${slot}`);
      },
      8,
    ],
    [
      'again',
      'still the same under the lock? that is it; else unlock, and the next slot',
      (k, l) => {
        const vm = vmAt(k, l.vm);
        const slot = slotOf(vm, l, l.i);
        const { v, r } = readHpte(k, vm, slot);
        if (maps({ v: v & ~HPTE_V_HVLOCK, r }, l, l.i, l.valid)) return ret(slot);
        unlockHpte(k, vm, slot);
        l.i += 1;
        return goto('slot');
      },
      8,
    ],
  ],
);
