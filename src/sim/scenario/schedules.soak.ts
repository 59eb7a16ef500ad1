import { expect, test } from 'vitest';
import { SCENARIOS } from './index.ts';
import { runSchedules } from './testing/schedules.ts';

/** Milliseconds; only a hang takes that long. */
const LONG = 3_600_000;
/** Schedules of each scenario; the first are in schedules-1.test.ts and schedules-2.test.ts. */
const MANY = 2000;
const PART = 250;

const parts = SCENARIOS.flatMap(({ id }) =>
  Array.from({ length: MANY / PART }, (_, i) => [id, PART * i + 1, PART * (i + 1)] as const),
);

test.each(parts)(
  '%s: no check fails and no invariant is broken in the schedules of seeds %i to %i',
  (scenario, first, last) => {
    const { broken, steps } = runSchedules(scenario, first, ({ seeds }) => first + seeds > last);
    console.info(`${scenario}, seeds ${first} to ${last}: ${steps} checked steps`);
    expect(broken).toEqual([]);
  },
  LONG,
);
