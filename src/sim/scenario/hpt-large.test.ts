import { expect, test } from 'vitest';
import { HptSummary } from '../machine/hpt-summary.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

test('hpt-large: a table of order 24 is filled over its whole length, and half of it is taken out', () => {
  const loaded = makeLoaded({ scenario: 'hpt-large' });
  const { machine } = loaded;
  machine.advance(Number.POSITIVE_INFINITY);
  const { checks, violations, console } = report(loaded);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(violations).toEqual([]);
  expect(console).toBe('entered\nremoved\n');
  const vm = machine.k.kvm.vms[0];
  const summary = new HptSummary(vm?.hpt_base ?? 0, vm?.hpt_order ?? 0);
  summary.update(machine.hw.arena, () => {});
  expect(summary.entries).toBe(2 ** 20);
  const used = summary.find(() => true, 2000);
  // 256 pages, and the two of the real mode area, which are far up.
  expect(used).toHaveLength(258);
  const quarters = new Set(used.map((slot) => Math.floor(slot / 2 ** 18)));
  expect([...quarters]).toEqual([0, 1, 2, 3]);
});
