import { describe, expect, test } from 'vitest';
import { Access } from '../../engine/api.ts';
import { TLB_ENTRIES } from '../../engine/layout.ts';
import { MSR } from '../bits.ts';
import { Hardware } from '../hardware.ts';
import { modelOf } from '../testing/flat-thread.ts';
import { avpnOf, compute_tlbie_rb, encodePageShifts, hptHash, hptMask, ptegIndex } from './hpte.ts';
import { SLB_ESID } from './segment.ts';
import { fillTlb, type TlbEntry, tlbEntry } from './tlb.ts';
import { translate } from './translate.ts';

const SEGMENT = { b: 1, vsid: 0x54321n } as const;

function withEntries(cpu: string, entries: readonly Partial<TlbEntry>[]): Hardware {
  const hw = new Hardware(modelOf(cpu), 1, 1 << 16, () => {});
  const usual = { lpid: 1, b: 1, base: 12, actual: 12, va: 0n, hpte: 0, r: 0x180n } as const;
  for (const entry of entries) fillTlb(hw, 0, { ...usual, ...entry });
  return hw;
}
const left = (hw: Hardware): number[] =>
  Array.from({ length: TLB_ENTRIES }, (_, n) => n).filter((n) => tlbEntry(hw, 0, n) !== null);
/** VA of an address in SEGMENT, rounded to its base page. */
const vaOf = (ea: bigint, base: number): bigint =>
  (((SEGMENT.vsid << 40n) | ea) >> BigInt(base)) << BigInt(base);
function rbOf(ea: bigint, base: number, actual: number, b: 0 | 1 = 1): bigint {
  const segment = { ...SEGMENT, b };
  const lp = encodePageShifts({ base, actual });
  const v = avpnOf(segment, ea, base) | lp.v | (BigInt(b) << 62n);
  const pteg = ptegIndex(hptHash(segment, ea, base), hptMask(18), false);
  return compute_tlbie_rb(v, lp.r, pteg * 8);
}

const SIZES = [
  [12, 12],
  [12, 16],
  [12, 24],
  [16, 16],
  [16, 24],
  [24, 24],
  [34, 34],
] as const;

describe('tlbie of one page', () => {
  const EA = 0x12_3456_7000n;

  test.each(SIZES)('of 2^%i in 2^%i bytes takes that page and no other', (base, actual) => {
    const hw = withEntries('p9', [
      { base, actual, va: vaOf(EA, base) },
      { base, actual, va: vaOf(EA + (1n << BigInt(actual)), base) },
      { base, actual, va: vaOf(EA, base), lpid: 2 },
      { base, actual, va: vaOf(EA, base), b: 0 },
      ...SIZES.filter(([b]) => b !== base).map(([b, a]) => ({
        base: b,
        actual: a,
        va: vaOf(EA, b),
      })),
    ]);
    const before = left(hw);
    for (const [b, a] of SIZES) {
      if (b === base && a !== actual) hw.tlbie(0, rbOf(EA, b, a), 1);
    }
    expect(left(hw)).toEqual(before);
    hw.tlbie(0, rbOf(EA, base, actual), 1);
    expect(left(hw)).toEqual(before.filter((n) => n !== 0));
  });

  test('of 64 KB in 16 MB takes the 64 KB that AVAL names', () => {
    const at = (n: bigint) => ({ base: 16, actual: 24, va: vaOf(EA + (n << 16n), 16) });
    const hw = withEntries('p9', [at(0n), at(1n), at(2n)]);
    hw.tlbie(0, rbOf(EA + (1n << 16n), 16, 24), 1);
    expect(left(hw)).toEqual([0, 2]);
  });

  test('reaches every thread, tlbiel its own', () => {
    const hw = withEntries('p9', [{ va: vaOf(EA, 12) }]);
    const entry = tlbEntry(hw, 0, 0);
    if (entry === null) throw new Error('no entry');
    fillTlb(hw, 1, entry);
    hw.tlbiel(1, rbOf(EA, 12, 12), 1);
    expect([0, 1].map((t) => tlbEntry(hw, t, 0) !== null)).toEqual([true, false]);
    fillTlb(hw, 1, entry);
    hw.tlbie(3, rbOf(EA, 12, 12), 1);
    expect([0, 1].map((t) => tlbEntry(hw, t, 0) !== null)).toEqual([false, false]);
  });
});

describe('tlbiel by set', () => {
  test.each([
    ['p7', 128],
    ['p8', 512],
    ['p9', 256],
  ] as const)('on %s takes %i to empty a partition, and one less leaves an entry', (cpu, sets) => {
    const pages = [0, 1, sets - 1].map((n) => ({ va: BigInt(n) << 12n }));
    const hw = withEntries(cpu, [...pages, { va: 0n, lpid: 2 }]);
    const flush = (set: number) => hw.tlbiel(0, 0x800n + (BigInt(set) << 12n), 1);
    for (let set = 0; set < sets - 1; set++) flush(set);
    expect(left(hw)).toEqual([2, 3]);
    flush(sets - 1);
    expect(left(hw)).toEqual([3]);
  });

  test('with IS=3 takes every partition', () => {
    const hw = withEntries('p9', [{ va: 0n }, { va: 0n, lpid: 2 }, { va: 0x1000n }]);
    hw.tlbiel(0, 0xc00n, 1);
    expect(left(hw)).toEqual([2]);
  });

  test('on the PowerPC 970 is by address alone: 256 of them empty the TLB', () => {
    const hw = withEntries('970', [{ va: 0x5000n }, { va: 0x105000n }, { va: 0x6000n }]);
    hw.tlbiel(0, 0x5000n);
    expect(left(hw)).toEqual([2]);
    for (let set = 0; set < 256; set++) hw.tlbiel(0, BigInt(set) << 12n);
    expect(left(hw)).toEqual([]);
  });

  test.each([
    ['970', 0n, 256],
    ['970', 0x4000n, 3],
    ['p7', 0x800n, 128],
    ['p8', 0xc00n + 0x2000n, 5],
  ])(
    'of %s: from RB 0x%x on, %i sets at once are the same as one after the other',
    (cpu, rb, count) => {
      const many = () =>
        withEntries(
          cpu,
          Array.from({ length: 24 }, (_, n) => ({ va: BigInt(n * 0x1000), lpid: 1 + (n & 1) })),
        );
      const [together, each] = [many(), many()];
      together.tlbielSets(0, rb, count, 1);
      for (let n = 0; n < count; n++) each.tlbiel(0, rb + (BigInt(n) << 12n), 1);
      expect(left(together)).toEqual(left(each));
      expect(left(together).length).toBeLessThan(24);
    },
  );

  test('on the PowerPC 970 is what takes the translations of the former partition, not HID4', () => {
    const hw = withEntries('970', [{ lpid: 0, b: 0, va: 0x1234_5000_7000n }]);
    hw.arena.setSlb(0, 0, 'vsid', 0x12345n << 12n);
    hw.arena.setSlb(0, 0, 'esid', SLB_ESID.V);
    hw.setMsr(0, MSR.SF | MSR.DR);
    const reaches = () => translate(hw, 0, 0x7000n, Access.load);
    expect(reaches()).toBe(true);
    hw.set(0, 'HID4', 9n << 57n);
    expect(reaches()).toBe(true);
    for (let set = 0; set < 256; set++) hw.tlbiel(0, BigInt(set) << 12n);
    expect([reaches(), hw.arena.nia(0)]).toEqual([false, 0x300n]);
  });

  test('tlbie of the PowerPC 970 reaches the processors of its partition', () => {
    const hw = new Hardware(modelOf('970'), 3, 1 << 16, () => {});
    const entry = { lpid: 0, b: 0, base: 12, actual: 12, va: 0x5000n, hpte: 0, r: 0x180n } as const;
    for (const t of [0, 1, 2]) fillTlb(hw, t, entry);
    for (const t of [0, 2]) hw.set(t, 'HID4', 3n << 57n);
    hw.tlbie(0, 0x5000n);
    expect([0, 1, 2].map((t) => tlbEntry(hw, t, 0) !== null)).toEqual([false, true, false]);
  });
});

describe('filling', () => {
  test('replaces the entry with the same tag in place', () => {
    const hw = withEntries('p9', [{ va: 0x1000n, r: 0x100n }, { va: 0x2000n }]);
    const entry = tlbEntry(hw, 0, 0);
    if (entry === null) throw new Error('no entry');
    fillTlb(hw, 0, { ...entry, r: 0x180n });
    expect([left(hw), tlbEntry(hw, 0, 0)?.r]).toEqual([[0, 1], 0x180n]);
  });

  test('goes round when all entries are taken', () => {
    const hw = withEntries(
      'p9',
      Array.from({ length: TLB_ENTRIES + 1 }, (_, n) => ({ va: BigInt(n) << 12n })),
    );
    expect([tlbEntry(hw, 0, 0)?.va, tlbEntry(hw, 0, 1)?.va]).toEqual([
      BigInt(TLB_ENTRIES) << 12n,
      0x1000n,
    ]);
  });
});
