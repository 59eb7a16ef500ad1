// Where the kernel's stacks are.
import type { HwThreadId } from '../state/ids.ts';

/** Effective addresses of the kernel's linear mapping: this, and the real address. */
export const LINEAR = 0xc000000000000000n;
/** Kernel stacks of the threads. MODEL: one for each hardware thread, not for each task. */
const STACKS = 0x80000;
const STACK_BYTES = 0x1000;

/** r1 of host code on a thread, and of code that must not touch the stack of a task. */
export const kernelStack = (t: HwThreadId): bigint =>
  LINEAR | BigInt(STACKS + (t + 1) * STACK_BYTES - 0x70);
export const emergencyStack = (t: HwThreadId): bigint =>
  LINEAR | BigInt(STACKS + t * STACK_BYTES + STACK_BYTES / 2 - 0x70);
