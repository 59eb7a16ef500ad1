// The host kernel on POWER7, where it differs: an idle thread naps. Source: arch/powerpc/kernel/idle_power7.S.
import { cpuOf, current, type HostCtx, tell } from './context.ts';
import { call, goto, tail, variant } from './routine.ts';
import { doIdle, hasWork, workerThread } from './sched.ts';

export const doIdleP7 = variant<HostCtx, Record<string, never>>(
  doIdle,
  {
    need_resched: [
      'need_resched',
      'cpu_is_offline? then pnv_smp_cpu_kill_self; is there work?',
      (k) => {
        if (!cpuOf(k).online) return tail('pnv_smp_cpu_kill_self');
        return hasWork(k) ? goto('schedule') : undefined;
      },
      4,
    ],
    stop: [
      'power7_idle',
      'power7_idle: nap until an IPI or DEC; with MSR[EE]=0 the interrupt itself waits',
      (k) => {
        tell(k, 'idle_enter');
        return call('power7_nap');
      },
      6,
    ],
    woken: ['woken', 'back from the nap', (k) => tell(k, 'idle_exit'), 4],
  },
  {
    source: 'kernel/sched/idle.c, arch/powerpc/kernel/idle_power7.S',
    about: 'What a cpu does without work: nap until an IPI or a timer.',
  },
);

export const workerThreadP7 = variant<HostCtx, Record<string, never>>(workerThread, {
  sleep: [
    'sleep',
    'no work left: TASK_INTERRUPTIBLE; this cpu shall go offline? take_cpu_down, as the migration thread would',
    (k) => {
      const task = current(k);
      if (task.work > 0) return goto('process_one_work');
      task.state = 'TASK_INTERRUPTIBLE';
      return cpuOf(k).going_offline ? call('take_cpu_down') : undefined;
    },
  ],
});
