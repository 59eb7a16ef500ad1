// The instruction fields of Power ISA v3.0B Book I 1.6: where each lies in the word and what it means.
// Positions are the manual's: bit 0 is the most significant of the 32.
import type { Field, FieldKind } from './row.ts';

/** One run of bits `first`..`last` of the word. */
type Run = readonly [first: number, last: number];

const widthOf = ([first, last]: Run): number => last - first + 1;
const maskOf = ([first, last]: Run): number => ((2 ** (last - first + 1) - 1) << (31 - last)) | 0;

/** Joins the runs, the first one holding the most significant bits of the value. */
function gather(word: number, runs: readonly Run[]): number {
  let value = 0;
  for (const run of runs) {
    value = value * 2 ** widthOf(run) + ((word & maskOf(run)) >>> (31 - run[1]));
  }
  return value;
}

function scatter(value: number, runs: readonly Run[]): number {
  let word = 0;
  let rest = value;
  for (const run of runs.toReversed()) {
    const size = 2 ** widthOf(run);
    word |= (rest % size) << (31 - run[1]);
    rest = Math.floor(rest / size);
  }
  return word;
}

type Check = (word: number) => string | null;

interface Options {
  invalid?: Check;
  refused?: Check;
  absent?: number;
  /** The operand is the field's value times this. */
  scale?: number;
  /** Values of the other signedness and the same width are taken too (addis: 0xFFFF for -1), as GNU as does. */
  eitherSign?: boolean;
}

function define(name: string, kind: FieldKind, runs: readonly Run[], opt: Options = {}): Field {
  const width = runs.reduce((sum, run) => sum + widthOf(run), 0);
  const scale = opt.scale ?? 1;
  const size = 2 ** width;
  const signed = kind === 'simm' || kind === 'rel';
  const low = signed || opt.eitherSign ? (-size / 2) * scale : 0;
  const high = (signed && !opt.eitherSign ? size / 2 - 1 : size - 1) * scale;
  const only = runs[0] as Run;
  const get =
    runs.length === 1 && !signed
      ? (word: number) => (word & maskOf(only)) >>> (31 - only[1])
      : (word: number) => {
          const value = gather(word, runs);
          return (signed && value >= size / 2 ? value - size : value) * scale;
        };
  return {
    name,
    kind,
    bits: runs.reduce((bits, run) => bits | maskOf(run), 0),
    get,
    put(value) {
      if (value < low || value > high) return `${value} is not between ${low} and ${high}`;
      const n = Number(value);
      if (n % scale !== 0) return `${value} is not a multiple of ${scale}`;
      return scatter((n / scale + size) % size, runs);
    },
    ...(opt.invalid && { invalid: opt.invalid }),
    ...(opt.refused && { refused: opt.refused }),
    ...(opt.absent !== undefined && { absent: opt.absent }),
  };
}

/** An operand of simplified mnemonics only: a number from which fields are computed. */
function computed(name: string, refuse: (value: bigint) => string | null): Field {
  return { name, kind: 'uimm', bits: 0, get: () => 0, put: (value) => refuse(value) ?? 0 };
}

const plain = (name: string, limit: number): Field =>
  computed(name, (value) =>
    value < 0 || value >= limit ? `${value} is not between 0 and ${limit - 1}` : null,
  );

/** Accepts the listed values of the field only. */
function among(runs: readonly Run[], values: readonly number[], what: string): Check {
  return (word) => (values.includes(gather(word, runs)) ? null : `${what} ${gather(word, runs)}`);
}

/** Book I 2.4, "BO field encodings", and the at hint that is reserved (01). */
const BO_VALUES = [0, 2, 4, 6, 7, 8, 10, 12, 14, 15, 16, 18, 20, 24, 25, 26, 27];
/** Those that leave CTR alone. */
const BO_NOT_COUNTING = BO_VALUES.filter((bo) => (bo & 4) !== 0);
/** Those that take a hint. */
const HINTABLE: ReadonlySet<bigint> = new Set([4n, 12n, 16n, 18n]);
const ONE_FIELD = Array.from({ length: 8 }, (_, i) => 1 << i);

const updateStore: Check = (word) =>
  ((word >>> 16) & 31) === 0 ? 'the updated register cannot be r0' : null;
const updateLoad: Check = (word) =>
  ((word >>> 16) & 31) === ((word >>> 21) & 31)
    ? 'the updated register cannot be the loaded register'
    : updateStore(word);
/** A load's address register that is also loaded. */
const loadedAddress =
  (isLoaded: (rt: number, ra: number) => boolean): Check =>
  (word) =>
    isLoaded((word >>> 21) & 31, (word >>> 16) & 31)
      ? 'the address register is also a loaded register'
      : null;
const evenRegister: Check = (word) =>
  (word & 0x200000) === 0 ? null : 'a register pair starts at an even register';
/** The second register of a pair that starts at bits 6 to 10. */
function following(name: string, kind: FieldKind): Field {
  const get = (word: number) => ((word >>> 21) & 31) | 1;
  return { name, kind, bits: 0, get, put: () => `${name} is derived` };
}
const span = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** MASK(start, stop) of the manual: ones from bit `start` through `stop`, wrapping when start > stop. */
function mask64(start: number, stop: number): bigint {
  const all = (1n << 64n) - 1n;
  const fromStart = all >> BigInt(start);
  const toStop = all ^ (all >> BigInt(stop + 1));
  return start <= stop ? fromStart & toStop : fromStart | toStop;
}

/** The most significant 1 of FXM alone, or 0. */
function firstOf(word: number): number {
  const fxm = (word >>> 12) & 0xff;
  return fxm === 0 ? 0 : 0x80 >> Math.clz32(fxm << 24);
}

function derived(name: string, get: (word: number) => bigint): Field {
  return { name, kind: 'mask', bits: 0, get, put: () => `${name} is derived` };
}

/** lswi and stswi: 1 to 32 bytes, 32 written as 0. */
const BYTE_COUNT: Field = {
  ...define('NB', 'uimm', [[16, 20]]),
  get: (word) => (((word >>> 11) - 1) & 31) + 1,
  put: (value) =>
    value < 0 || value > 32 ? `${value} is not between 0 and 32` : (Number(value) & 31) << 11,
};

/** The bits that mtfsf writes: those of each field i + 8 × (1 - W) whose FLM bit is 1, or all with L = 1. */
function fpscrMask(word: number): bigint {
  if ((word & 0x0200_0000) !== 0) return (1n << 64n) - 1n;
  const fields = Array.from({ length: 8 }, (_, i) =>
    ((word >>> 17) >>> i) & 1 ? 15n << BigInt(4 * i) : 0n,
  );
  const mask = fields.reduce((all, bits) => all | bits);
  return (word & 0x1_0000) !== 0 ? mask << 32n : mask;
}

/** MB and ME written as the mask they make: a run of ones in 32 bits, which may wrap around. */
const MBE: Field = {
  name: 'MBE',
  kind: 'mask',
  bits: maskOf([21, 30]),
  get: () => 0n,
  put(value) {
    const mask = BigInt.asUintN(32, value).toString(2).padStart(32, '0');
    const edges = [...mask].filter((bit, i) => bit !== mask.at(i - 1)).length;
    if (!mask.includes('1') || edges > 2) return `${value} is not one run of bits`;
    const mb = edges === 0 ? 0 : `${mask}${mask}`.indexOf('01') + 1;
    const me = edges === 0 ? 31 : `${mask}${mask}`.indexOf('10');
    return ((mb & 31) << 6) | ((me & 31) << 1);
  },
};

const SPR_RUNS: readonly Run[] = [
  [16, 20],
  [11, 15],
];
/** A vector-scalar register: the place of its most significant bit, then the first of the other five. */
const vsr = (high: number, low: number): readonly Run[] => [
  [high, high],
  [low, low + 4],
];
const sh: readonly Run[] = [
  [30, 30],
  [16, 20],
];
const mb: readonly Run[] = [
  [26, 26],
  [21, 25],
];

const DEFINITIONS: readonly Field[] = [
  define('RT', 'gpr', [[6, 10]]),
  define('RS', 'gpr', [[6, 10]]),
  define('RA', 'gpr', [[11, 15]]),
  define('RA0', 'gpr0', [[11, 15]]),
  define('RAL', 'gpr0', [[11, 15]], { invalid: updateLoad }),
  define('RAS', 'gpr0', [[11, 15]], { invalid: updateStore }),
  define('RAM', 'gpr0', [[11, 15]], { invalid: loadedAddress((rt, ra) => ra >= rt) }),
  define('RAQ', 'gpr0', [[11, 15]], { invalid: loadedAddress((rt, ra) => ra === rt) }),
  define('RBQ', 'gpr', [[16, 20]], {
    invalid: (word) =>
      ((word >>> 21) & 31) === ((word >>> 11) & 31) ? 'RB is also a loaded register' : null,
  }),
  define('RAN', 'gpr0', [[11, 15]], {
    invalid: loadedAddress((rt, ra) => ra === rt),
    refused: (word) => {
      const words = Math.floor((((word >>> 11) - 1) & 31) / 4) + 1;
      const isLoaded = (((word >>> 16) - (word >>> 21)) & 31) < words;
      return isLoaded ? 'the address register is also a loaded register' : null;
    },
  }),
  define('RTp', 'gpr', [[6, 10]], { invalid: evenRegister }),
  define('RSp', 'gpr', [[6, 10]], { invalid: evenRegister }),
  following('RTp+1', 'gpr'),
  following('RSp+1', 'gpr'),
  define('RB', 'gpr', [[16, 20]]),
  define('RC', 'gpr', [[21, 25]]),
  define('FRT', 'fpr', [[6, 10]]),
  define('FRS', 'fpr', [[6, 10]]),
  define('FRA', 'fpr', [[11, 15]]),
  define('FRB', 'fpr', [[16, 20]]),
  define('FRC', 'fpr', [[21, 25]]),
  define('FRTp', 'fpr', [[6, 10]], { invalid: evenRegister }),
  define('FRSp', 'fpr', [[6, 10]], { invalid: evenRegister }),
  following('FRTp+1', 'fpr'),
  following('FRSp+1', 'fpr'),
  define('VRT', 'vr', [[6, 10]]),
  define('VRS', 'vr', [[6, 10]]),
  define('VRA', 'vr', [[11, 15]]),
  define('VRB', 'vr', [[16, 20]]),
  define('VRC', 'vr', [[21, 25]]),
  define('XT', 'vsr', vsr(31, 6)),
  define('XS', 'vsr', vsr(31, 6)),
  define('XT_DQ', 'vsr', vsr(28, 6)),
  define('XS_DQ', 'vsr', vsr(28, 6)),
  define('XA', 'vsr', vsr(29, 11)),
  define('XB', 'vsr', vsr(30, 16)),
  define('XC', 'vsr', vsr(28, 21)),
  define('BF', 'crf', [[6, 8]]),
  define('BFF', 'uimm', [[6, 8]]),
  define('BFA', 'crf', [[11, 13]]),
  define('BT', 'crb', [[6, 10]]),
  define('BA', 'crb', [[11, 15]]),
  define('BB', 'crb', [[16, 20]]),
  define('BC', 'crb', [[21, 25]]),
  define('BI', 'crb', [[11, 15]]),
  define('BO', 'uimm', [[6, 10]], { invalid: among([[6, 10]], BO_VALUES, 'no branch has BO =') }),
  define('BO_CTR', 'uimm', [[6, 10]], {
    invalid: among([[6, 10]], BO_VALUES, 'no branch has BO ='),
    refused: among([[6, 10]], BO_NOT_COUNTING, 'a branch to CTR cannot have BO ='),
  }),
  computed('BO_PLAIN', (bo) => (HINTABLE.has(bo) ? null : `no hint with BO = ${bo}`)),
  define('BO_TAKEN', 'uimm', [[6, 10]], { invalid: among([[6, 10]], [25, 27], 'no + with BO =') }),
  define('BO_NOT', 'uimm', [[6, 10]], { invalid: among([[6, 10]], [24, 26], 'no - with BO =') }),
  define('BO0', 'flag', [[6, 6]]),
  define('BO1', 'flag', [[7, 7]]),
  define('BO2', 'flag', [[8, 8]]),
  define('BO3', 'flag', [[9, 9]]),
  define('at', 'uimm', [[10, 10]]),
  define('BH', 'uimm', [[19, 20]]),
  define('BD', 'rel', [[16, 29]], { scale: 4 }),
  define('LI', 'rel', [[6, 29]], { scale: 4 }),
  define('SI', 'simm', [[16, 31]]),
  define('SIS', 'simm', [[16, 31]], { eitherSign: true }),
  define('UI', 'uimm', [[16, 31]]),
  define('UIS', 'uimm', [[16, 31]], { eitherSign: true }),
  define('D', 'simm', [[16, 31]]),
  define('DS', 'simm', [[16, 29]], { scale: 4 }),
  define(
    'DX',
    'simm',
    [
      [16, 25],
      [11, 15],
      [31, 31],
    ],
    { eitherSign: true },
  ),
  define('DQ', 'simm', [[16, 27]], { scale: 16 }),
  define('SIM', 'simm', [[11, 15]]),
  define('IMM8', 'uimm', [[13, 20]], { eitherSign: true }),
  define('UIM_B', 'uimm', [[12, 15]]),
  define('UIM_H', 'uimm', [[13, 15]]),
  define('UIM_W', 'uimm', [[14, 15]]),
  define('SHB', 'uimm', [[22, 25]]),
  define('SHW', 'uimm', [[22, 23]]),
  define('DM', 'uimm', [[22, 23]]),
  define('STRM', 'uimm', [[9, 10]]),
  define('SH', 'uimm', [[16, 20]]),
  define('MB', 'uimm', [[21, 25]]),
  define('ME', 'uimm', [[26, 30]]),
  define('sh', 'uimm', sh),
  define('mb', 'uimm', mb),
  define('me', 'uimm', mb),
  define('TO', 'uimm', [[6, 10]]),
  define('FXM', 'uimm', [[12, 19]]),
  define('FXM1', 'uimm', [[12, 19]], {
    invalid: among([[12, 19]], ONE_FIELD, 'not exactly one CR field in mask'),
  }),
  define('SPR', 'spr', SPR_RUNS),
  define('TBR', 'spr', SPR_RUNS, { invalid: among(SPR_RUNS, [268, 269], 'no time base in SPR') }),
  define('TBR_OLD', 'spr', SPR_RUNS, { invalid: () => 'mfspr reads the time base' }),
  define('LEV', 'uimm', [[20, 26]]),
  define('S_EBB', 'uimm', [[20, 20]], { absent: 1 }),
  define('WC', 'uimm', [[9, 10]], { invalid: among([[9, 10]], [0], 'no wait has WC =') }),
  define('IH', 'uimm', [[8, 10]]),
  define('RIC', 'uimm', [[12, 13]]),
  define('PRS', 'uimm', [[14, 14]]),
  define('R_TLB', 'uimm', [[15, 15]]),
  define('L', 'flag', [[10, 10]]),
  define('L_MSR', 'uimm', [[15, 15]]),
  define('L_SYNC', 'uimm', [[9, 10]], { invalid: among([[9, 10]], [0, 1, 2], 'no sync has L =') }),
  define('L_DCBF', 'uimm', [[9, 10]], { invalid: among([[9, 10]], [0, 1, 3], 'no dcbf has L =') }),
  define('L_DARN', 'uimm', [[14, 15]]),
  define('CY', 'uimm', [[21, 22]]),
  define('TH', 'uimm', [[6, 10]]),
  define('TH_CT', 'uimm', [[6, 10]], {
    invalid: among([[6, 10]], span(0, 7), 'not below 8: TH ='),
  }),
  define('TH_DS', 'uimm', [[6, 10]], {
    invalid: among([[6, 10]], span(8, 15), 'not 8 to 15: TH ='),
    absent: 8,
  }),
  define('EH', 'uimm', [[31, 31]]),
  define('FC', 'uimm', [[16, 20]]),
  define('CT', 'uimm', [[6, 10]]),
  define('BHRBE', 'uimm', [[11, 20]]),
  define('FLM', 'uimm', [[7, 14]]),
  define('L_FSF', 'uimm', [[6, 6]]),
  define('W', 'uimm', [[15, 15]]),
  define('U', 'uimm', [[16, 19]]),
  define('BT_F', 'uimm', [[6, 10]]),
  define('DRM', 'uimm', [[18, 20]]),
  define('RM', 'uimm', [[19, 20]]),
  BYTE_COUNT,
  define('Rc', 'flag', [[31, 31]]),
  define('Rc_VC', 'flag', [[21, 21]]),
  define('OE', 'flag', [[21, 21]]),
  define('LK', 'flag', [[31, 31]]),
  define('AA', 'flag', [[30, 30]]),
  MBE,
  plain('u1', 2),
  plain('n5', 32),
  plain('b5', 32),
  plain('w5', 33),
  plain('n6', 64),
  plain('b6', 64),
  plain('w6', 65),
  plain('SPRG', 4),
  plain('BAT', 4),
  derived('MASK_M', (w) => mask64(((w >>> 6) & 31) + 32, ((w >>> 1) & 31) + 32)),
  derived('MASK_MDL', (w) => mask64(gather(w, mb), 63)),
  derived('MASK_MDR', (w) => mask64(0, gather(w, mb))),
  derived('MASK_MDC', (w) => mask64(gather(w, mb), 63 - gather(w, sh))),
  // The CR field of the first bit that is set; mtocrf takes field 7 when none is.
  derived('MASK_FXM', (w) => 15n * BigInt(firstOf(w)) ** 4n),
  derived('FXM_FIRST', (w) => BigInt(firstOf(w) || 1)),
  derived('MASK_BT', (w) => 1n << BigInt(31 - ((w >>> 21) & 31))),
  derived('MASK_FSF', fpscrMask),
];

const byName = new Map(DEFINITIONS.map((f) => [f.name, f]));

/** A field by name; an unknown name is our bug. */
export function field(name: string): Field {
  const found = byName.get(name);
  if (found === undefined) throw new Error(`field: no field named ${name}`);
  return found;
}

/** How registers of a kind are written before their number: 'r', 'f', 'cr'; undefined for what is no register. */
export const REGISTER_PREFIXES: Partial<Record<FieldKind, string>> = {
  gpr: 'r',
  gpr0: 'r',
  fpr: 'f',
  vr: 'v',
  vsr: 'vs',
  crf: 'cr',
};

/** The manual's name of a field: ours tell apart uses of one place (RA0, SIS, L_MSR). */
export function manualName(name: string): string {
  return name
    .replace(/^(R[AB])[0LSMNQ]$|^(SI|UI|FXM)[S1]$|^([nbw])[56]$/, '$1$2$3')
    .replace(/_.*/, '');
}

/** Number of bits the field occupies in the word. */
export function fieldWidth(f: Field): number {
  let width = 0;
  for (let bits = f.bits; bits !== 0; bits &= bits - 1) width += 1;
  return width;
}
