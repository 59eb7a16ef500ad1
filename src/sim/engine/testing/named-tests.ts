// What the witness cannot show of a row, and the hand-written test or the reason that stands in for it.

/** Part of a row's coverage: all of it, a byte order, or status bits as 'CR0.LT', 'XER.CA', 'FPSCR.FR'. */
export type Cover = 'all' | 'little-endian' | `${'CR0' | 'XER' | 'FPSCR'}.${string}`;

/** A test by its file below src/sim and its name, which must be there. */
export interface NamedTest {
  readonly rows: RegExp;
  readonly covers: readonly Cover[];
  readonly file: string;
  readonly test: string;
}

/** A value of a status bit that the row cannot give. */
export interface Impossible {
  readonly rows: RegExp;
  readonly bits: readonly Cover[];
  readonly why: string;
}

/** The interpreter against the independent evaluator: every row in both byte orders and, below, with MSR[SF]=0. */
export const LOCKSTEP = { file: 'engine/lockstep.test.ts', test: 'does what the evaluator says' };

const one = (rows: RegExp, file: string, test: string, covers: readonly Cover[] = ['all']) => ({
  rows,
  covers,
  file,
  test,
});

export const NAMED_TESTS: readonly NamedTest[] = [
  one(/^f/, 'engine/float-functions.test.ts', 'multiply-add', ['FPSCR.FR']),
  one(/^fcfid/, 'engine/float-functions.test.ts', 'conversion from integers', [
    'FPSCR.C',
    'FPSCR.FL',
    'FPSCR.FG',
    'FPSCR.FE',
  ]),
  one(/^(mulhwu?|divw|divwu|divweu|slw|srw)$/, LOCKSTEP.file, LOCKSTEP.test, ['CR0.LT']),
  one(/^mtfsb[01]$/, LOCKSTEP.file, LOCKSTEP.test, ['FPSCR.NI']),
  one(
    /^(lmw|stmw|lswi|lswx|stswi|stswx)$/,
    'engine/storage.test.ts',
    'raises an alignment interrupt in little-endian mode',
    ['little-endian'],
  ),
  one(/^stqcx\.$/, 'engine/storage.test.ts', 'are stored conditionally as a whole'),
  one(/^(copy|paste\.)$/, 'engine/storage.test.ts', 'paste. finds no accelerator'),
  one(/^(icbt|clrbhrb|mfbhrbe|wait|darn)$/, LOCKSTEP.file, LOCKSTEP.test),
  one(/^(l[bhwd]z?cix|st[bhwd]cix)$/, LOCKSTEP.file, LOCKSTEP.test),
  one(
    /^mftb$/,
    'hardware/time.test.ts',
    'mftb inside a slice reads the time of its own instruction',
  ),
  one(/^m[tf]spr$/, 'hardware/spr-access.test.ts', 'registers of 32 bits hold 32 bits'),
  one(/^sc$/, 'hardware/privilege.test.ts', 'sc resumes behind itself'),
  one(/^scv$/, 'hardware/privilege.test.ts', 'scv links by LR and CTR'),
  one(
    /^(rfid|hrfid|rfscv)$/,
    'hardware/privilege.test.ts',
    'to problem state turn EE, IR and DR on',
  ),
  one(/^rfebb$/, 'hardware/privilege.test.ts', 'rfebb goes to EBBRR'),
  one(
    /^(doze|nap|sleep|rvwinkle)$/,
    'hardware/power-saving.test.ts',
    'wake at 0x100 behind themselves',
  ),
  one(/^stop$/, 'hardware/power-saving.test.ts', 'with EC=1 wakes at 0x100 with the reason'),
  one(/^attn$/, 'hardware/power-saving.test.ts', 'its bit is not HDICE of the PowerPC 970'),
  one(/^mtmsrd?$/, 'hardware/privilege.test.ts', 'with L=1 change EE and RI alone'),
  one(/^mfmsr$/, 'hardware/privilege.test.ts', 'mfmsr reads all of it'),
  one(/^msg(snd|clr)$/, 'hardware/doorbells.test.ts', 'msgclr of type 5 takes it back'),
  one(/^msg(snd|clr)p$/, 'hardware/doorbells.test.ts', 'a second one coalesces, and msgclrp'),
  one(/^(msgsync|slbsync|tlbsync)$/, 'hardware/privilege.test.ts', 'needs at least state'),
  one(/^slbm(te|fee|fev)$/, 'hardware/segment-helpers.test.ts', 'write an entry and read it back'),
  one(
    /^slbfee\.$/,
    'hardware/segment-helpers.test.ts',
    'says so when there is none, and copies SO',
  ),
  one(
    /^slbieg?$/,
    'hardware/segment-helpers.test.ts',
    'forgets the entry whose segment holds the address',
  ),
  one(/^slbia$/, 'hardware/segment-helpers.test.ts', 'on POWER9 takes what IH says'),
  one(/^tlbiel?$/, 'hardware/segment-helpers.test.ts', 'forget a page of the partition in RS'),
];

export const IMPOSSIBLE: readonly Impossible[] = [
  { rows: /^st[bhwdq]cx\.$/, bits: ['CR0.LT', 'CR0.GT'], why: 'CR0 is 0b00, stored, SO' },
  {
    rows: /^(andis?\.|cnt[lt]z[wd])$/,
    bits: ['CR0.LT'],
    why: 'the result is never negative as a doubleword',
  },
  {
    rows: /^mcrxr$/,
    bits: ['XER.SO', 'XER.OV', 'XER.CA', 'XER.OV32', 'XER.CA32'],
    why: 'clears SO, OV and CA, and a CPU that has it has no OV32 and CA32',
  },
  { rows: /^fsqrts?$/, bits: ['FPSCR.FL'], why: 'no root is negative, and -0 has FL=0' },
  {
    rows: /^mffsce$/,
    bits: ['FPSCR.VE', 'FPSCR.OE', 'FPSCR.UE', 'FPSCR.ZE', 'FPSCR.XE'],
    why: 'clears the enables',
  },
  { rows: /^mtfsb0$/, bits: ['FPSCR.FEX'], why: 'makes no exception' },
  { rows: /^fcfid/, bits: ['FPSCR.FU'], why: 'an integer is neither infinite nor a NaN' },
];
