import { expect, test } from 'vitest';
import { LEVELS } from '../guest/device-driver.ts';
import { GUEST_IRQ } from '../vmm/spapr-xics.ts';
import { guestWord } from './checks.ts';
import { checkResults, report } from './report.ts';
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

test.each([0, 8])('devices of a guest are served where they are routed, schedule %i', (seed) => {
  const { checks, violations, console: text, words } = finished(seed);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(violations).toEqual([]);
  expect(text).toBe('devices served\n');
  expect(words('taken', 4)).not.toContain(0);
  expect(words('levels', 1)[0]).toBeGreaterThanOrEqual(LEVELS);
});

test('a device that stays masked does not keep the guest for ever, and that shows', () => {
  const loaded = makeLoaded({ scenario: 'guest-device' });
  const { machine } = loaded;
  while (machine.k.vmms[0]?.xics.sources[1]?.priority !== 5) machine.advance(100);
  const none = { server: 0, priority: 0 };
  machine.inject({ kind: 'irq', vm: 0, op: 'mask', source: GUEST_IRQ.TEST, ...none });
  machine.inputs = machine.inputs.filter(
    ({ action }) => action.kind !== 'irq' || action.op !== 'trigger',
  );
  machine.advance(Number.POSITIVE_INFINITY);
  const failed = checkResults(loaded).filter(({ ok }) => !ok);
  expect(failed.map(({ name }) => name)).toEqual(['all-routes', 'level-again']);
  expect(machine.endReason()).toBe('powered off');
});
