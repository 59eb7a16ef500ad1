// nap-state-lost: a thread of the host that ran a guest during its nap is woken by the host (scenarios.md, seed 002).
import { PIECES, SLEEPERS } from '../guest/sleepers.ts';
import { PERCPU_WORD, THREADS } from '../guest/smt.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff, violation } from './checks.ts';
import { coreObserver, coreOf, total } from './core-monitor.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;
/** The secondary thread that gets an IPI by mistake. */
const THREAD = 2;
const broken = (why: string, where = `core0/t${THREAD}`) => ({ why, where });

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'lossy-path-taken',
    what: 'a thread that KVM had during its nap wakes in the host with r14-r31 from memory',
    goal: true,
    needs: [],
    test: (m) =>
      coreOf(m).losses[THREAD] ? HOLDS : broken(`thread ${THREAD} has not taken that way yet`),
  },
  {
    name: 'no-oops',
    what: 'the kernel of the host dies on no cpu',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'no-oops'),
  },
  {
    name: 'work-done',
    what: `each vcpu does its ${PIECES} pieces of work`,
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      for (let v = 0; v < THREADS; v++) {
        const at = (symbols.get('PERCPU') ?? 0n) + BigInt(0x100 * v + PERCPU_WORD.WORK);
        const done = guestWord(m, at);
        if (done < PIECES) return broken(`vcpu ${v}: ${done} of ${PIECES} so far`, `vm1/vcpu${v}`);
      }
      return HOLDS;
    },
  },
];

/** Stray IPIs, most of them while all vcpus idle and the core is the host's. */
const SCRIPT: Scenario['script'] = [40_000, 52_000, 64_000, 76_000].map((cycle) => ({
  step: -1,
  cycle,
  user: false,
  action: { kind: 'exit', thread: THREAD },
}));

export const NAP_STATE_LOST: Scenario<Monitor> = {
  id: 'nap-state-lost',
  title: 'A nap that KVM has interrupted',
  summary:
    'A secondary thread naps, offline for the host, runs a vcpu when KVM wants it, and naps again. Then a stray IPI wakes it: SRR1 says that its last nap lost nothing, but its registers are those of the guest.',
  cpu: 'p7',
  cores: 1,
  online: [0],
  vcpus: THREADS,
  virtualSmt: THREADS,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 60_000,
  guest: SLEEPERS,
  script: SCRIPT,
  patches: ['nap-state-lost'],
  opens: (m) => total(coreOf(m).losses) > 0 || m.host.cpus.some(({ oops }) => oops !== ''),
  observer: coreObserver,
  checks,
  offShows: {
    'nap-state-lost': ['powered-off', 'lossy-path-taken', 'no-oops', 'work-done'],
  },
};
