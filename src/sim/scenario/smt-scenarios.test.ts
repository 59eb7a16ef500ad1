import { describe, expect, test } from 'vitest';
import { coreOf, total } from './core-monitor.ts';
import type { Loaded, Monitor } from './index.ts';
import { report } from './report.ts';
import { SMT_INTERRUPTS } from './smt-interrupts.ts';
import { LOCK_HOLDER } from './smt-lock-holder.ts';
import { SMT_SIBLINGS } from './smt-siblings.ts';
import { SMT_WORK } from './smt-work.ts';
import { makeLoaded } from './testing/make.ts';

function finished(scenario: string, off: readonly string[] = []) {
  const loaded = makeLoaded({ scenario, off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const { checks, violations, console: text } = report(loaded);
  const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { loaded, failed, violations, text, core: coreOf(loaded.machine) };
}

const switches = ({ machine }: Loaded<Monitor>): number => machine.m.partition_switches;

/** What each guest prints, and what else must hold of a whole run. */
const RUNS: Readonly<Record<string, (run: ReturnType<typeof finished>) => void>> = {
  'book3s-hv-smt': ({ text, core }) => {
    expect(text).toBe(`${'.'.repeat(20)}wrong: 0\n`);
    expect(total(core.pulled)).toBeGreaterThan(2);
  },
  'real-mode-hcalls-smt': ({ text, core }) => {
    expect(text).toBe('HPT hypercalls\ndone\n');
    expect(core.pulled_by['HPT hcall']).toBeUndefined();
  },
  'external-interrupt': ({ text, core }) => {
    expect(text).toBe('all came in\n');
    expect(Object.keys(core.found).toSorted()).toEqual(
      ['guest EE=0', 'guest EE=1', 'host', 'nap'].toSorted(),
    );
    expect(total(core.coalesced)).toBe(0);
  },
  'dec-storm': ({ text, core }) => {
    expect(text).toBe('storm over: 4\n');
    expect(core.resumed_at['900']).toBeGreaterThan(20);
    expect(total(core.called_out)).toBeGreaterThan(0);
  },
  'ipi-ring': ({ text }) => expect(text).toBe('hops 18\n'),
  'hdec-preemption': ({ text, core }) => {
    expect(text).toMatch(/^gaps: 0[1-9]\n$/);
    expect(core.worker_runs).toBe(2);
    expect(core.pulled_by.host).toBeGreaterThan(0);
  },
  'work-queue': ({ text }) => expect(text).toBe('jobs sum 0468\n'),
  'ping-pong': ({ text }) => expect(text).toBe('turns 28\n'),
  'late-join': ({ text }) => expect(text).toBe('all 4 are here\n'),
  'lock-holder': ({ text }) => expect(text).toMatch(/^conferred 0\d\n$/),
};

test('each scenario of this kind has a run below', () => {
  const ids = [...SMT_SIBLINGS, ...SMT_INTERRUPTS, ...SMT_WORK, LOCK_HOLDER].map(({ id }) => id);
  expect(Object.keys(RUNS).toSorted()).toEqual(ids.toSorted());
});

test.each(Object.entries(RUNS))('%s keeps its promises and every invariant', (id, holds) => {
  const run = finished(id);
  expect(run.failed).toEqual([]);
  expect(run.violations).toEqual([]);
  holds(run);
});

describe('with a patch off exactly the checks fail that the scenario names', () => {
  test('hypercalls answered in the kernel pull out each of the three siblings', () => {
    const { loaded, failed, violations, core } = finished('real-mode-hcalls-smt', [
      'real-mode-hcalls',
    ]);
    expect(failed).toEqual(loaded.scenario.offShows['real-mode-hcalls']);
    expect(violations).toEqual([]);
    const calls = loaded.machine.monitor.runs?.hpt_hcalls ?? 0;
    expect(calls).toBe(23);
    expect(core.pulled_by['HPT hcall']).toBe(3 * calls);
  });

  test('idle vcpus that are woken by their decrementers never nap in the guest', () => {
    const { loaded, failed, violations, core } = finished('dec-storm', ['cede-real-mode']);
    expect(failed).toEqual(loaded.scenario.offShows['cede-real-mode']);
    expect(violations).toEqual([]);
    expect(total(core.naps)).toBe(0);
    expect(switches(loaded)).toBeGreaterThan(core.kernel_cedes);
  });
});
