import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { CYCLES_PER_TICK, NEVER } from '../hardware/hardware.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { cpuOf, taskOf } from './context.ts';
import { schedulerTick, TICK_TB, tryToWakeUp } from './sched.ts';
import { Play } from './testing/play.ts';

// Four online cpus. cpu 0 runs the VMM's main thread, the others are idle, and the vcpu tasks sleep.
let k: VmmCtx;
beforeEach(() => {
  k = makeLoaded().machine.k;
});

const vcpu = (n: number): number =>
  k.host.tasks.findIndex((t) => t.kind === 'vcpu' && t.vcpu === n);
const play = (tid: number, name: string) => new Play(k, tid, ROUTINES, name);

/** Puts a task on a cpu as if it had been scheduled there. */
function run(task: number, cpu: number): void {
  Object.assign(taskOf(k, task), { on_rq: 1, state: 'TASK_RUNNING', cpu });
  cpuOf(k, cpu).curr = task;
}

describe('try_to_wake_up', () => {
  test('puts a sleeper on its previous cpu when that is idle, and says whom to tell', () => {
    taskOf(k, vcpu(2)).cpu = 2;
    k.tid = 0;
    expect(tryToWakeUp(k, vcpu(2))).toBe(2);
    expect(taskOf(k, vcpu(2))).toMatchObject({ state: 'TASK_RUNNING', on_rq: 1, cpu: 2 });
    expect(cpuOf(k, 2)).toMatchObject({ queue: [vcpu(2)], need_resched: 1 });
  });

  test('needs no IPI for its own cpu', () => {
    taskOf(k, vcpu(2)).cpu = 2;
    k.tid = 2;
    expect(tryToWakeUp(k, vcpu(2))).toBe(-1);
    expect(cpuOf(k, 2).need_resched).toBe(1);
  });

  test('prefers another idle cpu to a busy previous one, and the previous one among equals', () => {
    run(vcpu(1), 1);
    taskOf(k, vcpu(2)).cpu = 1;
    tryToWakeUp(k, vcpu(2));
    expect(taskOf(k, vcpu(2)).cpu).toBe(2);
    run(vcpu(3), 3);
    taskOf(k, vcpu(0)).cpu = 3;
    tryToWakeUp(k, vcpu(0));
    expect(taskOf(k, vcpu(0)).cpu).toBe(3);
  });

  test('does not disturb a busy cpu for a vcpu task', () => {
    for (let n = 1; n < 4; n++) run(vcpu(n), n);
    taskOf(k, vcpu(0)).cpu = 1;
    expect(tryToWakeUp(k, vcpu(0))).toBe(-1);
    expect(cpuOf(k, 1)).toMatchObject({ queue: [vcpu(0)], need_resched: 0 });
  });

  test('does nothing to a running task', () => {
    run(vcpu(1), 1);
    expect(tryToWakeUp(k, vcpu(1))).toBe(-1);
    expect(cpuOf(k, 1).queue).toEqual([]);
  });

  test('between the test of a sleeper and its schedule() is not lost: the task stays runnable', () => {
    run(vcpu(1), 1);
    taskOf(k, vcpu(1)).state = 'TASK_INTERRUPTIBLE'; // set_current_state; it has looked and found nothing
    tryToWakeUp(k, vcpu(1));
    play(1, 'schedule').finish();
    expect(cpuOf(k, 1).curr).toBe(vcpu(1));
    expect(taskOf(k, vcpu(1))).toMatchObject({ state: 'TASK_RUNNING', on_rq: 1 });
  });
});

describe('schedule', () => {
  test('takes a task that went to sleep off the run queue and idles', () => {
    run(vcpu(1), 1);
    taskOf(k, vcpu(1)).state = 'TASK_INTERRUPTIBLE';
    play(1, 'schedule').finish();
    expect(cpuOf(k, 1).curr).toBe(cpuOf(k, 1).idle_task);
    expect(taskOf(k, vcpu(1)).on_rq).toBe(0);
  });

  test('requeues a task that is still runnable behind those that wait', () => {
    run(vcpu(1), 1);
    tryToWakeUpOn(vcpu(2), 1);
    play(1, 'schedule').finish();
    expect(cpuOf(k, 1)).toMatchObject({ curr: vcpu(2), queue: [vcpu(1)], need_resched: 0 });
  });

  test('takes a kworker first, whatever waits before it', () => {
    run(vcpu(1), 1);
    tryToWakeUpOn(vcpu(2), 1);
    tryToWakeUpOn(cpuOf(k, 1).kworker, 1);
    play(1, 'schedule').finish();
    expect(cpuOf(k, 1)).toMatchObject({ curr: cpuOf(k, 1).kworker, queue: [vcpu(2), vcpu(1)] });
  });

  test('on a cpu that runs dry takes a vcpu task that waits elsewhere, and no other kind', () => {
    run(vcpu(1), 1);
    tryToWakeUpOn(cpuOf(k, 1).kworker, 1);
    tryToWakeUpOn(vcpu(2), 1);
    play(3, 'schedule').finish();
    expect(cpuOf(k, 3).curr).toBe(vcpu(2));
    expect(taskOf(k, vcpu(2)).cpu).toBe(3);
    play(2, 'schedule').finish();
    expect(cpuOf(k, 2).curr).toBe(cpuOf(k, 2).idle_task);
  });

  test('switches MSR with the task and leaves interrupts on', () => {
    tryToWakeUpOn(vcpu(1), 1);
    const user = taskOf(k, vcpu(1)).msr;
    play(1, 'schedule').finish();
    expect(k.hw.msr(1)).toBe(user | MSR.EE);
    expect(taskOf(k, cpuOf(k, 1).idle_task).msr & MSR.EE).toBe(0n);
  });

  test('gives a slice of one tick and programs DEC for it; idle has no tick', () => {
    tryToWakeUpOn(vcpu(1), 1);
    k.hw.arena.setClock(1, 100 * CYCLES_PER_TICK);
    play(1, 'schedule').finish();
    expect(cpuOf(k, 1)).toMatchObject({ slice_end: 100 + TICK_TB, tick_next: 100 + TICK_TB });
    expect(k.hw.arena.decExpires(1)).toBe(100 + TICK_TB);
    taskOf(k, vcpu(1)).state = 'TASK_INTERRUPTIBLE';
    play(1, 'schedule').finish();
    expect(cpuOf(k, 1).tick_next).toBe(NEVER);
    expect(k.hw.arena.decExpires(1)).toBe(NEVER);
  });

  test('with a seed gives slices of one to two ticks, not all alike', () => {
    const slices = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      k = makeLoaded({ seed }).machine.k;
      tryToWakeUpOn(vcpu(1), 1);
      play(1, 'schedule').finish();
      const length = cpuOf(k, 1).slice_end;
      expect(length).toBeGreaterThanOrEqual(TICK_TB);
      expect(length).toBeLessThan(2 * TICK_TB);
      slices.add(length);
    }
    expect(slices.size).toBeGreaterThan(10);
  });
});

function tryToWakeUpOn(task: number, cpu: number): void {
  Object.assign(taskOf(k, task), { on_rq: 1, state: 'TASK_RUNNING', cpu });
  cpuOf(k, cpu).queue.push(task);
}

describe('the scheduler tick', () => {
  test('asks for a switch when the slice is used up and somebody waits', () => {
    run(vcpu(1), 1);
    cpuOf(k, 1).slice_end = 50;
    k.tid = 1;
    k.hw.arena.setClock(1, 50 * CYCLES_PER_TICK);
    schedulerTick(k);
    expect(cpuOf(k, 1)).toMatchObject({ need_resched: 0, tick_next: 50 + TICK_TB });
    tryToWakeUpOn(vcpu(2), 1);
    schedulerTick(k);
    expect(cpuOf(k, 1).need_resched).toBe(1);
  });

  test('lets a task finish its slice', () => {
    run(vcpu(1), 1);
    tryToWakeUpOn(vcpu(2), 1);
    cpuOf(k, 1).slice_end = 51;
    k.tid = 1;
    k.hw.arena.setClock(1, 50 * CYCLES_PER_TICK);
    schedulerTick(k);
    expect(cpuOf(k, 1).need_resched).toBe(0);
  });
});

describe('do_idle', () => {
  test('sees a wake-up that comes between its first look and the stop', () => {
    const idle = play(1, 'do_idle').until('do_idle/recheck');
    tryToWakeUpOn(vcpu(1), 1);
    cpuOf(k, 1).need_resched = 1;
    idle.until('do_idle/schedule').step();
    expect(idle.trace).not.toContain('do_idle/stop');
    idle.until('do_idle/loop');
    expect(cpuOf(k, 1).curr).toBe(vcpu(1));
  });

  test('halts with interrupts off and DEC set for its next hrtimer', () => {
    cpuOf(k, 1).hrtimers.push({ expires: 77, fn: 'kvmppc_decrementer_wakeup', arg: 0 });
    cpuOf(k, 1).tick_next = NEVER;
    play(1, 'do_idle').until('do_idle/stop');
    expect(k.hw.msr(1) & MSR.EE).toBe(0n);
    expect(k.hw.arena.decExpires(1)).toBe(77);
  });
});

test('a kworker works off its items and sleeps', () => {
  run(cpuOf(k, 1).kworker, 1);
  taskOf(k, cpuOf(k, 1).kworker).work = 3;
  const worker = play(1, 'worker_thread').until('worker_thread/schedule');
  expect(worker.trace.filter((step) => step === 'worker_thread/process_one_work')).toHaveLength(3);
  expect(taskOf(k, cpuOf(k, 1).kworker)).toMatchObject({ work: 0, state: 'TASK_INTERRUPTIBLE' });
});
