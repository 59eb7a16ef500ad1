import { beforeEach, describe, expect, test } from 'vitest';
import { cpuOf, taskOf } from '../host/context.ts';
import { Play } from '../host/testing/play.ts';
import { vcpuOf } from '../kvm/context.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from './process.ts';
import type { VmmCtx } from './records.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main').machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
});

/** The thread of vcpu 1 on thread 1, about to call KVM_RUN. */
function thread(): Play<VmmCtx> {
  const { task } = vcpuOf(k, 1);
  Object.assign(taskOf(k, task), { state: 'TASK_RUNNING', on_rq: 1, cpu: 1 });
  cpuOf(k, 1).curr = task;
  processAt(k, 0).vmm.halted[1] = 0;
  return new Play(k, 1, ROUTINES, 'kvm_cpu_exec', { vcpu: 1 }).until('kvm_cpu_exec/KVM_RUN');
}

describe('a signal takes a vcpu thread out of KVM_RUN', () => {
  test.each([0, 1])('and is eaten, when need_resched is %i', (need_resched) => {
    const run = thread();
    taskOf(k, vcpuOf(k, 1).task).signal = 1;
    run.until('kvm_cpu_exec/exit_to_user');
    cpuOf(k, 1).need_resched = need_resched;
    run.until('kvm_cpu_exec/eintr').step();
    expect(run.next).toBe('kvm_cpu_exec/can_run');
    expect(taskOf(k, vcpuOf(k, 1).task).signal).toBe(0);
    expect(run.trace).not.toContain('kvm_cpu_exec/internal_error');
  });
});

test('a vcpu that was not started waits, and sees a start that comes before it sleeps', () => {
  const { task } = vcpuOf(k, 2);
  cpuOf(k, 1).curr = task;
  const run = new Play(k, 1, ROUTINES, 'kvm_cpu_exec', { vcpu: 2 });
  run.until('kvm_cpu_exec/recheck');
  expect(taskOf(k, task).state).toBe('TASK_INTERRUPTIBLE');
  processAt(k, 0).vmm.halted[2] = 0;
  run.until('kvm_cpu_exec/KVM_RUN');
  expect(taskOf(k, task).state).toBe('TASK_RUNNING');
  expect(run.trace).not.toContain('kvm_cpu_exec/futex');
});

test('the console keeps its newest 64 KiB', () => {
  const full = 'x'.repeat(65_530);
  processAt(k, 0).vmm.console = full;
  Object.assign(vcpuOf(k, 1).run, {
    nr: 0x58,
    args: [0n, 16n, 0x3031323334353637n, 0x3839616263646566n],
  });
  new Play(k, 1, ROUTINES, 'spapr_hypercall', { vcpu: 1 }).finish();
  expect(processAt(k, 0).vmm.console).toHaveLength(65_536);
  expect(processAt(k, 0).vmm.console.endsWith('x0123456789abcdef')).toBe(true);
});

test('an exit that nobody knows stops the VM', () => {
  const run = thread();
  cpuOf(k, 1).trap = 0x200; // what the guest leaves by
  run.until('kvm_cpu_exec/wait_io_event');
  expect(run.trace).toContain('kvmppc_handle_exit_hv/unknown');
  expect(run.trace).toContain('kvm_cpu_exec/stopping');
  expect(processAt(k, 0).vmm.stopped).toBe('KVM: unknown exit, hardware reason 200');
});
