import { expect, test } from 'vitest';
import { CPU_MODELS } from '../hardware/cpu-model.ts';
import { PRESETS } from '../kvm/patch-sets.ts';
import { PATCHES, patchesOn } from '../kvm/patches/index.ts';
import { targetOf } from '../kvm/patches.ts';
import { HISTORIC_CASES, type HistoricCase, linkOfCase } from './historic-cases.ts';
import { LIBRARY } from './index.ts';
import { report } from './report.ts';
import { findScenario } from './scenario.ts';
import { makeLoaded } from './testing/make.ts';

const BURST = 4000;

interface Ran {
  /** Checks that do not hold and invariants that did not, so far. */
  readonly broken: readonly string[];
  readonly counters: Readonly<Record<string, unknown>>;
}

/** Runs to the end, or until `stop` is broken for good. */
function run({ scenario, choices }: HistoricCase, off: readonly string[], stop = ''): Ran {
  const loaded = makeLoaded({ scenario, off, ...(choices && { choices }) });
  for (;;) {
    const ended = loaded.machine.advance(BURST) < BURST;
    const { checks, violations, counters } = report(loaded);
    const failed = checks.filter(({ ok, open }) => !ok && (ended || !open)).map(({ name }) => name);
    const broken = [...failed, ...violations.map(({ id }) => id)];
    if (ended || broken.includes(stop)) return { broken, counters: { ...counters } };
  }
}

/** The same machine with every fix. */
const mended = new Map<string, Ran>();
function mendedOf(each: HistoricCase): Ran {
  const key = `${each.scenario} ${each.choices ?? ''}`;
  const ran = mended.get(key) ?? run(each, []);
  mended.set(key, ran);
  return ran;
}

test.each(HISTORIC_CASES)('$patch: off it breaks $breaks in $scenario, on nothing does', (each) => {
  const [on, off] = [mendedOf(each), run(each, [each.patch], each.breaks)];
  expect(on.broken).toEqual([]);
  const [before, after] = [on.counters[each.breaks], off.counters[each.breaks]];
  if (typeof before === 'number') expect(after).toBeGreaterThan(before);
  else expect(off.broken).toContain(each.breaks);
});

test('every historic mistake has its case on each CPU on which it can be switched', () => {
  const mistakes = PATCHES.filter(({ fixed }) => fixed).flatMap(({ id, cpus }) =>
    cpus.map((cpu) => `${id} ${cpu}`),
  );
  const cases = HISTORIC_CASES.map(({ patch, scenario }) => {
    const { cpu = '' } = findScenario(LIBRARY, scenario) ?? {};
    return `${patch} ${CPU_MODELS.get(cpu)?.family}`;
  });
  expect(cases.toSorted()).toEqual(mistakes.toSorted());
});

test('historic-3.6 has what was mended later, and no patch edits a step of another', () => {
  const [preset] = PRESETS;
  expect(preset?.off).toEqual([
    'b9-nap-real-mode',
    'b10-kvm-vcpu',
    'b11-saved-xirr',
    'b7-prod-kick',
    'b13-dscr',
    'b27-vpa-null',
    'b29-yield-count',
    'b31-edge-twice',
    'b14-try-lock',
    'b15-rmap-changed',
    'b19-remove-absent',
    'b20-key-hi',
  ]);
  for (const cpu of ['970', 'p7', 'p8', 'p9'] as const) {
    const edited = new Map<string, string>();
    for (const { id, off } of patchesOn(cpu)) {
      for (const edit of off) {
        if ('insert' in edit) continue;
        const at = `${cpu} ${edit.routine}/${targetOf(edit)}`;
        expect(`${at} ${edited.get(at) ?? id}`).toBe(`${at} ${id}`);
        edited.set(at, id);
      }
    }
  }
});

test('a guest of four threads still ends its work under Linux 3.6 as it was', () => {
  const off = PRESETS[0]?.off ?? [];
  const loaded = makeLoaded({ scenario: 'book3s-hv-smt', off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  expect(loaded.machine.endReason()).toBe('powered off');
});

test('the link of a mistake opens a machine of the same CPU, if it is seen there', () => {
  expect(linkOfCase('b7-prod-kick', 'p7')).toBe('s=book3s-hv-2cores&patch=b7-prod-kick:off');
  expect(linkOfCase('b7-prod-kick', 'p8')).toBe('s=book3s-hv-2cores-p8&patch=b7-prod-kick:off');
  expect(linkOfCase('guest-smt', 'p8')).toBe('');
});
