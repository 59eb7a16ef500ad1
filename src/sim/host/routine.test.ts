import { expect, test } from 'vitest';
import { BASE, routine, stepsOf, variant } from './routine.ts';

type Ctx = { readonly name: string };
const nothing = (): undefined => undefined;
const base = routine<Ctx, Record<string, never>>(
  'kernel_function',
  { source: 'kernel/file.c', mode: 'real', about: 'Two things.' },
  [
    ['first', 'one thing', nothing, 3],
    ['second', 'another', nothing],
  ],
);
const labels = (changes: Parameters<typeof variant<Ctx, Record<string, never>>>[1]): string[] =>
  variant(base, changes).steps.map(({ label }) => label);

test('a variant replaces a step, takes it out, or puts others before and behind it', () => {
  expect(labels({ first: ['other', 'x', nothing] })).toEqual(['other', 'second']);
  expect(labels({ first: null })).toEqual(['second']);
  const both = [['before', 'x', nothing], BASE, ['behind', 'x', nothing]] as const;
  expect(labels({ first: both })).toEqual(['before', 'first', 'behind', 'second']);
  expect(labels({ second: [['a', 'x', nothing]] })).toEqual(['first', 'a']);
});

test('a variant keeps the steps that it does not name, and runs its own in the mode of the base', () => {
  const { steps, name } = variant(base, { second: [BASE, ['third', 'x', nothing]] });
  expect([name, steps[0], steps[1]]).toEqual(['kernel_function', base.steps[0], base.steps[1]]);
  expect(steps[2]).toMatchObject({ label: 'third', mode: 'real' });
});

test('a variant of a step that the base does not have is our mistake', () => {
  expect(() => labels({ third: null })).toThrow("kernel_function has no step 'third'");
});

test('a text in another order takes its steps from the base by label; one that is missing is our mistake', () => {
  const where = { source: 'kernel/file.c', mode: 'real', about: 'The same.' } as const;
  const other = routine('other', where, [...stepsOf(base, 'second'), ...stepsOf(base, 'first')]);
  expect(other.steps).toEqual([base.steps[1], base.steps[0]]);
  expect(stepsOf(base, 'first', 'second')).toEqual(base.steps);
  expect(() => stepsOf(base, 'third')).toThrow("kernel_function has no step 'third'");
});
