// book3s-hv and real-mode-hcalls with four vcpus on the threads of one core: what an exit means for the others
// (scenarios.md, seeds 001 and 002).
import { hptCalls } from '../guest/hpt-calls.ts';
import { OWN_REGISTERS, ROUNDS } from '../guest/own-registers.ts';
import { PERCPU_WORD, THREADS } from '../guest/smt.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { hostChecks, hptHcallChecks } from './book3s-hv.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { coreObserver, coreOf, total } from './core-monitor.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;
const broken = (why: string, where = 'vm1/vcore0') => ({ why, where });

/** A virtual core of four vcpus, and one core of which the host uses thread 0. */
export const FOUR_THREADS = {
  cpu: 'p7',
  cores: 1,
  online: [0],
  vcpus: THREADS,
  virtualSmt: THREADS,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 400_000,
  observer: coreObserver,
} as const;

/** A word of each vcpu's own block is at least `least`. */
export const eachVcpu = (
  name: string,
  what: string,
  word: keyof typeof PERCPU_WORD,
  least: number,
): Check<Monitor> => ({
  name,
  what,
  goal: true,
  needs: ['PERCPU'],
  test: (m, symbols) => {
    for (let v = 0; v < THREADS; v++) {
      const at = (symbols.get('PERCPU') ?? 0n) + BigInt(0x100 * v + PERCPU_WORD[word]);
      const now = guestWord(m, at);
      if (now < least) return broken(`vcpu ${v}: ${now} of ${least} so far`, `vm1/vcpu${v}`);
    }
    return HOLDS;
  },
});

const registerChecks: readonly Check<Monitor>[] = [
  powersOff,
  eachVcpu('rounds-done', `each vcpu comes to the end of its ${ROUNDS} rounds`, 'WORK', ROUNDS),
  {
    name: 'leave-together',
    what: 'when one vcpu leaves the guest, those on the other threads follow it',
    goal: true,
    needs: [],
    test: (m) =>
      total(coreOf(m).pulled) > 0 ? HOLDS : broken('none has had to follow another one yet'),
  },
  {
    name: 'guest-registers-kept',
    what: 'each vcpu finds its registers as it left them, whichever thread it gets, also behind a nap',
    goal: false,
    needs: ['wrong'],
    test: (m, symbols) => {
      const wrong = guestWord(m, symbols.get('wrong') ?? 0n);
      return wrong === 0 ? HOLDS : broken(`the guest found ${wrong} of its registers changed`);
    },
  },
  ...hostChecks,
];

const pullsNobody: Check<Monitor> = {
  name: 'pulls-nobody',
  what: 'no hcall on the hashed page table takes another thread out of the guest',
  goal: false,
  needs: [],
  test: (m) => {
    const pulled = coreOf(m).pulled_by['HPT hcall'] ?? 0;
    return pulled === 0
      ? HOLDS
      : broken(`other threads had to follow such an hcall out of the guest ${pulled} times`);
  },
};

export const SMT_SIBLINGS: readonly Scenario<Monitor>[] = [
  {
    ...FOUR_THREADS,
    id: 'book3s-hv-smt',
    title: 'Four vcpus enter and leave a core together',
    summary:
      'Four vcpus on the threads of a POWER7 core, each with values of its own in its registers. Whoever leaves the guest takes the others with it; thread 0 switches the partition for all.',
    guest: OWN_REGISTERS,
    script: [{ step: -1, cycle: 30_000, user: false, action: { kind: 'preempt', thread: 0 } }],
    patches: [],
    opens: (m) => total(coreOf(m).pulled) > 0,
    checks: registerChecks,
    offShows: {},
  },
  {
    ...FOUR_THREADS,
    id: 'real-mode-hcalls-smt',
    title: 'Hypercalls beside three working threads',
    summary:
      'One vcpu changes its hashed page table, three others compute. Answered in real mode its hypercalls disturb nobody; in the kernel each takes the three others out of the guest.',
    guest: hptCalls(THREADS - 1),
    script: [],
    patches: ['real-mode-hcalls'],
    opens: (m) => (m.monitor.runs?.hpt_hcalls ?? 0) > 0,
    checks: [pullsNobody, ...hptHcallChecks],
    offShows: { 'real-mode-hcalls': ['pulls-nobody', 'no-switch-for-hpt-hcalls'] },
  },
];
