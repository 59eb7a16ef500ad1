import { beforeAll, expect, test } from 'vitest';
import { coreOf, total } from './core-monitor.ts';
import type { Loaded, Monitor } from './index.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const SCENARIO = 'cede-real-mode';

function finished(off: readonly string[] = []): Loaded<Monitor> {
  const loaded = makeLoaded({ scenario: SCENARIO, off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  return loaded;
}
const failed = (loaded: Loaded<Monitor>): string[] =>
  checkResults(loaded).flatMap(({ name, ok }) => (ok ? [] : [name]));

let on: Loaded<Monitor>;
let off: Loaded<Monitor>;
beforeAll(() => {
  on = finished();
  off = finished([SCENARIO]);
});

test('on, every promise holds; off, exactly those fail that the scenario names; both finish', () => {
  expect(failed(on)).toEqual([]);
  expect(failed(off)).toEqual(on.scenario.offShows[SCENARIO]);
  for (const { machine } of [on, off]) expect(machine.m.violations).toEqual([]);
});

test('on, a nap ends in the guest again or by an exit of the core, and by nothing else', () => {
  const { naps, resumed, called_out, resumed_at } = coreOf(on.machine);
  expect(naps[0]).toBe(0); // it never idles
  for (const vcpu of [1, 2, 3])
    expect(naps[vcpu]).toBe((resumed[vcpu] ?? 0) + (called_out[vcpu] ?? 0));
  expect(total(Object.values(resumed_at))).toBe(total(resumed));
  expect(resumed_at['900']).toBeGreaterThan(10);
});

test('on, a stray IPI ends a nap for nothing: the guest goes on behind its hcall, and cedes again', () => {
  expect(coreOf(on.machine).resumed_at.sc).toBe(1);
});

test('off, each H_CEDE is a full exit with two partition switches that disturbs who works', () => {
  const [with_, without] = [coreOf(on.machine), coreOf(off.machine)];
  expect(with_).toMatchObject({ kernel_cedes: 0 });
  expect(with_.pulled_by.H_CEDE).toBeUndefined();
  expect(without.kernel_cedes).toBeGreaterThan(15);
  expect(total(without.naps)).toBe(0);
  expect(without.pulled_by.H_CEDE).toBeGreaterThanOrEqual(without.kernel_cedes);
  expect(without.pulled[0]).toBeGreaterThan(5 * (with_.pulled[0] ?? 0));
  expect(off.machine.m.partition_switches).toBeGreaterThan(3 * on.machine.m.partition_switches);
});

test('an external interrupt that found its vcpu in a nap is taken as it enters again', () => {
  expect(coreOf(on.machine)).toMatchObject({ found: { nap: 1 }, taken: [0, 0, 0, 1, 0, 0, 0, 0] });
});
