// Storage instructions beyond plain loads and stores, case by case.
import { describe, expect, test } from 'vitest';
import { machine, type Seen } from './testing/recording-machine.ts';

const at = (n: number) => `lis 3,0\n ori 3,3,${n}\n`;
const misses = (seen: readonly Seen[]) => seen.filter(({ hook }) => /miss (load|store)/.test(hook));
const raised = (seen: readonly Seen[]) => seen.find(({ hook }) => hook.startsWith('raise'));

describe('a watched page', () => {
  test('brings every access to the miss hook, with its address and size', () => {
    const { arena, engine, seen, settings } = machine(
      `${at(0x2008)}std 4,0(3)\n lwz 5,4(3)\n stb 4,1(3)\n lhz 6,0(3)`,
    );
    settings.watched = 2n;
    arena.setGpr(0, 4, 0x1122_3344_5566_7788n);
    engine.run(0, 6);
    expect(misses(seen).map(({ hook, arg, size }) => [hook, arg, size])).toEqual([
      ['miss store', 0x2008n, 8],
      ['miss load', 0x200cn, 4],
      ['miss store', 0x2009n, 1],
      ['miss load', 0x2008n, 2],
    ]);
    expect([arena.gpr(0, 5), arena.gpr(0, 6)]).toEqual([0x5566_7788n, 0x1188n]);
  });

  test('sees only its part of an access that crosses into it', () => {
    const { arena, engine, seen, settings } = machine(`${at(0x1ffd)}std 4,0(3)\n std 4,0(3)`);
    settings.watched = 2n;
    arena.setGpr(0, 4, 0x0102_0304_0506_0708n);
    engine.run(0, 4);
    expect(misses(seen).map(({ arg, size }) => [arg, size])).toEqual([
      [0x1ffdn, 3],
      [0x2000n, 5],
      [0x2000n, 5],
    ]);
    expect(arena.read64(0x1ffd)).toBe(0x0102_0304_0506_0708n);
  });

  test('takes reservations and clears blocks', () => {
    const { arena, engine, seen, settings } = machine(
      `${at(0x2000)}lwarx 4,0,3\n stwcx. 3,0,3\n dcbz 0,3`,
    );
    settings.watched = 2n;
    arena.writeBytes(0x2000, new Uint8Array(130).fill(1));
    engine.run(0, 4);
    expect([arena.read32(0x2000), arena.cr(0) >>> 28]).toEqual([0x2000, 2]);
    engine.run(0, 1);
    expect(arena.readBytes(0x2000, 130)).toEqual(new Uint8Array(130).fill(1, 128));
    expect(misses(seen)).toHaveLength(2 + 16);
  });
});

describe('multiples and strings', () => {
  test('lmw fills the low words up to r31 across a page boundary, stmw stores them', () => {
    const { arena, engine } = machine(`${at(0x1ff8)}lmw 28,0(3)\n stmw 28,0x20(3)`);
    for (let i = 0; i < 4; i++) arena.write32(0x1ff8 + 4 * i, 0xf000_0000 + i);
    for (let n = 28; n < 32; n++) arena.setGpr(0, n, -1n);
    engine.run(0, 4);
    expect([28, 29, 30, 31].map((n) => arena.gpr(0, n))).toEqual([
      0xf000_0000n,
      0xf000_0001n,
      0xf000_0002n,
      0xf000_0003n,
    ]);
    expect(arena.readBytes(0x2018, 16)).toEqual(arena.readBytes(0x1ff8, 16));
  });

  test('lswi goes on at r0 after r31 and fills its last word with zeros', () => {
    const { arena, engine } = machine(`${at(0x2001)}lswi 31,3,7`);
    arena.writeBytes(0x2001, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    engine.run(0, 3);
    expect([arena.gpr(0, 31), arena.gpr(0, 0)]).toEqual([0x0102_0304n, 0x0506_0700n]);
  });

  test('stswx stores as many bytes as XER says, even none', () => {
    for (const length of [0n, 5n]) {
      const { arena, engine } = machine(`${at(0x2000)}mtxer 7\n stswx 4,0,3`);
      arena.setGpr(0, 7, length);
      arena.setGpr(0, 4, 0x99_0102_0304n);
      arena.setGpr(0, 5, 0x99_0506_0708n);
      engine.run(0, 4);
      expect(arena.read64(0x2000)).toBe(length === 0n ? 0n : 0x0102_0304_0500_0000n);
    }
  });

  test.each([
    'lmw 28,0(3)',
    'stmw 28,0(3)',
    'lswi 4,3,4',
    'stswi 4,3,4',
    'lswx 4,0,3',
    'stswx 4,0,3',
  ])('%s raises an alignment interrupt in little-endian mode', (source) => {
    const { engine, seen } = machine(`${at(0x2000)}${source}`, { littleEndian: true });
    engine.run(0, 3);
    expect(raised(seen)).toMatchObject({ hook: 'raise alignment', arg: 0x2000n, nia: 8n });
  });
});

describe('quadwords', () => {
  test.each([false, true])('are one number in a pair of registers (little-endian: %s)', (le) => {
    const { arena, engine } = machine(`${at(0x2000)}lq 4,0(3)\n stq 4,16(3)`, {
      littleEndian: le,
    });
    arena.write64(le ? 0x2008 : 0x2000, 0x0102_0304_0506_0708n, le);
    arena.write64(le ? 0x2000 : 0x2008, 0x1112_1314_1516_1718n, le);
    engine.run(0, 4);
    expect([arena.gpr(0, 4), arena.gpr(0, 5)]).toEqual([
      0x0102_0304_0506_0708n,
      0x1112_1314_1516_1718n,
    ]);
    expect(arena.readBytes(0x2010, 16)).toEqual(arena.readBytes(0x2000, 16));
  });

  test('are stored conditionally as a whole', () => {
    const { arena, engine } = machine(`${at(0x2010)}lqarx 4,0,3\n stqcx. 6,0,3\n stqcx. 4,0,3`);
    arena.setGpr(0, 6, 6n);
    arena.setGpr(0, 7, 7n);
    engine.run(0, 4);
    expect([arena.read64(0x2010), arena.read64(0x2018), arena.cr(0) >>> 28]).toEqual([6n, 7n, 2]);
    engine.run(0, 1);
    expect([arena.read64(0x2010), arena.cr(0) >>> 28]).toEqual([6n, 0]);
  });

  test.each(['lq 4,0(9)', 'stq 4,8(3)', 'lqarx 4,3,8', 'stqcx. 4,3,8', 'copy 3,8', 'paste. 3,8'])(
    '%s at an unaligned address raises an alignment interrupt',
    (source) => {
      const { engine, seen } = machine(`${at(0x2000)}li 8,8\n addi 9,3,8\n ${source}`);
      engine.run(0, 5);
      expect(raised(seen)).toMatchObject({ hook: 'raise alignment', arg: 0x2008n });
    },
  );
});

describe('atomic operations', () => {
  /** lwat r4 with r5, r6 as operands on two words; what r4 and the words hold then. */
  function lwat(code: number, first: number, second: number, r5 = 0n, r6 = 0n) {
    const { arena, engine, seen } = machine(`${at(0x2000)}lwat 4,3,${code}`);
    arena.write32(0x2000, first);
    arena.write32(0x2004, second);
    arena.setGpr(0, 5, r5);
    arena.setGpr(0, 6, r6);
    engine.run(0, 3);
    return { values: [arena.gpr(0, 4), arena.read32(0x2000), arena.read32(0x2004)], seen };
  }

  test.each([
    {
      what: 'fetch and add',
      code: 0,
      words: [0xffff_ffff, 9],
      r5: 3n,
      after: [0xffff_ffffn, 2, 9],
    },
    {
      what: 'fetch and maximum unsigned',
      code: 4,
      words: [1, 9],
      r5: -1n,
      after: [1n, 0xffff_ffff, 9],
    },
    { what: 'fetch and maximum signed', code: 5, words: [1, 9], r5: -1n, after: [1n, 1, 9] },
    {
      what: 'fetch and minimum signed',
      code: 7,
      words: [1, 9],
      r5: -1n,
      after: [1n, 0xffff_ffff, 9],
    },
    { what: 'swap', code: 8, words: [1, 9], r5: 5n, after: [1n, 5, 9] },
    {
      what: 'compare and swap not equal, equal',
      code: 16,
      words: [1, 9],
      r5: 1n,
      after: [1n, 1, 9],
    },
    { what: 'compare and swap not equal', code: 16, words: [2, 9], r5: 1n, after: [2n, 66, 9] },
    { what: 'fetch and increment bounded', code: 24, words: [8, 9], r5: 0n, after: [8n, 9, 9] },
    { what: 'the same at the bound', code: 24, words: [9, 9], r5: 0n, after: [0x8000_0000n, 9, 9] },
    { what: 'fetch and increment equal', code: 25, words: [9, 9], r5: 0n, after: [9n, 10, 9] },
  ])('$what', ({ code, words: [first = 0, second = 0], r5, after }) => {
    expect(lwat(code, first, second, BigInt.asUintN(64, r5), 66n).values).toEqual(after);
  });

  test('a load with a code that has no operation is reported with its address', () => {
    const { values, seen } = lwat(9, 1, 2);
    expect(values).toEqual([0n, 1, 2]);
    expect(raised(seen)).toMatchObject({ hook: 'raise badAtomic', arg: 0x2000n });
  });

  test('store twin writes both values when they are equal', () => {
    for (const [second, after] of [
      [7n, [5n, 5n]],
      [8n, [7n, 8n]],
    ] as const) {
      const { arena, engine } = machine(`${at(0x2000)}li 4,5\n stdat 4,3,24`);
      arena.write64(0x2000, 7n);
      arena.write64(0x2008, second);
      engine.run(0, 4);
      expect([arena.read64(0x2000), arena.read64(0x2008)]).toEqual(after);
    }
  });

  test('a store atomic takes the reservation of another thread', () => {
    const { arena, engine } = machine(`${at(0x2000)}stwat 4,3,0`, { threads: 2 });
    arena.reserve(1, 0x2040);
    engine.run(0, 3);
    expect(arena.reservation(1)).toBe(-1);
  });
});

test('paste. finds no accelerator: CR0 gets nothing but SO', () => {
  const { arena, engine } = machine(`${at(0x2000)}copy 0,3\n paste. 0,3`);
  arena.setCr(0, 0xffff_ffff);
  arena.setXer(0, 0x8000_0000n);
  engine.run(0, 4);
  expect(arena.cr(0)).toBe(0x1fff_ffff);
});
