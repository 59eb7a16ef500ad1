import { describe, expect, test } from 'vitest';
import { Access } from '../../engine/api.ts';
import { LPCR, MSR } from '../bits.ts';
import { Hardware } from '../hardware.ts';
import { modelOf } from '../testing/flat-thread.ts';
import { layoutOf } from './context.ts';
import {
  avpnOf,
  encodePageShifts,
  HPTE_V_VALID,
  hptHash,
  hptMask,
  type PageShifts,
  ptegIndex,
  toLayout,
  VRMA_SEGMENT,
} from './hpte.ts';
import { explainWalk, type WalkStep } from './walk.ts';

const HPT = 0x40000;
const PATB = 0x10000;

/** A thread in real mode, with an empty table. */
function thread(cpu: string, registers: Readonly<Record<string, bigint>>, hv = false): Hardware {
  const hw = new Hardware(modelOf(cpu), 1, 1 << 21, () => {});
  hw.setMsr(0, MSR.SF | MSR.ME | (hv ? MSR.HV : 0n));
  hw.set(0, 'SDR1', BigInt(HPT));
  hw.set(0, 'PTCR', BigInt(PATB));
  for (const [name, value] of Object.entries(registers)) hw.set(0, name, value);
  return hw;
}
/** Real address of `ea`, or vector and cause of the fault. */
function ends(hw: Hardware, ea: bigint, access: Access = Access.load): number | string {
  const { result } = explainWalk(hw, 0, ea, access);
  if (result.kind !== 'fault') return result.real;
  return `${result.fault.vector.toString(16)} ${(result.fault.status ?? 0n).toString(16)}`;
}

describe("the hypervisor's real mode", () => {
  const hw = thread('p8', { HRMOR: 0x100000n }, true);
  test('ORs HRMOR, unless bit 0 of the address is 1', () => {
    expect(ends(hw, 0x1234n)).toBe(0x101234);
    expect(ends(hw, 0x8000_0000_0000_1234n)).toBe(0x1234);
    expect(ends(hw, 0x7000_0000_0000_1234n)).toBe(0x101234);
  });
  test('outside memory is a protection fault of its own', () => {
    expect(ends(hw, 1n << 40n)).toBe('300 8000000');
    expect(ends(hw, 1n << 40n, Access.store)).toBe('300 a000000');
    expect(ends(hw, 1n << 40n, Access.fetch)).toBe('400 8000000');
  });
});

describe('the real mode area of a guest', () => {
  test.each([
    [0n, 1n << 38n],
    [1n, 1n << 34n],
    [2n, 1n << 30n],
    [3n, 1n << 26n],
    [4n, 1n << 28n],
    [7n, 1n << 27n],
    [8n, 1n << 25n],
  ])('with RMLS=%i ends at %i on POWER7', (rmls, limit) => {
    const hw = thread('p7', { LPCR: rmls << 26n, RMOR: 0x80000n });
    const step = explainWalk(hw, 0, limit - 1n, Access.load).steps[0];
    expect(step).toMatchObject({ kind: 'real', offset: 0x80000n, limit });
    expect(ends(hw, 0x123n)).toBe(0x80123);
    expect(ends(hw, limit, Access.store)).toBe('300 a000000');
    expect(ends(hw, limit, Access.fetch)).toBe('400 8000000');
  });

  test('with another RMLS has no address', () => {
    expect(ends(thread('p7', { LPCR: 5n << 26n }), 0n)).toBe('300 8000000');
  });

  test('on the PowerPC 970 is described by HID4', () => {
    const hid4 = (1n << 61n) | (1n << 5n) | (2n << 41n);
    const step = explainWalk(thread('970', { HID4: hid4 }), 0, 0x10n, Access.load).steps[0];
    // RMLS 0b101 does not exist, 0b100 is 256 MB; RMOR counts 64 MB.
    expect(step).toMatchObject({ offset: 2n << 26n, limit: 0n });
    const other = explainWalk(thread('970', { HID4: 1n << 5n }), 0, 0x10n, Access.load);
    expect(other.steps[0]).toMatchObject({ offset: 0n, limit: 1n << 28n });
    expect(other.result).toMatchObject({ real: 0x10 });
  });
});

describe('the virtual real mode area', () => {
  const SIZES = [
    [12, 0n],
    [16, 0x110n],
    [24, 0x100n],
  ] as const;
  /** Maps guest address 0 by a page of that size to real address 0. */
  function withPage(cpu: string, base: number, registers: Readonly<Record<string, bigint>>) {
    const hw = thread(cpu, registers);
    const size: PageShifts = { base, actual: base };
    const lp = encodePageShifts(size);
    const v = avpnOf(VRMA_SEGMENT, 0n, base) | lp.v | HPTE_V_VALID | (1n << 62n);
    const bytes = toLayout(layoutOf(hw), { v, r: lp.r });
    const at = HPT + ptegIndex(hptHash(VRMA_SEGMENT, 0n, base), hptMask(18), false) * 128;
    hw.arena.write64(at, bytes.v);
    hw.arena.write64(at + 8, bytes.r);
    return hw;
  }

  test.each(SIZES)('has pages of 2^%i bytes by LPCR[VRMASD] on POWER7 and POWER8', (base, llp) => {
    for (const cpu of ['p7', 'p8']) {
      const hw = withPage(cpu, base, { LPCR: LPCR.VPM0 | (llp << 43n) });
      expect(ends(hw, 0x345n)).toBe(0x345);
      const wrong = withPage(cpu, base, { LPCR: LPCR.VPM0 | ((llp ^ 0x100n) << 43n) });
      expect(ends(wrong, 0x345n)).toBe('e00 40000000');
    }
  });

  test.each(SIZES)('has pages of 2^%i bytes by PATE0[PS] on POWER9, whatever VPM0', (base, llp) => {
    const hw = withPage('p9', base, {});
    const ps = ((llp & 0x100n) >> 1n) | ((llp & 0x30n) << 1n);
    hw.arena.write64(PATB, BigInt(HPT) | ps);
    expect(ends(hw, 0x345n)).toBe(0x345);
  });

  test('ends at 1 TB', () => {
    const hw = withPage('p7', 12, { LPCR: LPCR.VPM0 });
    expect(ends(hw, 1n << 40n, Access.store)).toBe('e00 42000000');
    expect(ends(hw, 1n << 40n, Access.fetch)).toBe('e20 40000000');
    expect(ends(hw, 0xf000_0000_0000_0010n)).toBe(0x10);
  });
});

describe('explainWalk', () => {
  const kinds = (steps: readonly WalkStep[]) => steps.map(({ kind }) => kind);
  function relocated() {
    const hw = thread('p8', { LPCR: LPCR.VPM1, LPIDR: 3n });
    hw.setMsr(0, MSR.SF | MSR.DR);
    hw.arena.setSlb(0, 2, 'vsid', 0x77n << 12n);
    hw.arena.setSlb(0, 2, 'esid', (4n << 28n) | 0x08000000n);
    return hw;
  }
  const EA = 0x4000_5000n;
  // Page 5 of VSID 0x77: hash 0x72.
  const entry = HPT + 0x72 * 128 + 2 * 16;

  test('tells every step of a search that fails, slot by slot', () => {
    const hw = relocated();
    hw.arena.write64(entry, 0x77n << 12n);
    hw.arena.write64(entry + 16, (0x77n << 12n) | 3n);
    hw.arena.write64(entry + 32, (0x78n << 12n) | 1n);
    const { steps, result } = explainWalk(hw, 0, EA, Access.store);
    expect(kinds(steps)).toEqual(['slb', 'va', 'tlb', 'hash', 'group', 'group']);
    expect(steps[0]).toMatchObject({ index: 2 });
    expect(steps[1]).toMatchObject({ base: 12, va: 0x770005000n, avpn: 0x77n << 12n });
    expect(steps[3]).toMatchObject({
      hash: 0x72n,
      primary: HPT + 0x72 * 128,
      secondary: HPT + (2047 - 0x72) * 128,
    });
    const group = steps[4];
    if (group?.kind !== 'group') throw new Error('no group');
    expect(group.slots.map(({ mismatch }) => mismatch).slice(1, 6)).toEqual([
      'invalid',
      'invalid',
      'secondary bit',
      'AVPN',
      'invalid',
    ]);
    expect(result).toMatchObject({
      kind: 'fault',
      fault: { vector: 0xe00, status: 0x42000000n, hypervisor: true, vsidWord: 0x77000n },
    });
  });

  test('changes nothing: no TLB entry, no R, no C', () => {
    const hw = relocated();
    hw.arena.write64(entry, (0x77n << 12n) | 1n);
    hw.arena.write64(entry + 8, 0x3002n);
    const before = hw.arena.hash();
    const { steps, result } = explainWalk(hw, 0, EA, Access.store);
    expect(kinds(steps)).toEqual(['slb', 'va', 'tlb', 'hash', 'group', 'permission']);
    expect(result).toMatchObject({ kind: 'page', real: 0x3000, from: 'hpt', mayStore: true });
    expect(hw.arena.hash()).toBe(before);
  });

  test('stops at the segment when there is none', () => {
    const { steps, result } = explainWalk(relocated(), 0, 0x5000_0000n, Access.load);
    expect(kinds(steps)).toEqual(['slb']);
    expect(result).toMatchObject({ kind: 'fault', fault: { vector: 0x380, status: null } });
  });
});

describe('storage protection', () => {
  /** What a load, store and fetch end with for doubleword 1 `r` in a segment with these key bits. */
  function rights(r: bigint, keys: bigint, { pr = false, cpu = 'p8', amr = 0n, iamr = 0n } = {}) {
    const hw = thread(cpu, { AMR: amr, IAMR: iamr });
    hw.setMsr(0, MSR.SF | MSR.DR | MSR.IR | (pr ? MSR.PR : 0n));
    hw.arena.setSlb(0, 0, 'vsid', (0x77n << 12n) | keys);
    hw.arena.setSlb(0, 0, 'esid', 0x08000000n);
    const at = HPT + (0x77 ^ 5) * 128;
    hw.arena.write64(at, (0x77n << 12n) | 1n);
    hw.arena.write64(at + 8, 0x3000n | r);
    return [Access.load, Access.store, Access.fetch].map((access) => ends(hw, 0x5000n, access));
  }
  const [RA, DSI, STORE, ISI] = [0x3000, '300 8000000', '300 a000000', '400 8000000'];
  const READ_WRITE = [RA, RA, RA];
  const READ = [RA, STORE, RA];
  const NONE = [DSI, STORE, ISI];
  const PP0 = 1n << 63n;
  const [KS, KP] = [0x800n, 0x400n];

  test.each([
    [0n, READ_WRITE, NONE],
    [1n, READ_WRITE, READ],
    [2n, READ_WRITE, READ_WRITE],
    [3n, READ, READ],
    [PP0, NONE, NONE],
    [PP0 | 1n, NONE, NONE],
    [PP0 | 2n, READ, NONE],
    [PP0 | 3n, NONE, NONE],
  ])('PP %i allows what its row says with key 0 and 1', (pp, key0, key1) => {
    expect([rights(pp, KP), rights(pp, KS)]).toEqual([key0, key1]);
    expect([rights(pp, KS, { pr: true }), rights(pp, KP, { pr: true })]).toEqual([key0, key1]);
  });

  test('N, G and the segment’s N refuse fetches before PP does', () => {
    expect(rights(4n, KS)[2]).toBe('400 10000000');
    expect(rights(8n | 2n, KS)).toEqual([RA, RA, '400 10000000']);
    expect(rights(2n, 0x200n)).toEqual([RA, RA, '400 10000000']);
  });

  test('AMR and IAMR refuse by the class of the page, beside PP', () => {
    // Class 9: bits at 2 * (31 - 9).
    const [r, place] = [0x1000000000000200n, 44n];
    expect(rights(r | 2n, 0n, { amr: 1n << place })).toEqual(['300 200000', RA, RA]);
    expect(rights(r | 2n, 0n, { amr: 2n << place })).toEqual([RA, '300 2200000', RA]);
    expect(rights(r | 2n, 0n, { iamr: 1n << place })).toEqual([RA, RA, '400 200000']);
    expect(rights(r, KS, { amr: 3n << place })).toEqual(['300 8200000', '300 a200000', ISI]);
    expect(rights(r | 2n, 0n, { cpu: 'p7', iamr: 3n << place, amr: 0n })).toEqual(READ_WRITE);
    expect(rights(r | 2n, 0n, { cpu: '970', iamr: 3n << place, amr: 3n << place })).toEqual(
      READ_WRITE,
    );
  });
});
