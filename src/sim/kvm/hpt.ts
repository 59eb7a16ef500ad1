// The hashed page table of a guest as the hypervisor holds it: the table itself, which hardware walks, and a revmap
// entry beside each slot. Both are bytes in host real memory.
// Source: arch/powerpc/kvm/book3s_64_mmu_hv.c (kvmppc_allocate_hpt), asm/kvm_book3s_64.h, asm/kvm_host.h.
//
// An HPTE has two faces. The real one, doublewords V and R in the table, is what hardware sees; its bits 6 and 5 of V
// are software's: HVLOCK, the lock of the slot, and ABSENT, "the guest has an entry here that hardware must not see".
// The guest's one is revmap.guest_rpte: R as the guest wrote it, with a guest real address. Hcalls speak the layout
// from before ISA 3.0; a POWER9 table holds the newer one, and every access converts.
import { layoutOf } from '../hardware/mmu/context.ts';
import {
  fromLayout,
  HPTE_BYTES,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
  type Hpte,
  pageShifts,
  toLayout,
} from '../hardware/mmu/hpte.ts';
import { tell } from '../host/context.ts';
import { allocPages, freePages } from '../host/memory.ts';
import { NONE } from '../state/ids.ts';
import type { KvmCtx } from './context.ts';
import type { Vm } from './records.ts';

/** Orders that KVM accepts: 256 KB, the least that the architecture has, to 16 MB, what Linux made first. */
export const HPT_ORDER = { MIN: 18, MAX: 24 } as const;

/** kvmppc_alloc_hpt: a zeroed table and its revmap, whole pages aligned to their size; false when there is no room. */
export function allocHpt(k: KvmCtx, vm: Vm, order: number): boolean {
  const { memory } = k.host;
  const bytes = 2 ** order;
  const table = allocPages(k.hw, memory, bytes, bytes);
  const revmap = table === NONE ? NONE : allocPages(k.hw, memory, bytes);
  if (revmap === NONE) {
    if (table !== NONE) freePages(memory, table, bytes);
    return false;
  }
  vm.hpt_base = table;
  vm.hpt_order = order;
  vm.revmap = revmap;
  return true;
}

/** kvmppc_free_hpt. */
export function freeHpt(k: KvmCtx, vm: Vm): void {
  const bytes = 2 ** vm.hpt_order;
  freePages(k.host.memory, vm.hpt_base, bytes);
  freePages(k.host.memory, vm.revmap, bytes);
}

/** kvmppc_hpt_npte: HPTEs of the table. */
export const npte = (vm: Vm): number => 2 ** (vm.hpt_order - 4);

/** Real address of an HPTE, and of its revmap entry: guest_rpte, forw, back. */
export const hpteAddress = (vm: Vm, index: number): number => vm.hpt_base + index * HPTE_BYTES;
const revAddress = (vm: Vm, index: number): number => vm.revmap + index * 16;

/** Bytes of the page that an entry of the old layout maps, 0 when KVM does not take its encoding (hpte_page_size). */
export function hptePageSize(k: KvmCtx, hpte: Hpte): number {
  const shifts = pageShifts(hpte);
  if (shifts === null) return 0;
  // Linux 3.6 knows no page of one size in a segment of another, and 64 KB pages only from version 2.06 on.
  const { version } = k.hw.model;
  if (version !== '3.0' && shifts.base !== shifts.actual) return 0;
  if (version === '2.02' && shifts.base === 16) return 0;
  return 2 ** shifts.actual;
}

// --- the lock of an HPTE

/**
 * try_lock_hpte: one ldarx/stdcx. on doubleword V. Fails when a bit of `bits` is set, else sets HVLOCK. The bits are
 * the same in both layouts.
 */
export function tryLockHpte(k: KvmCtx, vm: Vm, index: number, bits = HPTE_V_HVLOCK): boolean {
  const at = hpteAddress(vm, index);
  const v = k.hw.arena.read64(at);
  if ((v & bits) !== 0n) return false;
  k.hw.arena.write64(at, v | HPTE_V_HVLOCK);
  return true;
}

/** True when hardware or the guest has an entry there. */
export const isPresent = (v: bigint): boolean => (v & (HPTE_V_VALID | HPTE_V_ABSENT)) !== 0n;

// --- the two doublewords, in the old layout

/** Both doublewords. Only R and C of R may change while the lock is held. */
export function readHpte(k: KvmCtx, vm: Vm, index: number): Hpte {
  const at = hpteAddress(vm, index);
  return fromLayout(layoutOf(k.hw), {
    v: k.hw.arena.read64(at),
    r: k.hw.arena.read64(at + 8),
  });
}

/** Stores V; without HVLOCK in `v` this drops the lock (unlock_hpte). */
export function storeV(k: KvmCtx, vm: Vm, index: number, v: bigint): void {
  const at = hpteAddress(vm, index);
  k.hw.arena.write64(at, toLayout(layoutOf(k.hw), { v, r: 0n }).v);
  tell(k, 'hpte_write', NONE, at, Number(v & STATE));
}
const STATE = HPTE_V_HVLOCK | HPTE_V_ABSENT | HPTE_V_VALID;

/** Stores R. From version 3.0 on it holds B, so V is needed. */
export function storeR(k: KvmCtx, vm: Vm, index: number, hpte: Hpte): void {
  k.hw.arena.write64(hpteAddress(vm, index) + 8, toLayout(layoutOf(k.hw), hpte).r);
}

/** unlock_hpte of an entry that stays as it is. */
export function unlockHpte(k: KvmCtx, vm: Vm, index: number): void {
  const at = hpteAddress(vm, index);
  k.hw.arena.write64(at, k.hw.arena.read64(at) & ~HPTE_V_HVLOCK);
}

// --- revmap entry

/** R as the guest wrote it, with the R and C bits that the real entry had when it went away. */
export const guestRpte = (k: KvmCtx, vm: Vm, index: number): bigint =>
  k.hw.arena.read64(revAddress(vm, index));
export function setGuestRpte(k: KvmCtx, vm: Vm, index: number, r: bigint): void {
  k.hw.arena.write64(revAddress(vm, index), r);
}

/** Neighbours in the ring of the HPTEs that map one page; under the lock of its rmap word. */
export interface Links {
  readonly forw: number;
  readonly back: number;
}
export function links(k: KvmCtx, vm: Vm, index: number): Links {
  const at = revAddress(vm, index);
  return { forw: k.hw.arena.read32(at + 8), back: k.hw.arena.read32(at + 12) };
}
export function setLinks(k: KvmCtx, vm: Vm, index: number, to: Partial<Links>): void {
  const at = revAddress(vm, index);
  if (to.forw !== undefined) k.hw.arena.write32(at + 8, to.forw);
  if (to.back !== undefined) k.hw.arena.write32(at + 12, to.back);
}
