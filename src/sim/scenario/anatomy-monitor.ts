// The anatomy of an entry and an exit: the registers of the thread before the entry, as the guest gets them, as it
// leaves them, and after the exit. The host must get back what it had, the guest what it left.
import { partitionOf } from '../hardware/partition.ts';
import { readSpr } from '../hardware/spr-access.ts';
import { type CpuFamily, hasSpr, SPRS, sprSlot } from '../isa/spr.ts';
import { vcpuOf } from '../kvm/context.ts';
import { HPT_HCALLS } from '../kvm/hcall-table.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import { KIND } from '../trace/events.ts';
import { GUEST_REGISTERS, HOST_REGISTERS, REGISTERS } from './anatomy-registers.ts';
import type { CoreCounts } from './core-monitor.ts';
import { type DoorbellMonitor, doorbellObserver } from './doorbell-monitor.ts';
import type { TceCounts } from './real-mode-put-tce.ts';
import type { SmtRuns } from './smt-monitor.ts';

/** Register values by name; of the SLB its valid entries in one text. */
export type Registers = Record<string, bigint | string>;

/** One run of a vcore, from the host to the host. */
export interface Anatomy {
  /** In the host, before the entry. */
  host: Registers;
  /** At hrfid into the guest, and when the hypervisor got the thread back for good. */
  entered: Registers;
  left: Registers;
  /** In the host again. */
  after: Registers;
}

export interface Runs {
  /** Runs begun and ended, counted at the vcpu with ptid 0. */
  begun: number;
  ended: number;
  /** By vcpu: its last run that ended, and the one that goes on. */
  last: Anatomy[];
  now: Anatomy[];
  /** Exits to user space by KVM_EXIT_PAPR_HCALL, and by any other reason. */
  hcalls: number;
  other_exits: number;
  /** Hcalls on the hashed page table, and those of them that found the core in the host's partition. */
  hpt_hcalls: number;
  hpt_switched: number;
  /** The first register that came back wrong, '' none: of the host, of the guest. */
  host_wrong: string;
  guest_wrong: string;
}

/** What a scenario's monitor holds; `runs`, `smt` and `core` only where a whole core is switched, `tce` where TCEs are put. */
export interface Monitor extends DoorbellMonitor {
  runs?: Runs;
  tce?: TceCounts;
  smt?: SmtRuns;
  core?: CoreCounts;
}

function registerValue(m: Machine, t: number, name: string): bigint | string {
  const { arena, model } = m.hw;
  const gpr = /^r(\d+)$/.exec(name);
  if (gpr) return arena.gpr(t, Number(gpr[1]));
  const fpr = /^f(\d+)$/.exec(name);
  if (fpr) return arena.vsr(t, Number(fpr[1]), 0);
  if (name !== 'SLB') return readSpr(m.hw, t, sprSlot(name));
  const entries: string[] = [];
  for (let entry = 0; entry < model.slbEntries; entry++) {
    const esid = arena.slb(t, entry, 'esid');
    if (esid === 0n) continue;
    entries.push(`${entry}: ${esid.toString(16)} ${arena.slb(t, entry, 'vsid').toString(16)}`);
  }
  return entries.join(', ');
}

/** True for a register that the CPU has. */
function exists(family: CpuFamily, name: string): boolean {
  const row = /^[A-Z]/.test(name) && name !== 'SLB' ? SPRS[sprSlot(name)] : undefined;
  return row === undefined || hasSpr(family, row);
}

const registers = (m: Machine, t: number): Registers =>
  Object.fromEntries(
    REGISTERS.filter((name) => exists(m.spec.model.family, name)).map((name) => [
      name,
      registerValue(m, t, name),
    ]),
  );

const nothing = (): Anatomy => ({ host: {}, entered: {}, left: {}, after: {} });

/** '' when all of `names` are the same in both, else the first that is not. */
function firstDifference(names: readonly string[], a: Registers, b: Registers): string {
  const name = names.find((each) => a[each] !== b[each]);
  if (name === undefined) return '';
  const text = (value: bigint | string | undefined) =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : `'${value ?? ''}'`;
  return `${name} was ${text(a[name])} and came back as ${text(b[name])}`;
}

const isEmpty = (registers: Registers): boolean => Object.keys(registers).length === 0;

/** A vcpu is put on a cpu: its run begins. */
function onBegin(m: Machine<Monitor>, runs: Runs, vcpu: number): void {
  if (vcpuOf(m.k, vcpu).ptid === 0) runs.begun += 1;
  runs.now[vcpu] = { ...nothing(), host: registers(m as Machine, m.k.tid) };
  runs.last[vcpu] ??= nothing();
}

/** It is taken off: the host's registers must be as before, the guest's were as it had left them. */
function onEnd(m: Machine<Monitor>, runs: Runs, vcpu: number): void {
  const [now, last] = [runs.now[vcpu], runs.last[vcpu]];
  if (!now || !last) return;
  if (vcpuOf(m.k, vcpu).ptid === 0) runs.ended += 1;
  now.after = registers(m as Machine, m.k.tid);
  runs.host_wrong ||= firstDifference(HOST_REGISTERS, now.host, now.after);
  if (isEmpty(now.entered)) return; // HDEC came first: the guest did not run
  if (!isEmpty(last.left))
    runs.guest_wrong ||= firstDifference(GUEST_REGISTERS, last.left, now.entered);
  runs.last[vcpu] = now;
}

export const anatomyObserver: Observer<Monitor> = {
  init: () => ({
    ...doorbellObserver.init(),
    runs: {
      begun: 0,
      ended: 0,
      last: [],
      now: [],
      hcalls: 0,
      other_exits: 0,
      hpt_hcalls: 0,
      hpt_switched: 0,
      host_wrong: '',
      guest_wrong: '',
    },
  }),

  onEvent(m, kind, thread, vcpu, a) {
    const { runs } = m.monitor;
    if (!runs) return;
    const now = runs.now[vcpu];
    if (kind === KIND.vcpu_cpu && a >= 0) onBegin(m, runs, vcpu);
    else if (kind === KIND.vcpu_cpu) onEnd(m, runs, vcpu);
    else if (kind === KIND.kvm_guest_enter && now && isEmpty(now.entered))
      now.entered = registers(m as Machine, thread);
    else if (kind === KIND.kvm_guest_exit && now) now.left = registers(m as Machine, thread);
    else if (kind === KIND.kvm_userspace_exit) {
      const hcall = vcpuOf(m.k, vcpu).run.exit_reason === 'KVM_EXIT_PAPR_HCALL';
      if (hcall) runs.hcalls += 1;
      else runs.other_exits += 1;
    } else if (kind === KIND.kvm_hcall_enter && HPT_HCALLS[a] !== undefined) {
      runs.hpt_hcalls += 1;
      if (partitionOf(m.hw, thread) === 0) runs.hpt_switched += 1;
    }
  },

  afterStep: () => undefined,
};
