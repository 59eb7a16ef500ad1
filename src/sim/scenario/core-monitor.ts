// Why the threads of a core leave the guest together, what naps in the guest spare them, and where external interrupts
// for a guest find their vcpu: by events alone.
import { MSR } from '../hardware/bits.ts';
import { SLOT } from '../hardware/slots.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { vcoreOf, vcpuOf } from '../kvm/context.ts';
import { KVM_INTERRUPT } from '../kvm/exceptions.ts';
import { HCALL } from '../kvm/hcall.ts';
import { HPT_HCALLS } from '../kvm/hcall-table.ts';
import { ONE_EXIT } from '../kvm/p7-entry.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import { NONE } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';

/** Why the first thread left the guest that others had to follow. */
export type Cause = 'H_CEDE' | 'HPT hcall' | 'hcall' | 'idle' | 'host' | 'fault';

/** Lists are by vcpu if nothing else is said. */
export interface CoreCounts {
  /** Threads that had to follow the first to leave, by its cause. */
  pulled_by: Partial<Record<Cause, number>>;
  /** Exits of a vcpu for another one's sake, and those by HDEC where HDEC ended the run of its core. */
  pulled: number[];
  hdec_exits: number[];
  /** By vcore: the trap with which its first thread left, and others had to follow; -1: none has in this run. */
  first_trap: number[];
  /** Times that a kworker got a cpu of the host. */
  worker_runs: number;
  /** H_CEDEs that the kernel answered, in the partition of the host. */
  kernel_cedes: number;
  /** Naps in H_CEDE; those that ended in the guest again, and those that the exit of the core ended. */
  naps: number[];
  resumed: number[];
  called_out: number[];
  /** Where the guest went on behind a nap: '500', '900', or 'sc' behind its hypercall. */
  resumed_at: Partial<Record<'500' | '900' | 'sc', number>>;
  /** 1 in a nap, 2 awake but not in the guest yet. */
  napping: number[];
  /** By hardware thread: naps of the host behind which its registers came from memory. */
  losses: number[];
  /** KVM_INTERRUPT_SET: those that came while one waited, those that the guest took, and those that wait. */
  coalesced: number[];
  taken: number[];
  waiting: number[];
  /** Where they found the vcpu. */
  found: Partial<Record<'host' | 'nap' | 'guest EE=0' | 'guest EE=1', number>>;
}

const VCPUS = 8;
const zeros = (): number[] => new Array<number>(VCPUS).fill(0);

const blank = (): CoreCounts => ({
  pulled_by: {},
  pulled: zeros(),
  hdec_exits: zeros(),
  first_trap: [],
  worker_runs: 0,
  kernel_cedes: 0,
  naps: zeros(),
  resumed: zeros(),
  called_out: zeros(),
  resumed_at: {},
  napping: zeros(),
  losses: zeros(),
  coalesced: zeros(),
  taken: zeros(),
  waiting: zeros(),
  found: {},
});

type M = Machine<Monitor>;

export function coreOf(m: M): CoreCounts {
  if (!m.monitor.core) throw new Error('coreOf: nothing about a core in its monitor');
  return m.monitor.core;
}

export const total = (counts: readonly number[]): number =>
  counts.reduce((sum, each) => sum + each, 0);

const add = (counts: number[], place: number): void => {
  counts[place] = (counts[place] ?? 0) + 1;
};
function addTo<K extends string>(counts: Partial<Record<K, number>>, key: K, n = 1): void {
  counts[key] = (counts[key] ?? 0) + n;
}

/** By the trap with which the first thread left; 0: its hypercall is done, nobody of the core has work. */
function causeOf(m: M, vcpu: number, trap: number): Cause {
  if (trap === 0) return 'idle';
  if (trap === BOOK3S_INTERRUPT.EXTERNAL || trap === BOOK3S_INTERRUPT.HV_DECREMENTER) return 'host';
  if (trap !== BOOK3S_INTERRUPT.SYSCALL) return 'fault';
  const nr = Number(vcpuOf(m.k, vcpu).gpr[3] ?? 0n);
  if (nr === HCALL.H_CEDE) return 'H_CEDE';
  return HPT_HCALLS[nr] === undefined ? 'hcall' : 'HPT hcall';
}

function onEnter(core: CoreCounts, vcpu: number, at: number): void {
  const external = at === BOOK3S_INTERRUPT.EXTERNAL;
  if (external && core.waiting[vcpu]) {
    add(core.taken, vcpu);
    core.waiting[vcpu] = (core.waiting[vcpu] ?? 0) - 1;
  }
  if (!core.napping[vcpu]) return;
  core.napping[vcpu] = 0;
  add(core.resumed, vcpu);
  const decrementer = at === BOOK3S_INTERRUPT.DECREMENTER;
  addTo(core.resumed_at, external ? '500' : decrementer ? '900' : 'sc');
}

function onInterrupt(m: M, core: CoreCounts, vcpu: number): void {
  const { thread_cpu, pc } = vcpuOf(m.k, vcpu);
  const inGuest = thread_cpu >= 0 && m.hw.inGuest(thread_cpu);
  // One that is on its way to the guest already, as its pc, makes room for another.
  const onItsWay = !inGuest && pc === BigInt(BOOK3S_INTERRUPT.EXTERNAL);
  if ((core.waiting[vcpu] ?? 0) > (onItsWay ? 1 : 0)) add(core.coalesced, vcpu);
  else add(core.waiting, vcpu);
  if (core.napping[vcpu] === 1) addTo(core.found, 'nap');
  else if (!inGuest) addTo(core.found, 'host');
  else addTo(core.found, (m.hw.msr(thread_cpu) & MSR.EE) === 0n ? 'guest EE=0' : 'guest EE=1');
}

/** A run of the vcore begins or ends for the vcpu, which gets a cpu or has none. */
function onCpu(m: M, core: CoreCounts, vcpu: number, cpu: number): void {
  const { vcore, trap } = vcpuOf(m.k, vcpu);
  if (cpu >= 0) {
    if (vcoreOf(m.k, vcpu).entry_exit_count === 0) core.first_trap[vcore] = NONE;
    return;
  }
  const first = core.first_trap[vcore] ?? NONE; // none: it was alone
  const byHdec = first === NONE || first === BOOK3S_INTERRUPT.HV_DECREMENTER;
  if (byHdec && trap === BOOK3S_INTERRUPT.HV_DECREMENTER) add(core.hdec_exits, vcpu);
  if (!core.napping[vcpu]) return;
  core.napping[vcpu] = 0;
  add(core.called_out, vcpu);
}

/** Keeps what the anatomy of runs needs, too. */
export const coreObserver: Observer<Monitor> = {
  init: () => ({ ...anatomyObserver.init(), core: blank() }),

  onEvent(m, kind, thread, vcpu, a, b) {
    anatomyObserver.onEvent(m, kind, thread, vcpu, a, b);
    const { core } = m.monitor;
    if (!core) return;
    if (kind === KIND.nap_loss) add(core.losses, thread);
    if (kind === KIND.sched_switch && m.host.cpus[thread]?.kworker === b) core.worker_runs += 1;
    if (vcpu < 0) return;
    if (kind === KIND.core_exit) {
      addTo(core.pulled_by, causeOf(m, vcpu, a), b);
      core.first_trap[vcpuOf(m.k, vcpu).vcore] = a;
    } else if (kind === KIND.kvm_guest_enter) onEnter(core, vcpu, a);
    else if (kind === KIND.kvm_guest_exit) {
      if (a !== BOOK3S_INTERRUPT.HV_DECREMENTER) return;
      if (vcoreOf(m.k, vcpu).entry_exit_count >= ONE_EXIT) add(core.pulled, vcpu);
    } else if (kind === KIND.cede && m.hw.arena.isZero(thread, SLOT.LPIDR)) core.kernel_cedes += 1;
    else if (kind === KIND.cede_nap) {
      add(core.naps, vcpu);
      core.napping[vcpu] = 1;
    } else if (kind === KIND.cede_wake && core.napping[vcpu]) core.napping[vcpu] = 2;
    else if (kind === KIND.vcpu_cpu) onCpu(m, core, vcpu, a);
    else if (kind === KIND.kvm_interrupt && a === KVM_INTERRUPT.SET) onInterrupt(m, core, vcpu);
  },

  afterStep: () => undefined,
};
