import { expect, test } from 'vitest';
import { brokenInjections, hundreds } from './testing/schedules.ts';

// The first two hundred are in injections.test.ts.
/** Milliseconds; only a hang takes that long. */
const LONG = 600_000;

test.each(hundreds(200, 50))(
  'random inputs at random moments break nothing in the schedules of seeds %i to %i',
  (first, last) => {
    expect(brokenInjections(first, last)).toEqual([]);
  },
  LONG,
);
