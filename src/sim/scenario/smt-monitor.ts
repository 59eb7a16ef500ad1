// Which vcpus are in the guest at once, on which threads, and what became of those that came while their vcore ran.
import { vcpuOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import type { Observer } from '../machine/observer.ts';
import { KIND } from '../trace/events.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { doorbellObserver } from './doorbell-monitor.ts';

/** By events alone; lists are by vcpu. */
export interface SmtRuns {
  /** Most vcpus of one vcore that were in the guest at once, those that napped there with them. */
  most: number;
  /** Threads of the core on which each vcpu was in the guest. */
  threads: number[][];
  /** Vcpu that has entered the guest in the run of its vcore, by hardware thread, -1 none. */
  inside: number[];
  /** It was given a thread while its vcore ran, and has not entered yet: 1. */
  late: number[];
  /** Vcpus that joined a run, and those that came too late for one, in order. */
  joined: number[];
  too_late: number[];
}

const blank = (): SmtRuns => ({
  most: 0,
  threads: [],
  inside: [],
  late: [],
  joined: [],
  too_late: [],
});

function onEnter(m: Machine<Monitor>, runs: SmtRuns, thread: number, vcpu: number): void {
  runs.inside[thread] = vcpu;
  const { vcore } = vcpuOf(m.k, vcpu);
  const together = runs.inside.filter((v) => v >= 0 && vcpuOf(m.k, v).vcore === vcore).length;
  runs.most = Math.max(runs.most, together);
  const own = runs.threads[vcpu] ?? [];
  const ptid = thread % m.spec.model.threadsPerCore;
  if (!own.includes(ptid)) runs.threads[vcpu] = [...own, ptid];
  if (runs.late[vcpu]) runs.joined.push(vcpu);
  runs.late[vcpu] = 0;
}

export const smtObserver: Observer<Monitor> = {
  init: () => ({ ...doorbellObserver.init(), smt: blank() }),

  onEvent(m, kind, thread, vcpu, a, b) {
    if (m.spec.model.doorbellScope === 'core')
      doorbellObserver.onEvent(m, kind, thread, vcpu, a, b);
    const { smt } = m.monitor;
    if (!smt || vcpu < 0) return;
    while (smt.threads.length <= vcpu) smt.threads.push([]);
    while (smt.late.length <= vcpu) smt.late.push(0);
    while (smt.inside.length <= thread) smt.inside.push(-1);
    if (kind === KIND.kvm_guest_enter) onEnter(m, smt, thread, vcpu);
    // The runner starts threads of its own core; another cpu does it for a late joiner.
    else if (kind === KIND.vcpu_cpu && a >= 0) smt.late[vcpu] = a === m.k.tid ? 0 : 1;
    else if (kind === KIND.vcpu_cpu) {
      smt.inside = smt.inside.map((v) => (v === vcpu ? -1 : v));
      if (smt.late[vcpu]) smt.too_late.push(vcpu);
      smt.late[vcpu] = 0;
    }
  },

  afterStep: () => undefined,
};
