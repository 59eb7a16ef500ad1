// Memory slots: which guest addresses are memory, and the host pages behind them.
// Source: virt/kvm/kvm_main.c (__kvm_set_memory_region), arch/powerpc/kvm/book3s_hv.c and book3s_64_mmu_hv.c.
// A slot is readable without a lock; whoever uses one across steps is an SRCU reader (vm.srcu), and a slot that was
// taken out of the list is freed only when the readers have gone.
import { HUGE_PAGE, PAGE_SHIFT, SMALL_PAGE } from '../host/memory.ts';
import { NONE } from '../state/ids.ts';
import type { KvmCtx } from './context.ts';
import type { Memslot, Vm } from './records.ts';

const GFN_SHIFT = BigInt(PAGE_SHIFT);
const SMALL_PAGES = HUGE_PAGE / SMALL_PAGE;
/** Bytes of one reverse-map word. */
export const RMAP_WORD = 8;
/** Guest real addresses have no bits above these. */
const GPA_MASK = 0x0fffffffffffffffn;

/**
 * gfn_to_memslot: the slot that holds a guest page number, or null: then it is not memory. `even_invalid` also finds one
 * that is being taken away, for entries that still map it.
 */
export function gfnToMemslot(vm: Vm, gfn: bigint, even_invalid = false): Memslot | null {
  const holds = ({ base_gfn, npages }: Memslot): boolean =>
    gfn >= BigInt(base_gfn) && gfn < BigInt(base_gfn + npages);
  const slot = vm.memslots.find(holds);
  return slot && (even_invalid || !slot.invalid) ? slot : null;
}

/** Real address of a small page of a slot. */
export function hostPage(slot: Memslot, gfn: bigint): number {
  const offset = Number(gfn) - slot.base_gfn;
  return (
    (slot.pages[Math.floor(offset / SMALL_PAGES)] ?? NONE) + (offset % SMALL_PAGES) * SMALL_PAGE
  );
}

/** Real address of the reverse-map word of a small page of a slot. */
export function rmapWord(slot: Memslot, gfn: bigint): number {
  return slot.rmap + (Number(gfn) - slot.base_gfn) * RMAP_WORD;
}

/** Real address of `length` bytes at a guest real address, or -1 where they are not contiguous memory. */
export function guestReal(vm: Vm, gpa: bigint, length: number): number {
  const at = gpa & GPA_MASK;
  const slot = gfnToMemslot(vm, at >> GFN_SHIFT);
  if (!slot) return NONE;
  const real = hostPage(slot, at >> GFN_SHIFT) + Number(at & 0xfffn);
  const here = HUGE_PAGE - (real % HUGE_PAGE);
  if (length <= here) return real;
  const rest = guestReal(vm, at + BigInt(here), length - here);
  return rest === real + here ? real : NONE;
}

/** Copies bytes to guest memory; what lies outside is dropped. */
export function writeGuest(k: KvmCtx, vm: Vm, gpa: bigint, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const at = gpa + BigInt(done);
    const room = Math.min(bytes.length - done, HUGE_PAGE - Number(at % BigInt(HUGE_PAGE)));
    const real = guestReal(vm, at, room);
    if (real !== NONE) k.hw.arena.writeBytes(real, bytes.subarray(done, done + room));
    done += room;
  }
}
