import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Choice, choicesText, readChoices } from './choices.ts';

const number = fc.nat({ max: 95 });
const choice: fc.Arbitrary<Choice> = fc.oneof(
  number.map((thread) => ({ kind: 'thread', thread }) as const),
  number.map((vcpu) => ({ kind: 'dec', vcpu }) as const),
  fc
    .tuple(fc.constantFrom('hdec', 'preempt', 'exit'), number)
    .map(([kind, thread]) => ({ kind, thread }) as const),
);

test('a list says again what it was made of, in characters that a link may have', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(choice, { maxLength: 40 }), (from, list) => {
      const text = choicesText({ from, list });
      expect(text).toMatch(/^[\w,:-]+$/);
      expect(readChoices(text)).toEqual({ ok: true, value: { from, list } });
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('moves of one thread in a row are counted', () => {
  const own: Choice = { kind: 'thread', thread: 0 };
  const list: Choice[] = [own, own, own, { kind: 'thread', thread: 4 }, { kind: 'dec', vcpu: 1 }];
  expect(choicesText({ from: 12, list })).toBe('12:0-3,4,d1');
});

describe('a list that cannot be read is refused', () => {
  test.each(['', '0-3', 'x:0', '1:0-', '1:y3', '1:0,,1', '1:0-999999,1-999999'])('%j', (text) => {
    expect(readChoices(text)).toMatchObject({ ok: false, error: { code: 'BAD_CHOICES' } });
  });
});
