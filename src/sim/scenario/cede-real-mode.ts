// cede-real-mode: idle vcpus nap on their threads, in the guest's partition, while another one works (scenarios.md,
// seed 002).
import { ONE_SPINS, WAKES } from '../guest/one-spins.ts';
import { PERCPU_WORD, THREADS } from '../guest/smt.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import { coreObserver, coreOf, total } from './core-monitor.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;
const SLEEPERS = Array.from({ length: THREADS - 1 }, (_, n) => n + 1);
const broken = (why: string, where = 'vm1/vcore0') => ({ why, where });

export const cedePullsNobody: Check<Monitor> = {
  name: 'cede-pulls-nobody',
  what: 'no H_CEDE makes the other threads of the core leave the guest',
  goal: false,
  needs: [],
  test: (m) => {
    const pulled = coreOf(m).pulled_by.H_CEDE ?? 0;
    return pulled === 0
      ? HOLDS
      : broken(`by H_CEDE threads had to follow another one out of the guest ${pulled} times`);
  },
};

const checks: readonly Check<Monitor>[] = [
  powersOff,
  cedePullsNobody,
  {
    name: 'no-switch-for-cede',
    what: 'no H_CEDE is answered in the partition of the host, at two partition switches each',
    goal: false,
    needs: [],
    test: (m) => {
      const { kernel_cedes } = coreOf(m);
      return kernel_cedes === 0 ? HOLDS : broken(`the kernel answered ${kernel_cedes} of them`);
    },
  },
  {
    name: 'resumes-in-place',
    what: 'each idle vcpu naps in the guest and goes on there, on its thread',
    goal: true,
    needs: [],
    test: (m) => {
      const v = SLEEPERS.find((vcpu) => !coreOf(m).resumed[vcpu]);
      return v === undefined
        ? HOLDS
        : broken(`vcpu ${v} has not gone on behind a nap yet`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'delivered-at-resume',
    what: 'a decrementer that runs out during a nap is delivered as the guest goes on, at 0x900',
    goal: true,
    needs: [],
    test: (m) => {
      const { resumed_at, resumed } = coreOf(m);
      if (resumed_at['900']) return HOLDS;
      return broken(`none at 0x900 of the ${total(resumed)} that have gone on so far`);
    },
  },
  {
    name: 'called-out',
    what: 'when the core has to leave the guest, those that nap are woken by IPI and leave with it',
    goal: true,
    needs: [],
    test: (m) =>
      total(coreOf(m).called_out) > 0 ? HOLDS : broken('no nap has ended by an exit so far'),
  },
  {
    name: 'all-wakes-taken',
    what: `each of the three that sleep is woken by ${WAKES} decrementers, and loses none`,
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const at = (v: number) => (symbols.get('PERCPU') ?? 0n) + BigInt(0x100 * v);
      const ticks = (v: number) => guestWord(m, at(v) + BigInt(PERCPU_WORD.TICKS));
      const v = SLEEPERS.find((vcpu) => ticks(vcpu) < WAKES);
      if (v === undefined) return HOLDS;
      return broken(`vcpu ${v} has taken ${ticks(v)} of ${WAKES}`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'no-interrupt-in-host',
    what: 'the host takes no interrupt that was meant for a guest',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'host-interrupt'),
  },
];

/** While some nap: the host wants the core, a prod and an external interrupt come for vcpus, a stray IPI for a thread. */
const SCRIPT: Scenario['script'] = (
  [
    [20_000, { kind: 'exit', thread: 0 }],
    [23_000, { kind: 'prod', vcpu: 2 }],
    [26_000, { kind: 'external', vcpu: 3 }],
    [31_000, { kind: 'exit', thread: 3 }],
  ] as const
).map(([cycle, action]) => ({ step: -1, cycle, user: false, action }));

export const CEDE_REAL_MODE: Scenario<Monitor> = {
  id: 'cede-real-mode',
  title: 'Idle vcpus nap inside the guest',
  summary:
    'One of four vcpus works, the others idle and wake by their decrementers. H_CEDE is handled in real mode: the thread naps in the partition of the guest, and the core leaves it only when all are idle.',
  cpu: 'p7',
  cores: 1,
  online: [0],
  vcpus: THREADS,
  virtualSmt: THREADS,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 600_000,
  guest: ONE_SPINS,
  script: SCRIPT,
  patches: ['cede-real-mode'],
  opens: (m) => total(coreOf(m).naps) > 0,
  observer: coreObserver,
  checks,
  offShows: {
    'cede-real-mode': [
      'cede-pulls-nobody',
      'no-switch-for-cede',
      'resumes-in-place',
      'delivered-at-resume',
      'called-out',
    ],
  },
};
