import { beforeAll, describe, expect, test } from 'vitest';
import { KIND } from '../trace/events.ts';
import type { Loaded, Monitor } from './index.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const SCENARIO = { scenario: 'guest-smt' };

/** A finished run, and the checks that fail. */
function finished(off: readonly string[] = []): { loaded: Loaded<Monitor>; failed: string[] } {
  const loaded = makeLoaded({ ...SCENARIO, off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  return { loaded, failed: failed.map(({ name }) => name) };
}

describe('guest-smt', () => {
  let on: ReturnType<typeof finished>;
  beforeAll(() => {
    on = finished();
  });

  test('keeps its promises and every invariant', () => {
    expect(on.failed).toEqual([]);
    expect(on.loaded.machine.m.violations).toEqual([]);
  });

  test('two vcpus join a run; the third comes when an exit has begun, and runs next', () => {
    expect(on.loaded.machine.monitor.smt).toMatchObject({ joined: [1, 2], too_late: [3] });
    const { events } = on.loaded.machine;
    const late = events.last(30_000).filter(({ kind }) => kind === KIND.too_late);
    expect(late.map(({ vcpu, thread }) => [vcpu, thread])).toEqual([[3, 7]]);
  });

  test('each vcpu has been on each thread: who leaves last is the last of the next run', () => {
    const threads = on.loaded.machine.monitor.smt?.threads.map((own) => own.toSorted());
    expect(threads).toEqual(Array.from({ length: 4 }, () => [0, 1, 2, 3]));
  });

  test('without the patch one thread of each core runs guest code, for four vcores in turn', () => {
    const { loaded, failed } = finished(['guest-smt']);
    expect(failed).toEqual(loaded.scenario.offShows['guest-smt']);
    expect(loaded.machine.k.kvm.vcores.map(({ num_threads }) => num_threads)).toEqual([1, 1, 1, 1]);
    expect(loaded.machine.monitor.smt).toMatchObject({ most: 1, threads: [[0], [0], [0], [0]] });
    const switches = (l: Loaded<Monitor>) => l.machine.m.partition_switches;
    expect(switches(loaded)).toBeGreaterThan(2 * switches(on.loaded));
  });

  test('comes to the same state again', () => {
    const hash = () => {
      const { machine } = makeLoaded({ ...SCENARIO, seed: 9 });
      machine.advance(30_000);
      return machine.hash();
    };
    expect(hash()).toBe(hash());
  });
});
