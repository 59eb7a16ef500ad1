import { expect, test } from 'vitest';
import { brokenStorms } from './testing/storm.ts';

// The other half is in storms-2.test.ts, so that both run at the same time.
/** Milliseconds; only a hang takes that long. */
const LONG = 300_000;

test(
  'POWER9: 5,000 storms of 30 hcalls give what a page table of its own gives in some order',
  () => {
    expect(brokenStorms('p9', 1, 5000)).toEqual([]);
  },
  LONG,
);
