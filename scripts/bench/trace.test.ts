import { expect, test } from 'vitest';
import { costPerMark, intervals, lengths, type Trace } from './trace.ts';

const PAGE = { pid: 1, tid: 1 };
const WORKER = { pid: 1, tid: 2 };
const task = (ts: number, tdur: number, thread = PAGE) => ({
  name: 'RunTask',
  ph: 'X',
  ts,
  tdur,
  ...thread,
});
const mark = (ts: number) => ({ name: 'picture', ph: 'I', ts, ...PAGE });
const measure = (ph: string, ts: number) => ({ name: 'frame', ph, ts, ...WORKER });

/** Two pictures and the mark of a third; events stand in no order in a trace. */
const TRACE: Trace = {
  traceEvents: [
    task(9000, 700),
    mark(1100),
    task(1000, 2000),
    task(4000, 3000),
    mark(8100),
    task(8000, 1000),
    task(4500, 50_000, WORKER),
    mark(20_100),
    task(20_000, 5000),
    measure('b', 500),
    measure('e', 900),
    measure('b', 7000),
    measure('e', 7600),
  ],
};

test('a picture costs the tasks of its thread from the one it arrives in to the next arrival', () => {
  expect(costPerMark(TRACE, 'picture')).toEqual([5, 1.7]);
});

test('marks are apart in milliseconds', () => {
  expect(intervals(TRACE, 'picture')).toEqual([7, 12]);
});

test('a measure lasts from its begin to its end', () => {
  expect(lengths(TRACE, 'frame')).toEqual([0.4, 0.6]);
});
