// What POWER8 adds to the registers that entry and exit switch, and how its threads are told apart and rung.
// Source: arch/powerpc/kvm/{book3s_hv_rmhandlers.S, book3s_hv_builtin.c, book3s_hv.c}, Linux 4.4.
import { cpuOf } from '../host/context.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import type { HwThreadId } from '../state/ids.ts';
import type { KvmCtx } from './context.ts';
import { PMCS } from './p7-state.ts';

/** Watchpoint and breakpoint of instructions, in place of DABR. */
export const DEBUG_P8 = ['DAWR0', 'DAWRX0', 'CIABR'] as const;
/** Facilities that POWER7 does not have. */
export const FACILITIES_P8 = [
  ...['IAMR', 'TAR', 'FSCR', 'PSPB', 'WORT', 'TCSCR'],
  ...['EBBHR', 'EBBRR', 'BESCR', 'TFHAR', 'TFIAR', 'TEXASR'],
] as const;
/** The performance monitor. MMCR0 last: it lets the counters go. */
export const PMU_P8 = [...PMCS, 'SIER', 'MMCR1', 'MMCR2', 'MMCRA', 'MMCR0'] as const;

/** In vcore.entry_exit_map: the bits of a thread that has entered, and of one that has begun to leave. */
export const entryBit = (ptid: number): number => 1 << ptid;
export const exitBit = (ptid: number): number => 0x100 << ptid;

/**
 * kvm_hstate.host_ipi: the host wants this thread. MODEL: it is set while a message of the muxed IPI waits, from a moment
 * before the IPI is sent on.
 */
export const hostIpi = (k: KvmCtx): boolean => cpuOf(k).ipi_messages !== 0;

/** kvmhv_rm_send_ipi, kvmppc_ipi_thread: msgsnd reaches the threads of this core only; others get an IPI by XICS. */
export function ipiThread(k: KvmCtx, thread: HwThreadId): void {
  if (k.hw.coreOf(k.tid).includes(thread)) k.hw.msgsnd(k.tid, thread);
  else xicsWakeCpu(k, thread);
}
