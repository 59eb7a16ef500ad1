import { describe, expect, test } from 'vitest';
import type { Edit } from '../kvm/patches.ts';
import { processAt } from '../vmm/process.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const MB = 2 ** 20;

function ended(off: readonly string[], mutation: readonly Edit[] = []) {
  const loaded = makeLoaded({ scenario: 'vrma-rma', off }, mutation);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  return { ...loaded, failed: failed.map(({ name }) => name) };
}

describe('vrma-rma', () => {
  const { failed, machine } = ended([]);

  test('all checks hold and no invariant is broken', () => {
    expect(failed).toEqual([]);
    expect(machine.m.violations).toEqual([]);
    expect(processAt(machine.k, 0).vmm.console).toBe('inside 1\nrefused 3\ntranslated 1\n');
  });

  test('the area was taken before the work of the host began, from the top of memory', () => {
    expect(machine.k.host.memory.rmas).toEqual([{ base: 64 * MB, size: 32 * MB, use_count: 2 }]);
  });

  test('the work of the host leaves much memory, but no large piece of it', () => {
    const free = machine.k.host.memory.free.map(({ bytes }) => bytes);
    expect(free.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(30 * MB);
    expect(Math.max(...free)).toBeLessThan(8 * MB);
  });
});

describe('vrma-rma off', () => {
  test('exactly the checks that the scenario names fail: there is no VM', () => {
    const { failed, machine, scenario } = ended(['vrma-rma']);
    expect(failed).toEqual(scenario.offShows['vrma-rma']);
    expect(processAt(machine.k, 0).vmm.stopped).toBe('KVM_ALLOCATE_RMA: error -12');
    expect(machine.endReason()).toBe('KVM_ALLOCATE_RMA: error -12');
    const free = machine.k.host.memory.free.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(free).toBeGreaterThan(32 * MB);
  });

  test('it is the fragmentation that prevents it: on an idle host the area is found', () => {
    const { failed, machine } = ended(['vrma-rma'], [{ routine: 'kernel_init', remove: 'uptime' }]);
    expect(failed).toEqual([]);
    expect(machine.k.host.memory.rmas).toEqual([{ base: 32 * MB, size: 32 * MB, use_count: 2 }]);
  });
});
