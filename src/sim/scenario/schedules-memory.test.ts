import { expect, test } from 'vitest';
import { brokenInjections, brokenSchedules } from './testing/schedules.ts';

const SCENARIOS = [
  ...['page-bits', 'hpt-pressure', 'stale-tlb'],
  ...['vrma-rma', 'mmio-absent-hpte', 'real-mode-put-tce'],
];

test('in the memory scenarios no check fails and no invariant is broken in the schedules of 12 seeds', () => {
  expect(brokenSchedules(101, 112, SCENARIOS)).toEqual([]);
});

test('in the memory scenarios nothing breaks under random inputs at random moments, by 12 seeds', () => {
  expect(brokenInjections(101, 112, SCENARIOS)).toEqual([]);
});
