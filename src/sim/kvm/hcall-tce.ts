// Hcalls on TCE tables, in real mode or in the kernel; what no table of the kernel has is user space's.
// Source: arch/powerpc/kvm/book3s_64_vio_hv.c, book3s_64_vio.c.
import { tell } from '../host/context.ts';
import { goto, type Mode, type Routine, ret, routine, type StepDef } from '../host/routine.ts';
import { NONE } from '../state/ids.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from './context.ts';
import { H_PARAMETER, H_SUCCESS, H_TOO_HARD } from './hcall.ts';
import { guestReal } from './memslot.ts';
import type { TceTable } from './records.ts';
import {
  findTable,
  iobaValidate,
  MOST_TCES,
  TCE,
  TCE_PAGE,
  tceAddress,
  tceValidate,
} from './tce.ts';

const SOURCE = 'arch/powerpc/kvm/book3s_64_vio_hv.c, book3s_64_vio.c';

interface TceLocals extends VcpuLocals {
  /** Entries done, of those that are asked for. */
  i: number;
  /** Real address of the guest's list. */
  list: number;
  code: number;
}
type TceStep = StepDef<KvmCtx, TceLocals>;

/** r4 to r7. */
const argsOf = (k: KvmCtx, vcpu: number): [bigint, bigint, bigint, bigint] => {
  const { gpr } = vcpuOf(k, vcpu);
  return [gpr[4] ?? 0n, gpr[5] ?? 0n, gpr[6] ?? 0n, gpr[7] ?? 0n];
};

function tableOf(k: KvmCtx, vcpu: number): TceTable {
  const table = findTable(vmOf(k, vcpu), argsOf(k, vcpu)[0]);
  if (!table) throw new Error('tableOf: a TCE table went away while its VM runs');
  return table;
}

/** I/O address of entry `i` of a request. */
const iobaOf = (k: KvmCtx, l: TceLocals): bigint => argsOf(k, l.vcpu)[1] + BigInt(l.i * TCE_PAGE);

function put(k: KvmCtx, l: TceLocals, tce: bigint): void {
  const ioba = iobaOf(k, l);
  k.hw.arena.write64(tceAddress(tableOf(k, l.vcpu), ioba), tce);
  tell(k, 'tce_put', l.vcpu, Number(ioba), Number(tce));
}

const FIND: TceStep = [
  'find_table',
  'kvmppc_find_table: the table with the LIOBN in r4; none in the kernel: H_TOO_HARD',
  (k, l) => {
    l.i = 0;
    return findTable(vmOf(k, l.vcpu), argsOf(k, l.vcpu)[0]) ? undefined : ret(H_TOO_HARD);
  },
  6,
];

const IOBA: TceStep = [
  'ioba_validate',
  'kvmppc_ioba_validate: r5 names a page of the window, else H_PARAMETER',
  (k, l) => {
    const inside = iobaValidate(tableOf(k, l.vcpu), argsOf(k, l.vcpu)[1]);
    return inside ? undefined : ret(H_PARAMETER);
  },
  6,
];

/** The same for all of the r7 pages from r5 on. */
const IOBA_RANGE: TceStep = [
  'ioba_validate',
  'kvmppc_ioba_validate: all r7 pages from r5 on are of the window, else H_PARAMETER; none: nothing to do',
  (k, l) => {
    const [, ioba, , npages] = argsOf(k, l.vcpu);
    if (!iobaValidate(tableOf(k, l.vcpu), ioba, npages)) return ret(H_PARAMETER);
    return npages === 0n ? ret(H_SUCCESS) : undefined;
  },
  6,
];

/** True while entries of the request are left after this one. */
const more = (k: KvmCtx, l: TceLocals): boolean => BigInt(l.i) < argsOf(k, l.vcpu)[3];

const hPutTce = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, TceLocals>(
    'kvmppc_h_put_tce',
    { source: SOURCE, mode, about: 'H_PUT_TCE(liobn, ioba, tce): one entry of a TCE table.' },
    [
      FIND,
      IOBA,
      [
        'tce_validate',
        'kvmppc_tce_validate: no access, or a page of guest memory',
        (k, l) => {
          const code = tceValidate(vmOf(k, l.vcpu), argsOf(k, l.vcpu)[2]);
          return code === H_SUCCESS ? undefined : ret(code);
        },
        8,
      ],
      [
        'tce_put',
        'kvmppc_tce_put: the entry := r6; H_SUCCESS',
        (k, l) => {
          put(k, l, argsOf(k, l.vcpu)[2]);
          return ret(H_SUCCESS);
        },
        6,
      ],
    ],
  );

const hGetTce = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, TceLocals>(
    'kvmppc_h_get_tce',
    { source: SOURCE, mode, about: 'H_GET_TCE(liobn, ioba): an entry of a TCE table.' },
    [
      FIND,
      IOBA,
      [
        'tce_get',
        'r4 := the entry; H_SUCCESS',
        (k, l) => {
          const at = tceAddress(tableOf(k, l.vcpu), iobaOf(k, l));
          vcpuOf(k, l.vcpu).gpr[4] = k.hw.arena.read64(at);
          return ret(H_SUCCESS);
        },
        6,
      ],
    ],
  );

/** Entry `i` of the guest's list, which the guest may change at any time. */
const listed = (k: KvmCtx, l: TceLocals): bigint => k.hw.arena.read64(l.list + 8 * l.i);

const hPutTceIndirect = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, TceLocals>(
    'kvmppc_h_put_tce_indirect',
    {
      source: SOURCE,
      mode,
      about: 'H_PUT_TCE_INDIRECT(liobn, ioba, list, npages): entries from a page of the guest.',
    },
    [
      FIND,
      [
        'list',
        'at most 512 entries, the list 4 KiB aligned? else H_PARAMETER',
        (k, l) => {
          const [, , list, npages] = argsOf(k, l.vcpu);
          const good = npages <= MOST_TCES && list % BigInt(TCE_PAGE) === 0n;
          return good ? undefined : ret(H_PARAMETER);
        },
        6,
      ],
      IOBA_RANGE,
      [
        'srcu_read_lock',
        'srcu_read_lock; the list as the host reaches it; no guest memory: H_TOO_HARD',
        (k, l) => {
          const vm = vmOf(k, l.vcpu);
          vm.srcu += 1;
          l.list = guestReal(vm, argsOf(k, l.vcpu)[2], TCE_PAGE);
          l.code = H_TOO_HARD;
          return l.list === NONE ? goto('srcu_read_unlock') : undefined;
        },
        12,
      ],
      [
        'tce_validate',
        'kvmppc_tce_validate of the next entry of the list: all are looked at before one is stored',
        (k, l) => {
          l.code = tceValidate(vmOf(k, l.vcpu), listed(k, l));
          if (l.code !== H_SUCCESS) return goto('srcu_read_unlock');
          l.i += 1;
          if (more(k, l)) return goto('tce_validate');
          l.i = 0;
          return undefined;
        },
        8,
      ],
      [
        'tce_put',
        'the entry is read again and checked again, as the guest may have changed it; stored',
        (k, l) => {
          const tce = listed(k, l);
          if (tceValidate(vmOf(k, l.vcpu), tce) === H_SUCCESS) put(k, l, tce);
          else l.code = H_PARAMETER;
          l.i += 1;
          return l.code === H_SUCCESS && more(k, l) ? goto('tce_put') : undefined;
        },
        10,
      ],
      [
        'srcu_read_unlock',
        'srcu_read_unlock; H_SUCCESS, or why not',
        (k, l) => {
          vmOf(k, l.vcpu).srcu -= 1;
          return ret(l.code);
        },
        4,
      ],
    ],
  );

const hStuffTce = (mode: Mode): Routine<KvmCtx> =>
  routine<KvmCtx, TceLocals>(
    'kvmppc_h_stuff_tce',
    {
      source: SOURCE,
      mode,
      about: 'H_STUFF_TCE(liobn, ioba, value, npages): takes entries out, with one value for all.',
    },
    [
      FIND,
      IOBA_RANGE,
      [
        'tce_value',
        'the value lets a device in? H_PARAMETER: only entries that are out may be poisoned',
        (k, l) =>
          (argsOf(k, l.vcpu)[2] & (TCE.READ | TCE.WRITE)) === 0n ? undefined : ret(H_PARAMETER),
        4,
      ],
      [
        'tce_put',
        'kvmppc_tce_put of the next entry; H_SUCCESS after the last',
        (k, l) => {
          put(k, l, argsOf(k, l.vcpu)[2]);
          l.i += 1;
          return more(k, l) ? goto('tce_put') : ret(H_SUCCESS);
        },
        6,
      ],
    ],
  );

/** The hcalls of this file for one mode. */
export const tceRoutines = (mode: Mode): Routine<KvmCtx>[] =>
  [hPutTce, hGetTce, hPutTceIndirect, hStuffTce].map((make) => make(mode));
