// Host memory as a hypervisor needs it: the page allocator, the pool of 16 MB huge pages (hugetlbfs), and contiguous
// areas set aside at boot, before memory is fragmented (kvm_rma_size, kvm_rma_count).
// Source: mm/hugetlb.c; arch/powerpc/kvm/book3s_hv_builtin.c (kvm_rma_init).
import { PAGE } from '../engine/layout.ts';
import type { Hardware } from '../hardware/hardware.ts';
import { count, data, type RecordOf, record } from '../state/schema.ts';

/** Bytes of a huge page of the host: what guests are given. */
export const HUGE_PAGE = 1 << 24;
/** Host pages are counted in small pages (PAGE_SHIFT). */
export const PAGE_SHIFT = 12;
export const SMALL_PAGE = 1 << PAGE_SHIFT;

/** Boot options that set memory aside. */
export interface BootParameters {
  /** 16 MB pages in the pool (`hugepages=`). */
  readonly hugepages: number;
  /** Bytes of one real mode area, and how many of them (`kvm_rma_size=`, `kvm_rma_count=`). */
  readonly kvm_rma_size: number;
  readonly kvm_rma_count: number;
}

/** One preallocated real mode area (struct kvmppc_linear_info). */
export interface Rma {
  readonly base: number;
  readonly size: number;
  /** Holders: the file descriptor and the VM that runs on it; 0 = free. */
  use_count: number;
}

/** A run of bytes of host memory. */
interface Area {
  readonly at: number;
  readonly bytes: number;
}

export const HOST_MEMORY = record('host_memory', {
  next_free: count('alloc_pages', 'first byte that was never allocated'),
  memory_end: count('boot', 'end of what the page allocator may give out; the pools lie behind it'),
  freed: data<Area[]>('free_pages', 'areas given back', () => []),
  hugepages: data<number[]>('hugetlb', 'free 16 MB pages, by real address', () => []),
  rmas: data<Rma[]>('kvm_rma_init, KVM_ALLOCATE_RMA', 'the pool of real mode areas', () => []),
});
export type HostMemory = RecordOf<typeof HOST_MEMORY>;

/** Takes the pools from the top of memory, aligned to their own sizes; throws when they do not fit. */
export function reserveMemory(
  memory: HostMemory,
  realBytes: number,
  { hugepages, kvm_rma_size, kvm_rma_count }: BootParameters,
): void {
  const take = (size: number): number => Math.floor(memory.memory_end / size) * size - size;
  memory.memory_end = realBytes;
  for (let n = 0; n < kvm_rma_count; n++) {
    memory.memory_end = take(kvm_rma_size);
    memory.rmas.unshift({ base: memory.memory_end, size: kvm_rma_size, use_count: 0 });
  }
  for (let n = 0; n < hugepages; n++) {
    memory.memory_end = take(HUGE_PAGE);
    memory.hugepages.unshift(memory.memory_end);
  }
  if (memory.memory_end < memory.next_free)
    throw new Error('reserveMemory: the scenario has too little real memory');
}

/** Contiguous zeroed host memory, aligned to `align`; -1 when there is none (-ENOMEM). */
export function allocPages(
  hw: Hardware,
  memory: HostMemory,
  bytes: number,
  align = SMALL_PAGE,
): number {
  const size = Math.ceil(bytes / SMALL_PAGE) * SMALL_PAGE;
  const old = memory.freed.findIndex((area) => area.bytes === size && area.at % align === 0);
  if (old >= 0) {
    const [area] = memory.freed.splice(old, 1);
    const at = area?.at ?? -1;
    clearPages(hw, at, size);
    return at;
  }
  const at = Math.ceil(memory.next_free / align) * align;
  if (at + size > memory.memory_end) return -1;
  memory.next_free = at + size;
  return at;
}

/** Gives back what `allocPages` gave. */
export function freePages(memory: HostMemory, at: number, bytes: number): void {
  memory.freed.push({ at, bytes: Math.ceil(bytes / SMALL_PAGE) * SMALL_PAGE });
}

/** Zeroes whole small pages; those that are zero already are not written, so that they stay clean. */
export function clearPages(hw: Hardware, at: number, bytes: number): void {
  const zeroes = new Uint8Array(SMALL_PAGE);
  for (let page = at; page < at + bytes; page += SMALL_PAGE) {
    const isClear = !isUsed(hw, page) || isZero(hw.arena.readBytes(page, SMALL_PAGE));
    if (!isClear) hw.arena.writeBytes(page, zeroes);
  }
}

/** Most of a huge page was never written: looking at its bytes costs milliseconds. */
function isUsed(hw: Hardware, smallPage: number): boolean {
  for (let page = smallPage; page < smallPage + SMALL_PAGE; page += PAGE) {
    if (hw.arena.isUsed(page)) return true;
  }
  return false;
}

function isZero(bytes: Uint8Array<ArrayBuffer>): boolean {
  const words = new Int32Array(bytes.buffer);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}

/** A zeroed 16 MB page of the pool; -1 when the pool is empty. */
export function allocHugePage(hw: Hardware, memory: HostMemory): number {
  const page = memory.hugepages.shift() ?? -1;
  if (page >= 0) clearPages(hw, page, HUGE_PAGE);
  return page;
}

/** Returns a page to the pool, which stays in the order of addresses. */
export function freeHugePage(memory: HostMemory, page: number): void {
  memory.hugepages.push(page);
  memory.hugepages.sort((a, b) => a - b);
}
