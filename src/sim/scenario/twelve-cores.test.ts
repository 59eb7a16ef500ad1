import { expect, test } from 'vitest';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

test('twelve guests on the 96 threads of a POWER8 machine all finish, and no invariant is broken', () => {
  const loaded = makeLoaded({ scenario: 'twelve-cores' });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  expect(checkResults(loaded).filter(({ ok }) => !ok)).toEqual([]);
  expect(loaded.machine.m.violations).toEqual([]);
  expect(loaded.machine.k.vmms).toHaveLength(12);
});
