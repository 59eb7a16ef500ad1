import { expect, test } from 'vitest';
import { KIND } from '../trace/events.ts';
import { coreOf } from './core-monitor.ts';
import type { Loaded, Monitor } from './index.ts';
import { checkResults } from './report.ts';
import { makeLoaded } from './testing/make.ts';

const SCENARIO = 'nap-state-lost';
const THREAD = 2;

function finished(off: readonly string[] = []): { loaded: Loaded<Monitor>; failed: string[] } {
  const loaded = makeLoaded({ scenario: SCENARIO, off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  return { loaded, failed: failed.map(({ name }) => name) };
}

test('the thread takes its registers from memory, naps again, and runs vcpus as before', () => {
  const { loaded, failed } = finished();
  expect(failed).toEqual([]);
  const { machine } = loaded;
  expect(machine.m.violations).toEqual([]);
  const events = machine.events.last(30_000);
  const woken = events.find(({ kind, thread }) => kind === KIND.nap_loss && thread === THREAD);
  const runs = events.filter(
    ({ kind, thread }) => kind === KIND.kvm_guest_enter && thread === THREAD,
  );
  expect(runs.some(({ step }) => step < (woken?.step ?? 0))).toBe(true);
  expect(runs.some(({ step }) => step > (woken?.step ?? 0))).toBe(true);
  expect(machine.host.cpus[THREAD]).toMatchObject({ oops: '', online: 0 });
  expect(coreOf(machine).losses.filter((count) => count > 0)).toHaveLength(1);
});

test('off, the host goes on with what the guest left in r30 and r31, and the core never runs again', () => {
  const { loaded, failed } = finished([SCENARIO]);
  expect(failed).toEqual(loaded.scenario.offShows[SCENARIO]);
  const { machine } = loaded;
  // The core that never runs again leaves its idle vcpus asleep.
  const [first, ...then] = machine.m.violations.map(({ id }) => id);
  expect([first, ...new Set(then)]).toEqual(['no-oops', 'ceded-wakes']);
  // r30 of the guest program: 0x111 times the number of the vcpu.
  expect(machine.host.cpus[THREAD]?.oops).toMatch(/goes on with r30=0x(111|222|333), r31=0x4b0/);
  expect(machine.k.kvm.vcores[0]).toMatchObject({ vcore_state: 'VCORE_RUNNING' });
  const { n_woken = 0, nap_count = 0 } = machine.k.kvm.vcores[0] ?? {};
  expect(nap_count).toBe(n_woken - 1);
});
