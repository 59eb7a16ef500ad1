import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Hasher, hashText, mix32 } from './hash.ts';

function hash(value: unknown): string {
  const hasher = new Hasher();
  hasher.value(value);
  return hashText(hasher.digest());
}

test('equal data has equal hashes, whatever the order of its keys', () => {
  expect(hash({ a: 1, b: [2n, 'x', true] })).toBe(hash({ b: [2n, 'x', true], a: 1 }));
});

// A field has one type for its life, so only values of one type must differ.
test.each([
  ['numbers', [0, 1, -1, 0.5, -0.5, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 52]],
  ['registers', [0n, 1n, 1n << 31n, 1n << 32n, 1n << 63n, (1n << 64n) - 1n]],
  ['texts', ['', '0', '00', 'a', 'b', 'ab', 'ba', 'é']],
  ['lists', [[], [0], [0, 0], [1, 0], [0, 1]]],
  ['lists of lists', [[], [[]], [[], []], [[0]], [[1], []], [[], [1]]]],
  ['structures', [{}, { a: 0 }, { b: 0 }, { a: 1 }, { a: 0, b: 0 }, { ab: 0 }]],
  ['flags', [true, false]],
])('different %s have different hashes', (_, values: readonly unknown[]) => {
  expect(new Set(values.map(hash)).size).toBe(values.length);
});

test('one bit of a register or one character of a text changes the hash', () => {
  const bit = fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat(63), (v, n) => {
    expect(hash({ r: v })).not.toBe(hash({ r: v ^ (1n << BigInt(n)) }));
  });
  fc.assert(bit, { seed: 11, numRuns: 300 });
  const text = fc.property(fc.string({ minLength: 1 }), (s) => {
    expect(hash(s)).not.toBe(hash(`${s.slice(0, -1)}\u0001`));
  });
  fc.assert(text, { seed: 12, numRuns: 100 });
});

test('a hash has 16 digits', () => {
  expect(hashText(0x1fn)).toBe('000000000000001f');
});

test('the mix is a fixed function of all its parts', () => {
  expect(mix32(1, 2, 3)).toBe(mix32(1, 2, 3));
  const all = new Set<number>();
  for (let seed = 0; seed < 10; seed++) {
    for (let a = 0; a < 10; a++) for (let b = 0; b < 10; b++) all.add(mix32(seed, a, b));
  }
  expect(all.size).toBe(1000);
});
