import { beforeEach, describe, expect, test } from 'vitest';
import { hpteVirtualAddress } from '../hardware/mmu/hpte.ts';
import { fillTlb, tlbEntry } from '../hardware/mmu/tlb.ts';
import { H_NOT_FOUND, H_PARAMETER, H_PTEG_FULL, H_SUCCESS } from './hcall.ts';
import { guestReal } from './memslot.ts';
import { DEVICE, EXACT, Hcalls, M, stepsOf, stepTo, V } from './testing/hcalls.ts';

const AVPN = 1n << 31n;
const ANDCOND = 1n << 30n;
const READ_4 = 1n << 37n;
const LOCAL = 1n << 28n;

let on: Hcalls;
beforeEach(() => {
  on = new Hcalls();
});
const hostOf = (gpa: bigint): bigint => BigInt(guestReal(on.world.vm, gpa, 1));

describe('H_ENTER', () => {
  test('puts in a valid entry with the host’s page, and keeps what the guest wrote beside it', () => {
    expect(on.enter(3, 0x5000n | M | 2n)).toBe(H_SUCCESS);
    expect(on.word(3, 0)).toBe(V | 1n);
    expect(on.word(3, 8)).toBe(hostOf(0x5000n) | M | 2n);
    expect(on.call('read', 0n, 3n).out.slice(0, 2)).toEqual([V | 1n, 0x5000n | M | 2n]);
  });

  test('keeps PP0 and all five bits of the key', () => {
    on.enter(3, (1n << 63n) | (3n << 60n) | 0x5000n | 0xe00n | M | 2n);
    expect(on.word(3, 8)).toBe((1n << 63n) | (3n << 60n) | hostOf(0x5000n) | 0xe00n | M | 2n);
  });

  test('of what is no memory puts in an absent entry with key 31, whatever the guest’s key', () => {
    expect(on.enter(3, DEVICE | 0x28n)).toBe(H_SUCCESS);
    expect(on.word(3, 0)).toBe(V | 0x20n);
    expect(on.word(3, 8)).toBe(DEVICE | (3n << 60n) | 0xe00n | 0x28n);
    expect(on.call('read', 0n, 3n).out.slice(0, 2)).toEqual([V | 1n, DEVICE | 0x28n]);
  });

  test('takes no lock, ABSENT or VALID bit from the guest', () => {
    on.enter(3, DEVICE, V | 0x61n);
    on.enter(4, M, V | 0x61n);
    expect([on.word(3, 0), on.word(4, 0)]).toEqual([V | 0x20n, V | 1n]);
  });

  test.each([
    ['M', 0x10n, 0x10n],
    ['W I M, strong access order', 0x70n, 0x70n],
    ['I G, a device', 0x28n, 0x10n],
    ['nothing', 0n, 0x10n],
    ['W M', 0x50n, 0x10n],
    ['I M G', 0x38n, 0x10n],
  ])('memory with WIMG = %s is cacheable and coherent', (_, asked, real) => {
    on.enter(3, 0x5000n | asked);
    expect(on.word(3, 8) & 0x78n).toBe(real);
  });

  test('uses the first free slot of the group, whichever of it the index names', () => {
    on.enter(16, M);
    on.enter(17, DEVICE);
    expect(on.call('enter', 0n, 21n, V, M)).toMatchObject({ code: H_SUCCESS });
    expect(on.world.results(0)[0]).toBe(18n);
  });

  test('says H_PTEG_FULL when the slot or the whole group is in use', () => {
    for (let i = 0; i < 8; i++) on.enter(16 + i, i % 2 ? M : DEVICE);
    expect(on.enter(17, M)).toBe(H_PTEG_FULL);
    expect(on.enter(17, M, V, 0n)).toBe(H_PTEG_FULL);
    expect(on.world.vm.srcu).toBe(0);
  });

  test('waits for a slot that is locked for a moment instead of saying that it is full', () => {
    for (let i = 0; i < 8; i++) on.enter(16 + i, M);
    const remover = on.begin('remove', 1, 0n, 20n, 0n);
    stepTo(remover, 'lock');
    const waiter = on.begin('enter', 0, 0n, 16n, V, M);
    for (let n = 0; n < 100; n++) waiter.step();
    expect(waiter.value).toBe(null);
    remover.finish();
    expect(waiter.finish()).toBe(H_SUCCESS);
    expect(on.world.results(0)[0]).toBe(20n);
  });

  test.each([
    ['an index outside the table', 1n << 14n, V, M],
    ['an index with high bits', 1n << 63n, V, M],
    ['a page size that does not exist', 3n, V | 4n, 0xe0000n | M],
    ['a page larger than the host’s', 3n, V | 4n, 0x3000n | M],
  ])('refuses %s', (_, index, v, r) => {
    expect(on.call('enter', EXACT, index, v, r).code).toBe(H_PARAMETER);
    expect([on.word(3, 0), on.world.vm.srcu]).toEqual([0n, 0]);
  });

  test.each([
    ['p9', H_SUCCESS],
    ['p7', H_PARAMETER],
  ])('of a 64 KB page in a segment of 4 KB pages on %s: %i', (cpu, code) => {
    on = new Hcalls(cpu);
    expect(on.enter(3, 0x7000n | 0x10000n | M, V | 4n)).toBe(code);
  });
});

describe('H_REMOVE', () => {
  test('returns the entry with the R and C that hardware set, and frees the slot', () => {
    on.enter(3, 0x5000n | M);
    on.setR(3, 0x180n);
    expect(on.call('remove', 0n, 3n, 0n)).toMatchObject({ code: H_SUCCESS });
    expect(on.world.results(0).slice(0, 2)).toEqual([V | 1n, 0x5000n | M | 0x180n]);
    expect(on.word(3, 0)).toBe(0n);
  });

  test('the next entry of the page has R and C from the start, for the host has seen them', () => {
    on.enter(3, 0x5000n | M);
    on.setR(3, 0x180n);
    on.call('remove', 0n, 3n, 0n);
    on.enter(4, 0x5000n | M | 0x180n);
    on.enter(5, 0x6000n | M | 0x180n);
    expect([on.word(4, 8) & 0x180n, on.word(5, 8) & 0x180n]).toEqual([0x180n, 0n]);
    expect(on.call('read', 0n, 5n).out[1]).toBe(0x6000n | M | 0x180n);
  });

  test('shows an absent entry as a valid one, and does no tlbie for it', () => {
    on.enter(3, DEVICE);
    const agent = on.begin('remove', 0, 0n, 3n, 0n);
    const steps = stepsOf(agent);
    expect(steps).not.toContain('tlbie');
    expect(on.world.results(0).slice(0, 2)).toEqual([V | 1n, DEVICE]);
  });

  test.each([
    ['AVPN that matches', AVPN, V, H_SUCCESS],
    ['AVPN that does not', AVPN, V + 0x80n, H_NOT_FOUND],
    ['AVPN of other segment size', AVPN, V | (1n << 62n), H_NOT_FOUND],
    ['ANDCOND without common bits', ANDCOND, 0x10n, H_SUCCESS],
    ['ANDCOND with a common bit', ANDCOND, 0x200n, H_NOT_FOUND],
    ['no condition', 0n, 0xffffn, H_SUCCESS],
  ])('with %s', (_, flags, avpn, code) => {
    on.enter(3, M);
    expect(on.call('remove', flags, 3n, avpn).code).toBe(code);
    expect(on.word(3, 0)).toBe(code === H_SUCCESS ? 0n : V | 1n);
  });

  test('of a free slot is H_NOT_FOUND, and leaves it unlocked', () => {
    expect(on.call('remove', 0n, 3n, 0n).code).toBe(H_NOT_FOUND);
    expect(on.word(3, 0)).toBe(0n);
  });

  test('two vcpus that remove the same entry: one does, the other waits and finds nothing', () => {
    on.enter(3, M);
    const [first, second] = [on.begin('remove', 0, 0n, 3n, 0n), on.begin('remove', 1, 0n, 3n, 0n)];
    stepTo(first, 'lock');
    for (let n = 0; n < 20; n++) second.step();
    expect(first.finish()).toBe(H_SUCCESS);
    expect(second.finish()).toBe(H_NOT_FOUND);
  });

  test('between VALID off and the tlbie a thread still has its translation; afterwards nobody has', () => {
    on.enter(3, M);
    const { hw } = on.world.k;
    const hpte = on.world.vm.hpt_base + 48;
    const lpid = on.world.vm.lpid;
    fillTlb(hw, 3, {
      lpid,
      b: 0,
      base: 12,
      actual: 12,
      va: hpteVirtualAddress({ v: V, r: 0n }, 3),
      hpte,
      r: on.word(3, 8),
    });
    const held = (): number =>
      Array.from({ length: 64 }, (_, i) => tlbEntry(hw, 3, i)).filter(Boolean).length;
    const remover = on.begin('remove', 0, 0n, 3n, 0n);
    stepTo(remover, 'invalidate');
    expect([on.word(3, 0) & 1n, held()]).toEqual([0n, 1]);
    stepTo(remover, 'tlbsync');
    expect(held()).toBe(0);
    expect(remover.finish()).toBe(H_SUCCESS);
  });
});

describe('do_tlbies', () => {
  test('lets one thread of the VM at a time do a tlbie', () => {
    on.enter(3, M);
    on.enter(11, M);
    const [first, second] = [on.begin('remove', 0, 0n, 3n, 0n), on.begin('remove', 1, 0n, 11n, 0n)];
    stepTo(first, 'tlbie_lock');
    for (let n = 0; n < 30; n++) second.step();
    expect([on.world.vm.tlbie_lock, second.value]).toEqual([0, null]);
    first.finish();
    expect(second.finish()).toBe(H_SUCCESS);
    expect(on.world.vm.tlbie_lock).toBe(-1);
  });

  test.each([
    ['p7', 1, 0n, true],
    ['p7', 2, 0n, false],
    ['p7', 2, LOCAL, true],
    ['p9', 1, LOCAL, false],
  ])('on %s with %i vcpus and flags %i is local: %s', (cpu, vcpus, flags, local) => {
    on = new Hcalls(cpu, vcpus);
    on.enter(3, M);
    const agent = on.begin('remove', 0, flags, 3n, 0n);
    const steps = stepsOf(agent);
    expect(steps.includes('tlbie_lock')).toBe(!local);
  });
});

describe('H_PROTECT', () => {
  test('changes PP, N and key in both views, and nothing else', () => {
    on.enter(3, 0x5000n | M | 2n);
    on.setR(3, 0x180n);
    const flags = AVPN | (1n << 8n) | (3n << 12n) | 0x600n | 5n;
    expect(on.call('protect', flags, 3n, V).code).toBe(H_SUCCESS);
    const bits = (1n << 63n) | (3n << 60n) | 0x600n | 5n;
    expect(on.word(3, 8)).toBe(hostOf(0x5000n) | M | 0x180n | bits);
    expect(on.call('read', 0n, 3n).out[1]).toBe(0x5000n | M | 0x180n | bits);
    expect(on.word(3, 0)).toBe(V | 1n);
  });

  test('of an absent entry leaves key 31 in the real one', () => {
    on.enter(3, DEVICE);
    on.call('protect', 1n, 3n, 0n);
    expect(on.word(3, 8)).toBe(DEVICE | (3n << 60n) | 0xe00n);
    expect(on.call('read', 0n, 3n).out[1]).toBe(DEVICE | 1n);
  });

  test('does no tlbie when the bits are there already', () => {
    on.enter(3, M | 1n);
    const agent = on.begin('protect', 0, 1n, 3n, 0n);
    const steps = stepsOf(agent);
    expect(steps).not.toContain('tlbie');
  });

  test('the entry is absent, not gone, while it changes: a fault in between waits for the lock', () => {
    on.enter(3, M);
    const agent = on.begin('protect', 0, 1n, 3n, 0n);
    stepTo(agent, 'invalidate');
    expect(on.word(3, 0)).toBe(V | 0x60n);
    on.setR(3, 0x100n); // a walk that had found it before
    agent.finish();
    expect(on.word(3, 8) & 0x101n).toBe(0x101n);
  });

  test('of what is not there is H_NOT_FOUND', () => {
    on.enter(3, M);
    expect(on.call('protect', 1n, 4n, 0n).code).toBe(H_NOT_FOUND);
    expect(on.call('protect', AVPN | 1n, 3n, 0x80n).code).toBe(H_NOT_FOUND);
  });
});

describe('H_READ', () => {
  test('with H_READ_4 gives the four entries around the index', () => {
    on.enter(9, M);
    on.enter(10, DEVICE);
    const { code, out } = on.call('read', READ_4, 10n);
    expect(code).toBe(H_SUCCESS);
    expect(out).toEqual([0n, 0n, V | 1n, M, V | 1n, DEVICE, 0n, 0n]);
  });

  test('shows no host address, not even of a slot that was used', () => {
    on.enter(9, 0x5000n | M);
    on.call('remove', 0n, 9n, 0n);
    expect(on.call('read', 0n, 9n).out.slice(0, 2)).toEqual([0n, 0x5000n | M]);
  });
});

describe('H_CLEAR_REF and H_CLEAR_MOD', () => {
  test.each([
    ['clear_ref', 0x80n],
    ['clear_mod', 0x100n],
  ] as const)('%s clears its bit in both views and returns what was', (name, left) => {
    on.enter(3, 0x5000n | M);
    on.setR(3, 0x180n);
    expect(on.call(name, 0n, 3n)).toMatchObject({ code: H_SUCCESS });
    expect(on.world.results(0)[0]).toBe(0x5000n | M | 0x180n);
    expect(on.word(3, 8) & 0x180n).toBe(left);
    expect(on.call('read', 0n, 3n).out[1]).toBe(0x5000n | M | left);
    expect(on.word(3, 0)).toBe(V | 1n);
  });

  test('H_CLEAR_REF leaves a C alone that is set meanwhile', () => {
    on.enter(3, M);
    on.setR(3, 0x100n);
    const agent = on.begin('clear_ref', 0, 0n, 3n);
    stepTo(agent, 'guest_rpte');
    on.setR(3, 0x80n);
    agent.finish();
    expect(on.word(3, 8) & 0x180n).toBe(0x80n);
  });

  test('the host still knows that the page was used and changed', () => {
    on.enter(3, 0x5000n | M);
    on.setR(3, 0x180n);
    on.call('clear_ref', 0n, 3n);
    on.call('clear_mod', 0n, 3n);
    const rmap = on.world.k.hw.arena.read64((on.world.vm.memslots[0]?.rmap ?? 0) + 8 * 5);
    expect((rmap >> 32n) & 0x180n).toBe(0x180n);
  });

  test.each(['clear_ref', 'clear_mod'] as const)('%s of nothing is H_NOT_FOUND', (name) => {
    expect(on.call(name, 0n, 3n).code).toBe(H_NOT_FOUND);
    expect(on.call(name, 0n, 1n << 14n).code).toBe(H_PARAMETER);
  });
});

test('H_SET_DABR stores for the next entry and writes the register', () => {
  on = new Hcalls('p7');
  expect(on.world.hcall('kvmppc_h_set_dabr', 0, [0x1234567n]).finish()).toBe(H_SUCCESS);
  expect(on.world.k.kvm.vcpus[0]?.spr.DABR).toBe(0x1234567n);
  expect(on.world.k.hw.get(0, 'DABR')).toBe(0x1234567n);
});
