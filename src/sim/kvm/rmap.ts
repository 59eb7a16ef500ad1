// The reverse map: for each guest page the ring of all HPTEs that map it, and what was seen of its R and C.
// Source: arch/powerpc/kvm/book3s_hv_rm_mmu.c (kvmppc_add_revmap_chain, remove_revmap_chain), book3s_64_mmu_hv.c
// (kvm_unmap_rmapp). A word per small page lies beside the memory slot; the ring goes through the revmap entries.
// Order of locks: HPTE first, then the rmap word; who holds an rmap word may only try for an HPTE.
import {
  compute_tlbie_rb,
  HPTE_R_C,
  HPTE_R_R,
  HPTE_R_RPN,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_VALID,
  type Hpte,
} from '../hardware/mmu/hpte.ts';
import { PAGE_SHIFT } from '../host/memory.ts';
import { call, goto, ret, routine, spin } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, vmAt } from './context.ts';
import {
  guestRpte,
  hptePageSize,
  links,
  readHpte,
  setGuestRpte,
  setLinks,
  storeR,
  storeV,
  tryLockHpte,
  unlockHpte,
} from './hpt.ts';
import { gfnToMemslot, rmapWord } from './memslot.ts';
import type { Vm } from './records.ts';

/** KVMPPC_RMAP_*: R and C of entries that are gone are kept `RC_SHIFT` higher than in an HPTE. */
export const RMAP = {
  LOCK: 1n << 63n,
  REFERENCED: HPTE_R_R << 32n,
  CHANGED: HPTE_R_C << 32n,
  RC_SHIFT: 32n,
  PRESENT: 1n << 32n,
  INDEX: 0xffffffffn,
} as const;

export const HPTE_RC = HPTE_R_R | HPTE_R_C;

/** Guest page number that an entry's guest_rpte names, for a page of `psize` bytes. */
export const gfnOf = (ptel: bigint, psize: number): bigint =>
  (ptel & HPTE_R_RPN & ~(BigInt(psize) - 1n)) >> BigInt(PAGE_SHIFT);

/** revmap_for_hpte: real address of the rmap word of the page that an entry maps, -1 when it is not memory. */
export function rmapOfHpte(k: KvmCtx, vm: Vm, v: bigint, ptel: bigint): number {
  const gfn = gfnOf(ptel, hptePageSize(k, { v, r: ptel }));
  const slot = gfnToMemslot(vm, gfn, true);
  return slot ? rmapWord(slot, gfn) : NONE;
}

/** lock_rmap, one attempt. */
export function tryLockRmap(k: KvmCtx, at: number): boolean {
  const word = k.hw.arena.read64(at);
  if ((word & RMAP.LOCK) !== 0n) return false;
  k.hw.arena.write64(at, word | RMAP.LOCK);
  return true;
}

/** unlock_rmap, with some bits remembered. */
export function unlockRmap(k: KvmCtx, at: number, remember = 0n): void {
  k.hw.arena.write64(at, (k.hw.arena.read64(at) | remember) & ~RMAP.LOCK);
}

/** kvmppc_add_revmap_chain: `index` becomes the last of the ring; the rmap word is locked and stays so. */
export function addRevmapChain(k: KvmCtx, vm: Vm, index: number, at: number): void {
  const word = k.hw.arena.read64(at);
  if ((word & RMAP.PRESENT) === 0n) {
    setLinks(k, vm, index, { forw: index, back: index });
    k.hw.arena.write64(at, (word & ~RMAP.INDEX) | RMAP.PRESENT | BigInt(index));
    return;
  }
  const head = Number(word & RMAP.INDEX);
  const { back } = links(k, vm, head);
  setLinks(k, vm, index, { forw: head, back });
  setLinks(k, vm, back, { forw: index });
  setLinks(k, vm, head, { back: index });
}

/** The ring without `index`; the rmap word is locked and stays so. */
export function detach(k: KvmCtx, vm: Vm, index: number, at: number): void {
  const { forw, back } = links(k, vm, index);
  const word = k.hw.arena.read64(at);
  if (forw === index) {
    k.hw.arena.write64(at, word & ~(RMAP.PRESENT | RMAP.INDEX));
    return;
  }
  setLinks(k, vm, back, { forw });
  setLinks(k, vm, forw, { back });
  if (Number(word & RMAP.INDEX) === index)
    k.hw.arena.write64(at, (word & ~RMAP.INDEX) | BigInt(forw));
}

/** remove_revmap_chain under the rmap lock: out of the ring; R and C of the dead entry are kept in both places. */
export function removeRevmapChain(k: KvmCtx, vm: Vm, index: number, at: number, r: bigint): void {
  detach(k, vm, index, at);
  setGuestRpte(k, vm, index, guestRpte(k, vm, index) | (r & HPTE_RC));
  const word = k.hw.arena.read64(at);
  k.hw.arena.write64(at, word | ((r & HPTE_RC) << RMAP.RC_SHIFT));
}

/** kvmppc_map_vrma's H_ENTER with H_EXACT, before any vcpu runs: the guest's view of the entry, its ring, itself. */
export function enterBolted(k: KvmCtx, vm: Vm, index: number, guest: Hpte, pa: bigint): void {
  setGuestRpte(k, vm, index, guest.r);
  addRevmapChain(k, vm, index, rmapOfHpte(k, vm, guest.v, guest.r));
  storeR(k, vm, index, { v: guest.v, r: (guest.r & ~HPTE_R_RPN) | pa });
  storeV(k, vm, index, guest.v);
}

interface UnmapLocals {
  vm: number;
  /** Real address of the rmap word. */
  at: number;
  gfn: number;
  index: number;
}

export const unmapRmapp = routine<KvmCtx, UnmapLocals>(
  'kvm_unmap_rmapp',
  {
    source: 'arch/powerpc/kvm/book3s_64_mmu_hv.c',
    mode: 'virtual',
    about: 'The host takes a guest page away: every entry that maps it becomes absent.',
  },
  [
    [
      'lock_rmap',
      'lock_rmap',
      (k, l) =>
        tryLockRmap(k, l.at) ? undefined : spin('waiting for the lock of a reverse-map word'),
      8,
    ],
    [
      'head',
      'no entry maps the page? unlock_rmap and done',
      (k, l) => {
        const word = k.hw.arena.read64(l.at);
        l.index = Number(word & RMAP.INDEX);
        if ((word & RMAP.PRESENT) !== 0n) return undefined;
        unlockRmap(k, l.at);
        return ret();
      },
      6,
    ],
    [
      'try_lock_hpte',
      'try_lock_hpte of the first entry: whoever holds it may wait for the rmap word',
      (k, l) => (tryLockHpte(k, vmAt(k, l.vm), l.index) ? goto('detach') : undefined),
      8,
    ],
    ['unlock_rmap', 'it is held: unlock_rmap', (k, l) => unlockRmap(k, l.at), 6],
    [
      'wait',
      'and wait until it is free',
      (k, l) =>
        (readHpte(k, vmAt(k, l.vm), l.index).v & HPTE_V_HVLOCK) !== 0n
          ? spin(`waiting for the lock of HPTE ${l.index}`)
          : goto('lock_rmap'),
      8,
    ],
    [
      'detach',
      'take the entry out of the ring',
      (k, l) => detach(k, vmAt(k, l.vm), l.index, l.at),
      8,
    ],
    [
      'absent',
      'valid, and still for this page? ABSENT := 1, VALID := 0',
      (k, l) => {
        const vm = vmAt(k, l.vm);
        const { v } = readHpte(k, vm, l.index);
        const same = rmapOfHpte(k, vm, v, guestRpte(k, vm, l.index)) === l.at;
        if ((v & HPTE_V_VALID) === 0n || !same) return goto('unlock');
        storeV(k, vm, l.index, (v | HPTE_V_ABSENT) & ~HPTE_V_VALID);
        return undefined;
      },
      8,
    ],
    [
      'tlbie',
      'do_tlbies: no thread may use it any longer',
      (k, l) => {
        const { v, r } = readHpte(k, vmAt(k, l.vm), l.index);
        return call('do_tlbies', { vm: l.vm, rb: [compute_tlbie_rb(v, r, l.index)], local: 0 });
      },
      8,
    ],
    [
      'harvest',
      'R and C, which no longer change, into the rmap word and guest_rpte',
      (k, l) => {
        const vm = vmAt(k, l.vm);
        const rc = readHpte(k, vm, l.index).r & HPTE_RC;
        setGuestRpte(k, vm, l.index, guestRpte(k, vm, l.index) | rc);
        k.hw.arena.write64(l.at, k.hw.arena.read64(l.at) | (rc << RMAP.RC_SHIFT));
      },
      8,
    ],
    ['unlock', 'unlock_rmap', (k, l) => unlockRmap(k, l.at), 6],
    ['unlock_hpte', '__unlock_hpte', (k, l) => unlockHpte(k, vmAt(k, l.vm), l.index), 6],
    ['next', 'and the next entry', () => goto('lock_rmap'), 2],
  ],
);
