import { describe, expect, test } from 'vitest';
import { EVENT_KINDS, EventRing, KIND } from './events.ts';

describe('the ring of events', () => {
  /** A ring of 8 in which event n is of step n. */
  function ring(count: number): EventRing {
    const made = new EventRing(8);
    for (let n = 0; n < count; n++) made.push(n, 10 * n, n % 3, 1, -1, n, 0);
    return made;
  }
  const steps = (made: EventRing, count: number) => made.last(count).map(({ step }) => step);

  test('gives the newest, oldest first', () => {
    expect(steps(ring(5), 3)).toEqual([2, 3, 4]);
    expect(ring(5).last(1)).toEqual([
      { step: 4, cycle: 40, kind: 1, thread: 1, vcpu: -1, a: 4, b: 0 },
    ]);
  });

  test('forgets the oldest when it is full', () => {
    expect(steps(ring(20), 100)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('forgets what lies at or behind a step, and does not bring back what was overwritten', () => {
    const made = ring(20);
    made.truncate(15);
    expect(steps(made, 100)).toEqual([12, 13, 14]);
    made.push(15, 0, 0, 0, 0, 0, 0);
    expect(steps(made, 100)).toEqual([12, 13, 14, 15]);
    made.truncate(0);
    expect(steps(made, 100)).toEqual([]);
    made.clear();
    expect(steps(made, 100)).toEqual([]);
  });
});

test('event kinds have names of their own, and every phase is also an event of its agents', () => {
  expect(new Set(EVENT_KINDS.map(({ name }) => name)).size).toBe(EVENT_KINDS.length);
  for (const [name, kind] of Object.entries(KIND)) expect(EVENT_KINDS[kind]?.name).toBe(name);
  for (const { phase, cross } of EVENT_KINDS) if (phase) expect(cross).toBe(true);
});
