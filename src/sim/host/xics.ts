// The host's use of XICS, until POWER8: each hardware thread is a server. A thread rings another by writing its MFRR;
// it learns why its external interrupt came by reading its own XIRR, and ends the interrupt by writing XIRR back.
// Source: arch/powerpc/sysdev/xics/{icp-native.c, xics-common.c}, arch/powerpc/kernel/{irq.c, smp.c}.
import { INPUT } from '../hardware/interrupts.ts';
import type { HwThreadId } from '../state/ids.ts';
import { make } from '../state/schema.ts';
import { KIND } from '../trace/events.ts';
import { accept, eoi, isRaised, setCppr, setMfrr } from '../xics/icp.ts';
import {
  DEFAULT_PRIORITY,
  ICP,
  IPI_PRIORITY,
  NO_PRIORITY,
  SOURCE,
  XICS_IPI,
  type Xics,
} from '../xics/records.ts';
import { type HostCtx, tell } from './context.ts';
import type { Cpu } from './records.ts';

/** Interrupt number of a device of the host that does nothing but interrupt. */
export const TEST_DEVICE = 0x1000;

/**
 * The controller as the kernel's start leaves it: its device goes to server `first`; an online thread takes every
 * interrupt, an offline one only IPIs (xics_migrate_irqs_away).
 */
export function bootXics(cpus: readonly Cpu[], first: HwThreadId): Xics {
  const icps = cpus.map(({ online }) =>
    make(ICP, { cppr: online ? NO_PRIORITY : DEFAULT_PRIORITY }),
  );
  const route = { server: first, priority: DEFAULT_PRIORITY, saved_priority: DEFAULT_PRIORITY };
  return { icps, sources: [make(SOURCE, { number: TEST_DEVICE, ...route })] };
}

/** Sets the external interrupt line of every thread as its server says; `from`: who caused it, -1 = no thread. */
export function driveLines(k: HostCtx, from: HwThreadId = k.tid): void {
  for (const [t, icp] of k.host.xics.icps.entries()) {
    const on = isRaised(icp);
    if (on === ((k.hw.arena.inputs(t) & INPUT.EXTERNAL) !== 0)) continue;
    k.hw.setLine(t, 'EXTERNAL', on);
    if (on && icp.xisr !== XICS_IPI) k.emit(KIND.irq, from, -1, t, icp.xisr);
  }
}

// --- registers of the presentation controllers: each function is one access

/** icp_native_get_xirr: reads this thread's XIRR, which accepts what is presented. */
export function icpNativeGetXirr(k: HostCtx): number {
  const xirr = accept(k.host.xics, k.tid);
  driveLines(k);
  return xirr;
}

/** icp_native_set_xirr: writes this thread's XIRR: end of interrupt, and CPPR. */
export function icpNativeSetXirr(k: HostCtx, xirr: number): void {
  eoi(k.host.xics, k.tid, xirr);
  driveLines(k);
}

/** icp_native_set_cppr of this thread. */
export function icpNativeSetCppr(k: HostCtx, cppr: number): void {
  setCppr(k.host.xics, k.tid, cppr);
  driveLines(k);
}

/** icp_native_set_qirr: writes MFRR of any thread; 0xff takes an IPI back. */
export function icpNativeSetQirr(k: HostCtx, thread: HwThreadId, value: number): void {
  setMfrr(k.host.xics, thread, value);
  driveLines(k);
}

/** xics_wake_cpu: an IPI to a thread, whether it runs, naps or is offline. */
export function xicsWakeCpu(k: HostCtx, thread: HwThreadId): void {
  icpNativeSetQirr(k, thread, IPI_PRIORITY);
  tell(k, 'ipi', -1, thread);
}
