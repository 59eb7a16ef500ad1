import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { cpuOf, taskOf } from '../host/context.ts';
import { PPC_MSG } from '../host/records.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { vcoreOf, vcpuOf } from './context.ts';
import { IRQPRIO } from './records.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main').machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
});

const play = (tid: number, name: string, locals: object) =>
  new Play(k, tid, ROUTINES, name, locals);
const H_PROD = 0xe8;

/** H_PROD of vcpu 1 by vcpu 0, on thread 3. */
function prod(): Play<VmmCtx> {
  Object.assign(vcpuOf(k, 0).run, { nr: H_PROD, args: [1n] });
  return play(3, 'kvmppc_pseries_do_hcall', { vcpu: 0 });
}
const cede = () => play(1, 'kvmppc_cede', { vcpu: 1 });

describe('H_CEDE', () => {
  test('enables interrupts and marks the vcpu', () => {
    cede().finish();
    expect(vcpuOf(k, 1)).toMatchObject({ ceded: 1, prodded: 0 });
    expect(vcpuOf(k, 1).msr & MSR.EE).toBe(MSR.EE);
  });

  test('that comes after a prod uses it up and does not cede', () => {
    prod().finish();
    expect(vcpuOf(k, 1).prodded).toBe(1);
    cede().finish();
    expect(vcpuOf(k, 1)).toMatchObject({ ceded: 0, prodded: 0 });
  });

  test('is not lost against a prod at any point: it is used up, or the vcpu is kicked', () => {
    const points = ['set_ee', 'ceded', 'prodded'].map((label) => `kvmppc_cede/${label}`);
    for (const point of [...points, '']) {
      Object.assign(vcpuOf(k, 1), { ceded: 0, prodded: 0 });
      const ceding = cede().until(point);
      const prodding = prod();
      prodding.finish();
      if (point !== '') ceding.finish();
      const kicked = prodding.trace.includes('kvmppc_fast_vcpu_kick_hv/rcuwait_wake_up');
      const { ceded, prodded } = vcpuOf(k, 1);
      expect([ceded, prodded], `prod before ${point || 'the end'}`).toEqual(
        point === '' ? [1, 1] : [0, 0],
      );
      if (ceded) expect(kicked).toBe(true);
    }
  });
});

describe('kvmppc_vcpu_woken', () => {
  const woken = () => play(1, 'kvmppc_vcpu_woken', { vcpu: 1 }).finish();

  test('says no when nothing has come', () => {
    expect(woken()).toBe(0);
  });

  test.each([
    [
      'a queued exception',
      () => Object.assign(vcpuOf(k, 1), { pending_exceptions: 1 << IRQPRIO.DECREMENTER }),
    ],
    ['a prod', () => Object.assign(vcpuOf(k, 1), { prodded: 1 })],
    ['a doorbell request', () => Object.assign(vcpuOf(k, 1), { doorbell_request: 1 })],
    ['a saved doorbell', () => Object.assign(vcoreOf(k, 1), { dpdes: 1 })],
  ])('says yes to %s', (_, come) => {
    come();
    expect(woken()).toBe(1);
  });
});

describe('kvmppc_fast_vcpu_kick_hv', () => {
  /** What the kick of vcpu 1 by thread 3 did: who was rung, who got a message, was the task woken. */
  function kick() {
    const run = play(3, 'kvmppc_fast_vcpu_kick_hv', { vcpu: 1 });
    run.finish();
    return {
      rung: [0, 1, 2, 3].filter((t) => k.hw.arena.dhdes(t) !== 0),
      message: [0, 1, 2, 3].filter((t) => cpuOf(k, t).ipi_messages !== 0),
      state: taskOf(k, vcpuOf(k, 1).task).state,
    };
  }
  const sleeping = 'TASK_INTERRUPTIBLE';

  test('of a vcpu that is nowhere only leaves the request for its next entry', () => {
    expect(kick()).toEqual({ rung: [], message: [], state: sleeping });
  });

  test('wakes the sleeper in rcuwait', () => {
    vcpuOf(k, 1).rcuwait = 1;
    const { task } = vcpuOf(k, 1);
    taskOf(k, task).cpu = 1;
    expect(kick()).toEqual({ rung: [1], message: [1], state: 'TASK_RUNNING' });
    expect(cpuOf(k, 1).queue).toEqual([task]);
  });

  test('rings the thread of a vcpu in the guest, without a message', () => {
    Object.assign(vcpuOf(k, 1), { cpu: 2, thread_cpu: 2 });
    expect(kick()).toEqual({ rung: [2], message: [], state: sleeping });
  });

  test('between the stores of cpu and thread_cpu sends a reschedule', () => {
    vcpuOf(k, 1).cpu = 2;
    expect(kick()).toEqual({ rung: [2], message: [2], state: sleeping });
    expect(cpuOf(k, 2).ipi_messages).toBe(1 << PPC_MSG.RESCHEDULE);
  });

  test('of itself needs no IPI', () => {
    Object.assign(vcpuOf(k, 1), { cpu: 3, thread_cpu: 3 });
    expect(kick()).toEqual({ rung: [], message: [], state: sleeping });
  });
});

describe('a vcpu that blocks', () => {
  /** vcpu 1 on thread 1 has ceded and its run loop is about to look whether it may sleep. */
  function blocking(): Play<VmmCtx> {
    cpuOf(k, 1).curr = vcpuOf(k, 1).task;
    Object.assign(taskOf(k, vcpuOf(k, 1).task), { state: 'TASK_RUNNING', on_rq: 1, cpu: 1 });
    const run = play(1, 'kvmhv_run_single_vcpu', { vcpu: 1 });
    run.until('kvmhv_run_single_vcpu/enter');
    vcpuOf(k, 1).trap = 0;
    vcpuOf(k, 1).ceded = 1;
    skip(run, 'kvmhv_run_single_vcpu/ceded');
    return run.until('kvmhv_run_single_vcpu/block');
  }

  /** Goes over the guest run: the test plays H_CEDE itself. */
  function skip(run: Play<VmmCtx>, to: string): void {
    cpuOf(k, 1).tick_next = 0; // kvmhv_p9_guest_entry: a host timer is due, so there is no entry
    while (run.next !== to) {
      run.step();
      vcpuOf(k, 1).trap = 0;
    }
  }

  test('is woken by a doorbell at whatever point it comes', () => {
    const points = [
      'block',
      'set_timer',
      'prepare_to_rcuwait',
      'set_current_state',
      'sleep_signal',
      'woken',
      'test_woken',
      'schedule',
    ];
    for (const label of points) {
      Object.assign(vcpuOf(k, 1), { doorbell_request: 0, rcuwait: 0, ceded: 0 });
      const run = blocking().until(`kvmhv_run_single_vcpu/${label}`);
      vcpuOf(k, 1).doorbell_request = 1;
      play(3, 'kvmppc_fast_vcpu_kick_hv', { vcpu: 1 }).finish();
      // Asleep only if its state says so when schedule() looks; else the loop looks again and finds the request.
      const task = taskOf(k, vcpuOf(k, 1).task);
      if (label === 'schedule') expect(task.state).toBe('TASK_RUNNING');
      run.finish();
      expect(vcpuOf(k, 1), label).toMatchObject({ ceded: 0, rcuwait: 0, doorbell_request: 1 });
      expect(task.state).toBe('TASK_RUNNING');
      expect(run.trace).not.toContain('do_idle/stop');
    }
  });

  test('leaves with -EINTR when a signal comes', () => {
    const run = blocking().until('kvmhv_run_single_vcpu/sleep_signal');
    taskOf(k, vcpuOf(k, 1).task).signal = 1;
    expect(run.finish()).toBe(-4);
  });

  test('arms a timer for its decrementer, or queues the exception when that is already due', () => {
    k.hw.arena.setClock(1, 800);
    vcpuOf(k, 1).dec_expires = 500;
    blocking().until('kvmhv_run_single_vcpu/prepare_to_rcuwait');
    expect(cpuOf(k, 1).hrtimers).toEqual([
      { expires: 500, fn: 'kvmppc_decrementer_wakeup', arg: 1 },
    ]);
    vcpuOf(k, 1).dec_expires = 100;
    blocking().until('kvmhv_run_single_vcpu/prepare_to_rcuwait');
    expect(vcpuOf(k, 1).pending_exceptions).toBe(1 << IRQPRIO.DECREMENTER);
  });
});
