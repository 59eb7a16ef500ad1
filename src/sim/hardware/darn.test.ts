import { describe, expect, it } from 'vitest';
import { flatThread } from './testing/flat-thread.ts';

/** What three darn of a kind leave, one after the other. */
function numbers(l: number): (bigint | undefined)[] {
  const hw = flatThread(
    [3, 4, 5].map((rt) => `.long ${0x7c0005e6 | (rt << 21) | (l << 16)}`).join('\n'),
  );
  hw.run(0, 3, 1);
  return [3, 4, 5].map((n) => hw.arena.gpr(0, n));
}

describe('darn', () => {
  it('gives other numbers every time, and the same in every run', () => {
    for (const l of [0, 1, 2]) {
      expect(new Set(numbers(l)).size).toBe(3);
      expect(numbers(l)).toEqual(numbers(l));
    }
  });

  it('gives 32 bits for L=0 and 64 bits for L=1 and 2', () => {
    expect(numbers(0).every((n) => (n ?? 0n) < 1n << 32n)).toBe(true);
    for (const l of [1, 2]) expect(numbers(l).some((n) => (n ?? 0n) >= 1n << 32n)).toBe(true);
  });

  it('fails for the reserved L=3', () => {
    expect(numbers(3)).toEqual(Array(3).fill(2n ** 64n - 1n));
  });
});
