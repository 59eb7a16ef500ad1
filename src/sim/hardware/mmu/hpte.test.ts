import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  avpnOf,
  compute_tlbie_rb,
  encodePageShifts,
  fromLayout,
  HPTE_V_1TB_SEG,
  HPTE_V_LARGE,
  HPTE_V_SECONDARY,
  HPTE_V_VALID,
  hpteKey,
  hptePageSize,
  hpteVirtualAddress,
  hptHash,
  hptMask,
  PAGE_ENCODINGS,
  pageShifts,
  ptegIndex,
  toLayout,
  VRMA_SEGMENT,
} from './hpte.ts';

describe('page sizes', () => {
  test.each([
    [0n, 0n, 12, 12],
    [4n, 0x7000n, 12, 16],
    [4n, 0x38000n, 12, 24],
    [4n, 0x1000n, 16, 16],
    [4n, 0x8000n, 16, 24],
    [4n, 0x0n, 24, 24],
    [4n, 0x3000n, 34, 34],
  ])('L %i with LP %i is a base page of 2^%i in one of 2^%i bytes', (v, r, base, actual) => {
    expect(pageShifts({ v, r })).toEqual({ base, actual });
    expect(encodePageShifts({ base, actual })).toEqual({ v, r });
    expect(hptePageSize({ v, r })).toBe(2 ** actual);
  });

  test('pages of 64 KB keep RPN bits in the high half of LP', () => {
    expect(pageShifts({ v: HPTE_V_LARGE, r: 0xf1000n })).toEqual({ base: 16, actual: 16 });
    expect(pageShifts({ v: HPTE_V_LARGE, r: 0xf7000n })).toEqual({ base: 12, actual: 16 });
  });

  test('no two sizes share an encoding', () => {
    for (let lp = 0; lp < 256; lp++) {
      const fits = PAGE_ENCODINGS.filter(({ penc, mask }) => (lp & mask) === penc);
      expect(fits.length).toBeLessThanOrEqual(1);
      expect(pageShifts({ v: HPTE_V_LARGE, r: BigInt(lp) << 12n }) === null).toBe(
        fits.length === 0,
      );
    }
    expect(hptePageSize({ v: HPTE_V_LARGE, r: 0x2000n })).toBe(0);
  });
});

describe('layouts', () => {
  const old = { v: (1n << 62n) | 0x000f_ffff_ffff_ff95n, r: 0xb0ff_ffff_ffff_ffffn };

  test('of version 3.0 B is in doubleword 1', () => {
    expect(toLayout('new', old)).toEqual({
      v: 0x000f_ffff_ffff_ff95n,
      r: 0xb4ff_ffff_ffff_ffffn,
    });
    expect(toLayout('old', old)).toEqual(old);
  });

  test('convert there and back', () => {
    for (const layout of ['old', 'new'] as const) {
      expect(fromLayout(layout, toLayout(layout, old))).toEqual(old);
    }
  });
});

test('the storage key has two high and three low bits', () => {
  expect(hpteKey(0x3000000000000e00n)).toBe(31);
  expect(hpteKey(0x1000000000000200n)).toBe(9);
});

describe('the hash', () => {
  test('of a 256 MB segment is VSID xor page', () => {
    expect(hptHash({ b: 0, vsid: 0x12345n }, 0x3_0003_5678n, 12)).toBe(0x12345n ^ 0x35n);
  });
  test('of a 1 TB segment has the VSID twice', () => {
    expect(hptHash({ b: 1, vsid: 3n }, 0x2_0005_0000n, 16)).toBe(3n ^ (3n << 25n) ^ 0x20005n);
  });
  test('of the first VRMA page is all ones: the last group', () => {
    expect(ptegIndex(hptHash(VRMA_SEGMENT, 0n, 24), hptMask(24), false)).toBe(0x1ffff);
    expect(ptegIndex(hptHash(VRMA_SEGMENT, 0n, 24), hptMask(24), true)).toBe(0);
    expect(ptegIndex(hptHash(VRMA_SEGMENT, 1n << 24n, 24), hptMask(24), false)).toBe(0x1fffe);
  });
});

describe('compute_tlbie_rb', () => {
  // Values worked out by hand from the fields of RB.
  test('names the VRMA page of 16 MB', () => {
    // VA 0x1ffffff_00000000_00 << 0: bits 24-63 of it, B=1, L=1.
    expect(compute_tlbie_rb(0x4001ffffff000115n, 0x190n, 0x1fffe * 8)).toBe(0xffffff0001000101n);
  });
  test('of a 4 KB page un-hashes eleven address bits', () => {
    const segment = { b: 0, vsid: 0x12345n } as const;
    const ea = 0x1035000n;
    const pteg = ptegIndex(hptHash(segment, ea, 12), hptMask(18), false);
    const v = avpnOf(segment, ea, 12) | HPTE_V_VALID;
    expect(compute_tlbie_rb(v, 0n, pteg * 8 + 5)).toBe(0x1234_5103_5000n);
    const other = ptegIndex(hptHash(segment, ea, 12), hptMask(18), true);
    expect(compute_tlbie_rb(v | HPTE_V_SECONDARY, 0n, other * 8)).toBe(0x1234_5103_5000n);
  });
  test('says the actual size in AP for 4 KB base pages, in LP for others', () => {
    expect(compute_tlbie_rb(5n, 0x7000n, 0) & 0xffn).toBe(0xa0n);
    expect(compute_tlbie_rb(5n, 0x38000n, 0) & 0xffn).toBe(0x80n);
    expect(compute_tlbie_rb(5n, 0x1000n, 0) & 0xffffn).toBe(0x1001n);
    expect(compute_tlbie_rb(5n, 0x8000n, 0) & 0xffffn).toBe(0x8001n);
  });
});

test('AVPN and place of an entry tell its virtual address, whatever the group', () => {
  const size = fc.constantFrom(
    { base: 12, actual: 12 },
    { base: 12, actual: 16 },
    { base: 16, actual: 16 },
    { base: 16, actual: 24 },
    { base: 24, actual: 24 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom<(0 | 1)[]>(0, 1),
      fc.bigInt(0n, (1n << 26n) - 1n),
      fc.bigInt(0n, (1n << 40n) - 1n),
      size,
      fc.integer({ min: 18, max: 24 }),
      fc.boolean(),
      (b, vsid, ea, shifts, order, secondary) => {
        const lp = encodePageShifts(shifts);
        const pteg = ptegIndex(hptHash({ b, vsid }, ea, shifts.base), hptMask(order), secondary);
        const v =
          avpnOf({ b, vsid }, ea, shifts.base) |
          lp.v |
          (b === 1 ? HPTE_V_1TB_SEG : 0n) |
          (secondary ? HPTE_V_SECONDARY : 0n);
        const inSegment = BigInt.asUintN(b === 1 ? 40 : 28, ea);
        const va = (vsid << (b === 1 ? 40n : 28n)) | inSegment;
        const page = va - (va % 2n ** BigInt(shifts.base));
        expect(hpteVirtualAddress({ v, r: lp.r }, pteg * 8)).toBe(page);
      },
    ),
    { seed: 20_261_120, numRuns: 300 },
  );
});
