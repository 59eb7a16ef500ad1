// Host interrupts: the hypervisor doorbell that carries the muxed IPI, the decrementer, cross-cpu function calls.
// Source: arch/powerpc/kernel/{dbell.c, smp.c, time.c}, kernel/smp.c.
import { MSR } from '../hardware/bits.ts';
import { NEVER } from '../hardware/hardware.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import type { HwThreadId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import { cpuOf, type HostCtx, irqEnable, now, tell } from './context.ts';
import { type HrTimer, PACA_IRQ, PPC_MSG } from './records.ts';
import { call, goto, ret, routine, type StepDef, spin } from './routine.ts';
import { leaveMessage, rearmDecrementer, schedulerTick, tryToWakeUp } from './sched.ts';

/** Locals of an interrupt frame: the MSR to go back to (HSRR1 or SRR1 of the interrupt). */
export interface IrqLocals {
  msr: bigint;
  messages: number;
  timer: HrTimer;
}

/** Host routine that handles a vector taken with HV=1, by vector. */
export const HOST_HANDLERS: Readonly<Record<number, string>> = {
  [BOOK3S_INTERRUPT.EXTERNAL]: 'do_IRQ',
  [BOOK3S_INTERRUPT.H_DOORBELL]: 'doorbell_exception',
  [BOOK3S_INTERRUPT.DECREMENTER]: 'timer_interrupt',
};

/** The end of every interrupt: back to what was interrupted; user space yields first when it should. */
export const interruptReturn: readonly StepDef<HostCtx, IrqLocals>[] = [
  [
    'exit_to_user',
    'returning to user space? then need_resched counts',
    (k, l) => {
      if ((l.msr & MSR.PR) === 0n || cpuOf(k).need_resched === 0) return goto('rfi');
      irqEnable(k);
      return call('schedule');
    },
    4,
  ],
  [
    'rfi',
    'return from interrupt: MSR := saved MSR',
    (k, l) => {
      k.hw.setMsr(k.tid, l.msr);
      return ret();
    },
  ],
];

export const doorbellException = routine<HostCtx, IrqLocals>(
  'doorbell_exception',
  {
    source: 'arch/powerpc/kernel/dbell.c, smp.c (smp_ipi_demux)',
    mode: 'virtual',
    about: 'The hypervisor doorbell in the host: look which messages of the muxed IPI have come.',
  },
  [
    [
      'irq_enter',
      'doorbell_exception: paca.irq_happened loses PACA_IRQ_DBELL',
      (k) => {
        cpuOf(k).irq_happened &= ~PACA_IRQ.DBELL;
      },
      6,
    ],
    [
      'smp_ipi_demux',
      'messages := xchg(ipi_messages, 0); a bare kick has none',
      (k, l) => {
        const cpu = cpuOf(k);
        l.messages = cpu.ipi_messages;
        cpu.ipi_messages = 0;
        if ((l.messages & (1 << PPC_MSG.CALL_FUNCTION)) === 0) return goto('scheduler_ipi');
        return undefined;
      },
    ],
    [
      'flush_smp_call_function_queue',
      'run the function the next caller waits for (do_nothing) and clear its CSD_LOCK',
      (k) => {
        const cpu = cpuOf(k);
        const caller = cpu.csd_queue.shift();
        if (caller === undefined) return goto('scheduler_ipi');
        cpuOf(k, caller).csd_locked = 0;
        tell(k, 'smp_call_function', NONE, caller);
        return goto('flush_smp_call_function_queue');
      },
    ],
    [
      'scheduler_ipi',
      'PPC_MSG_RESCHEDULE: need_resched is already set by the sender',
      () => undefined,
      4,
    ],
    ...interruptReturn,
  ],
);

export const timerInterrupt = routine<HostCtx, IrqLocals>(
  'timer_interrupt',
  {
    source: 'arch/powerpc/kernel/time.c',
    mode: 'virtual',
    about: 'The host decrementer: due hrtimers, the scheduler tick, and DEC for the next event.',
  },
  [
    ['ack', 'DEC := maximum, so that the exception goes away', (k) => k.hw.setDec(k.tid, NEVER), 6],
    [
      'hrtimer_interrupt',
      'take the next hrtimer that is due',
      (k, l) => {
        const cpu = cpuOf(k);
        const at = cpu.hrtimers.findIndex((timer) => timer.expires <= now(k));
        const timer = cpu.hrtimers[at];
        if (!timer) return goto('tick');
        cpu.hrtimers.splice(at, 1);
        l.timer = timer;
        return undefined;
      },
    ],
    ['run_hrtimer', 'call its function', (_k, l) => call(l.timer.fn, { vcpu: l.timer.arg }), 4],
    ['next_hrtimer', 'look for another', () => goto('hrtimer_interrupt'), 2],
    [
      'tick',
      'scheduler_tick when due: a used-up slice sets need_resched',
      (k) => {
        if (cpuOf(k).tick_next <= now(k)) schedulerTick(k);
      },
    ],
    ['program_next_event', 'DEC := next host event - TB', rearmDecrementer, 6],
    ...interruptReturn,
  ],
);

export const smpMuxedIpi = routine<HostCtx, { cpu: HwThreadId; message: number }>(
  'smp_muxed_ipi_message_pass',
  {
    source: 'arch/powerpc/kernel/smp.c',
    mode: 'virtual',
    about:
      'Sends an IPI: leave the message in memory, then ring the hypervisor doorbell of the target thread.',
  },
  [
    [
      'set_message',
      'set the message byte of the target; barrier',
      (k, l) => leaveMessage(k, l.cpu, l.message),
      8,
    ],
    [
      'msgsnd',
      'doorbell_global_ipi: msgsnd to the PIR of the target',
      (k, l) => {
        k.hw.msgsnd(k.tid, l.cpu);
        return ret();
      },
    ],
  ],
);

export const smpCallFunctionSingle = routine<HostCtx, { cpu: HwThreadId }>(
  'smp_call_function_single',
  {
    source: 'kernel/smp.c',
    mode: 'virtual',
    about:
      'Runs a function on another cpu and waits for it; an exit from the guest is its side effect.',
  },
  [
    [
      'csd_lock',
      'lock the call_single_data and put it on the queue of the target',
      (k, l) => {
        cpuOf(k).csd_locked = 1;
        cpuOf(k, l.cpu).csd_queue.push(k.tid);
      },
    ],
    [
      'ipi',
      'send PPC_MSG_CALL_FUNCTION',
      (_k, l) => call('smp_muxed_ipi_message_pass', { cpu: l.cpu, message: PPC_MSG.CALL_FUNCTION }),
      4,
    ],
    [
      'csd_lock_wait',
      'wait until the target has run the function; interrupts are on',
      (k, l) =>
        cpuOf(k).csd_locked ? spin(`waiting for thread ${l.cpu} to run do_nothing`) : ret(),
      16,
    ],
  ],
);

export const wakeUpProcess = routine<HostCtx, { task: number; target: number; only?: string }>(
  'try_to_wake_up',
  {
    source: 'kernel/sched/core.c',
    mode: 'virtual',
    about: 'Makes a sleeping task runnable and tells its cpu.',
  },
  [
    [
      'ttwu_queue',
      'under the locks: TASK_RUNNING, choose a cpu, enqueue',
      (k, l) => {
        l.target = tryToWakeUp(k, l.task, l.only);
        return l.target === NONE ? ret() : undefined;
      },
      20,
    ],
    [
      'send_reschedule',
      'smp_send_reschedule to the chosen cpu',
      (_k, l) => call('smp_muxed_ipi_message_pass', { cpu: l.target, message: PPC_MSG.RESCHEDULE }),
      4,
    ],
    ['done', 'return', () => ret(), 2],
  ],
);
