// lock-holder: two vcpus take turns on one hardware thread, and the one that holds a lock is often pre-empted.
import { lockHolder, TURNS } from '../guest/lock-holder.ts';
import { PERCPU_WORD } from '../guest/smt.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { hostChecks } from './book3s-hv.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { coreObserver } from './core-monitor.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;
const VCPUS = 2;
/** Looks at the lock for each time that the slice was given away; without H_CONFER they are some thousands a slice. */
const LOOKS = 40;

/** The sum of a word of each vcpu's own block. */
function sum(
  m: Parameters<Check<Monitor>['test']>[0],
  symbols: ReadonlyMap<string, bigint>,
  word: keyof typeof PERCPU_WORD,
): number {
  const at = (symbols.get('PERCPU') ?? 0n) + BigInt(PERCPU_WORD[word]);
  return guestWord(m, at) + guestWord(m, at + 0x100n);
}
const broken = (why: string, where = 'vm1/vcpu0') => ({ why, where });

const checks: readonly Check<Monitor>[] = [
  powersOff,
  {
    name: 'slice-given',
    what: 'a vcpu that finds the lock taken by one that does not run gives it its time slice, by H_CONFER',
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) =>
      sum(m, symbols, 'CONFERS') > 0 ? HOLDS : broken('none has given its slice away yet'),
  },
  {
    name: 'few-looks',
    what: `nobody spins through its slice: at most ${LOOKS} looks at the taken lock for each H_CONFER`,
    goal: false,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const [spins, confers] = [sum(m, symbols, 'SPINS'), sum(m, symbols, 'CONFERS')];
      return spins <= LOOKS * (confers + 1)
        ? HOLDS
        : broken(`${spins} looks, ${confers} slices given away`);
    },
  },
  {
    name: 'turns-taken',
    what: `each vcpu has the lock ${TURNS} times`,
    goal: true,
    needs: ['PERCPU'],
    test: (m, symbols) => {
      const turns = sum(m, symbols, 'WORK');
      return turns === VCPUS * TURNS ? HOLDS : broken(`${turns} of ${VCPUS * TURNS} so far`);
    },
  },
  ...hostChecks,
];

export const LOCK_HOLDER: Scenario<Monitor> = {
  id: 'lock-holder',
  title: 'The holder of a lock is pre-empted',
  summary:
    'Two vcpus share one hardware thread and a spin lock. Who finds the lock taken looks into the virtual processor area of its holder: an odd yield_count says that it does not run, and H_CONFER gives it the time slice.',
  cpu: 'p7',
  cores: 1,
  online: [0],
  vcpus: VCPUS,
  virtualSmt: 1,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 400_000,
  guest: lockHolder(true, VCPUS),
  script: [],
  patches: [],
  opens: (m, symbols) => sum(m, symbols, 'CONFERS') > 0,
  observer: coreObserver,
  checks,
  offShows: {},
};
