import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Choice } from '../machine/choices.ts';
import { shrink, shrinkChoices } from './trial.ts';

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

test('of choices whole runs go, and what is left is no longer than it has to be', () => {
  const moves = (thread: number, times: number): Choice[] =>
    new Array<Choice>(times).fill({ kind: 'thread', thread });
  const count = (list: readonly Choice[], thread: number): number =>
    list.filter((choice) => choice.kind === 'thread' && choice.thread === thread).length;
  const list = [...moves(0, 40), ...moves(1, 9), ...moves(0, 3), ...moves(2, 50)];
  const short = shrinkChoices(list, (some) => count(some, 0) >= 17 && count(some, 2) >= 1);
  expect(short).toEqual([...moves(0, 17), ...moves(2, 1)]);
});
