import { describe, expect, test } from 'vitest';
import { LEVELS } from '../guest/device-driver.ts';
import { guestWord } from './checks.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

function finished(seed: number) {
  const loaded = makeLoaded({ scenario: 'guest-device', seed });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const words = (name: string, n: number): number[] =>
    Array.from({ length: n }, (_, i) =>
      guestWord(loaded.machine, (loaded.symbols.get(name) ?? 0n) + BigInt(4 * i)),
    );
  return { loaded, words, ...report(loaded) };
}

describe.each([0, 1, 2])('devices of a guest, schedule %i', (seed) => {
  const { checks, violations, console: text, words, loaded } = finished(seed);

  test('are served by the vcpus to which they are routed, and every promise holds', () => {
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(violations).toEqual([]);
    expect(text).toBe('devices served\n');
    expect(words('taken', 4)).not.toContain(0);
    expect(words('levels', 1)[0]).toBeGreaterThanOrEqual(LEVELS);
  });

  test('leave the controller at rest: nothing is presented to a vcpu that lets all in', () => {
    const [vmm] = loaded.machine.k.vmms;
    for (const icp of vmm?.xics.icps ?? []) expect([0, 0x1300]).toContain(icp.xisr);
  });
});
