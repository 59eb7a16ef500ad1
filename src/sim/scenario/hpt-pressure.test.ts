import { expect, test } from 'vitest';
import { PTEG_ENTRIES } from '../hardware/mmu/hpte.ts';
import { npte, readHpte } from '../kvm/hpt.ts';
import { guestReal } from '../kvm/memslot.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

/** The machine at its end, and the report. */
function ended(off: readonly string[] = []) {
  const loaded = makeLoaded({ scenario: 'hpt-pressure', off });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  const result = report(loaded);
  const failed = result.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { ...loaded, ...result, failed };
}

test('eight pages go to their group, eight to the secondary one, the next finds no room until others are removed', () => {
  const { failed, violations, position, console: text } = ended();
  expect(failed).toEqual([]);
  expect(violations).toEqual([]);
  expect(position.ended).toBe('powered off');
  expect(text).toBe('entered 10\nthen fffffffa\ntranslate 10\nremoved 10\none more 1\n');
});

test('while the table is full, the 16 entries are in two groups whose numbers are complements', () => {
  const { machine, symbols } = makeLoaded({ scenario: 'hpt-pressure' });
  const word = (name: string, at = 0) => {
    const [vm] = machine.k.kvm.vms;
    if (!vm) return 0;
    const real = guestReal(vm, (symbols.get(name) ?? 0n) + BigInt(at), 4);
    return real < 0 ? 0 : machine.hw.arena.read32(real);
  };
  while (word('right') === 0 && machine.advance(1) > 0);
  const [vm] = machine.k.kvm.vms;
  if (!vm) throw new Error('no VM');
  const slots = Array.from({ length: 16 }, (_, i) => word('slots', 8 * i + 4));
  const groups = slots.map((slot) => Math.floor(slot / PTEG_ENTRIES));
  const [primary = -1] = groups;
  const secondary = npte(vm) / PTEG_ENTRIES - 1 - primary;
  expect(groups).toEqual([...Array(8).fill(primary), ...Array(8).fill(secondary)]);
  // Not one slot of both is free, and the second eight have H=1.
  expect(new Set(slots).size).toBe(16);
  const hashFunction = slots.map((slot) => Number((readHpte(machine.k, vm, slot).v >> 1n) & 1n));
  expect(hashFunction).toEqual([...Array(8).fill(0), ...Array(8).fill(1)]);
});

test('without invalidation removed pages can still be read, and the check counts them', () => {
  const { checks } = ended(['experiment-tlbie']);
  expect(checks.find(({ name }) => name === 'none-stale')?.why).toBe(
    '16 removed pages could still be read',
  );
});
