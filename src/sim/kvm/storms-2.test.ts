import { expect, test } from 'vitest';
import { brokenStorms } from './testing/storm.ts';

/** Milliseconds; only a hang takes that long. */
const LONG = 300_000;

test(
  'POWER7: 5,000 storms of 30 hcalls give what a page table of its own gives in some order',
  () => {
    expect(brokenStorms('p7', 5001, 10_000)).toEqual([]);
  },
  LONG,
);
