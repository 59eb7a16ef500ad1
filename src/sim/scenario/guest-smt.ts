// guest-smt: four vcpus of one virtual core on the four threads of a POWER7 core (scenarios.md, seed 001).
import { JOINERS, JOINERS_GUEST, ROUNDS } from '../guest/joiners.ts';
import type { Machine } from '../machine/machine.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import type { Check, Scenario } from './scenario.ts';
import { type SmtRuns, smtObserver } from './smt-monitor.ts';

const MB = 1 << 20;
const VCORE = 'vm1/vcore0';

function smtOf(m: Machine<Monitor>): SmtRuns {
  if (!m.monitor.smt) throw new Error('guest-smt: nothing about threads in its monitor');
  return m.monitor.smt;
}

const broken = (why: string, where = VCORE) => ({ why, where });

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'four-threads',
    what: 'four vcpus are in the guest at once, on the four threads of one core',
    goal: true,
    needs: [],
    test: (m) => {
      const { most } = smtOf(m);
      return most === JOINERS ? HOLDS : broken(`${most} of ${JOINERS} were there at once so far`);
    },
  },
  {
    name: 'late-joiner',
    what: 'a vcpu that starts while its vcore runs joins the run; the others stay in the guest',
    goal: true,
    needs: [],
    test: (m) => (smtOf(m).joined.length > 0 ? HOLDS : broken('none has joined a run yet')),
  },
  {
    name: 'threads-reassigned',
    what: 'a vcpu has no thread of its own: in another run it gets another one',
    goal: true,
    needs: [],
    test: (m) => {
      const moved = smtOf(m).threads.some((threads) => threads.length > 1);
      return moved ? HOLDS : broken('each vcpu has run on one thread only so far');
    },
  },
  {
    name: 'too-late-runs-next',
    what: 'a vcpu for which an exit had begun takes part in the next run',
    goal: true,
    needs: [],
    test: (m) => {
      const v = smtOf(m).too_late.find((vcpu) => smtOf(m).threads[vcpu]?.length === 0);
      return v === undefined ? HOLDS : broken(`vcpu ${v} has not run yet`, `vm1/vcpu${v}`);
    },
  },
  {
    name: 'rounds-done',
    what: 'all vcpus meet at the barrier of each round',
    goal: true,
    needs: ['round'],
    test: (m, symbols) => {
      const round = guestWord(m, symbols.get('round') ?? 0n);
      return round === ROUNDS ? HOLDS : broken(`${round} of ${ROUNDS} rounds so far`);
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

/** Cycles at which vcpus 2 and 3 are started, and at which the core is asked to leave the guest behind that. */
const STARTS = { SECOND: 14_000, THIRD: 20_000, EXIT: 20_430 };

export const GUEST_SMT: Scenario<Monitor> = {
  id: 'guest-smt',
  title: 'Four vcpus on the four threads of a core',
  summary:
    'A virtual core of four vcpus on POWER7. The task of one vcpu runs it for all; the others get the sibling threads, which the host has offline, by IPI. One vcpu joins while the core is in the guest, another comes too late because an exit has begun.',
  cpu: 'p7',
  cores: 2,
  online: [0, 4],
  vcpus: JOINERS,
  virtualSmt: 4,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 400_000,
  guest: JOINERS_GUEST,
  script: [
    { step: -1, cycle: STARTS.SECOND, user: false, action: { kind: 'start', vcpu: 2 } },
    { step: -1, cycle: STARTS.THIRD, user: false, action: { kind: 'start', vcpu: 3 } },
    { step: -1, cycle: STARTS.EXIT, user: false, action: { kind: 'exit', thread: 4 } },
  ],
  patches: ['guest-smt'],
  opens: (m) => smtOf(m).most === JOINERS,
  observer: smtObserver,
  checks,
  offShows: { 'guest-smt': ['four-threads', 'late-joiner', 'threads-reassigned'] },
};
