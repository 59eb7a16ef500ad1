import { expect, test } from 'vitest';
import { brokenStorms } from './testing/storm.ts';

// The first ten thousand are in storms-1.test.ts and storms-2.test.ts.
/** Milliseconds; only a hang takes that long. */
const LONG = 600_000;

test.each(Array.from({ length: 100 }, (_, i) => [i % 2 ? 'p7' : 'p9', 10_001 + 1000 * i] as const))(
  '%s: a thousand storms from seed %i on give what a page table of its own gives in some order',
  (cpu, first) => {
    expect(brokenStorms(cpu, first, first + 999)).toEqual([]);
  },
  LONG,
);
