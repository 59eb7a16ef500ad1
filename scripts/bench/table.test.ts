import { expect, test } from 'vitest';
import { percentile, ratio, table } from './table.ts';

test('a percentile is a measured value, not an interpolated one', () => {
  const sample = [40, 10, 30, 20];
  expect([0, 0.5, 0.75, 0.95, 1].map((p) => percentile(sample, p))).toEqual([10, 20, 30, 40, 40]);
});

test('an upper target is compared with p95, a lower one with p50', () => {
  const sample = [10, 20, 30, 40];
  const figure = { name: 'f', unit: 'ms', sample };
  expect(ratio({ ...figure, target: { kind: 'most', value: 80 } })).toBe(0.5);
  expect(ratio({ ...figure, target: { kind: 'least', value: 10 } })).toBe(2);
  expect(ratio(figure)).toBeNull();
});

test('a single value has no spread in the table', () => {
  expect(
    table([{ name: 'size', unit: 'KiB', sample: [12.345], target: { kind: 'most', value: 150 } }]),
  ).toBe(
    `| figure | unit | p50 | p95 | p99 | max | target | ratio |
| --- | --- | --- | --- | --- | --- | --- | --- |
| size | KiB | 12.3 |  |  |  | ≤ 150 | 0.08 |`,
  );
});
