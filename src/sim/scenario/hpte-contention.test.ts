import { expect, test } from 'vitest';
import { HPTE_CONTENTION, TURNS } from '../guest/hpte-contention.ts';
import type { Edit } from '../kvm/patches.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, powersOff } from './checks.ts';
import { LIBRARY } from './index.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import { report } from './report.ts';
import { load, type Scenario } from './scenario.ts';

const SCENARIO: Scenario<Monitor> = memoryScenario({
  id: 'hpte-contention',
  title: 'hpte-contention',
  summary: 'hpte-contention',
  guest: HPTE_CONTENTION,
  cores: 2,
  online: [0, 4],
  vcpus: 2,
  stepLimit: 150_000,
  opens: () => true,
  checks: [powersOff, ...hptChecks],
});

/** The whole run: what both vcpus counted, and how often each waited for the lock of the entry. */
function run(seed: number, mutation: readonly Edit[] = []) {
  const spec = { scenario: SCENARIO.id, cpu: '', off: [], seed };
  const loaded = load({ ...LIBRARY, scenarios: [SCENARIO] }, spec, mutation);
  if (!loaded.ok) throw new Error(loaded.error.message);
  const { machine, symbols } = loaded.value;
  let waits = 0;
  const last = new Map<number, string>();
  machine.storyboard.onStep = (routine, label) => {
    const here = `${routine}/${label}`;
    if (label === 'lock' && last.get(machine.k.tid) === here) waits += 1;
    last.set(machine.k.tid, here);
  };
  machine.advance(Number.POSITIVE_INFINITY);
  const vars = symbols.get('vars') ?? 0n;
  const words = Array.from({ length: 6 }, (_, i) => guestWord(machine, vars + BigInt(4 * i)));
  const [won0 = 0, lost0 = 0, wrong0 = 0, won1 = 0, lost1 = 0, wrong1 = 0] = words;
  const { checks, violations } = report(loaded.value);
  const failed = checks.filter(({ ok }) => !ok).map(({ why }) => why);
  const wrong = wrong0 + wrong1;
  return { won: [won0, won1], lost: [lost0, lost1], wrong, failed, violations, waits };
}

test('two vcpus that contend for one entry never have it both, in the schedules of six seeds', () => {
  let lost = 0;
  let waits = 0;
  for (let seed = 0; seed < 6; seed++) {
    const ran = run(seed);
    expect({ seed, failed: ran.failed, violations: ran.violations, wrong: ran.wrong }).toEqual({
      seed,
      failed: [],
      violations: [],
      wrong: 0,
    });
    expect(ran.won).toEqual([TURNS, TURNS]);
    lost += (ran.lost[0] ?? 0) + (ran.lost[1] ?? 0);
    waits += ran.waits;
  }
  expect(lost).toBeGreaterThan(0);
  expect(waits).toBeGreaterThan(0);
});

test('when H_REMOVE sends no tlbie, a vcpu reads a frame of before', () => {
  expect(run(0, [{ routine: 'kvmppc_h_remove', remove: 'tlbie' }]).wrong).toBeGreaterThan(0);
});
