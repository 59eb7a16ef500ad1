// What a host step may touch: the hardware of its thread, the host's records, and the event sink.
import { MSR } from '../hardware/bits.ts';
import type { Hardware } from '../hardware/hardware.ts';
import type { HwThreadId, TaskId } from '../state/ids.ts';
import { NONE } from '../state/ids.ts';
import { type EventName, KIND } from '../trace/events.ts';
import type { Cpu, HostState, Task } from './records.ts';

/** Context of a step of a host routine. One object per machine; `tid` changes from step to step. */
export interface HostCtx {
  readonly hw: Hardware;
  readonly host: HostState;
  /** Hardware thread on which the step runs. */
  tid: HwThreadId;
  /** Tells the trace; `vcpu` -1 when none is concerned. */
  emit(kind: number, thread: number, vcpu: number, a: number, b: number): void;
}

/** Kernel and user MSR of the host. */
export const MSR_KERNEL = MSR.SF | MSR.HV | MSR.ME | MSR.IR | MSR.DR | MSR.RI;
export const MSR_USER = MSR_KERNEL | MSR.PR | MSR.EE;

export function cpuOf(k: HostCtx, cpu: HwThreadId = k.tid): Cpu {
  const found = k.host.cpus[cpu];
  if (!found) throw new Error(`cpuOf: no cpu ${cpu}`);
  return found;
}

export function taskOf(k: HostCtx, task: TaskId): Task {
  const found = k.host.tasks[task];
  if (!found) throw new Error(`taskOf: no task ${task}`);
  return found;
}

/** The task that runs on this thread (the kernel's `current`). */
export function current(k: HostCtx): Task {
  return taskOf(k, cpuOf(k).curr);
}

/** Frames on the stack of the task that runs here: what a saved r1 means to a storyboard (outcome `unwind`). */
export function stackDepth(k: HostCtx): number {
  return current(k).stack.length;
}

/** Emits an event of this thread. */
export function tell(k: HostCtx, name: EventName, vcpu: number = NONE, a = 0, b = 0): void {
  k.emit(KIND[name], k.tid, vcpu, a, b);
}

export function irqDisable(k: HostCtx): void {
  k.hw.setMsr(k.tid, k.hw.msr(k.tid) & ~MSR.EE);
}
export function irqEnable(k: HostCtx): void {
  k.hw.setMsr(k.tid, k.hw.msr(k.tid) | MSR.EE);
}

/** Time base of this thread. */
export function now(k: HostCtx): number {
  return k.hw.tb(k.tid);
}
