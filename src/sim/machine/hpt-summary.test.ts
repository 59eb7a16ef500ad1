import fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { Arena } from '../engine/memory.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import { SUMMARY } from '../trace/hpt.ts';
import { History } from './history.ts';
import { cellsOf, gridWidth, HptSummary } from './hpt-summary.ts';

const ORDER = 18;
const BASE = 1 << ORDER;
const ENTRIES = 2 ** (ORDER - 4);

let arena: Arena;
let summary: HptSummary;

beforeEach(() => {
  arena = new Arena({ threads: 1, realBytes: 4 << ORDER });
  summary = new HptSummary(BASE, ORDER);
  summary.update(arena);
});

function write(slot: number, v: bigint, r: bigint): void {
  arena.write64(BASE + 16 * slot, v);
  arena.write64(BASE + 16 * slot + 8, r);
}

describe('the summary of a hashed page table', () => {
  it('has the state of an entry in one byte', () => {
    write(7, 0x0001_ffff_ff00_0015n, 0x0400_0000_0100_0190n);
    write(8, 0x63n, 0x0ff0_0000_0000_0e00n);
    expect(summary.update(arena)).toEqual([7, 8]);
    expect(summary.at(7)).toBe(
      SUMMARY.VALID | SUMMARY.LARGE | SUMMARY.BOLTED | SUMMARY.R | SUMMARY.C,
    );
    expect(summary.at(8)).toBe(SUMMARY.VALID | SUMMARY.SECONDARY | SUMMARY.ABSENT | SUMMARY.LOCKED);
  });

  it('takes no notice of what is left in an entry that is neither valid nor absent, but of its lock', () => {
    write(9, 0x16n, 0x180n);
    write(10, 0x40n, 0x180n);
    expect(summary.update(arena)).toEqual([9, 10]);
    expect([summary.at(9), summary.at(10)]).toEqual([0, SUMMARY.LOCKED]);
    expect(summary.counts.reduce((sum, n) => sum + n, 0)).toBe(1);
  });

  it('names only entries whose bytes differ, and each change once', () => {
    write(300, 1n, 0n);
    expect(summary.update(arena)).toEqual([300]);
    write(300, 1n, 0n);
    expect(summary.update(arena)).toEqual([]);
    write(300, 1n, 2n); // protection: the same byte, another entry
    expect(summary.update(arena)).toEqual([300]);
    expect(summary.revision).toBe(2);
  });

  it('sees single bytes stored by the hardware, and pages put back by a restore', () => {
    write(4, 1n, 0n);
    summary.update(arena);
    arena.write8(BASE + 4 * 16 + 14, 1);
    expect(summary.update(arena)).toEqual([4]);
    expect(summary.at(4)).toBe(SUMMARY.VALID | SUMMARY.R);
    arena.restorePage(arena.firstReal + BASE / 4096, new Uint8Array(4096), 0);
    expect(summary.update(arena)).toEqual([4]);
    expect(summary.at(4)).toBe(0);
  });

  it('finds what was written before it was made, whoever has taken the marks', () => {
    write(99, 1n, 0n);
    summary.update(arena);
    const second = new HptSummary(BASE, ORDER);
    expect(second.update(arena)).toEqual([99]);
  });

  it('knows nothing of the memory around the table', () => {
    arena.write64(BASE - 8, 1n);
    arena.write64(2 * BASE, 1n);
    expect(summary.update(arena)).toEqual([]);
  });

  it('finds entries by their doublewords, without the empty ones', () => {
    write(5, 1n, 0x1000n);
    write(900, 0x20n, 0x1000n);
    write(901, 0n, 0x1000n);
    summary.update(arena);
    const sameR = (_: number, __: bigint, r: bigint) => r === 0x1000n;
    expect(summary.find(sameR, 10)).toEqual([5, 900]);
    expect(summary.find(sameR, 1)).toEqual([5]);
  });

  it('has every level and every count as a plain sum over the entries, whatever is written', () => {
    const writes = fc.array(
      fc.record({
        slot: fc.nat(ENTRIES - 1),
        v: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        r: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(writes, (list) => {
        for (const { slot, v, r } of list) write(slot, v, r);
        summary.update(arena);
        const [finest] = summary.levels;
        const width = gridWidth(ORDER);
        for (const [n, level] of summary.levels.entries()) {
          const used = new Uint32Array(level.width * level.height);
          const bits = new Uint8Array(used.length);
          for (let slot = 0; slot < ENTRIES; slot++) {
            const byte = finest?.bits[slot] ?? 0;
            const cell = (Math.floor(slot / width) >> n) * level.width + ((slot % width) >> n);
            bits[cell] = (bits[cell] ?? 0) | byte;
            if (byte & (SUMMARY.VALID | SUMMARY.ABSENT)) used[cell] = (used[cell] ?? 0) + 1;
          }
          expect(level.used.every((n, i) => n === used[i])).toBe(true);
          expect(level.bits.every((n, i) => n === bits[i])).toBe(true);
        }
        const valid = finest?.bits.filter((byte) => byte & SUMMARY.VALID).length;
        expect(summary.counts[0]).toBe(valid);
      }),
      { seed: 41, numRuns: 20 },
    );
  });
});

test('it stays true while guests enter, use and remove pages, by host, hardware and time travel', () => {
  const { machine } = makeLoaded({ scenario: 'real-mode-hcalls' });
  const history = new History(machine);
  const real = machine.hw.arena;
  let live: HptSummary | null = null;
  const seen = new Set<number>();
  const check = (): void => {
    const [vm] = machine.k.kvm.vms;
    if (!vm?.hpt_order) return;
    live ??= new HptSummary(vm.hpt_base, vm.hpt_order);
    for (const slot of live.update(real)) seen.add(slot);
    const fresh = new HptSummary(vm.hpt_base, vm.hpt_order);
    for (const slot of fresh.update(real)) expect(live.at(slot)).toBe(fresh.at(slot));
    expect(live.counts).toEqual(fresh.counts);
  };
  while (history.advance(100) > 0) check();
  // Some of the changes are R and C bits that the walk of a guest's access has set.
  expect(seen.size).toBeGreaterThan(8);
  for (const step of [1500, 700, 1600, 300]) {
    history.goto(0, step);
    check();
  }
});

describe('a window of the table', () => {
  it('is cut to the table', () => {
    const cells = cellsOf(summary, { level: 99, x: -3, y: 2e9, w: 1e9, h: Number.NaN });
    expect(cells).toMatchObject({ level: summary.levels.length - 1, x: 0, y: 0, w: 1, h: 0 });
    const width = gridWidth(ORDER);
    expect(cellsOf(summary, { level: 0, x: 8, y: 1, w: 1e9, h: 3 })).toMatchObject({
      w: width - 8,
      h: 3,
    });
  });

  it('shows a single entry at every zoom', () => {
    write(gridWidth(ORDER) * 5 + 9, 1n, 0n);
    summary.update(arena);
    for (const [level, { width, height }] of summary.levels.entries()) {
      const { fill, w } = cellsOf(summary, { level, x: 0, y: 0, w: width, h: height });
      const lit = [...fill].flatMap((f, i) => (f > 0 ? [i] : []));
      expect(lit).toEqual([(5 >> level) * w + (9 >> level)]);
    }
  });

  it('is as bright as it is full', () => {
    for (const slot of [0, 1, gridWidth(ORDER)]) write(slot, 1n, 0n);
    summary.update(arena);
    const window = { x: 0, y: 0, w: 1, h: 1 };
    expect(cellsOf(summary, { level: 0, ...window }).fill[0]).toBe(255);
    expect(cellsOf(summary, { level: 1, ...window }).fill[0]).toBe(Math.ceil((3 / 4) * 255));
  });
});
