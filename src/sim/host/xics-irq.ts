// Routines of the host that use XICS, until POWER8. Source: arch/powerpc/sysdev/xics, arch/powerpc/kernel/{irq.c, smp.c}.
import type { HwThreadId } from '../state/ids.ts';
import { writeXive } from '../xics/ics.ts';
import { DEFAULT_PRIORITY, NO_PRIORITY, XICS_IPI, XISR_MASK } from '../xics/records.ts';
import { cpuOf, type HostCtx } from './context.ts';
import { type IrqLocals, interruptReturn, smpMuxedIpi } from './irq.ts';
import { goto, type Routine, ret, routine, variant } from './routine.ts';
import {
  driveLines,
  icpNativeGetXirr,
  icpNativeSetCppr,
  icpNativeSetQirr,
  icpNativeSetXirr,
  xicsWakeCpu,
} from './xics.ts';

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
