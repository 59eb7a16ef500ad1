import { expect, test } from 'vitest';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const SCENARIOS = ['page-bits', 'hpt-pressure', 'stale-tlb'].map(
  (id) => makeLoaded({ scenario: id }).scenario,
);
const CASES = SCENARIOS.flatMap(({ id, patches }) => patches.map((off) => ({ id, off })));

test.each(CASES)('$id with $off off fails exactly the checks that it names', ({ id, off }) => {
  const loaded = makeLoaded({ scenario: id, off: [off] });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  expect(failed.map(({ name }) => name)).toEqual(loaded.scenario.offShows[off]);
  expect(loaded.machine.endReason()).toBe('powered off');
});
