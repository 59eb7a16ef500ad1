// The anatomy of an entry and an exit: the registers of the thread before the entry, as the guest gets them, as it
// leaves them, and after the exit. The host must get back what it had, the guest what it left.
import { readSpr } from '../hardware/spr-access.ts';
import { sprSlot } from '../isa/spr.ts';
import type { Machine } from '../machine/machine.ts';
import { KIND } from '../trace/events.ts';
import { type DoorbellMonitor, doorbellObserver } from './doorbell-monitor.ts';

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
  /** Runs begun and ended, and the last one that ended. */
  begun: number;
  ended: number;
  last: Anatomy;
  /** Registers of the run that goes on. */
  now: Anatomy;
  /** Exits to user space for an hcall. */
  hcalls: number;
  /** The first register that came back wrong, '' none: of the host, of the guest. */
  host_wrong: string;
  guest_wrong: string;
}

/** What a scenario's monitor holds; `runs` only where a whole core is switched. */
export interface Monitor extends DoorbellMonitor {
  runs?: Runs;
}

/** Registers that belong to the partition, and those of which host and guest have their own. */
const PARTITION = ['LPIDR', 'SDR1', 'LPCR', 'RMOR'] as const;
const OWN = ['DSCR', 'AMR', 'UAMOR', 'DABR', 'DABRX', 'MMCR0', 'CTRL', 'SPRG3'] as const;
const OF_GUEST = [
  ...['SPRG0', 'SPRG1', 'SPRG2', 'DAR', 'DSISR', 'MMCR1', 'MMCRA'],
  ...['PMC1', 'PMC2', 'PMC3', 'PMC4', 'PMC5', 'PMC6', 'CTR', 'LR', 'VRSAVE'],
] as const;
/** What the host must find as it was. */
export const HOST_REGISTERS: readonly string[] = [...PARTITION, ...OWN, 'HSPRG0', 'SLB', 'r1', 'r13'];
/** What the guest must find as it left it. */
export const GUEST_REGISTERS: readonly string[] = [...OWN, ...OF_GUEST, 'SLB', 'r31', 'f14'];
const ALL = [...new Set([...HOST_REGISTERS, ...GUEST_REGISTERS])];

function valueOf(m: Machine, t: number, name: string): bigint | string {
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

const registers = (m: Machine, t: number): Registers =>
  Object.fromEntries(ALL.map((name) => [name, valueOf(m, t, name)]));

const nothing = (): Anatomy => ({ host: {}, entered: {}, left: {}, after: {} });

/** '' when all of `names` are the same in both, else the first that is not. */
function firstDifference(names: readonly string[], a: Registers, b: Registers): string {
  const name = names.find((each) => a[each] !== b[each]);
  if (name === undefined) return '';
  const text = (value: bigint | string | undefined) =>
    typeof value === 'bigint' ? `0x${value.toString(16)}` : `'${value ?? ''}'`;
  return `${name} was ${text(a[name])} and came back as ${text(b[name])}`;
}

/** A vcpu is put on a cpu (its run begins) or taken off. */
function onRun(m: Machine<Monitor>, runs: Runs, thread: number, begins: boolean): void {
  const here = registers(m as Machine, thread);
  if (begins) {
    runs.begun += 1;
    runs.now = { ...nothing(), host: here };
    return;
  }
  runs.ended += 1;
  runs.now.after = here;
  runs.host_wrong ||= firstDifference(HOST_REGISTERS, runs.now.host, here);
  const { entered, left } = runs.last;
  // What the guest left last time is what it got this time, unless it did not run at all.
  if (Object.keys(left).length > 0 && Object.keys(runs.now.entered).length > 0)
    runs.guest_wrong ||= firstDifference(GUEST_REGISTERS, left, runs.now.entered);
  if (Object.keys(runs.now.entered).length === 0) runs.now = { ...runs.now, entered, left };
  runs.last = runs.now;
  runs.now = nothing();
}

export const anatomyObserver: { init: () => Monitor } & Pick<
  typeof doorbellObserver,
  'afterStep'
> & {
    onEvent(m: Machine<Monitor>, kind: number, thread: number, v: number, a: number, b: number): void;
  } = {
  init: () => ({
    ...doorbellObserver.init(),
    runs: {
      begun: 0,
      ended: 0,
      last: nothing(),
      now: nothing(),
      hcalls: 0,
      host_wrong: '',
      guest_wrong: '',
    },
  }),

  onEvent(m, kind, thread, _vcpu, a) {
    const { runs } = m.monitor;
    if (!runs) return;
    if (kind === KIND.vcpu_cpu) onRun(m, runs, m.k.tid, a >= 0);
    else if (kind === KIND.kvm_guest_enter && Object.keys(runs.now.entered).length === 0)
      runs.now.entered = registers(m as Machine, thread);
    else if (kind === KIND.kvm_guest_exit) runs.now.left = registers(m as Machine, thread);
    else if (kind === KIND.kvm_userspace_exit) runs.hcalls += 1;
  },

  afterStep: () => undefined,
};
