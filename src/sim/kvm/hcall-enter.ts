// H_ENTER: the guest puts an entry into its hashed page table. Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c
// (kvmppc_do_h_enter); key of installed entries as from 4.18 on.
// What is memory gets a valid entry with the host's page; what is not gets an absent one, which hardware does not see,
// so that an access comes to the hypervisor, which emulates a device.
import {
  HPTE_R_G,
  HPTE_R_I,
  HPTE_R_KEY,
  HPTE_R_KEY_HI,
  HPTE_R_M,
  HPTE_R_PP0,
  HPTE_R_W,
  HPTE_R_WIMG,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
  PTEG_ENTRIES,
} from '../hardware/mmu/hpte.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { goto, type Mode, type Routine, ret, routine, spin } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_EXACT, H_PARAMETER, H_PTEG_FULL, H_SUCCESS } from './hcall.ts';
import {
  hptePageSize,
  isPresent,
  npte,
  readHpte,
  setGuestRpte,
  storeR,
  storeV,
  tryLockHpte,
  unlockHpte,
} from './hpt.ts';
import { gfnToMemslot, hostPage, rmapWord } from './memslot.ts';
import { addRevmapChain, gfnOf, HPTE_RC, RMAP, tryLockRmap, unlockRmap } from './rmap.ts';

const SOURCE = 'arch/powerpc/kvm/book3s_hv_rm_mmu.c';
const WIMG_SAO = HPTE_R_W | HPTE_R_I | HPTE_R_M;

interface EnterLocals extends VcpuLocals {
  pteh: bigint;
  ptel: bigint;
  psize: number;
  /** Real address of the rmap word, and slot number in the PTEG while one is looked for. */
  rmap: number;
  i: number;
  index: number;
  code: number;
}

/** hpte_cache_flags_ok for memory: cacheable and coherent, or strong access order (from version 2.06 on). */
function isCacheable(k: KvmCtx, ptel: bigint): boolean {
  const wimg = ptel & HPTE_R_WIMG;
  return wimg === HPTE_R_M || (wimg === WIMG_SAO && k.hw.model.version !== '2.02');
}

/** Doubleword 1 with the page of the host in it. */
export function withHostPage(ptel: bigint, psize: number, pa: number): bigint {
  // Bits 0 to 62 above the page offset become the host's; PP0 and the key stay the guest's.
  const rpn = (HPTE_R_PP0 - BigInt(psize)) & ~HPTE_R_KEY_HI;
  return (ptel & ~rpn) | BigInt(pa);
}

/** Doubleword 1 of memory, which is cacheable whatever the guest says. */
export const asMemory = (k: KvmCtx, ptel: bigint): bigint =>
  isCacheable(k, ptel) ? ptel : (ptel & ~(HPTE_R_W | HPTE_R_I | HPTE_R_G)) | HPTE_R_M;

/** pte_index, arguments r4 to r7. */
const argsOf = (k: KvmCtx, vcpu: number): [flags: bigint, index: bigint, v: bigint, r: bigint] => {
  const { gpr } = vcpuOf(k, vcpu);
  return [gpr[4] ?? 0n, gpr[5] ?? 0n, gpr[6] ?? 0n, gpr[7] ?? 0n];
};

export const hEnter = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, EnterLocals>(
    'kvmppc_h_enter',
    {
      source: SOURCE,
      mode,
      about: 'H_ENTER(flags, pte_index, pteh, ptel): put an entry into the hashed page table.',
    },
    [
      [
        'page_size',
        'hpte_page_size: an encoding that exists, else H_PARAMETER; pteh without HVLOCK, ABSENT, VALID',
        (k, l) => {
          const [, , pteh, ptel] = argsOf(k, l.vcpu);
          l.psize = hptePageSize(k, { v: pteh, r: ptel });
          l.pteh = pteh & ~(HPTE_V_HVLOCK | HPTE_V_ABSENT | HPTE_V_VALID);
          l.ptel = ptel;
          return l.psize === 0 ? ret(H_PARAMETER) : undefined;
        },
        8,
      ],
      [
        'pte_index',
        'pte_index inside the table, else H_PARAMETER; without H_EXACT the first of its PTEG',
        (k, l) => {
          const [flags, index] = argsOf(k, l.vcpu);
          if (index >= BigInt(npte(vmOf(k, l.vcpu)))) return ret(H_PARAMETER);
          l.index = Number((flags & H_EXACT) === 0n ? index & ~7n : index);
          return undefined;
        },
        6,
      ],
      [
        'memslot',
        'srcu_read_lock; gfn_to_memslot of the page that ptel names: none is no memory',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          vm.srcu += 1;
          l.code = H_SUCCESS;
          const gfn = gfnOf(l.ptel, l.psize);
          const slot = gfnToMemslot(vm, gfn);
          if (!slot) return undefined;
          if (l.psize > HUGE_PAGE) {
            l.code = H_PARAMETER; // it would not fit the slot's alignment, nor a page of the host
            return goto('srcu_read_unlock');
          }
          l.rmap = rmapWord(slot, gfn);
          l.ptel = withHostPage(l.ptel, l.psize, hostPage(slot, gfn));
          l.pteh |= HPTE_V_VALID;
          return goto('wimg');
        },
        20,
      ],
      [
        'absent',
        'a device: the entry is ABSENT, its key 31 says so to the storage interrupt',
        (_k, l) => {
          l.pteh |= HPTE_V_ABSENT;
          l.ptel |= HPTE_R_KEY;
          return goto('find');
        },
        6,
      ],
      [
        'wimg',
        'memory is cacheable whatever the guest says: W, I and G := 0, M := 1',
        (k, l) => {
          l.ptel = asMemory(k, l.ptel);
        },
        6,
      ],
      [
        'find',
        'H_EXACT: that slot alone; else the eight of the PTEG',
        (k, l) => {
          l.i = 0;
          return (argsOf(k, l.vcpu)[0] & H_EXACT) === 0n ? undefined : goto('lock');
        },
        4,
      ],
      [
        'try_lock',
        'try_lock_hpte of the next slot, if it is neither VALID nor ABSENT nor locked',
        (k, l) => {
          const bits = HPTE_V_HVLOCK | HPTE_V_VALID | HPTE_V_ABSENT;
          if (tryLockHpte(k, vmOf(k, l.vcpu), l.index + l.i, bits)) {
            l.index += l.i;
            return goto('guest_rpte');
          }
          l.i += 1;
          if (l.i < PTEG_ENTRIES) return goto('try_lock');
          l.i = 0; // one may have been locked only for a moment: look again, waiting for each lock
          return undefined;
        },
        6,
      ],
      [
        'lock',
        'lock the slot, however long it takes',
        (k, l) =>
          tryLockHpte(k, vmOf(k, l.vcpu), l.index + l.i)
            ? undefined
            : spin(`waiting for the lock of HPTE ${l.index + l.i}`),
        8,
      ],
      [
        'is_free',
        'neither VALID nor ABSENT? it is ours',
        (k, l) => {
          if (isPresent(readHpte(k, vmOf(k, l.vcpu), l.index + l.i).v)) return undefined;
          l.index += l.i;
          return goto('guest_rpte');
        },
        4,
      ],
      [
        'occupied',
        'unlock; the next slot, or H_PTEG_FULL',
        (k, l) => {
          unlockHpte(k, vmOf(k, l.vcpu), l.index + l.i);
          l.i += 1;
          const exact = (argsOf(k, l.vcpu)[0] & H_EXACT) !== 0n;
          if (!exact && l.i < PTEG_ENTRIES) return goto('lock');
          l.code = H_PTEG_FULL;
          return goto('srcu_read_unlock');
        },
        6,
      ],
      [
        'guest_rpte',
        'revmap.guest_rpte := ptel as the guest gave it',
        (k, l) => {
          setGuestRpte(k, vmOf(k, l.vcpu), l.index, argsOf(k, l.vcpu)[3]);
          return (l.pteh & HPTE_V_VALID) === 0n ? goto('store_r') : undefined;
        },
        6,
      ],
      [
        'lock_rmap',
        'lock_rmap of the page',
        (k, l) =>
          tryLockRmap(k, l.rmap) ? undefined : spin('waiting for the lock of a reverse-map word'),
        8,
      ],
      [
        'add_revmap_chain',
        'into the ring of the page; R and C only where the host has seen them; unlock_rmap',
        (k, l) => {
          addRevmapChain(k, vmOf(k, l.vcpu), l.index, l.rmap);
          const rc = (k.hw.arena.read64(l.rmap) >> RMAP.RC_SHIFT) & HPTE_RC;
          l.ptel &= rc | ~HPTE_RC;
          unlockRmap(k, l.rmap);
        },
        12,
      ],
      [
        'store_r',
        'HPTE doubleword 1; eieio',
        (k, l) => storeR(k, vmOf(k, l.vcpu), l.index, { v: l.pteh, r: l.ptel }),
        6,
      ],
      [
        'store_v',
        'HPTE doubleword 0: in force, and unlocked; ptesync. No tlbie: nothing was there before',
        (k, l) => storeV(k, vmOf(k, l.vcpu), l.index, l.pteh),
        12,
      ],
      [
        'pte_index_out',
        'r4 := the index used',
        (k, l) => {
          vcpuOf(k, l.vcpu).gpr[4] = BigInt(l.index);
        },
        4,
      ],
      [
        'srcu_read_unlock',
        'srcu_read_unlock; H_SUCCESS, or why not',
        (k, l) => {
          vmOf(k, l.vcpu).srcu -= 1;
          return ret(l.code);
        },
        4,
      ],
    ],
  );
