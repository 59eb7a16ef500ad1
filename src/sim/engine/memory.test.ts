import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SPRS, sprSlot } from '../isa/spr.ts';
import { PAGE } from './layout.ts';
import { Arena } from './memory.ts';

const REAL_BYTES = 8 * PAGE;
const THREADS = 2;
const newArena = () => new Arena({ threads: THREADS, realBytes: REAL_BYTES });

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const thread = fc.integer({ min: 0, max: THREADS - 1 });

/** Something that changes state, as data. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('word' as const), ra: fc.nat(REAL_BYTES - 8), value: u64 }),
  fc.record({ kind: fc.constant('gpr' as const), t: thread, n: fc.nat(31), value: u64 }),
  fc.record({ kind: fc.constant('clock' as const), t: thread, value: fc.nat() }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(arena: Arena, c: Change): void {
  if (c.kind === 'word') arena.write64(c.ra, c.value);
  else if (c.kind === 'gpr') arena.setGpr(c.t, c.n, c.value);
  else arena.setClock(c.t, c.value);
}

/** All state bytes. */
function state(arena: Arena): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(arena.pageCount * PAGE);
  for (let page = 0; page < arena.pageCount; page++) arena.copyPage(page, bytes, page * PAGE);
  return bytes;
}

describe('registers', () => {
  test('hold what was written, unsigned, each in its own place', () => {
    const arena = newArena();
    const value = (t: number, i: number) => (BigInt(t + 1) << 60n) | BigInt(i);
    for (const t of [0, 1]) {
      for (let n = 0; n < 32; n++) arena.setGpr(t, n, value(t, n));
      for (const slot of SPRS.keys()) arena.setSpr(t, slot, value(t, 100 + slot));
      arena.setNia(t, value(t, 200));
      arena.setDecExpires(t, t + 0.5);
      arena.setHdecExpires(t, t + 1.5);
      arena.setClock(t, t + 2.5);
      arena.setDhdes(t, t);
    }
    for (const t of [0, 1]) {
      for (let n = 0; n < 32; n++) expect(arena.gpr(t, n)).toBe(value(t, n));
      for (const slot of SPRS.keys()) expect(arena.spr(t, slot)).toBe(value(t, 100 + slot));
      expect(arena.nia(t)).toBe(value(t, 200));
      const times = [arena.decExpires(t), arena.hdecExpires(t), arena.clock(t), arena.dhdes(t)];
      expect(times).toEqual([t + 0.5, t + 1.5, t + 2.5, t]);
    }
  });

  test('that a core has once are written for all its threads, and count as a change on each', () => {
    const [lpidr, dar] = [sprSlot('LPIDR'), sprSlot('DAR')];
    const core = { threadsPerCore: 2, shared: [lpidr, sprSlot('HDEC')] };
    const arena = new Arena({ threads: 4, realBytes: REAL_BYTES, core });
    const all = [0, 1, 2, 3];
    const before = all.map((t) => arena.contextWrites(t));
    arena.setSpr(3, lpidr, 7n);
    arena.setSpr(3, dar, 7n);
    arena.setHdecExpires(3, 7);
    expect(all.map((t) => arena.spr(t, lpidr))).toEqual([0n, 0n, 7n, 7n]);
    expect(all.map((t) => arena.spr(t, dar))).toEqual([0n, 0n, 0n, 7n]);
    expect(all.map((t) => arena.hdecExpires(t))).toEqual([0, 0, 7, 7]);
    const after = all.map((t, i) => arena.contextWrites(t) - (before[i] ?? 0));
    expect(after).toEqual([0, 0, 1, 1]);
  });

  test('CR reads back as written', () => {
    const arena = newArena();
    fc.assert(
      fc.property(u32, (cr) => {
        arena.setCr(1, cr);
        expect(arena.cr(1)).toBe(cr);
      }),
      { seed: 1 },
    );
  });

  test('XER keeps its status bits and low 18 bits, and nothing else', () => {
    const arena = newArena();
    fc.assert(
      fc.property(u64, (xer) => {
        arena.setXer(0, xer);
        expect(arena.xer(0)).toBe(xer & 0xe00fffffn);
      }),
      { seed: 2 },
    );
  });

  test('the halves of MSR are those of the slot', () => {
    const arena = newArena();
    arena.setSpr(1, sprSlot('MSR'), 0x9000_0000_8000_1032n);
    expect([arena.msrHigh(1), arena.msrLow(1)]).toEqual([0x9000_0000, 0x8000_1032]);
  });

  test('words and doublewords of a TLB entry are the same bytes', () => {
    const arena = newArena();
    arena.setTlb64(1, 63, 3, 0x1122_3344_5566_7788n);
    expect([arena.tlb32(1, 63, 6), arena.tlb32(1, 63, 7)]).toEqual([0x5566_7788, 0x1122_3344]);
    arena.setTlb32(1, 63, 7, 0xffff_ffff);
    expect(arena.tlb64(1, 63, 3)).toBe(0xffff_ffff_5566_7788n);
    arena.setTlbNext(1, 5);
    expect([arena.tlbNext(0), arena.tlbNext(1)]).toEqual([0, 5]);
  });

  test('slots and TLB entries that do not exist are our bug', () => {
    const arena = newArena();
    expect(() => arena.spr(0, SPRS.length)).toThrow(RangeError);
    expect(() => arena.tlb64(0, 64, 0)).toThrow(RangeError);
  });
});

describe('real memory', () => {
  test('is big-endian, or little-endian when asked', () => {
    const arena = newArena();
    arena.write64(0x101, 0x0102030405060708n);
    expect([...arena.readBytes(0x101, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([arena.read32(0x101), arena.read16(0x101, true), arena.read8(0x108)]).toEqual([
      0x01020304, 0x0201, 8,
    ]);
    expect(arena.read64(0x101, true)).toBe(0x0807060504030201n);
    arena.write32(0x200, 0x01020304, true);
    arena.write16(0x204, 0x0506);
    expect(arena.read64(0x200)).toBe(0x0403020105060000n);
  });

  test('ends where it ends', () => {
    const arena = newArena();
    expect(() => arena.read8(REAL_BYTES)).toThrow('outside memory');
    expect(() => arena.write64(REAL_BYTES - 7, 0n)).toThrow('outside memory');
    expect(() => arena.readBytes(-1, 1)).toThrow('outside memory');
    expect(state(arena).every((byte, i) => byte === 0 || i < arena.firstReal * PAGE)).toBe(true);
  });
});

describe('dirty pages', () => {
  test('are the thread pages and those written since they were cleared', () => {
    const threadPages = [0, 1, 2, 3];
    const arena = newArena();
    arena.write8(3 * PAGE, 1);
    arena.clearDirty();
    expect(arena.dirtyPages()).toEqual(threadPages);
    arena.write64(5 * PAGE - 4, 1n);
    arena.writeBytes(PAGE, new Uint8Array(1));
    expect(arena.dirtyPages()).toEqual([...threadPages, 4 + 1, 4 + 4, 4 + 5]);
    arena.hash();
    expect(arena.dirtyPages()).toEqual([...threadPages, 4 + 1, 4 + 4, 4 + 5]);
  });

  test('copied and restored in another arena, they carry every change over', () => {
    fc.assert(
      fc.property(fc.array(change), fc.array(change), (before, after) => {
        const [source, target] = [newArena(), newArena()];
        for (const c of before) for (const arena of [source, target]) apply(arena, c);
        source.clearDirty();
        for (const c of after) apply(source, c);
        const page = new Uint8Array(2 * PAGE);
        for (const n of source.dirtyPages()) {
          source.copyPage(n, page, 100);
          target.restorePage(n, page, 100);
        }
        expect(target.hash()).toBe(source.hash());
        expect(Buffer.from(state(target)).equals(Buffer.from(state(source)))).toBe(true);
      }),
      { seed: 3, numRuns: 50 },
    );
  });
});

describe('hash', () => {
  test('is the same for the same bytes, whatever happened before and whenever it was taken', () => {
    fc.assert(
      fc.property(fc.array(change), fc.array(fc.boolean()), (changes, taken) => {
        const [often, once, restored] = [newArena(), newArena(), newArena()];
        for (const [i, c] of changes.entries()) {
          apply(often, c);
          apply(once, c);
          if (taken[i]) often.hash();
        }
        const bytes = state(once);
        for (let page = 0; page < once.pageCount; page++) {
          restored.restorePage(page, bytes, page * PAGE);
        }
        expect(often.hash()).toBe(once.hash());
        expect(restored.hash()).toBe(once.hash());
      }),
      { seed: 4, numRuns: 50 },
    );
  });

  test('differs for any change, and returns when it is undone', () => {
    const arena = newArena();
    const hashes = new Set([arena.hash()]);
    for (let ra = 0; ra < REAL_BYTES; ra += 509) {
      arena.write8(ra, 1);
      hashes.add(arena.hash());
      arena.write8(ra, 0);
      expect(hashes).toContain(arena.hash());
    }
    arena.setGpr(1, 31, 1n);
    hashes.add(arena.hash());
    expect(hashes.size).toBe(2 + Math.ceil(REAL_BYTES / 509));
  });

  test('depends on where the bytes are', () => {
    const [a, b] = [newArena(), newArena()];
    a.write64(PAGE, 5n);
    b.write64(2 * PAGE, 5n);
    expect(a.hash()).not.toBe(b.hash());
  });
});
