import { expect, test } from 'vitest';
import { brokenInjections, hundreds } from './testing/schedules.ts';

test.each(hundreds(0, 2))(
  'random inputs at random moments break nothing in the schedules of seeds %i to %i',
  (first, last) => {
    expect(brokenInjections(first, last)).toEqual([]);
  },
);
