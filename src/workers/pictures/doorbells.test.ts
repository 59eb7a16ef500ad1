import { expect, test } from 'vitest';
import { makeLoaded } from '../../sim/scenario/testing/make.ts';
import { doorbellTables } from './doorbells.ts';

test('on POWER8 every doorbell of the core is counted, and none is lost or made up', () => {
  const { machine } = makeLoaded({ scenario: 'guest-smt-p8', cpu: 'p8' });
  machine.advance(1e9);
  const { vcpus, matrix, path } = doorbellTables(machine);
  const total = (of: (row: (typeof vcpus)[number]) => number) =>
    vcpus.reduce((sum, row) => sum + of(row), 0);
  expect(total((row) => row.sent)).toBeGreaterThan(8);
  expect(matrix.reduce((sum, { sent }) => sum + sent, 0)).toBe(total((row) => row.sent));
  expect(total((row) => row.delivered + row.coalesced + row.cleared + row.pending)).toBe(
    total((row) => row.sent),
  );
  expect(total((row) => row.lost)).toBe(0);
  expect(vcpus.map(({ tir, thr }) => tir - thr)).toEqual(vcpus.map(() => 0));
  expect(path.map(({ stage }) => stage)).toEqual(['msgsndp', 'DPDES', '0xA00']);
});
