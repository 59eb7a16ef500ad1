// The scheduler, as far as the hypervisor's behaviour depends on it: run queues per cpu, wake-ups, time slices.
// MODEL: FIFO within a cpu, kworkers first; wake-ups prefer an idle cpu; a cpu that runs dry takes a waiting task.
// Source: kernel/sched/core.c, kernel/sched/idle.c.
import { NEVER } from '../hardware/hardware.ts';
import { mix32 } from '../state/hash.ts';
import type { HwThreadId, TaskId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import {
  cpuOf,
  current,
  type HostCtx,
  irqDisable,
  irqEnable,
  now,
  taskOf,
  tell,
} from './context.ts';
import { call, goto, ret, routine, STOP } from './routine.ts';

/** Time-base ticks between scheduler ticks, and of a task's slice. MODEL: much shorter than HZ=250. */
export const TICK_TB = 2000;

/** Ticks until this task's slice is used up; the seed of a jittered schedule varies it. */
function slice(k: HostCtx): number {
  return TICK_TB + (k.host.seed === 0 ? 0 : mix32(k.host.seed, k.tid, now(k)) % TICK_TB);
}

/** Expiry of the next host event of this cpu: tick or hrtimer (decrementer_next_tb). */
export function nextHostEvent(k: HostCtx, cpu: HwThreadId = k.tid): number {
  const { tick_next, hrtimers } = cpuOf(k, cpu);
  return hrtimers.reduce((soonest, timer) => Math.min(soonest, timer.expires), tick_next);
}

/** Programs DEC for the next host event. */
export function rearmDecrementer(k: HostCtx): void {
  const next = nextHostEvent(k);
  k.hw.setDec(k.tid, next >= NEVER ? NEVER : next - now(k));
}

/** Leaves a message of the muxed IPI for a cpu; the doorbell that announces it is a step of its own. */
export function leaveMessage(k: HostCtx, to: HwThreadId, message: number): void {
  cpuOf(k, to).ipi_messages |= 1 << message;
  tell(k, 'smp_message', NONE, to, message);
}

/**
 * try_to_wake_up: one critical section under the run queue lock. Returns the cpu that must be told by IPI, or -1.
 * `only`: no task in another state is woken (signal_wake_up: TASK_INTERRUPTIBLE).
 */
export function tryToWakeUp(k: HostCtx, id: TaskId, only = ''): HwThreadId {
  const task = taskOf(k, id);
  if (task.state === 'TASK_RUNNING' || (only !== '' && task.state !== only)) return NONE;
  task.state = 'TASK_RUNNING';
  if (task.on_rq) return NONE;
  if (task.kind !== 'kworker') task.cpu = selectCpu(k, task.cpu);
  task.on_rq = 1;
  const target = cpuOf(k, task.cpu);
  target.queue.push(id);
  tell(k, 'sched_wakeup', task.vcpu, id, task.cpu);
  const running = taskOf(k, target.curr);
  if (running.kind !== 'idle' && task.kind !== 'kworker') return NONE;
  target.need_resched = 1;
  return task.cpu === k.tid ? NONE : task.cpu;
}

/** select_task_rq: the previous cpu when it is idle, else another idle one, else the shortest queue. */
function selectCpu(k: HostCtx, previous: HwThreadId): HwThreadId {
  const load = (cpu: HwThreadId): number => {
    const { curr, queue } = cpuOf(k, cpu);
    return queue.length + (taskOf(k, curr).kind === 'idle' ? 0 : 1);
  };
  const online = k.host.cpus.flatMap((cpu, i) => (cpu.online ? [i] : []));
  const first = online.includes(previous) ? previous : (online[0] ?? previous);
  return online.reduce((best, cpu) => (load(cpu) < load(best) ? cpu : best), first);
}

/** newidle_balance: a cpu without work takes the first vcpu task that waits elsewhere. */
function pullTask(k: HostCtx): TaskId {
  if (!cpuOf(k).online) return NONE;
  for (const cpu of k.host.cpus) {
    const at = cpu.queue.findIndex((id) => taskOf(k, id).kind === 'vcpu');
    if (at >= 0) {
      const [id = NONE] = cpu.queue.splice(at, 1);
      taskOf(k, id).cpu = k.tid;
      return id;
    }
  }
  return NONE;
}

/** migrate_tasks, one of them: the first task that waits on this cpu goes to another; returns that cpu, -1 = none left. */
export function migrateTask(k: HostCtx): HwThreadId {
  const id = cpuOf(k).queue.shift();
  if (id === undefined) return NONE;
  const task = taskOf(k, id);
  task.cpu = selectCpu(k, task.cpu);
  const target = cpuOf(k, task.cpu);
  target.queue.push(id);
  if (taskOf(k, target.curr).kind === 'idle') target.need_resched = 1;
  return task.cpu;
}

/** yield_to: a task that waits for a cpu is the next one there. False when it does not wait for one. */
export function yieldTo(k: HostCtx, id: TaskId): boolean {
  const target = cpuOf(k, taskOf(k, id).cpu);
  if (!target.queue.includes(id)) return false;
  target.queue = [id, ...target.queue.filter((other) => other !== id)];
  target.need_resched = 1;
  return true;
}

/** __schedule: dequeue or requeue the current task and pick the next, under the run queue lock. */
function pickNext(k: HostCtx): TaskId {
  const cpu = cpuOf(k);
  const prev = current(k);
  cpu.need_resched = 0;
  if (prev.kind !== 'idle') {
    // signal_pending_state
    if (prev.signal && prev.state === 'TASK_INTERRUPTIBLE') prev.state = 'TASK_RUNNING';
    if (prev.state === 'TASK_RUNNING') cpu.queue.push(cpu.curr);
    else prev.on_rq = 0;
  }
  const urgent = cpu.queue.findIndex((id) => taskOf(k, id).kind === 'kworker');
  const [next] = cpu.queue.splice(Math.max(0, urgent), 1);
  if (next !== undefined) return next;
  const pulled = pullTask(k);
  return pulled === NONE ? cpu.idle_task : pulled;
}

export const schedule = routine<HostCtx, Record<string, never>>(
  'schedule',
  {
    source: 'kernel/sched/core.c',
    mode: 'virtual',
    about:
      'Gives the cpu to the next runnable task; a task that went to sleep leaves the run queue.',
  },
  [
    ['irq_off', 'local_irq_disable: nothing may interrupt the switch', irqDisable],
    [
      '__schedule',
      'under the run queue lock: dequeue a sleeper, pick the next task (or pull one), switch_to it',
      (k) => {
        const cpu = cpuOf(k);
        const prev = current(k);
        const id = pickNext(k);
        if (id === cpu.curr) return;
        const next = taskOf(k, id);
        tell(k, 'sched_switch', next.vcpu, cpu.curr, id);
        prev.msr = k.hw.msr(k.tid);
        k.hw.setMsr(k.tid, next.msr);
        cpu.curr = id;
        next.cpu = k.tid;
        cpu.slice_end = now(k) + slice(k);
        cpu.tick_next = next.kind === 'idle' ? NEVER : cpu.slice_end;
        rearmDecrementer(k);
      },
      50,
    ],
    ['irq_on', 'local_irq_enable in the task that now runs', (k) => irqEnable(k)],
    ['done', 'return to the caller of schedule()', () => ret(), 2],
  ],
);

/** Idle halts in stop0_lite (PSSCR[ESL]=PSSCR[EC]=0): no state is lost, any exception ends it. */
export const doIdle = routine<HostCtx, Record<string, never>>(
  'do_idle',
  {
    source: 'kernel/sched/idle.c, arch/powerpc/platforms/powernv/idle.c',
    mode: 'virtual',
    about: 'What a cpu does without work: halt in stop0_lite until an IPI or a timer.',
  },
  [
    ['need_resched', 'is there work?', (k) => (hasWork(k) ? goto('schedule') : undefined), 4],
    ['irq_off', 'local_irq_disable before the last look', irqDisable, 4],
    [
      'recheck',
      'need_resched again, now that no wake-up can slip in unseen',
      (k) => (hasWork(k) ? goto('irq_on') : undefined),
      4,
    ],
    ['timer', 'DEC := next hrtimer of this cpu; the tick is off while idle', rearmDecrementer, 8],
    [
      'stop',
      'stop0_lite: the thread halts; MSR[EE]=0, so it goes on here and takes the interrupt when irqs are on',
      (k) => {
        tell(k, 'idle_enter');
        return STOP;
      },
      20,
    ],
    ['woken', 'an exception ended the stop', (k) => tell(k, 'idle_exit'), 8],
    ['irq_on', 'local_irq_enable: a pending interrupt is taken here', irqEnable, 4],
    ['again', 'loop', () => goto('need_resched'), 2],
    ['schedule', 'schedule_idle: give the cpu to the waiting task', () => call('schedule'), 4],
    ['loop', 'idle again', () => goto('need_resched'), 2],
  ],
);

/** Is there a task for this cpu? */
export function hasWork(k: HostCtx): boolean {
  const cpu = cpuOf(k);
  return cpu.need_resched === 1 || cpu.queue.length > 0;
}

export const workerThread = routine<HostCtx, Record<string, never>>(
  'worker_thread',
  {
    source: 'kernel/workqueue.c',
    mode: 'virtual',
    about: 'A kernel worker; work queued on its cpu takes the cpu from the vcpu that runs there.',
  },
  [
    [
      'sleep',
      'no work left: set_current_state(TASK_INTERRUPTIBLE)',
      (k) => {
        const task = current(k);
        if (task.work > 0) return goto('process_one_work');
        task.state = 'TASK_INTERRUPTIBLE';
        return undefined;
      },
    ],
    ['schedule', 'sleep until work is queued', () => call('schedule')],
    [
      'process_one_work',
      'run one work item',
      (k) => {
        const task = current(k);
        if (task.work > 0) task.work -= 1;
        return goto('sleep');
      },
      800,
    ],
  ],
);

/** scheduler_tick, and the slice: called from the timer interrupt when the tick is due. */
export function schedulerTick(k: HostCtx): void {
  const cpu = cpuOf(k);
  cpu.tick_next = now(k) + TICK_TB;
  if (cpu.queue.length > 0 && now(k) >= cpu.slice_end) cpu.need_resched = 1;
}
