// TCE hcalls in user space: of a table that the kernel does not have, and what was too hard for it. They write the same
// bytes as the kernel would. Source: QEMU hw/ppc/spapr_iommu.c.
import { tell } from '../host/context.ts';
import { goto, type Routine, ret, routine, type StepDef } from '../host/routine.ts';
import { type VcpuLocals, vcpuOf, vmOf } from '../kvm/context.ts';
import { H_PARAMETER, H_SUCCESS } from '../kvm/hcall.ts';
import { guestReal } from '../kvm/memslot.ts';
import type { TceTable } from '../kvm/records.ts';
import { MOST_TCES, TCE_PAGE, tceAddress } from '../kvm/tce.ts';
import { NONE } from '../state/ids.ts';
import { vmmOf } from './process.ts';
import type { VmmCtx } from './records.ts';

const SOURCE = 'QEMU hw/ppc/spapr_iommu.c';

interface TceLocals extends VcpuLocals {
  i: number;
}

/** liobn, ioba without its offset in the page, and what follows. */
function argsOf(k: VmmCtx, vcpu: number): [bigint, bigint, bigint, bigint] {
  const [liobn = 0n, ioba = 0n, third = 0n, npages = 0n] = vcpuOf(k, vcpu).run.args;
  return [liobn & 0xffffffffn, ioba - (ioba % BigInt(TCE_PAGE)), third, npages];
}

function tableOf(k: VmmCtx, vcpu: number, liobn: bigint): TceTable | null {
  const { tcet } = vmmOf(k, vcpu).vio;
  return tcet && BigInt(tcet.liobn) === liobn ? tcet : null;
}

/** put_tce_emu: an entry of the table, or H_PARAMETER outside its window. */
function putTceEmu(k: VmmCtx, l: TceLocals, tce: bigint): number {
  const [liobn, first] = argsOf(k, l.vcpu);
  const table = tableOf(k, l.vcpu, liobn);
  const ioba = first + BigInt(l.i * TCE_PAGE);
  if (!table || ioba >= BigInt(table.window_size)) return H_PARAMETER;
  k.hw.arena.write64(tceAddress(table, ioba), tce);
  tell(k, 'tce_put', l.vcpu, Number(ioba), Number(tce));
  return H_SUCCESS;
}

const FIND: StepDef<VmmCtx, TceLocals> = [
  'spapr_tce_find_by_liobn',
  'a table of user space has the LIOBN in r4? else H_PARAMETER',
  (k, l) => {
    l.i = 0;
    return tableOf(k, l.vcpu, argsOf(k, l.vcpu)[0]) ? undefined : ret(H_PARAMETER);
  },
  8,
];

/** Ends a loop over entries: with the code of the first that failed, or after the last. */
function next(k: VmmCtx, l: TceLocals, code: number): ReturnType<typeof ret> {
  l.i += 1;
  const more = BigInt(l.i) < argsOf(k, l.vcpu)[3];
  return code === H_SUCCESS && more ? goto('put_tce_emu') : ret(code);
}

const hPutTce = routine<VmmCtx, TceLocals>(
  'h_put_tce',
  { source: SOURCE, mode: 'user', about: 'H_PUT_TCE in user space.' },
  [
    FIND,
    [
      'put_tce_emu',
      'the entry := r6; outside the window: H_PARAMETER',
      (k, l) => ret(putTceEmu(k, l, argsOf(k, l.vcpu)[2])),
      8,
    ],
  ],
);

const hGetTce = routine<VmmCtx, TceLocals>(
  'h_get_tce',
  { source: SOURCE, mode: 'user', about: 'H_GET_TCE in user space.' },
  [
    FIND,
    [
      'get_tce_emu',
      'r4 := the entry; outside the window: H_PARAMETER',
      (k, l) => {
        const [liobn, ioba] = argsOf(k, l.vcpu);
        const table = tableOf(k, l.vcpu, liobn);
        if (!table || ioba >= BigInt(table.window_size)) return ret(H_PARAMETER);
        vcpuOf(k, l.vcpu).gpr[4] = k.hw.arena.read64(tceAddress(table, ioba));
        return ret(H_SUCCESS);
      },
      8,
    ],
  ],
);

const hPutTceIndirect = routine<VmmCtx, TceLocals>(
  'h_put_tce_indirect',
  { source: SOURCE, mode: 'user', about: 'H_PUT_TCE_INDIRECT in user space.' },
  [
    FIND,
    [
      'list',
      'at most 512 entries, the list 4 KiB aligned? else H_PARAMETER; none: H_SUCCESS',
      (k, l) => {
        const [, , list, npages] = argsOf(k, l.vcpu);
        if (npages > MOST_TCES || list % BigInt(TCE_PAGE) !== 0n) return ret(H_PARAMETER);
        return npages === 0n ? ret(H_SUCCESS) : undefined;
      },
      8,
    ],
    [
      'put_tce_emu',
      'the next entry of the list, which reads as ones outside guest memory',
      (k, l) => {
        const at = argsOf(k, l.vcpu)[2] + BigInt(8 * l.i);
        const real = guestReal(vmOf(k, l.vcpu), at, 8);
        const tce = real === NONE ? 2n ** 64n - 1n : k.hw.arena.read64(real);
        return next(k, l, putTceEmu(k, l, tce));
      },
      12,
    ],
  ],
);

const hStuffTce = routine<VmmCtx, TceLocals>(
  'h_stuff_tce',
  { source: SOURCE, mode: 'user', about: 'H_STUFF_TCE in user space.' },
  [
    FIND,
    [
      'npages',
      'more entries than the table has: H_PARAMETER; none: H_SUCCESS',
      (k, l) => {
        const [liobn, , , npages] = argsOf(k, l.vcpu);
        const entries = (tableOf(k, l.vcpu, liobn)?.window_size ?? 0) / TCE_PAGE;
        if (npages > BigInt(entries)) return ret(H_PARAMETER);
        return npages === 0n ? ret(H_SUCCESS) : undefined;
      },
      8,
    ],
    [
      'put_tce_emu',
      'the next entry := r6',
      (k, l) => next(k, l, putTceEmu(k, l, argsOf(k, l.vcpu)[2])),
      8,
    ],
  ],
);

/** The routines of this file. */
export const IOMMU_ROUTINES: readonly Routine<VmmCtx>[] = [
  hPutTce,
  hGetTce,
  hPutTceIndirect,
  hStuffTce,
];

/** spapr_tce_reset: no device reaches anything. */
export function resetTces(k: VmmCtx, vcpu: number): void {
  for (const page of vmmOf(k, vcpu).vio.tcet?.pages ?? []) {
    k.hw.arena.writeBytes(page, new Uint8Array(TCE_PAGE));
  }
}
