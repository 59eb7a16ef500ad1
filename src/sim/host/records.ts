// The host kernel's records: one per cpu (its PACA, run queue and timers together) and one per task.
import { count, data, flag, id, type RecordOf, record, reg, text, word } from '../state/schema.ts';
import type { Xics } from '../xics/records.ts';
import type { HostMemory } from './memory.ts';
import type { Frame } from './routine.ts';

/** Messages of the muxed IPI (PPC_MSG_*): bit numbers in `ipi_messages`. */
export const PPC_MSG = { CALL_FUNCTION: 0, RESCHEDULE: 1 } as const;
/** paca.irq_happened bits. */
export const PACA_IRQ = { DBELL: 2 } as const;

/** A host hrtimer: a time-base value and the routine that runs when it is reached. */
export interface HrTimer {
  readonly expires: number;
  readonly fn: string;
  readonly arg: number;
}

export const CPU = record('cpu', {
  online: flag('boot, take_cpu_down, start_secondary', 'the host runs on this hardware thread', 1),
  going_offline: flag('cpu_down; take_cpu_down', 'take_cpu_down is to run here'),
  // scheduler
  curr: id('context_switch', 'task that runs here'),
  idle_task: id('boot', 'swapper/N'),
  kworker: id('boot', 'kworker/N'),
  queue: data<number[]>(
    'scheduler, under the run queue lock',
    'runnable tasks that wait for this cpu',
    () => [],
  ),
  need_resched: flag(
    'try_to_wake_up, scheduler_tick; cleared by schedule',
    'the current task should yield',
  ),
  tick_next: count('tick', 'time base of the next scheduler tick (none while idle)', 2 ** 52),
  slice_end: count('context_switch', 'time base at which the current task has used up its slice'),
  hrtimers: data<HrTimer[]>(
    'hrtimer_start and hrtimer_cancel on this cpu',
    'armed timers',
    () => [],
  ),
  // interrupts
  ipi_messages: word('any cpu, atomically', 'PPC_MSG_* bits left for this cpu'),
  device_irqs: count('do_IRQ', 'interrupts of devices that were handled here (/proc/interrupts)'),
  csd_queue: data<number[]>(
    'any cpu, atomically',
    'cpus whose call_single_data waits here',
    () => [],
  ),
  csd_locked: flag(
    'smp_call_function_single sets, the target clears',
    'CSD_LOCK of the call this cpu made',
  ),
  irq_happened: word('guest exit sets, replay clears', 'PACA_IRQ_* that the guest exit consumed'),
  // kvm_hstate
  in_guest: flag('entry and exit path', 'kvm_hstate.in_guest: interrupts go to the guest exit'),
  kvm_vcpu: id('entry and exit path', 'kvm_hstate.kvm_vcpu'),
  kvm_vcore: id('kvmppc_start_thread', 'kvm_hstate.kvm_vcore'),
  hwthread_req: flag('kvmppc_grab_hwthread, H_CEDE', 'a thread that wakes goes to KVM'),
  hwthread_state: text(
    'nap and its wake-up',
    'KVM_HWTHREAD_IN_KERNEL, _IN_NAP or _IN_KVM',
    'KVM_HWTHREAD_IN_KERNEL',
  ),
  napping: flag('H_CEDE; kvm_end_cede', 'kvm_hstate.napping: it naps because its vcpu has ceded'),
  nap_state_lost: flag(
    'power7_nap clears, kvm_start_guest sets',
    'r14-r31 are not those with which the host napped',
  ),
  saved_r1: count('power7_nap', 'PACAR1: real address of the frame that keeps r14-r31, r2, CR'),
  saved_depth: count('power7_nap', 'frames of its task below that stack pointer'),
  saved_xirr: word('kvm_start_guest', 'XIRR of an interrupt that KVM accepted for the host'),
  host_depth: count('kvmppc_hv_entry', 'frames of its task below kvm_hstate.host_r1'),
  hstate: data<Record<string, bigint>>(
    'entry and exit path',
    'kvm_hstate: host registers that wait in the PACA while a guest runs',
    () => ({}),
  ),
  trap: word('interrupt vector', 'vector that ended the guest run (r12 in the exit path)'),
  oops: text('die', 'why the kernel died on this cpu'),
  // what the user sees
  waiting: text('a spinning or sleeping step', 'what the current step waits for'),
  stopped: word('idle', 'the thread halts: 1 in `stop`, 2 in `nap`'),
});
export type Cpu = RecordOf<typeof CPU>;

/** Values of `stopped`. */
export const HALTED = { STOP: 1, NAP: 2 } as const;

export const TASK = record('task', {
  comm: text('creation', 'name'),
  kind: text('creation', "'idle', 'kworker', 'vcpu' or 'qemu'"),
  vcpu: id('creation', 'vcpu whose thread this is'),
  vm: id('creation', 'VM whose process it belongs to'),
  cpu: id('scheduler', 'cpu it runs on or last ran on', 0),
  state: text(
    'the task itself; try_to_wake_up sets TASK_RUNNING',
    'TASK_RUNNING, TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE',
    'TASK_RUNNING',
  ),
  on_rq: flag('scheduler', 'running or queued'),
  work: count('queue_work; worker_thread', 'work items left (kworker)'),
  signal: flag('pthread_kill; the task', 'a signal is pending'),
  msr: reg('context_switch', 'MSR while it is not running'),
  stack: data<Frame[]>('the task', 'frames, innermost last', () => []),
});
export type Task = RecordOf<typeof TASK>;

export interface HostState {
  cpus: Cpu[];
  tasks: Task[];
  memory: HostMemory;
  /** The interrupt controller of the machine: a server for each hardware thread. */
  xics: Xics;
  /** Seed of a jittered schedule, 0 = none. */
  seed: number;
}
