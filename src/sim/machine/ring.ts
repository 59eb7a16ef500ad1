// How an input reaches a hardware thread or a vcpu: as the kernel's kick would, but at once and with no sender.
import { cpuOf, taskOf } from '../host/context.ts';
import { tryToWakeUp } from '../host/sched.ts';
import { driveLines } from '../host/xics.ts';
import { vcpuOf } from '../kvm/context.ts';
import { sleeperOf } from '../kvm/p7-vcore.ts';
import { type HwThreadId, NONE, type VcpuId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { setMfrr } from '../xics/icp.ts';
import { IPI_PRIORITY } from '../xics/records.ts';

/** True where IPIs are hypervisor doorbells (from POWER8 on); else they are external interrupts. */
export const ipiIsDoorbell = (k: VmmCtx): boolean => k.hw.model.doorbellScope !== 'none';

/** Rings a thread as the service processor would. */
export function ring(k: VmmCtx, thread: HwThreadId): void {
  if (ipiIsDoorbell(k)) {
    k.hw.arena.setDhdes(thread, 1);
    k.emit(KIND.msgsnd, NONE, NONE, thread, 0);
  } else {
    setMfrr(k.host.xics, thread, IPI_PRIORITY);
    driveLines(k, NONE);
    k.emit(KIND.ipi, NONE, NONE, thread, 0);
  }
}

/** Makes a vcpu notice what was queued for it: wakes the task that sleeps for it, or rings where it runs. */
export function kickNow(k: VmmCtx, vcpu: VcpuId): void {
  const { cpu } = vcpuOf(k, vcpu);
  const task = sleeperOf(k, vcpu);
  if (task >= 0) {
    k.tid = taskOf(k, task).cpu;
    const woken = tryToWakeUp(k, task);
    if (woken >= 0 || cpuOf(k).stopped) ring(k, taskOf(k, task).cpu);
  } else if (cpu >= 0) ring(k, cpu);
}
