// What must hold of every guest's page table, its reverse map and the TLBs; source: I11 to I13 of the reference, from
// kernel book3s_hv_rm_mmu.c. The table is not searched: the entry that was written last is looked at.

import { TLB_ENTRIES } from '../engine/layout.ts';
import { HPTE_V_ABSENT, HPTE_V_HVLOCK, HPTE_V_VALID } from '../hardware/mmu/hpte.ts';
import { tlbEntry } from '../hardware/mmu/tlb.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { PROTECTION } from '../kvm/hcall-protect.ts';
import {
  guestRpte,
  hpteAddress,
  hptePageSize,
  isPresent,
  links,
  npte,
  readHpte,
} from '../kvm/hpt.ts';
import { gfnToMemslot, hostPage, rmapWord } from '../kvm/memslot.ts';
import type { Vm } from '../kvm/records.ts';
import { gfnOf, HPTE_RC, RMAP } from '../kvm/rmap.ts';
import type { Machine } from '../machine/machine.ts';
import { vmPath } from '../trace/paths.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/** An entry, whose it is, and both doublewords. */
interface Place {
  readonly vm: Vm;
  readonly path: string;
  readonly index: number;
  readonly v: bigint;
  readonly r: bigint;
}

/** The entry that was written last, or null. */
function written(m: M): Place | null {
  const at = m.monitor.hpte;
  for (const [number, vm] of m.k.kvm.vms.entries()) {
    const index = (at - vm.hpt_base) / 16;
    if (index < 0 || index >= npte(vm)) continue;
    return { vm, path: vmPath(number + 1), index, ...readHpte(m.k, vm, index) };
  }
  return null;
}

const broken = ({ path, index }: Place, why: string): Broken => ({
  why: `HPTE ${index} ${why}`,
  where: path,
});

/** Real address of the rmap word of an entry's page, -1 when it is no memory. */
function rmapAt(m: M, { vm, v, index }: Place): number {
  const ptel = guestRpte(m.k, vm, index);
  const gfn = gfnOf(ptel, hptePageSize(m.k, { v, r: ptel }));
  const slot = gfnToMemslot(vm, gfn, true);
  return slot ? rmapWord(slot, gfn) : -1;
}

const isFree = ({ v }: Place): boolean => (v & HPTE_V_HVLOCK) === 0n;

/** I12: hardware is told the host page that belongs to the guest page. */
function hpteBounds(m: M): Broken | null {
  const place = written(m);
  if (!place || (place.v & HPTE_V_VALID) === 0n) return null;
  const { vm, v, r, index } = place;
  const ptel = guestRpte(m.k, vm, index);
  const psize = hptePageSize(m.k, { v, r: ptel });
  const slot = gfnToMemslot(vm, gfnOf(ptel, psize), true);
  if (!slot) return broken(place, 'is valid, but its page is no memory of the guest');
  const real = Number(gfnOf(r, psize)) * 4096;
  const own = slot.pages.some((page) => real >= page && real + psize <= page + HUGE_PAGE);
  if (!own) return broken(place, `maps 0x${real.toString(16)}, which is not the guest's`);
  if (real !== hostPage(slot, gfnOf(ptel, psize))) return broken(place, 'maps another page');
  if (!isFree(place) || ((r ^ ptel) & PROTECTION) === 0n) return null;
  return broken(place, 'has another protection than the guest gave it');
}

/** I12: R and C that hardware has set are known when their entry is gone, to the guest and by the page's rmap word. */
function hpteRc(m: M): Broken | null {
  const place = written(m);
  if (!place || !isFree(place) || isPresent(place.v)) return null;
  if (m.monitor.absent.includes(m.monitor.hpte)) return null;
  const at = rmapAt(m, place);
  const kept = at < 0 ? HPTE_RC : m.hw.arena.read64(at) >> RMAP.RC_SHIFT;
  const lost = place.r & HPTE_RC & ~(guestRpte(m.k, place.vm, place.index) & kept);
  return lost === 0n ? null : broken(place, 'is gone, and R or C that hardware has set with it');
}

/** I11: VALID and ABSENT exclude each other. */
function hpteState(m: M): Broken | null {
  const place = written(m);
  const both = HPTE_V_VALID | HPTE_V_ABSENT;
  if (!place || (place.v & both) !== both) return null;
  return broken(place, 'is VALID and ABSENT at once');
}

/** The ring of a page, or why it is none. */
function ringOf(m: M, vm: Vm, word: bigint): number[] | string {
  const ring: number[] = [];
  if ((word & RMAP.PRESENT) === 0n) return ring;
  const head = Number(word & RMAP.INDEX);
  let next = head;
  do {
    ring.push(next);
    const { forw } = links(m.k, vm, next);
    if (links(m.k, vm, forw).back !== next)
      return `: in its ring ${forw} is behind ${next}, but not ${next} before it`;
    next = forw;
  } while (next !== head && ring.length < npte(vm));
  return ring;
}

/** I11: a valid entry is in the ring of its page, whose links are inverse; an absent one is in none. */
function hpteRing(m: M): Broken | null {
  const place = written(m);
  if (!place || !isFree(place) || !isPresent(place.v)) return null;
  const at = rmapAt(m, place);
  if (at < 0) return null;
  const ring = ringOf(m, place.vm, m.hw.arena.read64(at));
  if (typeof ring === 'string') return broken(place, ring);
  const isIn = ring.includes(place.index);
  if (isIn === ((place.v & HPTE_V_VALID) !== 0n)) return null;
  return broken(place, `is ${isIn ? 'absent, but' : 'valid, but not'} in the ring of its page`);
}

/** Routines that may hold a lock of the page table: hcalls, faults, and who reads the guest's instruction. */
const LOCKING = /^kvmppc_h_|_unmap_rmapp$|_hv_fault$|_hv_page_fault$|_load_last_inst$/;
/** True while one of them is under way. */
const isBusy = (m: M): boolean =>
  m.host.tasks.some(({ stack }) => stack.some(({ routine }) => LOCKING.test(routine)));

/** PowerPC 970: a partition switch on another processor takes kvm.tlbie_lock, too. */
const SWITCHING = ['kvmppc_hv_entry', 'hdec_soon'];
function isSwitching(m: M, t: number): boolean {
  const task = m.host.tasks[m.host.cpus[t]?.curr ?? -1];
  return SWITCHING.includes(task?.stack.at(-1)?.routine ?? '');
}

/** Locks are free while nothing is under way. */
function hpteLocks(m: M): Broken | null {
  const place = written(m);
  if (!place || isBusy(m)) return null;
  const { vm } = place;
  if (!isFree(place)) return broken(place, 'stays locked');
  if (vm.tlbie_lock >= 0 && !isSwitching(m, vm.tlbie_lock))
    return broken(place, `: thread ${vm.tlbie_lock} keeps the tlbie lock`);
  if (vm.srcu !== 0) return broken(place, ': a reader of the memory slots never left');
  const at = rmapAt(m, place);
  const locked = at >= 0 && (m.hw.arena.read64(at) & RMAP.LOCK) !== 0n;
  return locked ? broken(place, ': the rmap word of its page stays locked') : null;
}

/**
 * I13: no translation outlives the hcall that took its entry away. Before POWER9 a tlbiel may be enough: what other
 * threads hold is flushed when the vcpu enters there, so only the own thread is looked at.
 */
function staleTlb(m: M): Broken | null {
  const place = written(m);
  if (!place || isBusy(m)) return null;
  const { vm, index, v, r } = place;
  const { version } = m.spec.model;
  const threads = version === '3.0' ? m.host.cpus.keys() : [m.k.tid];
  const tag = version === '2.02' ? 0 : vm.lpid; // the entries of the PowerPC 970 have none
  for (const t of threads) {
    for (let i = 0; i < TLB_ENTRIES; i++) {
      const entry = tlbEntry(m.hw, t, i);
      if (entry?.hpte !== hpteAddress(vm, index) || entry.lpid !== tag) continue;
      const rc = HPTE_RC | (3n << 58n);
      if ((v & HPTE_V_VALID) !== 0n && (entry.r & ~rc) === (r & ~rc)) continue;
      return broken(place, `has changed, but thread ${t} still translates by what it was`);
    }
  }
  return null;
}

export const HPT_INVARIANTS: readonly Invariant[] = [
  {
    id: 'hpte-bounds',
    what: 'a valid HPTE maps the host page that belongs to its guest page, protected as the guest said',
    reads: ['hpte_write'],
    test: hpteBounds,
  },
  {
    id: 'hpte-rc',
    what: 'R and C of an HPTE that was removed are known to guest and host',
    reads: ['hpte_write'],
    test: hpteRc,
  },
  {
    id: 'hpte-state',
    what: 'no HPTE is VALID and ABSENT at once',
    reads: ['hpte_write'],
    test: hpteState,
  },
  {
    id: 'hpte-ring',
    what: 'a valid HPTE is in the ring of its page, linked both ways, an absent one in none',
    reads: ['hpte_write'],
    test: hpteRing,
  },
  {
    id: 'hpte-locks',
    what: 'while no hcall works on the page table, its locks are free',
    reads: ['kvm_hcall_exit'],
    test: hpteLocks,
  },
  {
    id: 'stale-tlb',
    what: 'no TLB entry outlives the hcall that took its HPTE away',
    reads: ['kvm_hcall_exit'],
    test: staleTlb,
  },
];
