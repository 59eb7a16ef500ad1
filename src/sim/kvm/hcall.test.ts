import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { hpteVirtualAddress, IS, RB } from '../hardware/mmu/hpte.ts';
import { fillTlb, tlbEntry } from '../hardware/mmu/tlb.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { H_NOT_FOUND, H_PARAMETER, H_PTEG_FULL, H_SUCCESS } from './hcall.ts';
import { HPT_HCALLS } from './hcall-table.ts';
import { guestReal } from './memslot.ts';
import { type Agent, World } from './testing/world.ts';

const EXACT = 1n << 39n;
const AVPN = 1n << 31n;
const ANDCOND = 1n << 30n;
const READ_4 = 1n << 37n;
const LOCAL = 1n << 28n;
/** V of a page of 4 KB in segment 5 (256 MB), and the AVPN alone. */
const V = 0x5200n;
const M = 0x10n;
const DEVICE = 0x80000000n;

let world: World;
function makeWorld(cpu: string, vcpus = 2): void {
  world = new World(cpu, vcpus);
  world.region(0, 0, 0, HUGE_PAGE).finish();
  const real = cpu === 'p9' ? MSR.IR | MSR.DR : 0n;
  for (let t = 0; t < 4; t++) world.k.hw.setMsr(t, MSR.SF | MSR.HV | MSR.ME | real);
}
beforeEach(() => makeWorld('p9'));

type Name = 'enter' | 'remove' | 'read' | 'protect' | 'clear_ref' | 'clear_mod' | 'bulk_remove';
const begin = (name: Name, vcpu: number, ...args: bigint[]): Agent =>
  world.hcall(`kvmppc_h_${name}`, vcpu, args);
/** The return code, then r4 and up. */
function hcall(name: Name, ...args: bigint[]): { code: number; out: bigint[] } {
  const code = begin(name, 0, ...args).finish();
  return { code, out: world.results(0) };
}
const enter = (index: number, ptel: bigint, v = V, flags = EXACT): number =>
  hcall('enter', flags, BigInt(index), v, ptel).code;
const word = (index: number, which: 0 | 8): bigint =>
  world.k.hw.arena.read64(world.vm.hpt_base + 16 * index + which);
const setR = (index: number, bits: bigint): void =>
  world.k.hw.arena.write64(world.vm.hpt_base + 16 * index + 8, word(index, 8) | bits);
const hostOf = (gpa: bigint): bigint => BigInt(guestReal(world.vm, gpa, 1));
/** Runs an agent until it has done `n` steps with this label, or waits. */
function stepTo(agent: Agent, label: string): void {
  for (let n = 0; n < 200; n++) if (agent.step().step.label === label) return;
  throw new Error(`${label} never came`);
}

describe('H_ENTER', () => {
  test('puts in a valid entry with the host’s page, and keeps what the guest wrote beside it', () => {
    expect(enter(3, 0x5000n | M | 2n)).toBe(H_SUCCESS);
    expect(word(3, 0)).toBe(V | 1n);
    expect(word(3, 8)).toBe(hostOf(0x5000n) | M | 2n);
    expect(hcall('read', 0n, 3n).out.slice(0, 2)).toEqual([V | 1n, 0x5000n | M | 2n]);
  });

  test('keeps PP0 and all five bits of the key', () => {
    enter(3, (1n << 63n) | (3n << 60n) | 0x5000n | 0xe00n | M | 2n);
    expect(word(3, 8)).toBe((1n << 63n) | (3n << 60n) | hostOf(0x5000n) | 0xe00n | M | 2n);
  });

  test('of what is no memory puts in an absent entry with key 31, whatever the guest’s key', () => {
    expect(enter(3, DEVICE | 0x28n)).toBe(H_SUCCESS);
    expect(word(3, 0)).toBe(V | 0x20n);
    expect(word(3, 8)).toBe(DEVICE | (3n << 60n) | 0xe00n | 0x28n);
    expect(hcall('read', 0n, 3n).out.slice(0, 2)).toEqual([V | 1n, DEVICE | 0x28n]);
  });

  test('takes no lock, ABSENT or VALID bit from the guest', () => {
    enter(3, DEVICE, V | 0x61n);
    enter(4, M, V | 0x61n);
    expect([word(3, 0), word(4, 0)]).toEqual([V | 0x20n, V | 1n]);
  });

  test.each([
    ['M', 0x10n, 0x10n],
    ['W I M, strong access order', 0x70n, 0x70n],
    ['I G, a device', 0x28n, 0x10n],
    ['nothing', 0n, 0x10n],
    ['W M', 0x50n, 0x10n],
    ['I M G', 0x38n, 0x10n],
  ])('memory with WIMG = %s is cacheable and coherent', (_, asked, real) => {
    enter(3, 0x5000n | asked);
    expect(word(3, 8) & 0x78n).toBe(real);
  });

  test('uses the first free slot of the group, whichever of it the index names', () => {
    enter(16, M);
    enter(17, DEVICE);
    expect(hcall('enter', 0n, 21n, V, M)).toMatchObject({ code: H_SUCCESS });
    expect(world.results(0)[0]).toBe(18n);
  });

  test('says H_PTEG_FULL when the slot or the whole group is in use', () => {
    for (let i = 0; i < 8; i++) enter(16 + i, i % 2 ? M : DEVICE);
    expect(enter(17, M)).toBe(H_PTEG_FULL);
    expect(enter(17, M, V, 0n)).toBe(H_PTEG_FULL);
    expect(world.vm.srcu).toBe(0);
  });

  test('waits for a slot that is locked for a moment instead of saying that it is full', () => {
    for (let i = 0; i < 8; i++) enter(16 + i, M);
    const remover = begin('remove', 1, 0n, 20n, 0n);
    stepTo(remover, 'lock');
    const waiter = begin('enter', 0, 0n, 16n, V, M);
    for (let n = 0; n < 100; n++) waiter.step();
    expect(waiter.value).toBe(null);
    remover.finish();
    expect(waiter.finish()).toBe(H_SUCCESS);
    expect(world.results(0)[0]).toBe(20n);
  });

  test.each([
    ['an index outside the table', 1n << 14n, V, M],
    ['an index with high bits', 1n << 63n, V, M],
    ['a page size that does not exist', 3n, V | 4n, 0xe0000n | M],
    ['a page larger than the host’s', 3n, V | 4n, 0x3000n | M],
  ])('refuses %s', (_, index, v, r) => {
    expect(hcall('enter', EXACT, index, v, r).code).toBe(H_PARAMETER);
    expect([word(3, 0), world.vm.srcu]).toEqual([0n, 0]);
  });

  test.each([
    ['p9', H_SUCCESS],
    ['p7', H_PARAMETER],
  ])('of a 64 KB page in a segment of 4 KB pages on %s: %i', (cpu, code) => {
    makeWorld(cpu);
    expect(enter(3, 0x7000n | 0x10000n | M, V | 4n)).toBe(code);
  });
});

describe('H_REMOVE', () => {
  test('returns the entry with the R and C that hardware set, and frees the slot', () => {
    enter(3, 0x5000n | M);
    setR(3, 0x180n);
    expect(hcall('remove', 0n, 3n, 0n)).toMatchObject({ code: H_SUCCESS });
    expect(world.results(0).slice(0, 2)).toEqual([V | 1n, 0x5000n | M | 0x180n]);
    expect(word(3, 0)).toBe(0n);
  });

  test('the next entry of the page has R and C from the start, for the host has seen them', () => {
    enter(3, 0x5000n | M);
    setR(3, 0x180n);
    hcall('remove', 0n, 3n, 0n);
    enter(4, 0x5000n | M | 0x180n);
    enter(5, 0x6000n | M | 0x180n);
    expect([word(4, 8) & 0x180n, word(5, 8) & 0x180n]).toEqual([0x180n, 0n]);
    expect(hcall('read', 0n, 5n).out[1]).toBe(0x6000n | M | 0x180n);
  });

  test('shows an absent entry as a valid one, and does no tlbie for it', () => {
    enter(3, DEVICE);
    const agent = begin('remove', 0, 0n, 3n, 0n);
    const steps: string[] = [];
    while (agent.value === null) steps.push(agent.step().step.label);
    expect(steps).not.toContain('tlbie');
    expect(world.results(0).slice(0, 2)).toEqual([V | 1n, DEVICE]);
  });

  test.each([
    ['AVPN that matches', AVPN, V, H_SUCCESS],
    ['AVPN that does not', AVPN, V + 0x80n, H_NOT_FOUND],
    ['AVPN of other segment size', AVPN, V | (1n << 62n), H_NOT_FOUND],
    ['ANDCOND without common bits', ANDCOND, 0x10n, H_SUCCESS],
    ['ANDCOND with a common bit', ANDCOND, 0x200n, H_NOT_FOUND],
    ['no condition', 0n, 0xffffn, H_SUCCESS],
  ])('with %s', (_, flags, avpn, code) => {
    enter(3, M);
    expect(hcall('remove', flags, 3n, avpn).code).toBe(code);
    expect(word(3, 0)).toBe(code === H_SUCCESS ? 0n : V | 1n);
  });

  test('of a free slot is H_NOT_FOUND, and leaves it unlocked', () => {
    expect(hcall('remove', 0n, 3n, 0n).code).toBe(H_NOT_FOUND);
    expect(word(3, 0)).toBe(0n);
  });

  test('two vcpus that remove the same entry: one does, the other waits and finds nothing', () => {
    enter(3, M);
    const [first, second] = [begin('remove', 0, 0n, 3n, 0n), begin('remove', 1, 0n, 3n, 0n)];
    stepTo(first, 'lock');
    for (let n = 0; n < 20; n++) second.step();
    expect(first.finish()).toBe(H_SUCCESS);
    expect(second.finish()).toBe(H_NOT_FOUND);
  });

  test('between VALID off and the tlbie a thread still has its translation; afterwards nobody has', () => {
    enter(3, M);
    const { hw } = world.k;
    const hpte = world.vm.hpt_base + 48;
    const lpid = world.vm.lpid;
    fillTlb(hw, 3, {
      lpid,
      b: 0,
      base: 12,
      actual: 12,
      va: hpteVirtualAddress({ v: V, r: 0n }, 3),
      hpte,
      r: word(3, 8),
    });
    const held = (): number =>
      Array.from({ length: 64 }, (_, i) => tlbEntry(hw, 3, i)).filter(Boolean).length;
    const remover = begin('remove', 0, 0n, 3n, 0n);
    stepTo(remover, 'invalidate');
    expect([word(3, 0) & 1n, held()]).toEqual([0n, 1]);
    stepTo(remover, 'tlbsync');
    expect(held()).toBe(0);
    expect(remover.finish()).toBe(H_SUCCESS);
  });
});

describe('do_tlbies', () => {
  test('lets one thread of the VM at a time do a tlbie', () => {
    enter(3, M);
    enter(11, M);
    const [first, second] = [begin('remove', 0, 0n, 3n, 0n), begin('remove', 1, 0n, 11n, 0n)];
    stepTo(first, 'tlbie_lock');
    for (let n = 0; n < 30; n++) second.step();
    expect([world.vm.tlbie_lock, second.value]).toEqual([0, null]);
    first.finish();
    expect(second.finish()).toBe(H_SUCCESS);
    expect(world.vm.tlbie_lock).toBe(-1);
  });

  test.each([
    ['p7', 1, 0n, true],
    ['p7', 2, 0n, false],
    ['p7', 2, LOCAL, true],
    ['p9', 1, LOCAL, false],
  ])('on %s with %i vcpus and flags %i is local: %s', (cpu, vcpus, flags, local) => {
    makeWorld(cpu, vcpus);
    enter(3, M);
    const agent = begin('remove', 0, flags, 3n, 0n);
    const steps: string[] = [];
    while (agent.value === null) steps.push(agent.step().step.label);
    expect(steps.includes('tlbie_lock')).toBe(!local);
  });
});

describe('H_PROTECT', () => {
  test('changes PP, N and key in both views, and nothing else', () => {
    enter(3, 0x5000n | M | 2n);
    setR(3, 0x180n);
    const flags = AVPN | (1n << 8n) | (3n << 12n) | 0x600n | 5n;
    expect(hcall('protect', flags, 3n, V).code).toBe(H_SUCCESS);
    const bits = (1n << 63n) | (3n << 60n) | 0x600n | 5n;
    expect(word(3, 8)).toBe(hostOf(0x5000n) | M | 0x180n | bits);
    expect(hcall('read', 0n, 3n).out[1]).toBe(0x5000n | M | 0x180n | bits);
    expect(word(3, 0)).toBe(V | 1n);
  });

  test('of an absent entry leaves key 31 in the real one', () => {
    enter(3, DEVICE);
    hcall('protect', 1n, 3n, 0n);
    expect(word(3, 8)).toBe(DEVICE | (3n << 60n) | 0xe00n);
    expect(hcall('read', 0n, 3n).out[1]).toBe(DEVICE | 1n);
  });

  test('does no tlbie when the bits are there already', () => {
    enter(3, M | 1n);
    const agent = begin('protect', 0, 1n, 3n, 0n);
    const steps: string[] = [];
    while (agent.value === null) steps.push(agent.step().step.label);
    expect(steps).not.toContain('tlbie');
  });

  test('the entry is absent, not gone, while it changes: a fault in between waits for the lock', () => {
    enter(3, M);
    const agent = begin('protect', 0, 1n, 3n, 0n);
    stepTo(agent, 'invalidate');
    expect(word(3, 0)).toBe(V | 0x60n);
    setR(3, 0x100n); // a walk that had found it before
    agent.finish();
    expect(word(3, 8) & 0x101n).toBe(0x101n);
  });

  test('of what is not there is H_NOT_FOUND', () => {
    enter(3, M);
    expect(hcall('protect', 1n, 4n, 0n).code).toBe(H_NOT_FOUND);
    expect(hcall('protect', AVPN | 1n, 3n, 0x80n).code).toBe(H_NOT_FOUND);
  });
});

describe('H_READ', () => {
  test('with H_READ_4 gives the four entries around the index', () => {
    enter(9, M);
    enter(10, DEVICE);
    const { code, out } = hcall('read', READ_4, 10n);
    expect(code).toBe(H_SUCCESS);
    expect(out).toEqual([0n, 0n, V | 1n, M, V | 1n, DEVICE, 0n, 0n]);
  });

  test('shows no host address, not even of a slot that was used', () => {
    enter(9, 0x5000n | M);
    hcall('remove', 0n, 9n, 0n);
    expect(hcall('read', 0n, 9n).out.slice(0, 2)).toEqual([0n, 0x5000n | M]);
  });
});

describe('H_CLEAR_REF and H_CLEAR_MOD', () => {
  test.each([
    ['clear_ref', 0x80n],
    ['clear_mod', 0x100n],
  ] as const)('%s clears its bit in both views and returns what was', (name, left) => {
    enter(3, 0x5000n | M);
    setR(3, 0x180n);
    expect(hcall(name, 0n, 3n)).toMatchObject({ code: H_SUCCESS });
    expect(world.results(0)[0]).toBe(0x5000n | M | 0x180n);
    expect(word(3, 8) & 0x180n).toBe(left);
    expect(hcall('read', 0n, 3n).out[1]).toBe(0x5000n | M | left);
    expect(word(3, 0)).toBe(V | 1n);
  });

  test('H_CLEAR_REF leaves a C alone that is set meanwhile', () => {
    enter(3, M);
    setR(3, 0x100n);
    const agent = begin('clear_ref', 0, 0n, 3n);
    stepTo(agent, 'guest_rpte');
    setR(3, 0x80n);
    agent.finish();
    expect(word(3, 8) & 0x180n).toBe(0x80n);
  });

  test('the host still knows that the page was used and changed', () => {
    enter(3, 0x5000n | M);
    setR(3, 0x180n);
    hcall('clear_ref', 0n, 3n);
    hcall('clear_mod', 0n, 3n);
    const rmap = world.k.hw.arena.read64((world.vm.memslots[0]?.rmap ?? 0) + 8 * 5);
    expect((rmap >> 32n) & 0x180n).toBe(0x180n);
  });

  test.each(['clear_ref', 'clear_mod'] as const)('%s of nothing is H_NOT_FOUND', (name) => {
    expect(hcall(name, 0n, 3n).code).toBe(H_NOT_FOUND);
    expect(hcall(name, 0n, 1n << 14n).code).toBe(H_PARAMETER);
  });
});

describe('H_BULK_REMOVE', () => {
  const REQUEST = 1n << 62n;
  const END = 3n << 62n;
  const mode = (m: bigint): bigint => m << 56n;

  test('answers each pair in place: removed with R and C, not found, absent', () => {
    enter(3, M);
    setR(3, 0x180n);
    enter(4, M);
    enter(5, DEVICE);
    const args = [3n, 0n, 4n | mode(2n), V + 0x80n, 5n | mode(1n), 0x10n, 9n, 0n];
    const { code, out } = hcall('bulk_remove', ...args.map((a, i) => (i % 2 ? a : a | REQUEST)));
    expect(code).toBe(H_SUCCESS);
    expect(out.filter((_, i) => i % 2 === 0).map((a) => a >> 56n)).toEqual([
      0x8cn,
      0x92n,
      0x81n,
      0x90n,
    ]);
    expect([3, 4, 5].map((i) => word(i, 0))).toEqual([0n, V | 1n, 0n]);
  });

  test('ends at the end of the list', () => {
    enter(3, M);
    const { code, out } = hcall('bulk_remove', REQUEST | 4n, 0n, END, 0n, REQUEST | 3n, 0n, 0n, 0n);
    expect([code, out[2], out[4], word(3, 0)]).toEqual([H_SUCCESS, END, REQUEST | 3n, V | 1n]);
  });

  test.each([
    ['type 0', 3n],
    ['type 2', (2n << 62n) | 3n],
    ['match mode 3', REQUEST | mode(3n) | 3n],
    ['an index outside the table', REQUEST | (1n << 14n)],
  ])('stops at a pair with %s, with what came before it done', (_, bad) => {
    enter(3, M);
    enter(4, M);
    const { code, out } = hcall(
      'bulk_remove',
      REQUEST | 4n,
      0n,
      bad,
      0n,
      REQUEST | 3n,
      0n,
      END,
      0n,
    );
    expect(code).toBe(H_PARAMETER);
    expect([(out[0] ?? 0n) >> 56n, ((out[2] ?? 0n) >> 56n) & 0xfcn]).toEqual([0x80n, 0xa0n]);
    expect([word(3, 0), word(4, 0)]).toEqual([V | 1n, 0n]);
  });

  test('two that remove the same entries in opposite order do not wait for each other for ever', () => {
    for (const i of [3, 4, 5, 6]) enter(i, M);
    const order = [3n, 4n, 5n, 6n];
    const args = (list: bigint[]): bigint[] => list.flatMap((i) => [REQUEST | i, 0n]);
    const agents = [
      begin('bulk_remove', 0, ...args(order)),
      begin('bulk_remove', 1, ...args(order.toReversed())),
    ];
    for (let n = 0; n < 500; n++)
      for (const agent of agents) if (agent.value === null) agent.step();
    expect(agents.map(({ value }) => value)).toEqual([H_SUCCESS, H_SUCCESS]);
    expect([3, 4, 5, 6].map((i) => word(i, 0))).toEqual([0n, 0n, 0n, 0n]);
  });
});

test('H_SET_DABR stores for the next entry and writes the register', () => {
  makeWorld('p7');
  expect(world.hcall('kvmppc_h_set_dabr', 0, [0x1234567n]).finish()).toBe(H_SUCCESS);
  expect(world.k.kvm.vcpus[0]?.spr.DABR).toBe(0x1234567n);
  expect(world.k.hw.get(0, 'DABR')).toBe(0x1234567n);
});

test('with any arguments no hcall writes outside the table, its revmap and the reverse maps', () => {
  const { k, vm } = world;
  world.region(0, 1, 0x10000000, HUGE_PAGE).finish();
  const own = [
    [vm.hpt_base, 2 ** 18],
    [vm.revmap, 2 ** 18],
    ...vm.memslots.map(({ rmap, npages }) => [rmap, 8 * npages]),
  ];
  const isOwn = (page: number): boolean =>
    own.some(([at = 0, bytes = 0]) => page * 4096 >= at && page * 4096 < at + bytes);
  const wild = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: 0n, max: (1n << 15n) - 1n }),
    fc.nat(63).map((bit) => 1n << BigInt(bit)),
    fc.constantFrom(0n, 1n << 62n, (1n << 62n) | 3n, 3n << 62n, EXACT | READ_4, (1n << 64n) - 1n),
  );
  const names = fc.constantFrom(...Object.values(HPT_HCALLS));
  const args = fc.array(wild, { minLength: 8, maxLength: 8 });
  const law = fc.property(fc.array(fc.tuple(names, args), { maxLength: 20 }), (calls) => {
    k.hw.arena.clearDirty();
    for (const [name, list] of calls) {
      if (!name.startsWith('kvmppc_h_')) continue;
      const code = world.hcall(name, 0, list).finish();
      expect([0, -4, -6, -7]).toContain(code);
    }
    const { firstReal } = k.hw.arena;
    const written = k.hw.arena.dirtyPages().filter((page) => page >= firstReal);
    expect(written.filter((page) => !isOwn(page - firstReal))).toEqual([]);
    expect([vm.srcu, vm.tlbie_lock]).toEqual([0, -1]);
  });
  fc.assert(law, { seed: 41, numRuns: 300 });
  k.hw.tlbie(0, IS.ALL << RB.IS_SHIFT);
});
