import { expect, test } from 'vitest';
import { brokenSchedules, hundreds } from './testing/schedules.ts';

// The first thousand are in schedules-1.test.ts and schedules-2.test.ts.
/** Milliseconds; only a hang takes that long. */
const LONG = 600_000;

test.each(hundreds(1000, 200))(
  'no check fails and no invariant is broken in the schedules of seeds %i to %i',
  (first, last) => {
    expect(brokenSchedules(first, last)).toEqual([]);
  },
  LONG,
);
