// TCE tables in the kernel: which guest pages a virtual I/O bus may reach. One 64-bit entry for each 4 KiB of I/O address,
// as bytes in host real memory; user space maps the same pages, so it may read and reset what the guest put there.
// Source: arch/powerpc/kvm/book3s_64_vio.c.
import { allocPages, freePages, SMALL_PAGE } from '../host/memory.ts';
import { ret, routine } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, lastVm } from './context.ts';
import { EBUSY, EINVAL, ENOMEM } from './errno.ts';
import { H_PARAMETER, H_SUCCESS, H_TOO_HARD } from './hcall.ts';
import { guestReal } from './memslot.ts';
import type { TceTable, Vm } from './records.ts';

/** Bytes of I/O address space for each entry, and its logarithm (IOMMU_PAGE_SIZE_4K). */
export const TCE_PAGE = 4096;
const TCE_SHIFT = 12n;
/** Entries that one H_PUT_TCE_INDIRECT may put: a list of 4 KiB. */
export const MOST_TCES = 512n;
/** Entries in a page of the table. */
const TCES = SMALL_PAGE / 8;
/** What the device may do with the page: TCE_PCI_READ, TCE_PCI_WRITE. */
export const TCE = { READ: 1n, WRITE: 2n } as const;
const ADDRESS = ~(TCE.READ | TCE.WRITE);

/** kvmppc_find_table: by logical I/O bus number. */
export const findTable = (vm: Vm, liobn: bigint): TceTable | undefined =>
  vm.spapr_tce_tables.find((table) => BigInt(table.liobn) === (liobn & 0xffffffffn));

/** kvmppc_ioba_validate: `npages` entries from an aligned I/O address, all inside the window. */
export function iobaValidate({ window_size }: TceTable, ioba: bigint, npages = 1n): boolean {
  if (ioba % BigInt(TCE_PAGE) !== 0n) return false;
  return (ioba >> TCE_SHIFT) + npages <= BigInt(window_size) >> TCE_SHIFT;
}

/**
 * kvmppc_tce_validate, as from 4.5 on (3.6 stored anything): an entry that lets no device in is always good; else it must
 * name a whole page. A page that is no guest memory is too hard: user space may know it.
 */
export function tceValidate(vm: Vm, tce: bigint): number {
  if ((tce & ~ADDRESS) === 0n) return H_SUCCESS;
  const gpa = tce & ADDRESS;
  if (gpa % BigInt(TCE_PAGE) !== 0n) return H_PARAMETER;
  return guestReal(vm, gpa, TCE_PAGE) === NONE ? H_TOO_HARD : H_SUCCESS;
}

/** Real address of the entry for an I/O address of the window. */
export function tceAddress({ pages }: TceTable, ioba: bigint): number {
  const entry = Number(ioba >> TCE_SHIFT);
  return (pages[Math.floor(entry / TCES)] ?? NONE) + 8 * (entry % TCES);
}

/** Zeroed pages for a table with this window, null when there is no room. */
export function allocTable(k: KvmCtx, liobn: number, window_size: number): TceTable | null {
  const pages: number[] = [];
  for (let n = 0; n < Math.ceil(window_size / TCE_PAGE / TCES); n++) {
    const page = allocPages(k.hw, k.host.memory, SMALL_PAGE);
    if (page === NONE) {
      for (const taken of pages) freePages(k.host.memory, taken, SMALL_PAGE);
      return null;
    }
    pages.push(page);
  }
  return { liobn, window_size, pages };
}

export const createSpaprTce = routine<KvmCtx, { liobn: number; window_size: number }>(
  'kvm_vm_ioctl_create_spapr_tce',
  {
    source: 'arch/powerpc/kvm/book3s_64_vio.c',
    mode: 'virtual',
    about: 'KVM_CREATE_SPAPR_TCE: a TCE table in the kernel, which user space maps.',
  },
  [
    [
      'check',
      'a window of whole pages? no table of that LIOBN yet? else -EINVAL, -EBUSY',
      (k, l) => {
        if (l.window_size <= 0 || l.window_size % TCE_PAGE !== 0) return ret(EINVAL);
        return findTable(lastVm(k), BigInt(l.liobn)) ? ret(EBUSY) : undefined;
      },
      12,
    ],
    [
      'list_add',
      'allocate zeroed pages for it, or -ENOMEM; into the list of the VM; its file descriptor',
      (k, l) => {
        const table = allocTable(k, l.liobn, l.window_size);
        if (!table) return ret(ENOMEM);
        const vm = lastVm(k);
        vm.spapr_tce_tables = [...vm.spapr_tce_tables, table];
        return ret(vm.spapr_tce_tables.length - 1);
      },
      60,
    ],
  ],
);
