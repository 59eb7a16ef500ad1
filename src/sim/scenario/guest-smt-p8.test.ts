import { beforeAll, describe, expect, test } from 'vitest';
import type { Loaded, Monitor } from './index.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

describe('guest-smt-p8', () => {
  let loaded: Loaded<Monitor>;
  beforeAll(() => {
    loaded = makeLoaded({ scenario: 'guest-smt-p8' });
    loaded.machine.advance(Number.POSITIVE_INFINITY);
  });

  test('keeps its promises and every invariant', () => {
    expect(checkResults(loaded).filter(({ ok }) => !ok)).toEqual([]);
    expect(loaded.machine.m.violations).toEqual([]);
  });

  test('doorbells wake napping threads in the partition of the guest: more hops than partition switches', () => {
    expect(loaded.machine.m.partition_switches).toBeLessThan(32);
    expect(loaded.machine.m.exits_by_reason.F80).toBeUndefined();
  });

  test.each(['guest-smt', 'cede-real-mode'])(
    'without %s the doorbell gets lost, and exactly the checks fail that it names',
    (patch) => {
      const off = makeLoaded({ scenario: 'guest-smt-p8', off: [patch] });
      off.machine.advance(Number.POSITIVE_INFINITY);
      const failed = checkResults(off).filter(({ ok }) => !ok);
      expect(failed.map(({ name }) => name)).toEqual(off.scenario.offShows[patch]);
      expect(off.machine.endReason()).toBe('quiescent');
      expect(off.machine.m.violations).toEqual([]);
      expect(off.machine.k.kvm.vcpus.every(({ ceded }) => ceded === 1)).toBe(true);
    },
  );

  test('comes to the same state again', () => {
    const hash = () => {
      const { machine } = makeLoaded({ scenario: 'guest-smt-p8', seed: 9 });
      machine.advance(12_000);
      return machine.hash();
    };
    expect(hash()).toBe(hash());
  });
});
