import { expect, test } from 'vitest';
import { scenariosOn } from './testing/make.ts';
import { brokenInjections, brokenSchedules, hundreds } from './testing/schedules.ts';

// The first dozens are in schedules-p7.test.ts and schedules-memory.test.ts.
/** Milliseconds; only a hang takes that long. */
const LONG = 600_000;

/** `count` hundreds of seeds for each scenario. */
const parts = (count: number) =>
  scenariosOn('p7').flatMap((scenario) =>
    hundreds(1000, count).map(([first, last]) => ({ scenario, first, last })),
  );

test.each(parts(20))(
  '$scenario: no check fails and no invariant is broken in the schedules of seeds $first to $last',
  ({ scenario, first, last }) => {
    expect(brokenSchedules(first, last, [scenario])).toEqual([]);
  },
  LONG,
);

test.each(parts(5))(
  '$scenario: random inputs at random moments break nothing in the schedules of seeds $first to $last',
  ({ scenario, first, last }) => {
    expect(brokenInjections(first, last, [scenario])).toEqual([]);
  },
  LONG,
);
