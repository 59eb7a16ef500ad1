import { expect, test } from 'vitest';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const SCENARIO = 'two-guests';

test('both guests keep every promise, and the core goes from one to the other several times', () => {
  const loaded = makeLoaded({ scenario: SCENARIO });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  expect(checkResults(loaded).filter(({ ok }) => !ok)).toEqual([]);
  expect(loaded.machine.m.violations).toEqual([]);
  expect(loaded.machine.m.partition_switches).toBeGreaterThan(20);
});

test('before the second VM runs nobody has waited: the check is open, and says of whom', () => {
  const loaded = makeLoaded({ scenario: SCENARIO });
  loaded.machine.advance(Number.POSITIVE_INFINITY, () => loaded.machine.k.kvm.vcpus.length === 1);
  const failed = checkResults(loaded).find(({ name }) => name === 'both-get-the-core');
  expect(failed).toMatchObject({ ok: false, open: true, where: 'vm1' });
});
