import { expect, test } from 'vitest';
import { half, isEnough, runSchedules } from './testing/schedules.ts';

// Half of the scenarios; the other half is in schedules-2.test.ts, so that two workers share them.
/** Milliseconds; only a hang takes that long. */
const LONG = 600_000;
let together = 0;

test.each(half(0))(
  '%s: in random schedules, half of them with random inputs, no check fails and no invariant is broken',
  (scenario) => {
    const { steps, broken } = runSchedules(scenario, 1, (tally) => isEnough(scenario, tally));
    expect(broken).toEqual([]);
    together += steps;
  },
  LONG,
);

test('these were two and a half million checked steps', () => {
  expect(together).toBeGreaterThan(2_500_000);
});

test('a core whose sibling came online before the VM was made refuses its guest, which breaks nothing', () => {
  expect(runSchedules('lock-holder', 795, ({ seeds }) => seeds > 0).broken).toEqual([]);
});

test('in ipi-ring a vcpu that gets the turn sees the last hop, however late it looked at the count', () => {
  expect(runSchedules('ipi-ring', 110, ({ seeds }) => seeds > 0).broken).toEqual([]);
});
