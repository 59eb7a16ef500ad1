// guest-smt on POWER8: eight vcpus of one virtual core on the eight threads of a core, with doorbells of their own
// (scenarios.md, seed 001; what the later kernels made of it).
import { LAPS, MSGSNDP_RING, RINGERS } from '../guest/msgsndp-ring.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import type { Machine } from '../machine/machine.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import type { Check, Scenario } from './scenario.ts';
import { type SmtRuns, smtObserver } from './smt-monitor.ts';

const MB = 1 << 20;
const HOPS = LAPS * RINGERS;
/** PC_DOORBELLS, and a vcpu's own block. */
const DOORBELLS = 8;
const PERCPU_SIZE = 0x100;

const broken = (why: string, where = 'vm1/vcore0') => ({ why, where });

function smtOf(m: Machine<Monitor>): SmtRuns {
  if (!m.monitor.smt) throw new Error('guest-smt-p8: nothing about threads in its monitor');
  return m.monitor.smt;
}

/** Guest exits by a vector so far. */
const exits = (m: Machine<Monitor>, vector: number): number =>
  m.m.exits_by_reason[vector.toString(16).toUpperCase()] ?? 0;

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'eight-threads',
    what: 'eight vcpus are in the guest at once, computing or napping, on the eight threads of one core',
    goal: true,
    needs: [],
    test: (m) => {
      const { most } = smtOf(m);
      return most === RINGERS ? HOLDS : broken(`${most} of ${RINGERS} were there at once so far`);
    },
  },
  {
    name: 'fixed-threads',
    what: 'a vcpu runs on the thread of its own number, in every run',
    goal: false,
    needs: [],
    test: (m) => {
      const v = smtOf(m).threads.findIndex((threads, vcpu) => threads.some((t) => t !== vcpu));
      return v < 0 ? HOLDS : broken(`vcpu ${v} has run on another thread`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'ring-done',
    what: `the doorbell goes round all vcpus ${LAPS} times`,
    goal: true,
    needs: ['hops'],
    test: (m, symbols) => {
      const hops = guestWord(m, symbols.get('hops') ?? 0n);
      return hops === HOPS ? HOLDS : broken(`${hops} of ${HOPS} hops so far`);
    },
  },
  {
    name: 'doorbells-taken',
    what: 'every vcpu takes doorbells (0xA00)',
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const at = (symbols.get('PERCPU') ?? 0n) + BigInt(DOORBELLS + 4);
      for (let v = 0; v < RINGERS; v++) {
        if (guestWord(m, at + BigInt(v * PERCPU_SIZE)) === 0)
          return broken(`vcpu ${v} has taken none so far`, `vm1/vcpu${v}`);
      }
      return HOLDS;
    },
  },
  {
    name: 'doorbells-in-hardware',
    what: 'msgsndp, TIR and DPDES of the guest never trap to the hypervisor',
    goal: false,
    needs: [],
    test: (m) => {
      const traps = exits(m, BOOK3S_INTERRUPT.H_FAC_UNAVAIL);
      return traps === 0 ? HOLDS : broken(`${traps} of them trapped`);
    },
  },
  {
    name: 'tir-right',
    what: 'TIR is the number of the vcpu in its virtual core',
    goal: false,
    needs: ['wrong'],
    test: (m, symbols) => {
      const wrong = guestWord(m, symbols.get('wrong') ?? 0n);
      return wrong === 0 ? HOLDS : broken(`TIR was another number ${wrong} times`);
    },
  },
  {
    name: 'doorbell-kept',
    what: 'a doorbell that no vcpu has taken outlives an exit of the core, and is taken then',
    goal: true,
    needs: ['kept', 'taken'],
    test: (m, symbols) => {
      const [kept, taken] = ['kept', 'taken'].map(
        (name) => guestWord(m, symbols.get(name) ?? 0n) & 1,
      );
      if (kept === 1 && taken === 0) return HOLDS;
      return broken(`its bit in DPDES was ${kept} behind the exit, ${taken} at the end`);
    },
  },
  {
    name: 'called-out-by-doorbell',
    what: 'whoever leaves the guest rings the other threads: 0xE80 takes them out',
    goal: true,
    needs: [],
    test: (m) =>
      exits(m, BOOK3S_INTERRUPT.H_DOORBELL) > 0 ? HOLDS : broken('none was rung so far'),
  },
  {
    name: 'no-interrupt-in-host',
    what: 'the host takes no interrupt that was meant for a guest',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'host-interrupt'),
  },
];

export const GUEST_SMT_P8: Scenario<Monitor> = {
  id: 'guest-smt-p8',
  title: 'Eight vcpus on the eight threads of a POWER8 core',
  summary:
    'A virtual core of eight vcpus, each on the thread of its own number. They ping each other with msgsndp, which the hardware does by itself, and idle by H_CEDE. Who has entered and who leaves is a bitmap; the first to leave rings the others by hypervisor doorbell.',
  cpu: 'p8',
  cores: 1,
  online: [0],
  vcpus: RINGERS,
  virtualSmt: RINGERS,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 400_000,
  guest: MSGSNDP_RING,
  script: [{ step: -1, cycle: 40_000, user: false, action: { kind: 'preempt', thread: 0 } }],
  patches: ['guest-smt', 'cede-real-mode'],
  opens: (m) => smtOf(m).most === RINGERS,
  observer: smtObserver,
  checks,
  offShows: {
    // Eight vcores of one vcpu each, in turn on thread 0: the hardware knows no other thread of theirs.
    'guest-smt': [
      'powered-off',
      'eight-threads',
      'fixed-threads',
      'ring-done',
      'doorbells-taken',
      'tir-right',
      'doorbell-kept',
      'called-out-by-doorbell',
    ],
    // Who has ceded sleeps as a task, and no doorbell of the guest wakes a task.
    'cede-real-mode': [
      'powered-off',
      'eight-threads',
      'ring-done',
      'doorbells-taken',
      'doorbell-kept',
    ],
  },
};
