import { expect, test } from 'vitest';
import { BOOK3S_HV } from './book3s-hv.ts';
import { brokenInjections, brokenSchedules } from './testing/schedules.ts';

const IDS = BOOK3S_HV.map(({ id }) => id);

test('on POWER7 no check fails and no invariant is broken in the schedules of 12 seeds', () => {
  expect(brokenSchedules(1, 12, IDS)).toEqual([]);
});

test('on POWER7 nothing breaks under random inputs at random moments, by 12 seeds', () => {
  expect(brokenInjections(1, 12, IDS)).toEqual([]);
});
