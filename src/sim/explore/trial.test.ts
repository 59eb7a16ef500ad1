import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shrink } from './trial.ts';

test('a list is made as short as it can be without ceasing to fail', () => {
  const needs = fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 5 });
  const law = fc.property(
    fc.array(fc.nat({ max: 30 }), { maxLength: 60 }),
    needs,
    (noise, culprits) => {
      const fails = (list: readonly number[]) => culprits.every((n) => list.includes(n));
      const list = [...noise, ...culprits, ...noise];
      const short = shrink(list, fails);
      expect([...short].sort()).toEqual([...culprits].sort());
    },
  );
  fc.assert(law, { seed: 5, numRuns: 100 });
});

test('what fails by itself is made empty', () => {
  expect(shrink([1, 2, 3], () => true)).toEqual([]);
});
