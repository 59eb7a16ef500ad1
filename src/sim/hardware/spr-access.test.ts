import { describe, expect, test } from 'vitest';
import { Outcome } from '../engine/api.ts';
import { SPRS } from '../isa/spr.ts';
import { LPCR, MSR } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { mfspr, mtspr } from './spr-access.ts';
import { causeOf, flatThread, STATE, type StateName, step } from './testing/flat-thread.ts';

/**
 * Number, then who reads and writes it on 970, POWER7, POWER8 and POWER9: the figures of the manuals, written out
 * apart from the table. 'u' problem state, 's' operating system, 'h' hypervisor, '-' nobody; '.' no such register.
 */
const ACCESS = `
1 uu uu uu uu   3 . . uu uu     8 uu uu uu uu   9 uu uu uu uu   13 . uu uu uu   17 . ss ss ss   18 ss ss ss ss
19 ss ss ss ss  22 ss ss ss ss  25 hh hh hh .   26 ss ss ss ss  27 ss ss ss ss  28 . ss ss ss   29 ss ss ss ss
31 . ss ss .    48 . . ss ss    61 . . ss ss    128 . . uu uu   129 . . uu uu   130 . . uu uu   131 . . uu uu
136 u- u- u- u- 144 . . . ss    152 -s -s -s -s 153 . . ss ss   157 . ss ss ss  159 . . ss ss   176 . . sh sh
177 . . hh .    180 . . hh hh   186 . hh hh hh  187 . . hh hh   188 . . hh hh   190 . . hh hh   256 uu uu uu uu
259 u- u- u- u- 268 u- u- u- u- 269 u- u- u- u- 272 ss ss ss ss 273 ss ss ss ss 274 ss ss ss ss 275 ss ss ss ss
276 hh . . .    277 hh . . .    280 ss . . .    284 -h -h -h -h 285 -h -h -h -h 286 . -h -h -h  287 s- s- s- s-
304 hh hh hh hh 305 hh hh hh hh 306 . hh hh hh  307 . hh hh hh  308 . sh sh sh  309 . sh sh sh  310 hh hh hh hh
311 hh . . .    312 . hh hh .   313 hh hh hh hh 314 hh hh hh hh 315 hh hh hh hh 316 . . hh .    317 . hh hh hh
318 . hh hh hh  319 . hh hh hh  336 . hh hh hh  337 . hh hh hh  338 . hh hh hh  339 . hh hh hh  349 . hh hh hh
446 . . s- s-   464 . . . hh    768 . . u- u-   769 . . uu uu   770 u- u- uu uu 771 u- u- uu uu 772 u- u- uu uu
773 u- u- uu uu 774 u- u- uu uu 775 u- u- uu uu 776 u- u- uu uu 777 u- . . .    778 u- . . .    779 u- u- uu uu
780 u- u- u- u- 781 u- u- u- u- 782 u- u- u- u- 784 . . ss ss   785 . . ss ss   786 ss ss ss ss 787 ss ss ss ss
788 ss ss ss ss 789 ss ss ss ss 790 ss ss ss ss 791 ss ss ss ss 792 ss ss ss ss 793 ss . . .    794 ss . . .
795 ss ss ss ss 796 ss ss ss ss 797 ss ss ss ss 798 ss ss ss ss 799 ss . . .    800 . . uu uu   801 . . uu uu
802 . . uu uu   803 . . uu uu   804 . . uu uu   805 . . uu uu   806 . . uu uu   815 . . uu uu   816 . . . hh
823 . . . ss    848 . . sh sh   849 . . sh sh   850 . . . hh    854 . . hh hh   855 . . . hh    884 . . hh hh
885 . hh hh hh  888 . . ss .    889 . . ss .    890 . . ss .    894 . . ss .    895 . . ss .    896 . uu uu uu
898 . uu uu uu  976 hh . . .    977 hh . . .    978 hh . . .    1008 hh hh hh hh 1009 hh hh hh . 1012 hh hh hh .
1013 hh hh . .  1014 hh . . .   1015 hh hh . .  1023 s- s- s- s-
`;
const CPUS = ['970', 'p7', 'p8', 'p9'] as const;
const expected = new Map(
  [...ACCESS.matchAll(/(\d+) +(\S+) +(\S+) +(\S+) +(\S+)/g)].map((m) => [
    Number(m[1]),
    CPUS.map((_, i) => m[i + 2] ?? '.'),
  ]),
);

type Result = 'done' | 'no-op' | 'privileged' | 'illegal';

/** The manual's rule for a number, a state and a direction. */
function rule(cpu: number, num: number, state: StateName, write: boolean): Result {
  const access = expected.get(num)?.[cpu] ?? '.';
  if (access === '.') {
    if (num >= 808 && num <= 811 && cpu >= 2) return 'no-op';
    if (state === 'u') return num & 16 ? 'privileged' : 'illegal';
    return [0, 4, 5, 6].includes(num) ? 'illegal' : 'no-op';
  }
  const need = access[write ? 1 : 0] ?? '-';
  const may = { '-': '', u: 'ush', s: 'sh', h: 'h' }[need] ?? '';
  return may.includes(state) ? 'done' : 'privileged';
}

const MARK = 0x1234_5678_9abcn;

/** Runs mfspr or mtspr of a number by its helper. */
function access(hw: Hardware, num: number, state: StateName, write: boolean): Result {
  hw.setMsr(0, STATE[state] | MSR.TM);
  hw.arena.setNia(0, 0x1000n);
  hw.arena.setArg(0, BigInt(num));
  hw.arena.setArg(1, 0n);
  hw.arena.setResult(0, MARK);
  hw.set(0, 'MMCR0', 0x80000n);
  const outcome = (write ? mtspr : mfspr)(hw, 0);
  if (outcome !== Outcome.raised) return 'done';
  const nia = hw.arena.nia(0);
  if (nia === 0x1004n) return 'no-op';
  if (nia === 0xe40n) return 'illegal';
  expect(nia).toBe(0x700n);
  return causeOf(hw) === 0x80000n ? 'illegal' : 'privileged';
}

describe.each(CPUS.map((cpu, i) => [cpu, i] as const))('on %s', (cpu, index) => {
  test.each(['u', 's', 'h'] as const)(
    'mtspr and mfspr of all 1024 numbers do in state %s what the manual says',
    (state) => {
      const hw = flatThread('nop', cpu);
      const wrong: string[] = [];
      for (let num = 0; num < 1024; num++) {
        for (const write of [false, true]) {
          if (hw.hasFacilities) hw.set(0, 'HFSCR', 0x7ffn);
          if (hw.hasFacilities) hw.set(0, 'FSCR', 0x1184n);
          const seen = access(hw, num, state, write);
          const wanted = rule(index, num, state, write);
          if (seen !== wanted)
            wrong.push(`${write ? 'mt' : 'mf'}spr ${num}: ${seen}, not ${wanted}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

test('LPCR[EVIRT] sends what an operating system may not touch to emulation assistance', () => {
  for (const [text, word] of [
    ['mfspr r4, 304', 0x7c904aa6n],
    ['mtspr 304, r4', 0x7c904ba6n],
    ['mfspr r4, 1000', 0x7c88faa6n],
    ['mtspr 7, r4', 0x7c8703a6n],
  ] as const) {
    const hw = flatThread(text);
    hw.set(0, 'LPCR', LPCR.EVIRT);
    expect([text, step(hw), hw.get(0, 'HEIR')]).toEqual([text, 'e40', word]);
  }
  const user = flatThread('mfspr r4, 304', 'p9', 'u');
  user.set(0, 'LPCR', LPCR.EVIRT);
  expect(step(user)).toBe('700');
  const host = flatThread('mfspr r4, 304', 'p9', 'h');
  host.set(0, 'LPCR', LPCR.EVIRT);
  expect(step(host)).toBe('next');
});

test('a no-op mfspr leaves its register alone', () => {
  const hw = flatThread('mfspr r4, 1000');
  hw.arena.setGpr(0, 4, MARK);
  expect([step(hw), hw.arena.gpr(0, 4)]).toEqual(['next', MARK]);
});

test('registers of 32 bits hold 32 bits', () => {
  for (const row of SPRS) {
    if (row.bits !== 32 || row.num === null || row.write === '-') continue;
    if (['DPDES', 'CTRL'].includes(row.name)) continue;
    const cpu = row.cpus.at(-1) ?? 'p9';
    const hw = flatThread(`mtspr ${row.num}, r3`, cpu, 'h');
    hw.arena.setGpr(0, 3, 0xffff_ffff_8000_0001n);
    expect([row.name, step(hw), hw.get(0, row.name)]).toEqual([row.name, 'next', 0x80000001n]);
  }
});

describe('facilities', () => {
  /** The number, its facility's bit, and what withholds it: FSCR in problem state, HFSCR without HV. */
  const FACILITIES: readonly [num: number, bit: number, problem: string, guest: string][] = [
    [3, 2, 'f60', 'f80'],
    [815, 8, 'f60', 'f80'],
    [804, 7, 'f60', 'f80'],
    [805, 7, 'f60', 'f80'],
    [806, 7, 'f60', 'f80'],
    [800, 7, 'f60', 'f80'],
    [803, 7, 'f60', 'f80'],
    [771, 3, 'f80', 'f80'],
    [779, 3, 'f80', 'f80'],
    [128, 5, 'f80', 'f80'],
    [131, 5, 'f80', 'f80'],
  ];

  test.each(FACILITIES)('number %i needs facility %i', (num, bit, problem, guest) => {
    const run = (state: StateName, fscr: boolean, hfscr: boolean, write: boolean) => {
      const hw = flatThread(write ? `mtspr ${num}, r3` : `mfspr r3, ${num}`, 'p9', state);
      hw.setMsr(0, STATE[state] | MSR.TM);
      hw.set(0, 'MMCR0', 0x80000n);
      if (!fscr) hw.set(0, 'FSCR', 0x1184n & ~(1n << BigInt(bit)));
      if (!hfscr) hw.set(0, 'HFSCR', 0x7ffn & ~(1n << BigInt(bit)));
      const where = step(hw);
      const cause = where === 'f60' ? 'FSCR' : where === 'f80' ? 'HFSCR' : null;
      if (cause !== null) expect(hw.get(0, cause) >> 56n).toBe(BigInt(bit));
      return where;
    };
    for (const write of [false, true]) {
      expect(run('u', true, true, write)).toBe('next');
      expect(run('u', false, true, write)).toBe(problem === 'f60' ? 'f60' : 'next');
      expect(run('u', true, false, write)).toBe('f80');
      expect(run('u', false, false, write)).toBe(problem);
      expect(run('s', false, false, write)).toBe(guest);
      expect(run('s', false, true, write)).toBe('next');
      expect(run('h', false, false, write)).toBe('next');
    }
  });

  test('transactional registers need MSR[TM] in every state', () => {
    for (const state of ['u', 's', 'h'] as const) {
      const hw = flatThread('mfspr r3, 128', 'p8', state);
      expect([step(hw), hw.get(0, 'FSCR') >> 56n]).toEqual(['f60', 5n]);
    }
  });

  test('number 17 of DSCR asks HFSCR, and FSCR does not concern it', () => {
    const hw = flatThread('mfspr r3, 17');
    hw.set(0, 'FSCR', 0n);
    expect(step(hw)).toBe('next');
    hw.set(0, 'HFSCR', 0n);
    hw.arena.setNia(0, 0x1000n);
    expect([step(hw), hw.get(0, 'HFSCR')]).toEqual(['f80', 2n << 56n]);
  });

  test('MMCR0[PMCC] says what problem state may do with the performance monitor', () => {
    const run = (pmcc: number, text: string) => {
      const hw = flatThread(text, 'p8', 'u');
      hw.set(0, 'MMCR0', BigInt(pmcc) << 18n);
      const where = step(hw);
      if (where === 'f60') expect(hw.get(0, 'FSCR') >> 56n).toBe(3n);
      return where;
    };
    const four = (text: string) => [0, 1, 2, 3].map((pmcc) => run(pmcc, text));
    for (const num of [769, 770, 771, 774, 779]) {
      expect(four(`mfspr r3, ${num}`)).toEqual(['next', 'f60', 'next', 'next']);
      expect(four(`mtspr ${num}, r3`)).toEqual(['e40', 'f60', 'next', 'next']);
    }
    for (const num of [775, 776]) {
      expect(four(`mfspr r3, ${num}`)).toEqual(['next', 'f60', 'next', 'f60']);
      expect(four(`mtspr ${num}, r3`)).toEqual(['e40', 'f60', 'next', 'f60']);
    }
    for (const num of [768, 780, 781, 782]) {
      expect(four(`mfspr r3, ${num}`)).toEqual(['next', 'next', 'next', 'next']);
    }
  });
});

describe('numbers that show part of a register', () => {
  const OLD = 0x1111_2222_3333_4444n;
  const NEW = 0xaaaa_bbbb_cccc_ddddn;

  test.each([
    ['TEXASR', 131, 0x1111_2222n, 0xcccc_dddd_3333_4444n],
    ['PPR', 898, 0x1111_2222n, 0xcccc_dddd_3333_4444n],
    ['BESCR', 800, OLD, OLD | NEW],
    ['BESCR', 801, 0x1111_2222n, OLD | 0xcccc_dddd_0000_0000n],
    ['BESCR', 802, OLD, OLD & ~NEW],
    ['BESCR', 803, 0x1111_2222n, OLD & ~0xcccc_dddd_0000_0000n],
    ['MMCR0', 779, 0n, (OLD & ~0x84000080n) | (NEW & 0x84000080n)],
    [
      'MMCR2',
      769,
      OLD & 0x4020100804020000n,
      (OLD & ~0x4020100804020000n) | (NEW & 0x4020100804020000n),
    ],
    ['PSSCR', 823, 0x1000_0000_0000_0044n, 0x1111_2222_3333_45ddn],
    ['SPRG3', 275, OLD, NEW],
    ['DSCR', 3, OLD, NEW],
  ])('%s by number %i', (name, num, shown, after) => {
    const hw = flatThread(`mfspr r4, ${num}\n mtspr ${num}, r3`, 'p9', 's');
    hw.setMsr(0, STATE.s | MSR.TM);
    hw.set(0, name, OLD);
    hw.arena.setGpr(0, 3, NEW);
    expect([step(hw), step(hw)]).toEqual(['next', 'next']);
    expect([hw.arena.gpr(0, 4), hw.get(0, name)]).toEqual([shown, after]);
  });

  test('SPRG3 can be read by number 259 in problem state', () => {
    const hw = flatThread('mfspr r4, 259', 'p9', 'u');
    hw.set(0, 'SPRG3', OLD);
    expect([step(hw), hw.arena.gpr(0, 4)]).toEqual(['next', OLD]);
  });

  test('of CTRL only the run latch is kept, and 136 shows it', () => {
    const hw = flatThread('mtspr 152, r3\n mfspr r4, 136');
    hw.arena.setGpr(0, 3, NEW);
    expect([step(hw), step(hw), hw.arena.gpr(0, 4)]).toEqual(['next', 'next', 1n]);
  });

  test('TBL, TBU and TBU40 set the time base of the whole core', () => {
    const hw = flatThread(
      'mtspr 285, r3\n mtspr 284, r4\n mftb r5\n mtspr 286, r6\n mftb r7',
      'p9',
      'h',
      2,
    );
    hw.arena.setGpr(0, 3, 0x12n);
    hw.arena.setGpr(0, 4, 0xff00_0005n);
    hw.arena.setGpr(0, 6, 0x55_0000_0012_3456n);
    for (let i = 0; i < 5; i++) step(hw);
    expect([hw.arena.gpr(0, 5), hw.arena.gpr(0, 7)]).toEqual([
      0x12_ff00_0005n,
      0x55_0000_0000_0005n,
    ]);
    expect(hw.get(0, 'TB')).toBe(hw.get(3, 'TB'));
    expect(hw.get(4, 'TB')).toBe(0n);
  });
});

describe('AMR, IAMR and UAMOR below the hypervisor', () => {
  const run = (text: string, state: StateName) => {
    const hw = flatThread(text, 'p9', state);
    for (const name of ['AMR', 'IAMR']) hw.set(0, name, 0xf0f0n);
    hw.set(0, 'UAMOR', 0x00ffn);
    hw.set(0, 'AMOR', 0xff00n);
    hw.arena.setGpr(0, 3, 0xaaaan);
    expect(step(hw)).toBe('next');
    return [hw.get(0, 'AMR'), hw.get(0, 'IAMR'), hw.get(0, 'UAMOR')];
  };

  test.each([
    ['mtspr 29, r3', 'h', 0xaaaan, 0xf0f0n, 0xffn],
    ['mtspr 29, r3', 's', 0xaaf0n, 0xf0f0n, 0xffn],
    ['mtspr 13, r3', 'u', 0xf0aan, 0xf0f0n, 0xffn],
    ['mtspr 61, r3', 's', 0xf0f0n, 0xaaf0n, 0xffn],
    ['mtspr 157, r3', 's', 0xf0f0n, 0xf0f0n, 0xaaffn],
    ['mtspr 157, r3', 'h', 0xf0f0n, 0xf0f0n, 0xaaaan],
  ] as const)('%s in state %s changes the bits that its mask has', (text, state, ...after) => {
    expect(run(text, state)).toEqual(after);
  });
});

test('HMER bits are cleared by writing zeroes and cannot be set', () => {
  const hw = flatThread('mtspr 336, r3', 'p9', 'h');
  hw.set(0, 'HMER', 0b1100n);
  hw.arena.setGpr(0, 3, 0b1010n);
  step(hw);
  expect(hw.get(0, 'HMER')).toBe(0b1000n);
});

test('LPCR keeps the bits that its CPU has', () => {
  const kept = (cpu: string) => {
    const hw = flatThread('mtspr 318, r3', cpu, 'h');
    hw.arena.setGpr(0, 3, (1n << 64n) - 1n);
    step(hw);
    return hw.get(0, 'LPCR');
  };
  const only9 = LPCR.UPRT | LPCR.EVIRT | LPCR.HR | LPCR.LD | LPCR.GTSE | LPCR.HEIC;
  expect(kept('p8') & only9).toBe(0n);
  expect(kept('p9') & only9).toBe(only9);
  expect(kept('p7') & LPCR.AIL).toBe(0n);
  expect(kept('p9') & LPCR.RMLS & ~LPCR.ILE).toBe(0n);
});

test('DPDES on POWER8 has a bit for each thread of the core, on POWER9 one', () => {
  const run = (cpu: string) => {
    const hw = flatThread('mtspr 176, r3\n mfspr r4, 176', cpu, 'h');
    hw.arena.setGpr(0, 3, 0xa5n);
    step(hw);
    step(hw);
    return [hw.arena.gpr(0, 4), ...hw.coreOf(0).map((t) => hw.get(t, 'DPDES'))];
  };
  expect(run('p8')).toEqual([0xa5n, 1n, 0n, 1n, 0n, 0n, 1n, 0n, 1n]);
  expect(run('p9')).toEqual([1n, 1n, 0n, 0n, 0n]);
});

test('TIR and PIR name the thread', () => {
  const hw = flatThread('nop', 'p8', 's', 2);
  expect([hw.get(11, 'PIR'), hw.get(11, 'TIR')]).toEqual([11n, 3n]);
  const nine = flatThread('nop', 'p9', 's', 2);
  expect([nine.get(7, 'PIR'), nine.get(7, 'TIR')]).toEqual([7n, 0n]);
});
