import { describe, expect, test } from 'vitest';
import { Access } from '../engine/api.ts';
import { PROGRAM } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { compute_tlbie_rb } from './mmu/hpte.ts';
import { slbLookup } from './mmu/segment.ts';
import { tlbEntry } from './mmu/tlb.ts';
import { translate } from './mmu/translate.ts';
import { causeOf, flatThread, step } from './testing/flat-thread.ts';
import { guestThread } from './testing/guest-thread.ts';

const V = 0x08000000n;
const LARGE = 1n << 62n;
const CLASS_1 = 0x80n;

/** Executes `text` with r3 and r4 on a thread that keeps its SLB. */
function execute(hw: Hardware, text: string, r3: bigint, r4 = 0n): string {
  const words = flatThread(text).arena.readBytes(0x1000, 4);
  hw.arena.writeBytes(0x1000, words);
  hw.arena.setNia(0, 0x1000n);
  hw.arena.setGpr(0, 3, r3);
  hw.arena.setGpr(0, 4, r4);
  return step(hw);
}

/** A thread with 256 MB segments 1 to 4 in entries 0 to 3 (the last of class 1) and a 1 TB segment in entry 9. */
function withSlb(cpu = 'p9'): Hardware {
  const hw = flatThread('nop', cpu);
  for (const n of [1n, 2n, 3n, 4n]) {
    const vsid = (n << 12n) | 0x400n | (n === 4n ? CLASS_1 : 0n);
    execute(hw, 'slbmte r3, r4', vsid, (n << 28n) | V | (n - 1n));
  }
  execute(hw, 'slbmte r3, r4', LARGE | (7n << 24n), (5n << 40n) | V | 9n);
  return hw;
}
const valid = (hw: Hardware): number[] =>
  Array.from({ length: hw.model.slbEntries }, (_, n) => n).filter(
    (n) => (hw.arena.slb(0, n, 'esid') & V) !== 0n,
  );

describe('slbmte, slbmfee and slbmfev', () => {
  test('write an entry and read it back', () => {
    const hw = withSlb();
    expect(execute(hw, 'slbmfee r3, r4', 0n, 2n)).toBe('next');
    expect(hw.arena.gpr(0, 3)).toBe((3n << 28n) | V);
    execute(hw, 'slbmfev r3, r4', 0n, 9n);
    expect(hw.arena.gpr(0, 3)).toBe(LARGE | (7n << 24n));
  });

  test('read 0 from an entry that is not valid', () => {
    const hw = withSlb();
    execute(hw, 'slbmte r3, r4', 0x55000n, (8n << 28n) | 3n);
    for (const text of ['slbmfee r3, r4', 'slbmfev r3, r4']) {
      expect([execute(hw, text, 1n, 3n), hw.arena.gpr(0, 3)]).toEqual(['next', 0n]);
    }
  });

  test.each([
    ['970', 64],
    ['p7', 32],
    ['p8', 32],
    ['p9', 32],
  ] as const)('on %s know %i entries', (cpu, entries) => {
    const hw = flatThread('nop', cpu);
    expect(execute(hw, 'slbmte r3, r4', 0n, V | BigInt(entries - 1))).toBe('next');
    for (const text of ['slbmte r3, r4', 'slbmfee r3, r4', 'slbmfev r3, r4']) {
      expect(execute(hw, text, 0n, BigInt(entries))).toBe('700');
      expect(causeOf(hw)).toBe(PROGRAM.ILLEGAL);
    }
  });

  test('refuse a segment size that does not exist', () => {
    expect(execute(flatThread(), 'slbmte r3, r4', 2n << 62n, V)).toBe('700');
  });
});

describe('slbfee.', () => {
  const find = (hw: Hardware, ea: bigint) => {
    execute(hw, 'slbfee. r3, r4', 1n, ea);
    return [hw.arena.gpr(0, 3), hw.arena.cr(0) >>> 28];
  };

  test('finds the VSID word by an address in a segment of either size', () => {
    const hw = withSlb();
    expect(find(hw, 0x2fff_ffffn)).toEqual([0x2400n, 2]);
    expect(find(hw, 0x5ff_ffff_ffffn)).toEqual([LARGE | (7n << 24n), 2]);
  });

  test('says so when there is none, and copies SO', () => {
    const hw = withSlb();
    hw.arena.setCr(0, 0x0fff_ffff);
    expect(find(hw, 0x6000_0000n)).toEqual([0n, 0]);
    hw.arena.setXer(0, 0x80000000n);
    expect(find(hw, 0x1000_0000n)).toEqual([0x1400n, 3]);
    expect(hw.arena.cr(0) & 0xfffffff).toBe(0xfffffff);
  });
});

describe('slbie', () => {
  test('forgets the entry whose segment holds the address', () => {
    const hw = withSlb();
    expect(execute(hw, 'slbie r3', 0x3000_0000n)).toBe('next');
    expect(valid(hw)).toEqual([0, 1, 3, 9]);
    execute(hw, 'slbie r3', 5n << 40n);
    expect(valid(hw)).toEqual([0, 1, 3, 9]);
    execute(hw, 'slbie r3', (5n << 40n) | (1n << 25n));
    expect(valid(hw)).toEqual([0, 1, 3]);
    execute(hw, 'slbie r3', 0x7000_0000n);
    expect(slbLookup(hw, 0, 0x4000_0000n)).toBe(3);
  });
});

describe('slbia', () => {
  const left = (cpu: string, ih: number) => {
    const hw = withSlb(cpu);
    execute(hw, `slbia ${ih}`, 0n);
    return valid(hw);
  };

  test('on POWER9 takes what IH says', () => {
    expect([0, 1, 2, 6].map((ih) => left('p9', ih))).toEqual([[0], [0], [0], [0]]);
    expect(left('p9', 3)).toEqual([0, 1, 2, 9]);
    expect(left('p9', 4)).toEqual([]);
    expect(left('p9', 7)).toEqual([0, 1, 2, 3, 9]);
  });

  test('before takes all but entry 0', () => {
    expect(left('p8', 3)).toEqual([0]);
    expect(left('970', 4)).toEqual([0]);
  });
});

describe('tlbie and tlbiel', () => {
  /** RB of the bolted entry of page 0: AVPN of the VRMA, 16 MB, slot 0 of group 2047. */
  const PAGE_0 = compute_tlbie_rb(0x4001ffffff000015n, 0n, 2047 * 8);
  /** Two threads with the same page of partition 1 in their TLBs, in hypervisor state. */
  function withTlb() {
    const { hw } = guestThread('nop', 2);
    for (const t of [0, 1]) {
      hw.set(t, 'LPIDR', 1n);
      for (const name of ['PTCR', 'LPCR']) hw.set(t, name, hw.get(0, name));
      hw.setMsr(t, hw.msr(0));
      expect(translate(hw, t, 0n, Access.load)).toBe(true);
    }
    return hw;
  }
  const run = (text: string, r3: bigint, r4: bigint, hv = true) => {
    const hw = withTlb();
    const bytes = flatThread(text).arena.readBytes(0x1000, 4);
    hw.arena.writeBytes(16 * (1 << 20) + 0x1000, bytes);
    if (hv) {
      hw.setMsr(0, hw.msr(0) | (1n << 60n));
      hw.set(0, 'HRMOR', 1n << 24n);
    }
    hw.arena.setGpr(0, 3, r3);
    hw.arena.setGpr(0, 4, r4);
    return [step(hw), ...[0, 1].map((t) => (tlbEntry(hw, t, 0) === null ? 'gone' : 'there'))];
  };

  test('forget a page of the partition in RS, on all threads, or of the running one on the own thread', () => {
    expect(run('tlbie r3, r4, 0, 0, 0', PAGE_0, 1n)).toEqual(['next', 'gone', 'gone']);
    expect(run('tlbie r3, r4, 0, 0, 0', PAGE_0, 2n)).toEqual(['next', 'there', 'there']);
    expect(run('tlbie r3, r4, 0, 0, 0', PAGE_0 + (1n << 24n), 1n)).toEqual([
      'next',
      'there',
      'there',
    ]);
    expect(run('tlbiel r3, r4, 0, 0, 0', PAGE_0, 0n)).toEqual(['next', 'gone', 'there']);
  });

  test('with IS=2 forget the partition, with IS=3 every one', () => {
    expect(run('tlbie r3, r4, 0, 0, 0', 0x800n, 2n)).toEqual(['next', 'there', 'there']);
    expect(run('tlbie r3, r4, 0, 0, 0', 0x800n, 1n)).toEqual(['next', 'gone', 'gone']);
    expect(run('tlbie r3, r4, 0, 0, 0', 0xc00n, 2n)).toEqual(['next', 'gone', 'gone']);
  });

  test('with R=1 mean radix translations, which are not here', () => {
    expect(run('tlbie r3, r4, 0, 0, 1', PAGE_0, 1n)).toEqual(['next', 'there', 'there']);
    expect(run('tlbiel r3, r4, 0, 0, 1', PAGE_0, 0n)).toEqual(['next', 'there', 'there']);
  });

  test('of an operating system need PRS=1 and mean its own partition', () => {
    expect(run('tlbiel r3, r4, 0, 0, 0', PAGE_0, 2n, false)[0]).toBe('700');
    expect(run('tlbiel r3, r4, 0, 1, 0', PAGE_0, 2n, false)).toEqual(['next', 'gone', 'there']);
  });
});
