import { beforeEach, describe, expect, test } from 'vitest';
import { HUGE_PAGE } from '../host/memory.ts';
import { EEXIST, EINVAL, ENOMEM } from './errno.ts';
import { gfnToMemslot, guestReal, hostPage, writeGuest } from './memslot.ts';
import { World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = new World('p9', 2);
});
const region = (slot: number, gpa: number, size: number): number =>
  world.region(0, slot, gpa, size).finish();
/** H_ENTER of a page of 4 KB at one index; the absent or valid bit of the entry. */
function enter(index: number, gpa: bigint): bigint {
  world.hcall('kvmppc_h_enter', 0, [1n << 39n, BigInt(index), 0x200n, gpa | 0x10n]).finish();
  return world.k.hw.arena.read64(world.vm.hpt_base + 16 * index) & 0x21n;
}
const FAR = 0x40000000;

describe('KVM_SET_USER_MEMORY_REGION', () => {
  test('gives each slot host pages of its own, also far from address 0', () => {
    expect([region(0, 0, HUGE_PAGE), region(5, FAR, HUGE_PAGE)]).toEqual([0, 0]);
    const { vm } = world;
    const [low, high] = [guestReal(vm, 0x3000n, 8), guestReal(vm, BigInt(FAR) + 0x3000n, 8)];
    expect(low % HUGE_PAGE).toBe(0x3000);
    expect(high % HUGE_PAGE).toBe(0x3000);
    expect(low).not.toBe(high);
    for (const none of [HUGE_PAGE, FAR - 1, FAR + HUGE_PAGE])
      expect(guestReal(vm, BigInt(none), 1)).toBe(-1);
  });

  test.each([
    ['an address that is not a multiple of 16 MB', 0, 0x1000, HUGE_PAGE, EINVAL],
    ['a size that is not a multiple of 16 MB', 0, 0, 0x1000, EINVAL],
    ['a negative size', 0, 0, -HUGE_PAGE, EINVAL],
    ['a slot number in use', 1, FAR + HUGE_PAGE, HUGE_PAGE, EINVAL],
    ['addresses in use', 0, FAR, HUGE_PAGE, EEXIST],
    ['addresses partly in use', 0, FAR - HUGE_PAGE, 2 * HUGE_PAGE, EEXIST],
    ['more memory than the pool has', 0, 0, 3 * HUGE_PAGE, ENOMEM],
    ['to take away a slot that is not there', 0, 0, 0, EINVAL],
  ])('refuses %s', (_, slot, gpa, size, error) => {
    region(1, FAR, HUGE_PAGE);
    const before = structuredClone({ vm: world.vm, pool: world.k.host.memory.hugepages });
    expect(region(slot, gpa, size)).toBe(error);
    expect({ vm: world.vm, pool: world.k.host.memory.hugepages }).toEqual(before);
  });

  test('size 0 takes a slot away: its entries become absent, its pages go back, zeroed when used again', () => {
    region(0, 0, HUGE_PAGE);
    region(1, FAR, HUGE_PAGE);
    expect([enter(0, 0x5000n), enter(1, BigInt(FAR)), enter(2, BigInt(FAR))]).toEqual([1n, 1n, 1n]);
    writeGuest(world.k, world.vm, BigInt(FAR), new Uint8Array([1, 2, 3]));
    const real = guestReal(world.vm, BigInt(FAR), 8);
    expect(region(1, 0, 0)).toBe(0);
    const states = [0, 1, 2].map(
      (i) => world.k.hw.arena.read64(world.vm.hpt_base + 16 * i) & 0x21n,
    );
    expect(states).toEqual([1n, 0x20n, 0x20n]);
    expect(world.k.host.memory.hugepages).toEqual([real]);
    expect(region(1, HUGE_PAGE, HUGE_PAGE)).toBe(0);
    expect(guestReal(world.vm, BigInt(HUGE_PAGE), 8)).toBe(real);
    expect(world.k.hw.arena.read64(real)).toBe(0n);
  });

  test('while a slot is being taken away nothing new can use it', () => {
    region(1, FAR, HUGE_PAGE);
    const gone = world.region(1, 1, 0, 0);
    gone.step(); // to 'delete'
    gone.step();
    expect(gfnToMemslot(world.vm, BigInt(FAR) >> 12n)).toBe(null);
    expect(gfnToMemslot(world.vm, BigInt(FAR) >> 12n, true)).not.toBe(null);
    expect(enter(0, BigInt(FAR))).toBe(0x20n);
    gone.finish();
    expect(world.vm.memslots).toEqual([]);
  });

  test('waits for an H_ENTER that still uses the slot', () => {
    region(1, FAR, HUGE_PAGE);
    const args = [1n << 39n, 0n, 0x200n, BigInt(FAR) | 0x10n];
    const late = world.hcall('kvmppc_h_enter', 0, args);
    while (world.vm.srcu === 0) late.step();
    const gone = world.region(1, 1, 0, 0);
    for (let n = 0; n < 50; n++) gone.step();
    expect(gone.value).toBe(null);
    late.finish();
    gone.finish();
    expect(world.k.hw.arena.read64(world.vm.hpt_base) & 0x21n).toBe(0x20n);
  });
});

test('bytes that cross 16 MB are written to both host pages', () => {
  region(0, HUGE_PAGE, HUGE_PAGE);
  region(1, 0, HUGE_PAGE);
  const { vm, k } = world;
  expect(guestReal(vm, BigInt(HUGE_PAGE) - 2n, 4)).toBe(-1); // the pages are no neighbours in this order
  writeGuest(k, vm, BigInt(HUGE_PAGE) - 2n, new Uint8Array([1, 2, 3, 4]));
  expect(k.hw.arena.read16(guestReal(vm, BigInt(HUGE_PAGE) - 2n, 2))).toBe(0x0102);
  expect(k.hw.arena.read16(guestReal(vm, BigInt(HUGE_PAGE), 2))).toBe(0x0304);
});

test('a page of a slot is found by its number', () => {
  region(0, FAR, 2 * HUGE_PAGE);
  const slot = gfnToMemslot(world.vm, BigInt(FAR) >> 12n);
  if (!slot) throw new Error('no slot');
  expect(hostPage(slot, (BigInt(FAR) >> 12n) + 4097n)).toBe((slot.pages[1] ?? 0) + 0x1000);
});
