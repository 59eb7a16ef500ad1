import { describe, expect, test } from 'vitest';
import { ROUNDS_970 } from '../guest/ppc970.ts';
import type { Edit } from '../kvm/patches.ts';
import { guestWord } from './checks.ts';
import { checkResults, report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

function ended(off: readonly string[], seed = 0, mutation: readonly Edit[] = []) {
  const loaded = makeLoaded({ scenario: 'ppc970', off, seed }, mutation);
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  return { ...loaded, failed: failed.map(({ name }) => name) };
}

describe('ppc970', () => {
  const loaded = ended([]);
  const { failed, machine } = loaded;

  test('all checks hold and no invariant is broken', () => {
    expect(failed).toEqual([]);
    expect(machine.m.violations).toEqual([]);
    expect(report(loaded).console).toBe('vm1:\nA taken 08\nvm2:\nB taken 08\n');
  });

  test('the IPI that the host left for itself is what ends a run when the guest sets MSR[EE]', () => {
    expect(machine.m.exits_by_reason['500']).toBeGreaterThanOrEqual(16);
  });

  test('storage and segment interrupts go straight to the guest, and only three come to the hypervisor', () => {
    expect(Object.keys(machine.m.own_interrupts).sort()).toEqual(['300', '380']);
    expect(Object.keys(machine.m.exits_by_reason).sort()).toEqual(['500', '980', 'C00']);
  });
});

describe('ppc970 off', () => {
  test('exactly the checks that the scenario names fail, and each chance is missed', () => {
    const { failed, machine, scenario, symbols } = ended(['ppc970']);
    expect(failed).toEqual(scenario.offShows.ppc970);
    expect(machine.m.violations).toEqual([]);
    expect(guestWord(machine, symbols.get('missed') ?? 0n, 1)).toBe(ROUNDS_970);
    expect(machine.m.exits_by_reason['500']).toBe(undefined);
  });
});

describe('ppc970-tlb off', () => {
  test('exactly the checks that the scenario names fail: both store to the page of one of them', () => {
    const { failed, machine, scenario } = ended(['ppc970-tlb']);
    expect(failed).toEqual(scenario.offShows['ppc970-tlb']);
    const ids = machine.m.violations.map(({ id }) => id);
    expect(ids.sort()).toEqual(['own-translations', 'tlb-flushed']);
  });

  test('the flush of the exit alone would keep the guests apart', () => {
    expect(ended([], 0, [{ routine: 'kvmppc_hv_entry', remove: 'tlbiel' }]).failed).toEqual([]);
  });
});

describe('H_ENTER of memory that is not pinned', () => {
  test('needs the kernel to pin it: else it goes to user space, and the guest has no page', () => {
    const unpinned = { routine: 'kvmppc_virtmode_h_enter', remove: 'get_guest_page' };
    expect(ended([], 0, [unpinned]).failed).toContain('pages-pinned');
  });
});

test('under other schedules the promises hold, too', () => {
  for (const seed of [1, 2]) {
    const { failed, machine } = ended([], seed);
    expect([failed, machine.m.violations]).toEqual([[], []]);
  }
});
