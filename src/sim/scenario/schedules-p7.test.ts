import { expect, test } from 'vitest';
import { scenariosOn } from './testing/make.ts';
import { brokenInjections, brokenSchedules } from './testing/schedules.ts';

test('on POWER7 no check fails and no invariant is broken in the schedules of 16 seeds', () => {
  expect(brokenSchedules(1, 16, scenariosOn('p7'))).toEqual([]);
});

test('on POWER7 nothing breaks under random inputs at random moments, by 16 seeds', () => {
  expect(brokenInjections(1, 16, scenariosOn('p7'))).toEqual([]);
});
