import { describe, expect, test } from 'vitest';
import { report } from './report.ts';
import { makeLoaded, scenariosOn } from './testing/make.ts';

const IDS = scenariosOn('p9');

describe.each(IDS)('%s, fully patched', (scenario) => {
  const loaded = makeLoaded({ scenario });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const { position, checks, violations, counters, console } = report(loaded);

  test('all checks hold and no invariant is broken', () => {
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(violations).toEqual([]);
    expect(position.ended).toBe('powered off');
  });

  test('the guest says what happened to it, in order', () => {
    const lines = console.trim().split('\n');
    expect(lines[0]).toBe('vcore: 4 vcpus');
    expect(lines.at(-1)).toBe('done');
    // Three laps, the doorbell before the start of vcpu 3, two masked ones of vcpu 2 and one to vcpu 0 itself.
    const handlers = lines.filter((line) => /^v\d tir \d #\d\d$/.test(line));
    expect(handlers).toHaveLength(15);
    for (const line of handlers) expect(line[7]).toBe(line[1]);
  });

  test('every doorbell traps, and each send is delivered, coalesced or cleared', () => {
    const { sent, delivered, coalesced, cleared } = loaded.machine.monitor;
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    expect(counters.exitsByReason).toMatchObject({ F80: expect.any(Number) });
    expect(sum(sent)).toBe(17);
    expect(sum(sent)).toBe(sum(delivered) + sum(coalesced) + sum(cleared));
    expect(coalesced[2]).toBe(1);
    expect(cleared[2]).toBe(1);
  });
});

describe.each(IDS)('%s, virt-doorbell off', (scenario) => {
  const loaded = makeLoaded({ scenario, off: ['virt-doorbell'] });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const { position, checks, violations, counters } = report(loaded);

  test('exactly the checks that the scenario names fail', () => {
    const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
    expect(failed).toEqual(loaded.scenario.offShows['virt-doorbell']);
    expect(violations.map(({ id }) => id)).toEqual(['doorbell-lost', 'doorbell-lost']);
  });

  test('the ring stalls at vcpu 1, and the checks say so', () => {
    const why = Object.fromEntries(checks.map((check) => [check.name, check.why]));
    expect(why['ring-completes']).toBe(
      'the ring stalls after 0 of 12 hops: vcpu 1 never took the doorbell that vcpu 0 sent',
    );
    expect(why['no-doorbell-lost']).toMatch(/^msgsndp of vcpu 0 to thread 3 set no bit/);
    expect(position.ended).toBe('quiescent');
  });

  test('nothing is emulated: no facility trap, no request', () => {
    expect(Object.keys(counters.exitsByReason ?? {})).not.toContain('F80');
    expect(loaded.machine.k.kvm.vcpus.map((vcpu) => vcpu.doorbell_request)).toEqual([0, 0, 0, 0]);
    expect(loaded.machine.monitor.readsDone).toBe(0);
  });
});

test('doorbells and DPDES reads meet targets that never ran, are ceded, pre-empted and in the guest', () => {
  const sends: Record<string, number> = {};
  const reads: Record<string, number> = {};
  const add = (to: Record<string, number>, from: Readonly<Record<string, number>>) => {
    for (const [place, n] of Object.entries(from)) to[place] = (to[place] ?? 0) + n;
  };
  for (const scenario of IDS) {
    for (let seed = 0; seed < 8; seed++) {
      const { machine } = makeLoaded({ scenario, seed });
      machine.advance(Number.POSITIVE_INFINITY);
      add(sends, machine.monitor.sendsTo);
      add(reads, machine.monitor.readsOf);
    }
  }
  for (const place of ['created', 'ceded', 'preempted', 'guest', 'hypervisor']) {
    expect(sends[place], `doorbells to a vcpu that is ${place}`).toBeGreaterThan(0);
    expect(reads[place], `reads of a vcpu that is ${place}`).toBeGreaterThan(0);
  }
});
