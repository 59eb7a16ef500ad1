// The host kernel on the PowerPC 970, where it differs from POWER7: its segments are of 256 MB, and an idle processor
// waits where it is. Source: arch/powerpc/kernel/idle_power4.S, arch/powerpc/mm/slb.c.
import { tell } from './context.ts';
import { STOP, variant } from './routine.ts';
import { doIdle } from './sched.ts';

export const doIdle970 = variant(
  doIdle,
  {
    stop: [
      'power4_idle',
      'power4_idle: MSR[POW] := 1; the processor waits for an interrupt, which it takes when irqs are on',
      (k) => {
        tell(k, 'idle_enter');
        return STOP;
      },
      20,
    ],
    woken: ['woken', 'an interrupt ended the wait', (k) => tell(k, 'idle_exit'), 8],
  },
  {
    source: 'kernel/sched/idle.c, arch/powerpc/kernel/idle_power4.S',
    about: 'What a cpu does without work: wait with MSR[POW] for an IPI or a timer.',
  },
);
