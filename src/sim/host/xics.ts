// The host's use of XICS, until POWER8: each hardware thread is a server. A thread rings another by writing its MFRR;
// it learns why its external interrupt came by reading its own XIRR, and ends the interrupt by writing XIRR back.
// Source: arch/powerpc/sysdev/xics/{icp-native.c, xics-common.c}, arch/powerpc/kernel/{irq.c, smp.c}.
import { INPUT } from '../hardware/interrupts.ts';
import type { HwThreadId } from '../state/ids.ts';
import { make } from '../state/schema.ts';
import { KIND } from '../trace/events.ts';
import { accept, eoi, isRaised, setCppr, setMfrr } from '../xics/icp.ts';
import { writeXive } from '../xics/ics.ts';
import {
  DEFAULT_PRIORITY,
  ICP,
  IPI_PRIORITY,
  NO_PRIORITY,
  SOURCE,
  XICS_IPI,
  XISR_MASK,
  type Xics,
} from '../xics/records.ts';
import { cpuOf, type HostCtx, tell } from './context.ts';
import { type IrqLocals, interruptReturn, smpMuxedIpi } from './irq.ts';
import type { Cpu } from './records.ts';
import { goto, type Routine, ret, routine, variant } from './routine.ts';

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

// --- routines

const muxedIpiP7 = variant<HostCtx, { cpu: HwThreadId; message: number }>(
  smpMuxedIpi,
  {
    msgsnd: [
      'icp_native_cause_ipi',
      'MFRR of the target thread := IPI_PRIORITY: its external interrupt line rises',
      (k, l) => {
        xicsWakeCpu(k, l.cpu);
        return ret();
      },
    ],
  },
  { about: 'Sends an IPI: leave the message in memory, then write MFRR of the target thread.' },
);

const doIrq = routine<HostCtx, IrqLocals & { xirr: number }>(
  'do_IRQ',
  {
    source: 'arch/powerpc/kernel/irq.c, sysdev/xics/icp-native.c',
    mode: 'virtual',
    about: 'The external interrupt in the host: ask the controller what it is, serve it, end it.',
  },
  [
    [
      'icp_native_get_irq',
      'read XIRR, unless KVM has done so: accepted, CPPR := its priority; 2 is the IPI, 0: it has gone',
      (k, l) => {
        const cpu = cpuOf(k);
        l.xirr = cpu.saved_xirr || icpNativeGetXirr(k);
        cpu.saved_xirr = 0;
        const source = l.xirr & XISR_MASK;
        if (source === 0) return goto('exit_to_user');
        return source === XICS_IPI ? undefined : goto('handle_fasteoi_irq');
      },
    ],
    [
      'icp_native_ipi_action',
      'MFRR := 0xff: an IPI that comes from now on is a new one',
      (k) => icpNativeSetQirr(k, k.tid, NO_PRIORITY),
      8,
    ],
    [
      'smp_ipi_demux',
      'messages := xchg(ipi_messages, 0); a reschedule: need_resched is already set by the sender',
      (k) => {
        cpuOf(k).ipi_messages = 0;
        return goto('icp_native_eoi');
      },
    ],
    [
      'handle_fasteoi_irq',
      'the handler of the device: it counts its interrupts',
      (k) => {
        cpuOf(k).device_irqs += 1;
      },
      30,
    ],
    [
      'icp_native_eoi',
      'write XIRR: end of interrupt, CPPR as before it (xics_pop_cppr)',
      (k, l) => icpNativeSetXirr(k, l.xirr),
      8,
    ],
    ...interruptReturn,
  ],
);

const migrateIrqsAway = routine<HostCtx, { next: number; target: HwThreadId }>(
  'xics_migrate_irqs_away',
  {
    source: 'arch/powerpc/sysdev/xics/xics-common.c',
    mode: 'virtual',
    about: 'This thread goes offline: its devices go to another one, only IPIs still come.',
  },
  [
    [
      'reject',
      'icp_native_set_cppr(0): what was presented here goes back',
      (k) => icpNativeSetCppr(k, 0),
      8,
    ],
    [
      'allow_ipi',
      'icp_native_set_cppr(DEFAULT_PRIORITY): IPIs are more favoured, devices are not',
      (k, l) => {
        icpNativeSetCppr(k, DEFAULT_PRIORITY);
        l.next = -1;
        l.target = k.host.cpus.findIndex((cpu, t) => cpu.online === 1 && t !== k.tid);
      },
      8,
    ],
    [
      'next_irq',
      'the next device that is sent here, if there is an online thread to take it',
      (k, l) => {
        const { sources } = k.host.xics;
        l.next = sources.findIndex(({ server }, i) => i > l.next && server === k.tid);
        return l.next < 0 || l.target < 0 ? ret() : undefined;
      },
      4,
    ],
    [
      'ibm_set_xive',
      'RTAS ibm,set-xive: the device goes to the other thread, what waited goes with it',
      (k, l) => {
        const source = k.host.xics.sources[l.next];
        if (source) writeXive(k.host.xics, source, l.target, source.priority);
        driveLines(k);
        return goto('next_irq');
      },
      20,
    ],
  ],
);

/** The routines of this file. */
export const XICS_ROUTINES: readonly Routine<HostCtx>[] = [muxedIpiP7, doIrq, migrateIrqsAway];
