// Host memory as a hypervisor needs it: the page allocator, the pool of 16 MB huge pages (hugetlbfs), and contiguous
// areas set aside at boot, before memory is fragmented (kvm_rma_size, kvm_rma_count).
// Source: mm/hugetlb.c; arch/powerpc/kvm/book3s_hv_builtin.c (kvm_rma_init).
import { PAGE } from '../engine/layout.ts';
import type { Hardware } from '../hardware/hardware.ts';
import { count, data, id, make, type RecordOf, record } from '../state/schema.ts';

/** Bytes of a huge page of the host: what guests are given. */
export const HUGE_PAGE = 1 << 24;
/** Host pages are counted in small pages (PAGE_SHIFT). */
export const PAGE_SHIFT = 12;
export const SMALL_PAGE = 1 << PAGE_SHIFT;

/** Boot options of the host's memory. */
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
export interface Area {
  readonly at: number;
  readonly bytes: number;
}

export const HOST_MEMORY = record('host_memory', {
  free: data<Area[]>(
    'alloc_pages, free_pages',
    'what the page allocator can give: areas by address, none next to another',
    () => [],
  ),
  kvm_rma_size: count('boot option', 'bytes of one real mode area'),
  kvm_rma_count: count('boot option', 'real mode areas to be set aside'),
  hugepages: data<number[]>('hugetlb', 'free 16 MB pages, by real address', () => []),
  rmas: data<Rma[]>('kvm_rma_init, KVM_ALLOCATE_RMA', 'the pool of real mode areas', () => []),
  native_tlbie_lock: id(
    'partition switch of the PowerPC 970',
    'thread for which no other may do a tlbie in the partition of the host',
  ),
});
export type HostMemory = RecordOf<typeof HOST_MEMORY>;

/** Memory of which all from `first` to `end` is free. */
export const freshMemory = (first: number, end: number): HostMemory =>
  make(HOST_MEMORY, { free: [{ at: first, bytes: end - first }] });

/** hugetlb_init: 16 MB pages from the top of free memory; throws when they do not fit. */
export function reserveHugePages(memory: HostMemory, hugepages: number): void {
  for (let n = 0; n < hugepages; n++) memory.hugepages.unshift(takeFromTop(memory, HUGE_PAGE));
}

/** A real mode area from the top of free memory, aligned to its own size; throws when there is no room. */
export function reserveRma(memory: HostMemory): void {
  const size = memory.kvm_rma_size;
  memory.rmas.unshift({ base: takeFromTop(memory, size), size, use_count: 0 });
}

/** The highest aligned area of that size. */
function takeFromTop(memory: HostMemory, size: number): number {
  const highest = ({ at, bytes }: Area): number => Math.floor((at + bytes - size) / size) * size;
  const index = memory.free.findLastIndex((area) => highest(area) >= area.at);
  const area = memory.free[index];
  if (!area) throw new Error('takeFromTop: the scenario has too little real memory');
  const base = highest(area);
  carve(memory, index, base, size);
  return base;
}

/** Takes `size` bytes at `base` out of a free area. */
function carve({ free }: HostMemory, index: number, base: number, size: number): void {
  const area = free[index];
  if (!area) throw new Error(`carve: there is no free area ${index}`);
  const end = base + size;
  const rests = [
    { at: area.at, bytes: base - area.at },
    { at: end, bytes: area.at + area.bytes - end },
  ];
  free.splice(index, 1, ...rests.filter(({ bytes }) => bytes > 0));
}

const wholePages = (bytes: number): number => Math.ceil(bytes / SMALL_PAGE) * SMALL_PAGE;
const alignUp = (at: number, align: number): number => Math.ceil(at / align) * align;

/** Contiguous zeroed host memory, the lowest that is free, aligned to `align`; -1 when there is none (-ENOMEM). */
export function allocPages(
  hw: Hardware,
  memory: HostMemory,
  bytes: number,
  align = SMALL_PAGE,
): number {
  const size = wholePages(bytes);
  const index = memory.free.findIndex(
    (area) => alignUp(area.at, align) + size <= area.at + area.bytes,
  );
  const area = memory.free[index];
  if (!area) return -1;
  const at = alignUp(area.at, align);
  carve(memory, index, at, size);
  clearPages(hw, at, size);
  return at;
}

/** Gives back what `allocPages` gave; free neighbours become one area. */
export function freePages(memory: HostMemory, at: number, bytes: number): void {
  const end = at + wholePages(bytes);
  const isBefore = (area: Area): boolean => area.at + area.bytes === at;
  const before = memory.free.find(isBefore);
  const behind = memory.free.find((area) => area.at === end);
  const from = before?.at ?? at;
  const to = end + (behind?.bytes ?? 0);
  const others = memory.free.filter((area) => area !== before && area !== behind);
  const place = others.filter((area) => area.at < from).length;
  memory.free = others.toSpliced(place, 0, { at: from, bytes: to - from });
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
