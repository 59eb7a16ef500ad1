// What a host does with its memory before a VM is made: pools are set aside at boot, then its other work takes and frees
// pages. Source: init/main.c (kernel_init), mm/hugetlb.c (hugetlb_init), mm/page_alloc.c.
//
// Much of what a kernel allocates stays: page tables, inodes, slab pages. It lies wherever there was room, so that after
// a while there is plenty of free memory but no large piece of it.
import type { HostCtx } from './context.ts';
import { allocPages, type BootParameters, freePages, reserveHugePages } from './memory.ts';
import { call, goto, ret, routine } from './routine.ts';

/** Bytes that the work takes at a time. MODEL: they stand for many small allocations next to each other. */
const PIECE = 1 << 21;
/** Of so many pieces one is long-lived. */
const LONG_LIVED = 4;

export const kernelInit = routine<HostCtx, BootParameters>(
  'kernel_init',
  {
    source: 'init/main.c',
    mode: 'virtual',
    about: 'The first process: pools of memory, then the other work of the host, then user space.',
  },
  [
    ['parse_args', 'boot options: hugepages=, kvm_rma_size=, kvm_rma_count=', () => undefined, 20],
    [
      'kvm_rma_init',
      'early, while memory is in one piece: real mode areas for guests',
      () => call('kvm_rma_init'),
      20,
    ],
    [
      'hugetlb_init',
      'hugepages=: 16 MB pages for guests, into the pool',
      (k, l) => reserveHugePages(k.host.memory, l.hugepages),
      20,
    ],
    ['uptime', 'the host is up and does other work for a while', () => call('host_workload'), 20],
    ['run_init_process', 'user space: QEMU is started', () => ret(), 20],
  ],
);

export const hostWorkload = routine<HostCtx, { pieces: number[]; next: number }>(
  'host_workload',
  {
    source: 'mm/page_alloc.c; MODEL: stands for any work',
    mode: 'virtual',
    about: 'Fills memory and frees most of it again: what stays is spread all over.',
  },
  [
    [
      'alloc_pages',
      'alloc_pages: the next piece of memory, until there is no more',
      (k, l) => {
        const at = allocPages(k.hw, k.host.memory, PIECE, PIECE);
        l.pieces = [...(l.pieces ?? []), at].filter((piece) => piece >= 0);
        l.next = 0;
        return at < 0 ? undefined : goto('alloc_pages');
      },
      40,
    ],
    [
      'free_pages',
      'free_pages: three pieces of four are given back, one is long-lived',
      (k, l) => {
        const piece = l.pieces[l.next];
        if (piece === undefined) return ret();
        if (l.next % LONG_LIVED !== 0) freePages(k.host.memory, piece, PIECE);
        l.next += 1;
        return goto('free_pages');
      },
      20,
    ],
  ],
);
