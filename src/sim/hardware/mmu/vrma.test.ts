import { describe, expect, test } from 'vitest';
import { Access } from '../../engine/api.ts';
import { TLB_ENTRIES } from '../../engine/layout.ts';
import { MSR } from '../bits.ts';
import type { Hardware } from '../hardware.ts';
import { guestThread, PLACE, writeHpte } from '../testing/guest-thread.ts';
import {
  avpnOf,
  HPTE_R_C,
  HPTE_R_R,
  HPTE_V_SECONDARY,
  HPTE_V_VALID,
  hptHash,
  VRMA_SEGMENT,
} from './hpte.ts';
import { translate } from './translate.ts';
import { explainWalk } from './walk.ts';

const MB16 = 1n << 24n;
const vrmaHash = (ea: bigint) => hptHash(VRMA_SEGMENT, ea, 24);
const vrmaAvpn = (ea: bigint) => avpnOf(VRMA_SEGMENT, ea, 24);
/** Real address of the HPTE that the table has for `ea`, or -1. */
function searchHpt(hw: Hardware, t: number, ea: bigint): number {
  const { result } = explainWalk(hw, t, ea, Access.load, false);
  return result.kind === 'page' ? result.entry.hpte : -1;
}
/** AVPN of page `n` of the VRMA: VSID 0x1ffffff at bit 24, one page of 16 MB is 0x100. */
const avpn = (n: number): bigint => 0x1ffffff000000n + 0x100n * BigInt(n);
/** Primary PTEG of page `n` in a table of 2048 groups: the VSID hashes to all ones. */
const pteg = (n: number): number => 2047 ^ n;

/** Loads from or stores to `ea`, and gives the state of its HPTE's R and C. */
function touch(hw: Hardware, ea: bigint, access: Access): boolean {
  return translate(hw, 0, ea, access);
}
const rc = (hw: Hardware, hpte: number): bigint =>
  hw.arena.read64(hpte + 8) & (HPTE_R_R | HPTE_R_C);

describe('the hash of the virtual real mode area', () => {
  test('is VSID ^ VSID << 25 ^ page in 39 bits', () => {
    expect(vrmaHash(0n)).toBe(0x7fffffffffn);
    expect(vrmaHash(MB16)).toBe(0x7ffffffffen);
    expect(vrmaHash(5n * MB16 + 0x1234n)).toBe(0x7fffffffffn ^ 5n);
    expect(vrmaAvpn(3n * MB16 + 17n)).toBe(avpn(3));
  });

  test('finds an entry in any slot of its primary group', () => {
    for (let slot = 0; slot < 8; slot++) {
      const { hw } = guestThread();
      const at = writeHpte(hw, pteg(3), slot, avpn(3), PLACE.guest);
      expect(searchHpt(hw, 0, 3n * MB16)).toBe(at);
    }
  });

  test('finds an entry of the secondary group only with its H bit', () => {
    const { hw } = guestThread();
    const secondary = 2047 - pteg(3);
    writeHpte(hw, secondary, 2, avpn(3), PLACE.guest);
    expect(searchHpt(hw, 0, 3n * MB16)).toBe(-1);
    const at = writeHpte(hw, secondary, 3, avpn(3), PLACE.guest, HPTE_V_SECONDARY);
    expect(searchHpt(hw, 0, 3n * MB16)).toBe(at);
  });

  test('passes over entries that are invalid, of another page, or of another segment size', () => {
    const { hw } = guestThread();
    const at = writeHpte(hw, pteg(3), 0, avpn(3), PLACE.guest);
    hw.arena.write64(at, hw.arena.read64(at) & ~HPTE_V_VALID);
    writeHpte(hw, pteg(3), 1, avpn(3) + 0x80000n, PLACE.guest);
    writeHpte(hw, pteg(3), 2, avpn(3), PLACE.guest, 0n, 0n);
    expect(searchHpt(hw, 0, 3n * MB16)).toBe(-1);
    const good = writeHpte(hw, pteg(3), 7, avpn(3), PLACE.guest);
    expect(searchHpt(hw, 0, 3n * MB16)).toBe(good);
  });

  test('uses the table of the running LPID', () => {
    const { hw } = guestThread();
    expect(searchHpt(hw, 0, 0n)).toBe(PLACE.hpt + 2047 * 128);
    hw.set(0, 'LPIDR', 2n);
    expect(searchHpt(hw, 0, 0n)).toBe(-1);
  });
});

test('a guest in real mode runs code of a bolted 16 MB entry and stores through it', () => {
  const { hw } = guestThread('stw r3, 0x100(0)\n lwz r5, 0x100(0)');
  hw.arena.setGpr(0, 3, 0xcafe_f00dn);
  hw.run(0, 2, 1);
  expect(hw.arena.gpr(0, 5)).toBe(0xcafe_f00dn);
  expect(hw.arena.read32(PLACE.guest + 0x100)).toBe(0xcafe_f00d);
});

describe('reference and change', () => {
  test('a load sets R, a store sets R and C', () => {
    const { hw } = guestThread();
    const at = searchHpt(hw, 0, 0n);
    expect(rc(hw, at)).toBe(0n);
    touch(hw, 0n, Access.load);
    expect(rc(hw, at)).toBe(HPTE_R_R);
    touch(hw, 0n, Access.store);
    expect(rc(hw, at)).toBe(HPTE_R_R | HPTE_R_C);
  });

  test('a store behind a load walks again but takes no second TLB entry', () => {
    const { hw } = guestThread();
    touch(hw, 0n, Access.load);
    touch(hw, 0n, Access.store);
    expect(hw.arena.tlbNext(0)).toBe(1);
  });

  test('the TLB remembers that C is set: later stores do not look at the table', () => {
    const { hw } = guestThread();
    touch(hw, 0n, Access.store);
    const at = searchHpt(hw, 0, 0n);
    hw.arena.write64(at + 8, hw.arena.read64(at + 8) & ~(HPTE_R_R | HPTE_R_C));
    touch(hw, 0x1000n, Access.store);
    expect(rc(hw, at)).toBe(0n);
  });
});

describe('the TLB', () => {
  /** A thread whose VRMA has more pages than the TLB has entries, all on the same real page. */
  function manyPages() {
    const thread = guestThread();
    const at = Array.from({ length: TLB_ENTRIES + 2 }, (_, n) =>
      writeHpte(thread.hw, pteg(n), 1, avpn(n), PLACE.guest),
    );
    // The hand-made entry of page 0 is in slot 0 of the same group.
    thread.hw.arena.write64(PLACE.hpt + 2047 * 128, 0n);
    return { ...thread, at };
  }

  test('is filled in order and replaces the oldest first', () => {
    const { hw, at } = manyPages();
    for (let n = 0; n < TLB_ENTRIES; n++) touch(hw, BigInt(n) * MB16, Access.load);
    expect(hw.arena.tlbNext(0)).toBe(0);
    touch(hw, BigInt(TLB_ENTRIES) * MB16, Access.load);
    expect(hw.arena.tlbNext(0)).toBe(1);
    // Page 0 is gone: a load of it walks, and the invalidated entry is noticed; page 1 is still there.
    for (const n of [0, 1]) hw.arena.write64(at[n] ?? 0, 0n);
    expect(touch(hw, MB16, Access.load)).toBe(true);
    expect(touch(hw, 0n, Access.load)).toBe(false);
  });

  test('forgets an evicted page in the fast cache too', () => {
    const { hw, at } = manyPages();
    touch(hw, 0n, Access.load);
    expect(hw.arena.fast.translate(0, 0n, false)).toBe(PLACE.guest);
    for (let n = 1; n <= TLB_ENTRIES; n++) touch(hw, BigInt(n) * MB16, Access.load);
    expect(hw.arena.fast.translate(0, 0n, false)).toBe(-1);
    expect(at).toHaveLength(TLB_ENTRIES + 2);
  });

  test('is tagged by LPID', () => {
    const { hw } = guestThread();
    touch(hw, 0n, Access.load);
    hw.set(0, 'LPIDR', 2n);
    expect(touch(hw, 0n, Access.load)).toBe(false);
    hw.set(0, 'LPIDR', 1n);
    hw.setMsr(0, MSR.SF | MSR.ME);
    expect(touch(hw, 0n, Access.load)).toBe(true);
  });
});

describe('an access that no entry maps', () => {
  const OUTSIDE = 7n * MB16 + 0x24n;
  const run = (text: string) => {
    const { hw } = guestThread(text);
    hw.arena.setGpr(0, 3, OUTSIDE);
    hw.set(0, 'CTR', OUTSIDE);
    return hw;
  };

  test('by a load is a hypervisor data storage interrupt with HDAR, HDSISR and ASDR', () => {
    const hw = run('lwz r4, 0(r3)');
    hw.run(0, 1, 1);
    expect(hw.arena.nia(0)).toBe(0xe00n);
    expect(hw.get(0, 'HSRR0')).toBe(0x1000n);
    expect(hw.get(0, 'HDAR')).toBe(OUTSIDE);
    expect(hw.get(0, 'HDSISR')).toBe(0x40000000n);
    // B says 1 TB, L 16 MB.
    expect(hw.get(0, 'ASDR')).toBe(0x4001ffffff000100n);
  });

  test('by a store says so in HDSISR', () => {
    const hw = run('stw r4, 0(r3)');
    hw.run(0, 1, 1);
    expect([hw.arena.nia(0), hw.get(0, 'HDSISR')]).toEqual([0xe00n, 0x42000000n]);
  });

  test('by a fetch is a hypervisor instruction storage interrupt, its cause in HSRR1', () => {
    const hw = run('bctr');
    hw.run(0, 2, 1);
    expect(hw.arena.nia(0)).toBe(0xe20n);
    expect(hw.get(0, 'HSRR0')).toBe(OUTSIDE);
    expect(hw.get(0, 'HSRR1') & 0x783f0000n).toBe(0x40000000n);
    expect(hw.get(0, 'HDAR')).toBe(0n);
  });

  test('beyond real memory is a protection fault', () => {
    const { hw } = guestThread();
    writeHpte(hw, pteg(1), 0, avpn(1), 0x4000_0000);
    expect(touch(hw, MB16, Access.load)).toBe(false);
    expect(hw.get(0, 'HDSISR')).toBe(0x08000000n);
  });

  test('with translation on is a segment interrupt of the guest', () => {
    const { hw } = guestThread();
    hw.setMsr(0, MSR.SF | MSR.DR);
    touch(hw, 0x5000n, Access.load);
    expect([hw.arena.nia(0), hw.get(0, 'DAR'), hw.inGuest(0)]).toEqual([0x380n, 0x5000n, true]);
    hw.setMsr(0, MSR.SF | MSR.IR);
    touch(hw, 0x5000n, Access.fetch);
    expect(hw.arena.nia(0)).toBe(0x480n);
  });
});
