import { describe, expect, test } from 'vitest';
import { sprSlot } from '../isa/spr.ts';
import { Access, Outcome, Stop } from './api.ts';
import { Engine } from './engine.ts';
import { PAGE } from './layout.ts';
import type { Arena } from './memory.ts';
import { load, machine, PAGES, type Seen } from './testing/recording-machine.ts';

const PR = 1n << 14n;
const HV = 1n << 60n;
const LE = 1n;
const SF = 1n << 63n;
const [VEC, VSX] = [1 << 25, 1 << 23];

const hooks = (seen: readonly Seen[], pattern: RegExp) => seen.filter((s) => pattern.test(s.hook));

describe('budget', () => {
  test('run(n) executes exactly n instructions and leaves NIA at the next one', () => {
    const { arena, engine } = machine('1: addi 3,3,1\n addi 4,4,1\n b 1b');
    expect(engine.run(0, 7)).toBe(Stop.budget);
    expect([arena.executed, arena.nia(0), arena.gpr(0, 3)]).toEqual([7, 4n, 3n]);
  });

  test('run(n) is exact over hot, vector and cold instructions', () => {
    const source = '1: addi 3,3,1\n xxlxor 1,1,1\n vor 2,2,2\n mfspr 6,287\n vor 2,2,2\n b 1b';
    const { arena, engine } = machine(source);
    for (const budget of [1, 2, 3, 4, 5, 6, 7, 13, 0, 600]) {
      arena.setNia(0, 0n);
      arena.setGpr(0, 3, 0n);
      expect(engine.run(0, budget, VEC | VSX)).toBe(Stop.budget);
      const [rounds, rest] = [Math.floor(budget / 6), budget % 6];
      const expected = [budget, BigInt(4 * rest), BigInt(rounds + (rest > 0 ? 1 : 0))];
      expect([arena.executed, arena.nia(0), arena.gpr(0, 3)]).toEqual(expected);
    }
  });

  test('run(0) does nothing', () => {
    const { arena, engine, seen } = machine('addi 3,3,1');
    expect(engine.run(0, 0)).toBe(Stop.budget);
    expect([arena.executed, arena.nia(0), arena.gpr(0, 3), seen]).toEqual([0, 0n, 0n, []]);
  });

  test('a budget that ends at a branch to an unmapped page stops before that fetch', () => {
    const { arena, engine, seen, settings } = machine(`b 0x${(4 * PAGE).toString(16)}`);
    settings.unmapped = 4n;
    expect(engine.run(0, 1)).toBe(Stop.budget);
    expect(arena.nia(0)).toBe(BigInt(4 * PAGE));
    expect(hooks(seen, /fault/)).toEqual([]);
    expect(engine.run(0, 1)).toBe(Stop.raised);
    expect(hooks(seen, /fault/)).toMatchObject([
      { hook: 'fault fetch', nia: 0x4000n, executed: 0 },
    ]);
  });

  test('code runs on into the next page', () => {
    const { arena, engine } = machine('');
    load(arena, 'addi 3,3,1\n addi 3,3,2\n addi 3,3,4', PAGE - 4);
    arena.setNia(0, BigInt(PAGE - 4));
    engine.run(0, 3);
    expect([arena.gpr(0, 3), arena.nia(0)]).toEqual([7n, BigInt(PAGE + 8)]);
  });
});

describe('hooks', () => {
  test('see the address of their instruction and the number of instructions before it', () => {
    const { engine, seen } = machine(
      'li 3,0x2000\n li 5,1\n ld 4,8(3)\n std 4,16(3)\n mfspr 6,287',
    );
    engine.run(0, 5);
    expect(seen.slice(1)).toMatchObject([
      { hook: 'miss load', nia: 8n, executed: 2, arg: 0x2008n },
      { hook: 'miss store', nia: 12n, executed: 3, arg: 0x2010n },
      { hook: 'mfspr', nia: 16n, executed: 4, arg: 287n },
    ]);
  });

  test('an access that raises counts as executed and changes nothing', () => {
    const { arena, engine, settings } = machine('li 3,0x2000\n lwzu 4,8(3)');
    settings.unmapped = 2n;
    expect(engine.run(0, 10)).toBe(Stop.raised);
    expect([arena.executed, arena.nia(0)]).toEqual([2, 0x300n]);
    expect([arena.gpr(0, 3), arena.gpr(0, 4)]).toEqual([0x2000n, 0n]);
  });

  test('a helper that yields stops the run after its instruction', () => {
    const { arena, engine, settings } = machine('mfspr 6,287\n li 3,1');
    settings.outcome = Outcome.yield;
    expect(engine.run(0, 10)).toBe(Stop.yield);
    expect([arena.executed, arena.nia(0), arena.gpr(0, 6), arena.gpr(0, 3)]).toEqual([
      1,
      4n,
      77n,
      0n,
    ]);
  });

  test('a helper that raises leaves NIA as it set it and writes no result', () => {
    const { arena, engine, settings } = machine('mfspr 6,287');
    settings.outcome = Outcome.raised;
    expect(engine.run(0, 10)).toBe(Stop.raised);
    expect([arena.executed, arena.nia(0), arena.gpr(0, 6)]).toEqual([1, 0n, 0n]);
  });

  test('a fetch translation dropped by a helper is asked for again by the next instruction', () => {
    for (const slice of [1, 4]) {
      const { arena, engine, seen, settings } = machine('nop\n mfspr 6,287\n nop\n nop');
      settings.onHelper = () => engine.flushThread(0);
      for (let done = 0; done < 4; done += arena.executed) engine.run(0, slice);
      expect(hooks(seen, /fetch/)).toMatchObject([
        { nia: 0n },
        { nia: 8n, executed: slice === 1 ? 0 : 2 },
      ]);
    }
  });

  test('a page that was only read is not marked as written when it is writable', () => {
    const { arena, engine } = machine('li 3,0x2000\n ld 4,0(3)\n std 4,0(3)');
    arena.clearDirty();
    engine.run(0, 2);
    expect(arena.dirtyPages()).toEqual([0, 1]);
    engine.run(0, 1);
    expect(arena.dirtyPages()).toEqual([0, 1, 2 + 2]);
  });

  test.each([
    ['fetch', Access.load, '0x0'],
    ['load', Access.fetch, '0x18'],
  ])('a %s miss after which nothing is mapped is reported as our bug', (_, served, ea) => {
    const { arena } = machine('ld 4,24(3)');
    const engine: Engine = new Engine(arena, {
      miss(tid, access) {
        if (access === served && access === Access.fetch) engine.mapFetch(tid, 0n, 0);
        return true;
      },
      helper: () => Outcome.continue,
      raise: () => {},
    });
    expect(() => engine.run(0, 1)).toThrow(`mapped no page for ${ea}`);
  });
});

describe('privilege', () => {
  const cases: [string, bigint, boolean][] = [
    ['mfmsr 3', 0n, true],
    ['mfmsr 3', PR, false],
    ['mfmsr 3', HV, true],
    ['hrfid', 0n, false],
    ['hrfid', HV, true],
    ['hrfid', HV | PR, false],
  ];
  test.each(cases)('%s with MSR %s is allowed: %s', (source, msr, allowed) => {
    const { arena, engine, seen } = machine(source);
    arena.setSpr(0, sprSlot('MSR'), SF | msr);
    engine.run(0, 1);
    const raised = hooks(seen, /raise/);
    expect(raised.map(({ hook }) => hook)).toEqual(allowed ? [] : ['raise privileged']);
    if (!allowed) expect(raised[0]?.arg).toBe(BigInt(arena.read32(0)));
  });

  test('an unknown word raises illegal with the word as argument', () => {
    const { arena, engine, seen } = machine('nop\n .long 0x12');
    expect(engine.run(0, 5)).toBe(Stop.raised);
    expect(hooks(seen, /raise/)).toEqual([
      { hook: 'raise illegal', nia: 4n, executed: 1, arg: 0x12n },
    ]);
    expect(arena.executed).toBe(2);
  });
});

describe('accesses across a page', () => {
  const source = 'li 3,0x2ffd\n ld 4,0(3)\n std 4,0x1000(3)\n lwz 5,0x1000(3)';

  test.each([false, true])('are one value (little-endian: %s)', (littleEndian) => {
    const { arena, engine } = machine(source, { littleEndian });
    arena.write64(0x2ffd, 0x1122334455667788n, littleEndian);
    engine.run(0, 4);
    expect(arena.read64(0x3ffd, littleEndian)).toBe(0x1122334455667788n);
    expect(arena.gpr(0, 5)).toBe(littleEndian ? 0x55667788n : 0x11223344n);
  });

  test('store nothing when the second page faults', () => {
    const { arena, engine, seen, settings } = machine('li 3,0x2ffd\n li 4,-1\n std 4,0(3)');
    settings.readOnly = 3n;
    expect(engine.run(0, 3)).toBe(Stop.raised);
    expect(hooks(seen, /fault/)).toMatchObject([{ hook: 'fault store', arg: 0x3000n }]);
    expect(arena.read64(0x2ffd)).toBe(0n);
  });
});

describe('decoded code', () => {
  test('a store into the running line is executed', () => {
    const { arena, engine } = machine('lwz 4,20(0)\n stw 4,12(0)\n nop\n nop\n b .\n li 3,9');
    engine.run(0, 4);
    expect(arena.gpr(0, 3)).toBe(9n);
  });

  test('a store into code by the host or another thread is executed', () => {
    const { arena, engine } = machine('1: li 3,1\n b 1b', { threads: 2 });
    engine.run(0, 4);
    arena.write32(0, 0x38600002); // li r3,2
    engine.run(0, 2);
    expect(arena.gpr(0, 3)).toBe(2n);
    load(arena, 'lis 5,0x3860\n ori 5,5,3\n stw 5,0(0)', PAGE);
    arena.setNia(1, BigInt(PAGE));
    engine.run(1, 3);
    engine.run(0, 2);
    expect(arena.gpr(0, 3)).toBe(3n);
  });

  test('more code pages than the cache holds run correctly', () => {
    const { arena, engine } = machine('');
    for (let page = 0; page < PAGES; page++) {
      const next = ((page + 1) % PAGES) * PAGE;
      load(arena, `addi 3,3,1\n b 0x${next.toString(16)}`, page * PAGE);
    }
    engine.run(0, 6 * PAGES);
    expect([arena.gpr(0, 3), arena.nia(0)]).toEqual([BigInt(3 * PAGES), 0n]);
  });

  test('the same page is decoded for both byte orders', () => {
    const { arena, engine } = machine('li 3,1', { threads: 2 });
    arena.write32(4, 0x38600002, true);
    arena.setNia(1, 4n);
    arena.setSpr(1, sprSlot('MSR'), SF | LE);
    engine.run(0, 1);
    engine.run(1, 1);
    expect([arena.gpr(0, 3), arena.gpr(1, 3)]).toEqual([1n, 2n]);
  });

  test('a thread that changes byte order fetches in the new one', () => {
    const { arena, engine } = machine('li 3,1');
    arena.write32(4, 0x38600002, true);
    engine.run(0, 1);
    arena.setSpr(0, sprSlot('MSR'), SF | LE);
    engine.run(0, 1);
    expect(arena.gpr(0, 3)).toBe(2n);
  });
});

describe('reservations', () => {
  const reserve = 'li 5,0x2000\n lwarx 6,0,5\n addi 6,6,1\n stwcx. 6,0,5\n li 3,1';
  const stored = (arena: Arena) => (arena.cr(0) >>> 28) & 2;

  test('a store conditional succeeds once', () => {
    const { arena, engine } = machine(`${reserve}\n stwcx. 6,0,5`);
    engine.run(0, 4);
    expect([arena.read32(0x2000), stored(arena)]).toEqual([1, 2]);
    engine.run(0, 2);
    expect(stored(arena)).toBe(0);
  });

  const other = [
    { when: 'stores to the line', source: 'li 5,0x2000\n stb 4,127(5)', expected: 0 },
    {
      when: 'stores to it after storing nearby',
      source: 'li 5,0x2000\n std 4,256(5)\n std 4,8(5)',
      expected: 0,
    },
    { when: 'stores to the next line', source: 'li 5,0x2000\n stb 4,128(5)', expected: 2 },
    { when: 'stores across into the line', source: 'li 5,0x1ffe\n stw 4,0(5)', expected: 0 },
    { when: 'loads the line', source: 'li 5,0x2000\n ld 4,0(5)', expected: 2 },
    { when: 'reserves the line', source: 'li 5,0x2000\n lwarx 4,0,5', expected: 2 },
    {
      when: 'stores conditionally',
      source: 'li 5,0x2000\n lwarx 4,0,5\n stwcx. 4,0,5',
      expected: 0,
    },
  ];
  test.each(other)('when another thread $when, CR0[EQ] is $expected', ({ source, expected }) => {
    for (const mappedBefore of [false, true]) {
      const { arena, engine } = machine(reserve, { threads: 2 });
      load(arena, source, PAGE);
      const runOther = () => {
        arena.setNia(1, BigInt(PAGE));
        engine.run(1, source.split('\n').length);
      };
      if (mappedBefore) runOther();
      engine.run(0, 2);
      runOther();
      engine.run(0, 2);
      expect(stored(arena)).toBe(expected);
    }
  });

  test('a store of the host to the line takes the reservation', () => {
    const { arena, engine } = machine(reserve);
    engine.run(0, 2);
    arena.write8(0x2040, 1);
    engine.run(0, 2);
    expect(stored(arena)).toBe(0);
  });

  test("a thread's own store to the line does not", () => {
    const { arena, engine } = machine('li 5,0x2000\n lwarx 6,0,5\n stw 5,8(5)\n stwcx. 5,0,5');
    engine.run(0, 4);
    expect([arena.read32(0x2008), stored(arena)]).toEqual([0x2000, 2]);
  });

  test('a reservation outlives dropped caches and is seen after a restore', () => {
    const { arena, engine } = machine(reserve, { threads: 2 });
    load(arena, 'li 5,0x2000\n stb 4,0(5)', PAGE);
    engine.run(0, 2);
    const page = new Uint8Array(PAGE);
    arena.copyPage(0, page, 0);
    engine.dropCaches();
    arena.clearReservation(0);
    arena.restorePage(0, page, 0);
    expect(arena.reservation(0)).toBe(0x2000);
    arena.setNia(1, BigInt(PAGE));
    engine.run(1, 2);
    expect(arena.reservation(0)).toBe(-1);
  });

  test('an unaligned address raises an alignment interrupt with the address', () => {
    const { engine, seen } = machine('li 5,0x2002\n lwarx 6,0,5');
    engine.run(0, 2);
    expect(hooks(seen, /raise/)).toMatchObject([
      { hook: 'raise alignment', arg: 0x2002n, nia: 4n },
    ]);
  });
});
