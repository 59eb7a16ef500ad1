import { expect, test } from 'vitest';
import { brokenSchedules, hundreds } from './testing/schedules.ts';

// Half of the first thousand, so that two workers share them.
test.each(hundreds(0, 5))(
  'no check fails and no invariant is broken in the schedules of seeds %i to %i',
  (first, last) => {
    expect(brokenSchedules(first, last)).toEqual([]);
  },
);
