// All records of a machine, and the machine's own: position, counters, violations.
import { NEVER } from '../hardware/hardware.ts';
import type { HostState } from '../host/records.ts';
import type { KvmState } from '../kvm/records.ts';
import { count, data, flag, type RecordOf, record } from '../state/schema.ts';
import type { Vmm } from '../vmm/records.ts';

/** An invariant or promise that did not hold at a step. */
export interface Violation {
  readonly id: string;
  readonly step: number;
  readonly why: string;
  /** Entity to look at: 'core0/t1', 'vm1/vcpu2'. */
  readonly where: string;
}

export const MACHINE = record('machine', {
  step: count('advance', 'steps executed: guest instructions, interrupts taken, host steps'),
  cycle: count('advance', 'model cycle at which the last step began'),
  last_thread: count('advance', 'thread that executed the last step', -1),
  mark_op: count('advance', 'position behind the last routine boundary'),
  mark_event: count('advance', 'position behind the last cross-agent event'),
  mark_phase: count('advance', 'position behind the last guest entry, exit or partition switch'),
  inputs_done: count('advance', 'inputs of the branch applied so far'),
  input_steps: data<number[]>('advance', 'step at which each of them was applied', () => []),
  choices_done: count('advance', 'choices of an untimed schedule that are behind it'),
  choice_open: flag(
    'advance',
    'the choice that was begun goes on: its guest has not come to the end of its move',
  ),
  guest_instructions: count('advance', 'guest instructions executed'),
  host_steps: count('advance', 'host steps executed'),
  guest_entries: count('advance', 'guest entries'),
  guest_exits: count('advance', 'guest exits'),
  exits_by_reason: data<Record<string, number>>('advance', 'guest exits by vector', () => ({})),
  own_interrupts: data<Record<string, number>>(
    'advance',
    'interrupts that went straight to the guest, by vector: the hypervisor never saw them',
    () => ({}),
  ),
  ipis: count('advance', 'hypervisor doorbells and other IPIs sent'),
  partition_switches: count('advance', 'changes of the partition'),
  watch_at: count(
    'the observer',
    'model cycle from which on it wants to look, though nothing has happened',
    NEVER,
  ),
  violations: data<Violation[]>(
    'invariants',
    'first occurrence of each, by invariant and entity',
    () => [],
  ),
});
export type MachineRecord = RecordOf<typeof MACHINE>;

/** Everything of a machine that is not in the arena. */
export interface Records<M = unknown> {
  machine: MachineRecord;
  host: HostState;
  kvm: KvmState;
  /** The QEMU process of each VM. */
  vmms: Vmm[];
  /** State of the scenario's monitor: plain data that its observer keeps. */
  monitor: M;
}
