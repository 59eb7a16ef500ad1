// The host kernel on POWER7, where it differs: IPIs go through the interrupt controller, an idle thread naps.
// MODEL: XICS is reduced to what an IPI needs of it: a write to MFRR raises the external line of a thread, accepting
// the interrupt and clearing MFRR drops it. Source: arch/powerpc/sysdev/xics/{icp-native.c, xics-common.c},
// arch/powerpc/kernel/{smp.c, idle_power7.S}.
import type { HwThreadId } from '../state/ids.ts';
import { cpuOf, type HostCtx, tell } from './context.ts';
import { type IrqLocals, interruptReturn, smpMuxedIpi } from './irq.ts';
import { ret, routine, STOP, variant } from './routine.ts';
import { doIdle } from './sched.ts';

/** Bolted SLB entries of the host kernel: linear mapping, vmalloc area, kernel stack (VSID word, ESID word). */
export const HOST_SLB: readonly (readonly [vsid: bigint, esid: bigint])[] = [
  [0x40000d4b8e1f0500n, 0xc000000008000000n],
  [0x400003a2f5c70510n, 0xd000000008000001n],
  [0x40000b71e9430500n, 0xc000010008000002n],
];

export const muxedIpiP7 = variant<HostCtx, { cpu: HwThreadId; message: number }>(
  smpMuxedIpi,
  {
    msgsnd: [
      'icp_native_cause_ipi',
      'MFRR of the target thread := IPI_PRIORITY: its external interrupt line rises',
      (k, l) => {
        k.hw.setLine(l.cpu, 'EXTERNAL', true);
        tell(k, 'ipi', -1, l.cpu);
        return ret();
      },
    ],
  },
  { about: 'Sends an IPI: leave the message in memory, then write MFRR of the target thread.' },
);

export const doIrq = routine<HostCtx, IrqLocals>(
  'do_IRQ',
  {
    source: 'arch/powerpc/kernel/irq.c, sysdev/xics/icp-native.c',
    mode: 'virtual',
    about: 'The external interrupt in the host: an IPI, taken from the interrupt controller.',
  },
  [
    [
      'icp_native_get_irq',
      'read XIRR: the interrupt is accepted; source 2 is the IPI',
      () => undefined,
    ],
    [
      'icp_native_ipi_action',
      'MFRR := 0xff: the line of this thread drops',
      (k) => k.hw.setLine(k.tid, 'EXTERNAL', false),
      8,
    ],
    [
      'smp_ipi_demux',
      'messages := xchg(ipi_messages, 0); a reschedule: need_resched is already set by the sender',
      (k) => {
        cpuOf(k).ipi_messages = 0;
      },
    ],
    ['icp_native_eoi', 'write XIRR back: end of interrupt', () => undefined, 8],
    ...interruptReturn,
  ],
);

export const doIdleP7 = variant<HostCtx, Record<string, never>>(
  doIdle,
  {
    stop: [
      'power7_nap',
      'nap: the thread halts until an IPI or DEC (LPCR[PECE]); with MSR[EE]=0 it goes on here',
      (k) => {
        tell(k, 'idle_enter');
        return STOP;
      },
      20,
    ],
    woken: [
      'power7_wakeup_noloss',
      'system reset 0x100: SRR1 says why, and that nothing was lost',
      (k) => tell(k, 'idle_exit'),
      8,
    ],
  },
  {
    source: 'kernel/sched/idle.c, arch/powerpc/kernel/idle_power7.S',
    about: 'What a cpu does without work: nap until an IPI or a timer.',
  },
);
