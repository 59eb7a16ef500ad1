// Inputs to a vcpu and its task, and to the host's cpus: what another process, another vcpu or an administrator would do.
import { cpuOf, taskOf } from '../host/context.ts';
import { cpuUp } from '../host/cpu-state.ts';
import { PPC_MSG } from '../host/records.ts';
import { leaveMessage, tryToWakeUp } from '../host/sched.ts';
import { vcpuOf, vmOf } from '../kvm/context.ts';
import { KVM_INTERRUPT, kvmInterrupt } from '../kvm/exceptions.ts';
import { vcpuPlace } from '../kvm/vcpu-place.ts';
import type { HwThreadId, VcpuId } from '../state/ids.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';
import { KIND } from '../trace/events.ts';
import { isHalted, vmmOf } from '../vmm/process.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { startState } from '../vmm/spapr.ts';
import { kickNow, ring, wakeTask } from './ring.ts';

/** Kinds of inputs to a vcpu, and to a hardware thread as a cpu of the host. */
export const VCPU_KINDS = ['signal', 'prod', 'external', 'start'] as const;
export const CPU_KINDS = ['online', 'offline'] as const;

export type VcpuAction =
  | { readonly kind: (typeof VCPU_KINDS)[number]; readonly vcpu: VcpuId }
  | { readonly kind: (typeof CPU_KINDS)[number]; readonly thread: HwThreadId };

/** Text of the input for lists and the log. */
export function vcpuActionText(action: VcpuAction): string {
  switch (action.kind) {
    case 'signal':
      return `signal to the task of vcpu ${action.vcpu}`;
    case 'prod':
      return `H_PROD of vcpu ${action.vcpu}`;
    case 'external':
      return `external interrupt for vcpu ${action.vcpu}`;
    case 'start':
      return `late start of vcpu ${action.vcpu}`;
    case 'online':
    case 'offline':
      return `hardware thread ${action.thread} goes ${action.kind} for the host`;
  }
}

/**
 * Applies it; a refusal changes nothing. Codes: NO_VCPU, STOPPED, NOT_STARTED, STARTED, NO_ENTRY, NO_KVM_INTERRUPT,
 * NO_THREAD, ALREADY, INHIBITED, LAST_CPU, NOT_MODELLED.
 */
export function applyToVcpu(k: VmmCtx, action: VcpuAction): Result<string> {
  if ('thread' in action) return hotplug(k, action.kind, action.thread);
  const { kind, vcpu } = action;
  const checked = check(k, vcpu);
  if (!checked.ok) return checked;
  if (kind === 'start') return start(k, vcpu);
  if (kind === 'signal') return signal(k, vcpu);
  if (isHalted(k, vcpu) || !vmOf(k, vcpu).mmu_ready)
    return fail(
      'NOT_STARTED',
      `vcpu ${vcpu} has not been started: its guest would never see it.`,
      'Choose a started vcpu.',
    );
  return kind === 'prod' ? prod(k, vcpu) : external(k, vcpu);
}

function check(k: VmmCtx, vcpu: VcpuId): Result<null> {
  if (!k.kvm.vcpus[vcpu])
    return fail(
      'NO_VCPU',
      `There is no vcpu ${vcpu} yet.`,
      'Run until KVM_CREATE_VCPU has made it.',
    );
  if (vmmOf(k, vcpu).stopped)
    return fail('STOPPED', 'The virtual machine is stopped.', 'Go back to a step where it runs.');
  return succeed(null);
}

/** pthread_kill of its thread: one that sleeps interruptibly wakes, one that runs is interrupted. */
function signal(k: VmmCtx, vcpu: VcpuId): Result<string> {
  const id = vcpuOf(k, vcpu).task;
  const task = taskOf(k, id);
  const place = vcpuPlace(k, vcpu);
  task.signal = 1;
  wakeTask(k, id, 'TASK_INTERRUPTIBLE');
  if (cpuOf(k, task.cpu).curr === id) {
    leaveMessage(k, task.cpu, PPC_MSG.RESCHEDULE);
    ring(k, task.cpu);
  }
  return succeed(`a signal is pending for ${task.comm} (${place}): KVM_RUN will return -EINTR`);
}

/** MODEL: no vcpu executes the hcall; what it does to its target is done at once. */
function prod(k: VmmCtx, vcpu: VcpuId): Result<string> {
  const target = vcpuOf(k, vcpu);
  const place = vcpuPlace(k, vcpu);
  target.prodded = 1;
  k.emit(KIND.prod, -1, vcpu, 0, 0);
  if (target.ceded) kickNow(k, vcpu);
  const effect = target.ceded ? 'it has ceded: kicked' : 'its next H_CEDE returns at once';
  return succeed(`vcpu ${vcpu} is prodded (${place}); ${effect}`);
}

/** KVM_INTERRUPT with KVM_INTERRUPT_SET: an edge, delivered once. */
function external(k: VmmCtx, vcpu: VcpuId): Result<string> {
  if (k.hw.model.family === 'p9')
    return fail(
      'NO_KVM_INTERRUPT',
      'On this CPU an external interrupt is a level of the interrupt controller.',
      'Raise a device of the guest instead.',
    );
  const place = vcpuPlace(k, vcpu);
  kvmInterrupt(vcpuOf(k, vcpu), KVM_INTERRUPT.SET);
  k.emit(KIND.kvm_interrupt, -1, vcpu, KVM_INTERRUPT.SET, 0);
  kickNow(k, vcpu);
  return succeed(`KVM_INTERRUPT for vcpu ${vcpu} (${place}): 0x500 as soon as MSR[EE]=1`);
}

/** What RTAS start-cpu does, for a vcpu that the guest has left out so far. */
function start(k: VmmCtx, vcpu: VcpuId): Result<string> {
  const { vcpu_id, task } = vcpuOf(k, vcpu);
  const vmm = vmmOf(k, vcpu);
  if (!isHalted(k, vcpu)) return fail('STARTED', `vcpu ${vcpu} has been started already.`);
  if (vmm.start_entry === 0n)
    return fail(
      'NO_ENTRY',
      'The guest has not yet said where a started cpu begins.',
      'Run until it has started a cpu itself, by RTAS start-cpu.',
    );
  startState(k, vcpu, vmm.start_entry, BigInt(vcpu_id));
  vmm.halted[vcpu_id] = 0;
  k.emit(KIND.vcpu_start, -1, vcpu, -1, 0);
  wakeTask(k, task);
  return succeed(`vcpu ${vcpu} starts at 0x${vmm.start_entry.toString(16)}: its thread wakes`);
}

// --- the host's cpus

/** Offline cpus nap in the kernel (host/offline.ts). MODEL: those of other CPUs come and go only with a boot. */
const naps = (k: VmmCtx): boolean => ['p7', 'p8'].includes(k.hw.model.family);

/** What the kernel says to /sys/devices/system/cpu/cpuN/online. */
function hotplug(k: VmmCtx, kind: 'online' | 'offline', thread: HwThreadId): Result<string> {
  const cpu = k.host.cpus[thread];
  if (!cpu) return fail('NO_THREAD', `There is no hardware thread ${thread}.`);
  if (cpu.online === (kind === 'online' ? 1 : 0))
    return fail('ALREADY', `Hardware thread ${thread} is ${kind} already.`);
  return kind === 'online' ? online(k, thread) : offline(k, thread);
}

/** kvmppc_core_init_vm calls inhibit_secondary_onlining: the core's partition is not the host's to share. */
function online(k: VmmCtx, thread: HwThreadId): Result<string> {
  const secondary = k.hw.coreOf(thread)[0] !== thread && naps(k);
  if (secondary && k.kvm.vms.length > 0)
    return fail(
      'INHIBITED',
      `The kernel refuses: while a VM exists, secondary threads stay offline (inhibit_secondary_onlining).`,
      'KVM uses the thread itself, when a vcore has that many vcpus.',
    );
  if (naps(k)) {
    k.tid = k.host.cpus.findIndex((cpu) => cpu.online === 1);
    cpuUp(k, thread);
    return succeed(`cpu_up of thread ${thread}: it wakes from its nap and joins the host`);
  }
  return fail(
    'NOT_MODELLED',
    `Thread ${thread} would start as in a boot, which is not modelled.`,
    'Choose a scenario in which it is online.',
  );
}

function offline(k: VmmCtx, thread: HwThreadId): Result<string> {
  const others = k.host.cpus.filter(({ online: on }, t) => on === 1 && t !== thread).length;
  if (others === 0)
    return fail('LAST_CPU', `Thread ${thread} is the last cpu of the host: it cannot go offline.`);
  if (naps(k)) return cpuDown(k, thread);
  return fail(
    'NOT_MODELLED',
    `Taking thread ${thread} away from a running host is not modelled.`,
    'Choose a scenario with fewer online threads.',
  );
}

/** The migration thread of the cpu does it, when the cpu sees need_resched. */
function cpuDown(k: VmmCtx, thread: HwThreadId): Result<string> {
  const cpu = cpuOf(k, thread);
  k.tid = thread;
  cpu.going_offline = 1;
  taskOf(k, cpu.kworker).work += 1;
  tryToWakeUp(k, cpu.kworker);
  cpu.need_resched = 1;
  leaveMessage(k, thread, PPC_MSG.RESCHEDULE);
  ring(k, thread);
  return succeed(`cpu_down of thread ${thread}: its tasks go to other cpus, then it naps`);
}
