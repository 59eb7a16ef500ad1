// Which routine answers which hcall: in real mode on the way out of the guest, or in the kernel.
// Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S (hcall_real_table), book3s_hv.c (kvmppc_pseries_do_hcall).
import type { Mode, Routine } from '../host/routine.ts';
import type { KvmCtx } from './context.ts';
import { HCALL } from './hcall.ts';
import { hBulkRemove } from './hcall-bulk.ts';
import { hSetDabr } from './hcall-dabr.ts';
import { hEnter } from './hcall-enter.ts';
import { hProtect } from './hcall-protect.ts';
import { hClearMod, hClearRef, hRead } from './hcall-read.ts';
import { hRemove } from './hcall-remove.ts';
import { tceRoutines } from './hcall-tce.ts';

/** Hcalls on the hashed page table; each routine takes { vcpu }, its arguments in vcpu.gpr[4..], and returns r3. */
export const HPT_HCALLS: Readonly<Record<number, string>> = {
  [HCALL.H_REMOVE]: 'kvmppc_h_remove',
  [HCALL.H_ENTER]: 'kvmppc_h_enter',
  [HCALL.H_READ]: 'kvmppc_h_read',
  [HCALL.H_CLEAR_MOD]: 'kvmppc_h_clear_mod',
  [HCALL.H_CLEAR_REF]: 'kvmppc_h_clear_ref',
  [HCALL.H_PROTECT]: 'kvmppc_h_protect',
  [HCALL.H_BULK_REMOVE]: 'kvmppc_h_bulk_remove',
};

/** Hcalls on TCE tables. */
const TCE_HCALLS: Readonly<Record<number, string>> = {
  [HCALL.H_GET_TCE]: 'kvmppc_h_get_tce',
  [HCALL.H_PUT_TCE]: 'kvmppc_h_put_tce',
  [HCALL.H_STUFF_TCE]: 'kvmppc_h_stuff_tce',
  [HCALL.H_PUT_TCE_INDIRECT]: 'kvmppc_h_put_tce_indirect',
};

/** Those that the kernel answers by a routine. */
export const KERNEL_HCALLS: Readonly<Record<number, string>> = { ...HPT_HCALLS, ...TCE_HCALLS };

/** Those of real mode: H_SET_DABR writes the register that the guest runs with. */
export const REAL_HCALLS: Readonly<Record<number, string>> = {
  ...KERNEL_HCALLS,
  [HCALL.H_SET_DABR]: 'kvmppc_h_set_dabr',
};

/** The routines of HPT_HCALLS. */
export const hptRoutines = (mode: Mode): Routine<KvmCtx>[] =>
  [hEnter, hRemove, hRead, hProtect, hBulkRemove, hClearRef, hClearMod].map((make) => make(mode));

/** The routines of REAL_HCALLS, or without H_SET_DABR of KERNEL_HCALLS, for one mode. */
export const hcallRoutines = (mode: Mode): Routine<KvmCtx>[] => [
  ...hptRoutines(mode),
  ...tceRoutines(mode),
  ...(mode === 'real' ? [hSetDabr(mode)] : []),
];
