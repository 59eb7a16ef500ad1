// KVM_SET_USER_MEMORY_REGION: a memory slot comes, or goes and every entry that maps it becomes absent.
// Source: virt/kvm/kvm_main.c (__kvm_set_memory_region), arch/powerpc/kvm/book3s_hv.c and book3s_64_mmu_hv.c.
import {
  allocHugePage,
  allocPages,
  freeHugePage,
  freePages,
  HUGE_PAGE,
  SMALL_PAGE,
} from '../host/memory.ts';
import { call, goto, ret, routine, spin } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, lastVm } from './context.ts';
import { EEXIST, EINVAL, ENOMEM } from './errno.ts';
import { RMAP_WORD, rmapWord } from './memslot.ts';
import type { Memslot, Vm } from './records.ts';
import { RMAP } from './rmap.ts';

interface Region {
  slot: number;
  guest_phys_addr: number;
  memory_size: number;
  /** Number of the RMA that user space has mapped there, or -1: huge pages. */
  rma: number;
}

/** 0, or why the region cannot become a slot. */
function checkRegion(vm: Vm, { slot, guest_phys_addr, memory_size }: Region): number {
  const aligned = guest_phys_addr % HUGE_PAGE === 0 && memory_size % HUGE_PAGE === 0;
  if (!aligned || guest_phys_addr < 0 || memory_size <= 0) return EINVAL;
  if (!Number.isSafeInteger(guest_phys_addr + memory_size)) return EINVAL;
  if (vm.memslots.some(({ id }) => id === slot)) return EINVAL;
  const [from, to] = [guest_phys_addr / SMALL_PAGE, (guest_phys_addr + memory_size) / SMALL_PAGE];
  const overlaps = vm.memslots.some(
    ({ base_gfn, npages }) => from < base_gfn + npages && base_gfn < to,
  );
  return overlaps ? EEXIST : 0;
}

/** The host pages that user space has mapped there: of an RMA from its start, then of the pool; null: none left. */
function pinPages(k: KvmCtx, { memory_size, rma }: Region): number[] | null {
  const { memory } = k.host;
  const area = memory.rmas[rma];
  const pages: number[] = [];
  for (let at = 0; at < memory_size; at += HUGE_PAGE) {
    const page = area && at < area.size ? area.base + at : allocHugePage(k.hw, memory);
    if (page === NONE) {
      for (const taken of pages) returnPage(k, taken);
      return null;
    }
    pages.push(page);
  }
  return pages;
}

const ofRma = (k: KvmCtx, page: number): boolean =>
  k.host.memory.rmas.some(({ base, size }) => page >= base && page < base + size);

function returnPage(k: KvmCtx, page: number): void {
  if (!ofRma(k, page)) freeHugePage(k.host.memory, page);
}

export const setMemoryRegion = routine<KvmCtx, Region & { ret: number; old: Memslot; gfn: number }>(
  'kvmppc_core_prepare_memory_region_hv',
  {
    source: 'virt/kvm/kvm_main.c, arch/powerpc/kvm/book3s_hv.c, book3s_64_mmu_hv.c',
    mode: 'virtual',
    about: 'KVM_SET_USER_MEMORY_REGION: guest memory in 16 MB host pages; size 0 takes it away.',
  },
  [
    [
      'slot',
      'under slots_lock: 16 MB aligned and free? its host pages, a zeroed reverse map, into the list',
      (k, l) => {
        const vm = lastVm(k);
        if (l.memory_size === 0) return goto('delete');
        const refused = checkRegion(vm, l);
        if (refused !== 0) return ret(refused);
        const pages = pinPages(k, l);
        if (!pages) return ret(ENOMEM);
        const npages = l.memory_size / SMALL_PAGE;
        const rmap = allocPages(k.hw, k.host.memory, npages * RMAP_WORD);
        if (rmap === NONE) {
          for (const page of pages) returnPage(k, page);
          return ret(ENOMEM);
        }
        const base_gfn = l.guest_phys_addr / SMALL_PAGE;
        vm.memslots = [
          ...vm.memslots,
          { id: l.slot, base_gfn, npages, pages, rmap, rma: l.rma, slot_phys: [], invalid: 0 },
        ];
        return ret();
      },
      100,
    ],
    [
      'delete',
      'memory_size 0: KVM_MEMSLOT_INVALID, so that new H_ENTERs find no memory there',
      (k, l) => {
        const vm = lastVm(k);
        const old = vm.memslots.find(({ id }) => id === l.slot);
        if (!old) return ret(EINVAL);
        l.old = { ...old, invalid: 1 };
        l.gfn = old.base_gfn;
        vm.memslots = vm.memslots.map((slot) => (slot === old ? l.old : slot));
        return undefined;
      },
      40,
    ],
    [
      'synchronize_srcu',
      'wait until nobody who looked the slot up before still uses it',
      (k) =>
        lastVm(k).srcu > 0 ? spin('waiting for hcalls that still use the memory slot') : undefined,
      20,
    ],
    [
      'flush_memslot',
      'kvmppc_core_flush_memslot: the next guest page that an HPTE maps',
      (k, l) => {
        const end = l.old.base_gfn + l.old.npages;
        const mapped = (gfn: number): boolean =>
          (k.hw.arena.read64(rmapWord(l.old, BigInt(gfn))) & (RMAP.PRESENT | RMAP.LOCK)) !== 0n;
        while (l.gfn < end && !mapped(l.gfn)) l.gfn += 1;
        return l.gfn < end ? undefined : goto('free');
      },
      20,
    ],
    [
      'unmap',
      'kvm_unmap_rmapp: its entries become absent',
      (k, l) => {
        const vm = k.kvm.vms.length - 1;
        l.gfn += 1;
        return call('kvm_unmap_rmapp', { vm, at: rmapWord(l.old, BigInt(l.gfn - 1)) });
      },
      8,
    ],
    ['next', 'and the next page', () => goto('flush_memslot'), 2],
    [
      'free',
      'out of the list; free the reverse map; the pages go back to the pool',
      (k, l) => {
        const vm = lastVm(k);
        vm.memslots = vm.memslots.filter(({ id }) => id !== l.old.id);
        freePages(k.host.memory, l.old.rmap, l.old.npages * RMAP_WORD);
        for (const page of l.old.pages) returnPage(k, page);
        return ret();
      },
      40,
    ],
  ],
);
