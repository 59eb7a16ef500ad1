import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { CYCLES_PER_TICK, NEVER } from '../hardware/hardware.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { cpuOf, MSR_KERNEL, MSR_USER, taskOf } from './context.ts';
import { PPC_MSG } from './records.ts';
import { Play } from './testing/play.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeLoaded().machine.k;
});

const play = (tid: number, name: string, locals = {}) => new Play(k, tid, ROUTINES, name, locals);
/** A host interrupt on thread 1 that interrupted code with this MSR. */
const interrupt = (name: string, msr = MSR_KERNEL | MSR.EE) => play(1, name, { msr });

describe('doorbell_exception', () => {
  test('of a bare kick only returns to what was interrupted', () => {
    k.hw.setMsr(1, MSR_KERNEL);
    interrupt('doorbell_exception').finish();
    expect(k.hw.msr(1)).toBe(MSR_KERNEL | MSR.EE);
    expect(cpuOf(k, 1).need_resched).toBe(0);
  });

  test('takes all messages at once and runs every function that waits', () => {
    cpuOf(k, 1).ipi_messages = (1 << PPC_MSG.CALL_FUNCTION) | (1 << PPC_MSG.RESCHEDULE);
    cpuOf(k, 1).csd_queue.push(2, 3);
    for (const caller of [2, 3]) cpuOf(k, caller).csd_locked = 1;
    interrupt('doorbell_exception').finish();
    expect(cpuOf(k, 1)).toMatchObject({ ipi_messages: 0, csd_queue: [] });
    expect([cpuOf(k, 2).csd_locked, cpuOf(k, 3).csd_locked]).toEqual([0, 0]);
  });

  test('yields before it returns to user space, not before it returns to the kernel', () => {
    const task = k.host.tasks.findIndex(({ kind }) => kind === 'vcpu');
    Object.assign(taskOf(k, task), { on_rq: 1, state: 'TASK_RUNNING', cpu: 1 });
    cpuOf(k, 1).queue.push(task);
    cpuOf(k, 1).need_resched = 1;
    interrupt('doorbell_exception').finish();
    expect(cpuOf(k, 1).curr).not.toBe(task);
    interrupt('doorbell_exception', MSR_USER).finish();
    expect(cpuOf(k, 1).curr).toBe(task);
  });
});

describe('timer_interrupt', () => {
  test('runs the timers that are due, keeps the others, and sets DEC for the next', () => {
    const timer = (expires: number, arg: number) => ({
      expires,
      fn: 'kvmppc_decrementer_wakeup',
      arg,
    });
    runVmSetup();
    cpuOf(k, 1).hrtimers = [timer(10, 1), timer(90, 2), timer(20, 3)];
    cpuOf(k, 1).tick_next = NEVER;
    k.hw.arena.setClock(1, 20 * CYCLES_PER_TICK);
    interrupt('timer_interrupt').finish();
    expect(cpuOf(k, 1).hrtimers).toEqual([timer(90, 2)]);
    expect(k.kvm.vcpus.map((vcpu) => vcpu.pending_exceptions !== 0)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(k.hw.arena.decExpires(1)).toBe(90);
  });

  test('ticks only when the tick is due', () => {
    cpuOf(k, 1).tick_next = 100;
    k.hw.arena.setClock(1, 99 * CYCLES_PER_TICK);
    interrupt('timer_interrupt').finish();
    expect(cpuOf(k, 1).tick_next).toBe(100);
    k.hw.arena.setClock(1, 100 * CYCLES_PER_TICK);
    interrupt('timer_interrupt').finish();
    expect(cpuOf(k, 1).tick_next).toBeGreaterThan(100);
  });
});

/** The VM and its vcpus, without running them. */
function runVmSetup(): void {
  play(0, 'qemu_main').until('qemu_main/qemu_thread_create');
}

test('an IPI leaves its message before it rings', () => {
  const ipi = play(0, 'smp_muxed_ipi_message_pass', { cpu: 2, message: PPC_MSG.RESCHEDULE });
  ipi.until('smp_muxed_ipi_message_pass/msgsnd');
  expect(cpuOf(k, 2).ipi_messages).toBe(1 << PPC_MSG.RESCHEDULE);
  expect(k.hw.arena.dhdes(2)).toBe(0);
  ipi.finish();
  expect(k.hw.arena.dhdes(2)).toBe(1);
});

test('a function call waits until its target has run the function', () => {
  const call = play(0, 'smp_call_function_single', { cpu: 1 });
  call.until('smp_call_function_single/csd_lock_wait').step();
  expect(call.spinning).toBe('waiting for thread 1 to run do_nothing');
  expect(cpuOf(k, 1).csd_queue).toEqual([0]);
  interrupt('doorbell_exception').finish();
  call.finish();
  expect(call.value).toBe(0);
});
