// A cpu that is offline: on POWER7 it naps in the kernel, where KVM can take its hardware thread. Source:
// arch/powerpc/platforms/powernv/smp.c (pnv_smp_cpu_kill_self), kernel/smp.c (generic_check_cpu_restart), traps.c (die).

import { LPCR } from '../hardware/bits.ts';
import { NEVER } from '../hardware/hardware.ts';
import { type HwThreadId, NONE } from '../state/ids.ts';
import { NO_PRIORITY } from '../xics/records.ts';
import { cpuOf, type HostCtx, irqDisable, irqEnable, tell } from './context.ts';
import { CPU_DEAD, CPU_ONLINE, CPU_UP_PREPARE, cpuStateAt } from './cpu-state.ts';
import { setDecWakes } from './nap.ts';
import { PPC_MSG } from './records.ts';
import { call, goto, NAP, ret, routine, type StepOutcome, tail } from './routine.ts';
import { migrateTask } from './sched.ts';
import { LINEAR } from './stacks.ts';
import { icpNativeSetCppr } from './xics.ts';

/**
 * generic_check_cpu_restart by the registers that the loop keeps over its naps: r31 the cpu, r30 the address of its
 * cpu_state. With anything else in them it loads from nowhere.
 */
function checkRestart(k: HostCtx): StepOutcome | undefined {
  const { arena } = k.hw;
  const [at, cpu] = [arena.gpr(k.tid, 30), arena.gpr(k.tid, 31)];
  if (at !== (LINEAR | BigInt(cpuStateAt(k.tid))) || cpu !== BigInt(k.tid)) {
    const why = `r30=0x${at.toString(16)}, r31=0x${cpu.toString(16)}`;
    return tail('die', { why: `pnv_smp_cpu_kill_self goes on with ${why}` });
  }
  return arena.read64(cpuStateAt(k.tid)) === BigInt(CPU_UP_PREPARE) ? goto('restart') : undefined;
}

export const cpuKillSelf = routine<HostCtx, Record<string, never>>(
  'pnv_smp_cpu_kill_self',
  {
    source: 'arch/powerpc/platforms/powernv/smp.c',
    mode: 'virtual',
    about: 'The end of a cpu that goes offline: its thread naps until the cpu is wanted again.',
  },
  [
    ['local_irq_disable', 'local_irq_disable; no task is left here', irqDisable, 4],
    [
      'generic_set_cpu_dead',
      'cpu_state := CPU_DEAD; the loop keeps the cpu in r31, the address of cpu_state in r30',
      (k) => {
        const { arena } = k.hw;
        arena.setGpr(k.tid, 31, BigInt(k.tid));
        arena.setGpr(k.tid, 30, LINEAR | BigInt(cpuStateAt(k.tid)));
        arena.write64(cpuStateAt(k.tid), BigInt(CPU_DEAD));
      },
      8,
    ],
    ['lpcr', 'LPCR[PECE1] := 0: the decrementer does not wake it', (k) => setDecWakes(k, false), 8],
    ['check', 'cpu_state is CPU_UP_PREPARE? then it is wanted', checkRestart, 6],
    ['power7_nap', 'power7_nap', () => call('power7_nap'), 4],
    ['check_again', 'awake: is it wanted?', checkRestart, 6],
    ['irq_on', 'no: an IPI that has come is taken, and means nothing here', irqEnable, 4],
    ['irq_off', 'local_irq_disable', irqDisable, 4],
    ['loop', 'nap again', () => goto('check'), 2],
    [
      'restart',
      'LPCR[PECE1] := 1; start_secondary: cpu_state := CPU_ONLINE',
      (k) => {
        setDecWakes(k, true);
        k.hw.arena.write64(cpuStateAt(k.tid), BigInt(CPU_ONLINE));
      },
      20,
    ],
    [
      'xics_setup_cpu',
      'xics_setup_cpu: CPPR lets every interrupt in',
      (k) => icpNativeSetCppr(k, NO_PRIORITY),
      8,
    ],
    [
      'set_cpu_online',
      'set_cpu_online, local_irq_enable: the host uses it, and its scheduler looks for waiting tasks',
      (k) => {
        cpuOf(k).online = 1;
        cpuOf(k).need_resched = 1;
        irqEnable(k);
        return tail('do_idle');
      },
      12,
    ],
  ],
);

export const takeCpuDown = routine<HostCtx, { target: HwThreadId }>(
  'take_cpu_down',
  {
    source: 'kernel/cpu.c, arch/powerpc/platforms/powernv/smp.c (pnv_smp_cpu_disable)',
    mode: 'virtual',
    about:
      'On a cpu that shall go offline: what it has goes to the others; its idle task does the rest.',
  },
  [
    [
      'set_cpu_online',
      'set_cpu_online(false): no task is sent here any more',
      (k) => {
        cpuOf(k).online = 0;
        cpuOf(k).going_offline = 0;
      },
    ],
    [
      'migrate_tasks',
      'the next task that waits here goes to another cpu',
      (k, l) => {
        l.target = migrateTask(k);
        return l.target === NONE ? goto('migrate_hrtimers') : undefined;
      },
      20,
    ],
    [
      'send_reschedule',
      'smp_send_reschedule to that cpu',
      (_k, l) => call('smp_muxed_ipi_message_pass', { cpu: l.target, message: PPC_MSG.RESCHEDULE }),
      4,
    ],
    ['next_task', 'and the next', () => goto('migrate_tasks'), 2],
    [
      'migrate_hrtimers',
      'its timers go to the first cpu that is online, which programs its DEC anew; the tick is off',
      (k, l) => {
        const cpu = cpuOf(k);
        l.target = k.host.cpus.findIndex(({ online }) => online === 1);
        cpuOf(k, l.target).hrtimers.push(...cpu.hrtimers);
        cpu.hrtimers = [];
        cpu.tick_next = NEVER;
        return call('smp_muxed_ipi_message_pass', { cpu: l.target, message: PPC_MSG.RESCHEDULE });
      },
      20,
    ],
    ['xics', 'xics_migrate_irqs_away', () => call('xics_migrate_irqs_away'), 4],
    ['done', 'back to the worker, which has nothing left to do', () => ret(), 4],
  ],
);

/** MODEL: other cpus go on; a panic would stop them. */
export const die = routine<HostCtx, { why: string }>(
  'die',
  {
    source: 'arch/powerpc/kernel/traps.c',
    mode: 'virtual',
    about: 'Oops: the kernel cannot go on with this cpu.',
  },
  [
    [
      'oops',
      'Oops: bad registers; the idle task is killed',
      (k, l) => {
        cpuOf(k).oops = l.why;
        tell(k, 'oops');
      },
    ],
    [
      'halt',
      'the cpu hangs: nothing wakes it any more',
      (k) => {
        const wakes = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2;
        k.hw.set(k.tid, 'LPCR', k.hw.get(k.tid, 'LPCR') & ~wakes);
        return NAP;
      },
    ],
  ],
);
