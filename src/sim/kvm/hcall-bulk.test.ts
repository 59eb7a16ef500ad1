import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { HUGE_PAGE } from '../host/memory.ts';
import { H_PARAMETER, H_SUCCESS } from './hcall.ts';
import { HPT_HCALLS } from './hcall-table.ts';
import { DEVICE, EXACT, Hcalls, M, V } from './testing/hcalls.ts';

let on: Hcalls;
beforeEach(() => {
  on = new Hcalls();
});

describe('H_BULK_REMOVE', () => {
  const REQUEST = 1n << 62n;
  const END = 3n << 62n;
  const mode = (m: bigint): bigint => m << 56n;

  test('answers each pair in place: removed with R and C, not found, absent', () => {
    on.enter(3, M);
    on.setR(3, 0x180n);
    on.enter(4, M);
    on.enter(5, DEVICE);
    const args = [3n, 0n, 4n | mode(2n), V + 0x80n, 5n | mode(1n), 0x10n, 9n, 0n];
    const { code, out } = on.call('bulk_remove', ...args.map((a, i) => (i % 2 ? a : a | REQUEST)));
    expect(code).toBe(H_SUCCESS);
    expect(out.filter((_, i) => i % 2 === 0).map((a) => a >> 56n)).toEqual([
      0x8cn,
      0x92n,
      0x81n,
      0x90n,
    ]);
    expect([3, 4, 5].map((i) => on.word(i, 0))).toEqual([0n, V | 1n, 0n]);
  });

  test('ends at the end of the list', () => {
    on.enter(3, M);
    const { code, out } = on.call(
      'bulk_remove',
      REQUEST | 4n,
      0n,
      END,
      0n,
      REQUEST | 3n,
      0n,
      0n,
      0n,
    );
    expect([code, out[2], out[4], on.word(3, 0)]).toEqual([H_SUCCESS, END, REQUEST | 3n, V | 1n]);
  });

  test.each([
    ['type 0', 3n],
    ['type 2', (2n << 62n) | 3n],
    ['match mode 3', REQUEST | mode(3n) | 3n],
    ['an index outside the table', REQUEST | (1n << 14n)],
  ])('stops at a pair with %s, with what came before it done', (_, bad) => {
    on.enter(3, M);
    on.enter(4, M);
    const { code, out } = on.call(
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
    expect([on.word(3, 0), on.word(4, 0)]).toEqual([V | 1n, 0n]);
  });

  test('two that remove the same entries in opposite order do not wait for each other for ever', () => {
    for (const i of [3, 4, 5, 6]) on.enter(i, M);
    const order = [3n, 4n, 5n, 6n];
    const args = (list: bigint[]): bigint[] => list.flatMap((i) => [REQUEST | i, 0n]);
    const agents = [
      on.begin('bulk_remove', 0, ...args(order)),
      on.begin('bulk_remove', 1, ...args(order.toReversed())),
    ];
    for (let n = 0; n < 500; n++)
      for (const agent of agents) if (agent.value === null) agent.step();
    expect(agents.map(({ value }) => value)).toEqual([H_SUCCESS, H_SUCCESS]);
    expect([3, 4, 5, 6].map((i) => on.word(i, 0))).toEqual([0n, 0n, 0n, 0n]);
  });
});

test('with any arguments no hcall writes outside the table, its revmap and the reverse maps', () => {
  const { k, vm } = on.world;
  on.world.region(0, 1, 0x10000000, HUGE_PAGE).finish();
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
    fc.constantFrom(
      0n,
      1n << 62n,
      (1n << 62n) | 3n,
      3n << 62n,
      EXACT | (1n << 37n),
      (1n << 64n) - 1n,
    ),
  );
  const names = fc.constantFrom(...Object.values(HPT_HCALLS));
  const args = fc.array(wild, { minLength: 8, maxLength: 8 });
  const law = fc.property(fc.array(fc.tuple(names, args), { maxLength: 20 }), (calls) => {
    k.hw.arena.clearDirty();
    for (const [name, list] of calls) {
      if (!name.startsWith('kvmppc_h_')) continue;
      const code = on.world.hcall(name, 0, list).finish();
      expect([0, -4, -6, -7]).toContain(code);
    }
    const { firstReal } = k.hw.arena;
    const written = k.hw.arena.dirtyPages().filter((page) => page >= firstReal);
    expect(written.filter((page) => !isOwn(page - firstReal))).toEqual([]);
    expect([vm.srcu, vm.tlbie_lock]).toEqual([0, -1]);
  });
  fc.assert(law, { seed: 41, numRuns: 300 });
});
