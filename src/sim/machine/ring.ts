// How an input reaches a hardware thread or a vcpu: as the kernel's kick would, but at once and with no sender.
import { taskOf } from '../host/context.ts';
import { tryToWakeUp } from '../host/sched.ts';
import { driveLines } from '../host/xics.ts';
import { vcpuOf } from '../kvm/context.ts';
import { sleeperOf } from '../kvm/p7-vcore.ts';
import { type HwThreadId, NONE, type TaskId, type VcpuId } from '../state/ids.ts';
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

/** Wakes a task as another cpu would: the cpu that it goes to is told by IPI. `only` as in try_to_wake_up. */
export function wakeTask(k: VmmCtx, task: TaskId, only = ''): void {
  k.tid = NONE;
  const cpu = tryToWakeUp(k, task, only);
  k.tid = taskOf(k, task).cpu;
  if (cpu >= 0) ring(k, cpu);
}

/**
 * Makes a vcpu notice what was queued for it: wakes the task that sleeps for it, or rings where it runs. A doorbell goes
 * to its own thread, which alone looks at it; by XICS the cpu of its core is called, and takes all threads out.
 */
export function kickNow(k: VmmCtx, vcpu: VcpuId): void {
  const { cpu, thread_cpu } = vcpuOf(k, vcpu);
  const task = sleeperOf(k, vcpu);
  const place = ipiIsDoorbell(k) && thread_cpu >= 0 ? thread_cpu : cpu;
  if (task >= 0) wakeTask(k, task);
  else if (place >= 0) ring(k, place);
}
