// The event vocabulary: what happened, to whom, at which step. Events are derived from the run, never part of the
// state: a replay emits the same ones. `cross` marks what one agent does to another (the `event` step grain),
// `phase` marks guest entry, guest exit and partition switch (the `phase` grain).
import type { RowOf, TableSchema } from './columns.ts';

export interface KindRow {
  readonly name: string;
  readonly cross: boolean;
  readonly phase: boolean;
  /**
   * Sentence for the log; {t} thread, {v} vcpu, {a} and {b} the arguments ({a:x} in hexadecimal, {a:c} as a
   * character).
   */
  readonly text: string;
}

const kind = <N extends string>(
  name: N,
  marks: '' | 'cross' | 'phase',
  text: string,
): KindRow & { readonly name: N } => ({
  name,
  cross: marks === 'cross' || marks === 'phase',
  phase: marks === 'phase',
  text,
});

/** All kinds; the index is the number in the `kind` column. Names follow the kvm_hv tracepoints where one exists. */
export const EVENT_KINDS = [
  kind('kvm_guest_enter', 'phase', 'vcpu {v} enters the guest on thread {t} at {a:x}'),
  kind('kvm_guest_exit', 'phase', 'vcpu {v} leaves the guest on thread {t}, trap {a:x}'),
  kind('partition_switch', 'phase', 'thread {t}: LPID {a} to {b}'),
  kind('interrupt', 'cross', 'thread {t} takes {a:x}'),
  kind('msgsnd', 'cross', 'thread {t} rings thread {a} (hypervisor doorbell)'),
  kind('smp_message', '', 'thread {t} leaves message {b} for thread {a}'),
  kind('smp_call_function', '', 'thread {t} runs the function thread {a} waits for'),
  kind('msgsndp', 'cross', 'vcpu {v}: msgsndp to thread {a} of its virtual core'),
  kind('msgclrp', 'cross', 'vcpu {v}: msgclrp'),
  kind('dpdes_write', '', 'thread {t}: DPDES := {a}'),
  kind('dpdes_deliver', 'cross', 'thread {t} delivers the doorbell to vcpu {v} and clears DPDES'),
  kind('doorbell_request', 'cross', 'vcpu {v}: doorbell_request := {a}'),
  kind('vcore_dpdes', '', 'vcpu {v}: saved dpdes := {a}'),
  kind('dpdes_read_begin', 'cross', 'vcpu {v} starts to read DPDES of its virtual core'),
  kind('dpdes_read_bit', '', 'vcpu {v}: thread {a} of the virtual core reads as {b}'),
  kind('dpdes_read_end', 'cross', 'vcpu {v} reads DPDES = {a:x}'),
  kind('tir_read', '', 'vcpu {v} reads TIR = {a}'),
  kind('kvm_hcall_enter', 'cross', 'vcpu {v}: hcall {a:x}'),
  kind('kvm_hcall_exit', '', 'vcpu {v}: hcall {a:x} returns {b}'),
  kind('cede', 'cross', 'vcpu {v} cedes'),
  kind('prod', 'cross', 'vcpu {v} is prodded'),
  kind('kvm_userspace_exit', 'cross', 'vcpu {v} exits to user space, reason {a}'),
  kind('sched_switch', 'cross', 'thread {t}: {a:n} to {b:n}'),
  kind('sched_wakeup', 'cross', 'thread {t} wakes {a:n} on thread {b}'),
  kind('idle_enter', '', 'thread {t} stops until something happens'),
  kind('idle_exit', '', 'thread {t} goes on'),
  kind('vcpu_start', 'cross', 'vcpu {v} is started by vcpu {a}'),
  kind('console', '', 'console: {a:c}'),
  kind('inject', 'cross', 'injected input {a}'),
  kind('violation', 'cross', 'invariant {a:i} does not hold'),
  kind('power_off', 'cross', 'the guest powers off'),
  kind('vcpu_cpu', '', 'vcpu {v}: cpu := {a}, thread_cpu := {b}'),
  kind('ipi', 'cross', 'thread {t} sends an IPI to thread {a}'),
  kind('tlb_flush', '', 'thread {t} flushes its TLB of LPID {a}: stale for vcpu {v}'),
  kind('tce_put', '', 'vcpu {v}: TCE of I/O address {a:x} := {b:x}'),
  kind('dma', 'cross', 'the device moves {b} bytes at I/O address {a:x}'),
  kind(
    'dma_refused',
    'cross',
    'DMA at I/O address {a:x} is refused: its TCE does not allow access {b}',
  ),
  kind('crq', 'cross', 'the device answers vcpu {v}, status {a:x}'),
  kind(
    'hpte_write',
    'cross',
    'thread {t} writes the HPTE at {a:x}: bits {b:x} of VALID, ABSENT, HVLOCK',
  ),
  kind('tlbie', 'cross', 'thread {t}: tlbie, virtual page {a:x}'),
  kind('kvm_mmio', 'cross', 'vcpu {v}: access to a device at {a:x}, store {b}'),
  kind('kvm_interrupt', 'cross', 'vcpu {v}: KVM_INTERRUPT {a:x}'),
  kind('irq', 'cross', 'source {b:x} raises the external interrupt line of thread {a}'),
  kind('mmio_unclaimed', 'cross', 'no device at {a:x}: it reads as ones and drops stores'),
  kind(
    'partition_conflict',
    'cross',
    'thread {t} executes in the partition that thread {a} of its core replaces (SPR {b})',
  ),
  kind(
    'hypervisor_in_partition',
    'cross',
    'thread {t} starts to translate as the hypervisor in partition {a}',
  ),
  kind(
    'tlbie_conflict',
    'cross',
    'thread {t} changes the LPID in HID4 while the tlbie of thread {a} for LPID {b} is on its way',
  ),
  kind(
    'tlb_not_flushed',
    'cross',
    'thread {t} runs partition {b} with translations of partition {a} in its TLB',
  ),
  kind(
    'no_such_register',
    'cross',
    'thread {t} accesses SPR {a}, which this processor does not have',
  ),
  kind('cede_nap', 'cross', 'vcpu {v} naps in H_CEDE on thread {t}; napping threads: {a:x}'),
  kind('cede_wake', 'cross', 'vcpu {v} wakes from its H_CEDE on thread {t}'),
  kind('nap_count', 'cross', 'thread {t} has finished: nap_count of vcore {a} is {b}'),
  kind('too_late', 'cross', 'vcpu {v} comes too late on thread {t}: an exit has begun'),
  kind('oops', 'cross', 'thread {t}: Oops, its kernel is dead'),
  kind(
    'core_exit',
    'cross',
    'vcpu {v} is the first to leave the guest, trap {a:x}: {b} other threads have to follow',
  ),
  kind(
    'nap_loss',
    'cross',
    'thread {t} goes on behind its nap with r14-r31 from memory: another has used them',
  ),
] as const satisfies readonly KindRow[];

export type EventName = (typeof EVENT_KINDS)[number]['name'];

/** Number of each kind by name. */
export const KIND = Object.fromEntries(EVENT_KINDS.map((row, i) => [row.name, i])) as Record<
  EventName,
  number
>;

/** Columns of an event. `step` is the step that emitted it; thread, vcpu and task are ids, -1 = none. */
export const EVENT_COLUMNS = {
  step: 'f64',
  cycle: 'f64',
  kind: 'i32',
  thread: 'i32',
  vcpu: 'i32',
  a: 'f64',
  b: 'f64',
} as const satisfies TableSchema;
export type EventRow = RowOf<typeof EVENT_COLUMNS>;

/** The last `capacity` events in columns. */
export class EventRing {
  readonly capacity: number;
  private readonly columns: Float64Array;
  private total = 0;
  /** Number of the oldest event still held. */
  private oldest = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.columns = new Float64Array(capacity * 7);
  }

  push(
    step: number,
    cycle: number,
    kindNo: number,
    thread: number,
    vcpu: number,
    a: number,
    b: number,
  ): void {
    const at = (this.total++ % this.capacity) * 7;
    const c = this.columns;
    c[at] = step;
    c[at + 1] = cycle;
    c[at + 2] = kindNo;
    c[at + 3] = thread;
    c[at + 4] = vcpu;
    c[at + 5] = a;
    c[at + 6] = b;
    this.oldest = Math.max(this.oldest, this.total - this.capacity);
  }

  /** Forgets the events of step `step` and later, before a replay emits them again. */
  truncate(step: number): void {
    while (
      this.total > this.oldest &&
      (this.columns[((this.total - 1) % this.capacity) * 7] ?? 0) >= step
    ) {
      this.total--;
    }
  }

  clear(): void {
    this.total = 0;
    this.oldest = 0;
  }

  /** The newest `count` events, oldest first. */
  last(count: number): EventRow[] {
    const rows: EventRow[] = [];
    for (let i = Math.max(this.oldest, this.total - count); i < this.total; i++) {
      const [step = 0, cycle = 0, kindNo = 0, thread = 0, vcpu = 0, a = 0, b = 0] =
        this.columns.subarray((i % this.capacity) * 7, (i % this.capacity) * 7 + 7);
      rows.push({ step, cycle, kind: kindNo, thread, vcpu, a, b });
    }
    return rows;
  }
}
