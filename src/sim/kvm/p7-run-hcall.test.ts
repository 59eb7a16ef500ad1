import { beforeEach, describe, expect, test } from 'vitest';
import { cpuOf, taskOf } from '../host/context.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { RESUME, vcoreOf, vcpuOf } from './context.ts';
import { H_PARAMETER, H_SUCCESS, HCALL } from './hcall.ts';

let k: VmmCtx;
/** Two vcpus, each of them a vcore; threads 0 and 4 are online. */
beforeEach(() => {
  k = makeLoaded({ scenario: 'book3s-hv-2cores' }).machine.k;
  new Play(k, 0, ROUTINES_P7, 'qemu_main').until('qemu_main/qemu_thread_create');
});

/** An hcall of vcpu 0 in the kernel; what it returns to the run loop. */
function hcall(nr: number, ...args: bigint[]): Play<VmmCtx> {
  Object.assign(vcpuOf(k, 0).run, { nr, args });
  return new Play(k, 0, ROUTINES_P7, 'kvmppc_pseries_do_hcall', { vcpu: 0 });
}
const code = (): number => Number(BigInt.asIntN(64, vcpuOf(k, 0).gpr[3] ?? 0n));

describe('H_PROD', () => {
  test('wakes the task that sleeps for the vcore of a ceded vcpu', () => {
    const { task } = vcpuOf(k, 1);
    Object.assign(vcpuOf(k, 1), { ceded: 1 });
    vcoreOf(k, 1).wq = task;
    hcall(HCALL.H_PROD, 1n).finish();
    expect(taskOf(k, task).state).toBe('TASK_RUNNING');
    expect([code(), vcpuOf(k, 1).prodded]).toEqual([H_SUCCESS, 1]);
  });

  test('takes the core of one that naps in the guest out of it', () => {
    Object.assign(vcpuOf(k, 1), { ceded: 1, cpu: 4, thread_cpu: 6 });
    hcall(HCALL.H_PROD, 1n).finish();
    expect(cpuOf(k, 4).ipi_messages).not.toBe(0);
    expect(k.host.xics.icps[4]?.mfrr).toBe(4);
  });

  test.each([5n, 1n << 32n])('of vcpu %s, which does not exist, is H_PARAMETER', (target) => {
    expect(hcall(HCALL.H_PROD, target).finish()).toBe(RESUME.GUEST);
    expect(code()).toBe(H_PARAMETER);
  });
});

describe('H_CONFER', () => {
  /** vcpu 1's task waits for cpu 0 behind another one. */
  function queued(): number {
    const { task } = vcpuOf(k, 1);
    Object.assign(taskOf(k, task), { cpu: 0, on_rq: 1, state: 'TASK_RUNNING' });
    cpuOf(k, 0).queue = [cpuOf(k, 0).kworker, task];
    return task;
  }

  test('gives the cpu to the task of a vcpu that was pre-empted', () => {
    const task = queued();
    const play = hcall(HCALL.H_CONFER, 1n, 0n).until('schedule/__schedule');
    expect(cpuOf(k, 0).queue[0]).toBe(task);
    play.finish();
    expect(code()).toBe(H_SUCCESS);
  });

  test('to the runner of its vcore, when another vcpu executes it', () => {
    queued();
    const { task } = vcpuOf(k, 0);
    Object.assign(taskOf(k, task), { cpu: 0, on_rq: 1 });
    cpuOf(k, 0).queue = [vcpuOf(k, 1).task, task];
    vcoreOf(k, 1).runner = 0;
    hcall(HCALL.H_CONFER, 1n, 0n).until('schedule/__schedule');
    expect(cpuOf(k, 0).queue[0]).toBe(task);
  });

  test('does nothing when the yield count is not the expected one, or for all, or for one that sleeps', () => {
    const task = queued();
    for (const args of [[1n, 3n], [0xffffffffffffffffn]]) {
      expect(hcall(HCALL.H_CONFER, ...args).finish()).toBe(RESUME.GUEST);
      expect([code(), cpuOf(k, 0).queue.indexOf(task)]).toEqual([H_SUCCESS, 1]);
    }
    cpuOf(k, 0).queue = [];
    const play = hcall(HCALL.H_CONFER, 1n, 0n);
    play.finish();
    expect(play.trace).not.toContain('schedule/__schedule');
  });

  test('to a vcpu that does not exist is H_PARAMETER', () => {
    hcall(HCALL.H_CONFER, 9n).finish();
    expect(code()).toBe(H_PARAMETER);
  });
});

test('an hcall that the kernel does not know goes to user space', () => {
  expect(hcall(0x58).finish()).toBe(RESUME.HOST);
});
