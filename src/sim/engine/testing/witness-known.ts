// Where QEMU 7.2's user mode differs from the architecture or from POWER9's choice for an undefined result.
import { field } from '../../isa/fields.ts';
import type { Row } from '../../isa/row.ts';
import type { Replayed } from './witness-replay.ts';
import { PLACE, VSR_AT, type WitnessMode } from './witness-state.ts';

/** Bits of one register in which the model and QEMU may differ. */
export interface Known {
  readonly rows: RegExp;
  /** Doubleword of the state. */
  readonly place: (word: number) => number;
  readonly mask: bigint;
  /** Only in these cases; always when left out. */
  readonly when?: (one: Replayed, seen: bigint) => boolean;
  /** Where the manual says what holds, and why the model does otherwise than QEMU. */
  readonly isa: string;
  readonly why: string;
}

/** Rows that QEMU cannot run, in one mode or in all. */
export interface NotInQemu {
  readonly rows: RegExp;
  readonly mode?: Exclude<WitnessMode, 'big-endian'>;
  readonly isa: string;
  readonly why: string;
}

const ALL = 0xffff_ffff_ffff_ffffn;
const SIGN = 1n << 63n;
const UPPER = ALL << 32n;
const CR0 = 0xf000_0000n;
/** Bits of the FPSCR from the low end. */
const [FX, FEX, OX, XX] = [1n << 31n, 1n << 30n, 1n << 28n, 1n << 25n];
const [UX, VXVC, FR, FI] = [1n << 27n, 1n << 19n, 1n << 18n, 1n << 17n];
const [VXSNAN, VXIMZ] = [1n << 24n, 1n << 20n];
const [FPRF, VE, NI] = [0x1f000n, 0x80n, 4n];
const EXCEPTIONS = 0x1ff8_0700n;
const CR1 = 0x0f00_0000n;
const CR1_FX = 0x0800_0000n;
const SIGFPE = 8n;
const gpr = (name: string) => (word: number) => Number(field(name).get(word));
const dword1 = (name: string) => (word: number) => VSR_AT + 2 * Number(field(name).get(word)) + 1;
const named = (name: keyof typeof PLACE) => () => PLACE[name];

const fpr = (name: string) => (word: number) => VSR_AT + 2 * Number(field(name).get(word));
const enabledException = ({ after }: Replayed) => after[PLACE.SIGNAL] === SIGFPE;
const isNaN64 = (bits: bigint) => (bits & ~SIGN) > 0x7ffn << 52n;

const operand = (name: string, { word, atTarget }: Replayed) =>
  atTarget()[Number(field(name).get(word))] as bigint;

const view = new DataView(new ArrayBuffer(8));
function number(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** Two results of one sign are neighbours in the precision of the instruction. */
function adjacent(a: bigint, b: bigint): boolean {
  const apart = a > b ? a - b : b - a;
  if (apart === 1n || apart === 1n << 29n) return true;
  return Math.abs(singleBits(number(a)) - singleBits(number(b))) === 1;
}

function singleBits(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

/** RN is towards one of the infinities. */
const roundsUpOrDown = ({ before }: Replayed) => ((before[PLACE.FPSCR] as bigint) & 2n) !== 0n;

/** No exception bit went from 0 to 1. */
const nothingNew = ({ before, after }: Replayed) =>
  (~(before[PLACE.FPSCR] as bigint) & (after[PLACE.FPSCR] as bigint) & EXCEPTIONS) === 0n;

/** The quotient does not fit or the divisor is 0; operands by their width in bits. */
const divisionOverflows =
  (bits: 32 | 64, signed: boolean, extended: boolean) =>
  (one: Replayed): boolean => {
    const read = (name: string) =>
      (signed ? BigInt.asIntN : BigInt.asUintN)(bits, operand(name, one));
    const divisor = read('RB');
    if (divisor === 0n) return true;
    const quotient = (extended ? read('RA') << BigInt(bits) : read('RA')) / divisor;
    return quotient !== (signed ? BigInt.asIntN : BigInt.asUintN)(bits, quotient);
  };

export const NOT_IN_QEMU: readonly NotInQemu[] = [
  {
    rows: /^(lmw|stmw|lswi|lswx|stswi|stswx)$/,
    mode: 'little-endian',
    isa: 'Book I 3.3.5, 3.3.6',
    why: 'alignment interrupt, at which QEMU user mode aborts',
  },
  {
    rows: /^dcbz$/,
    mode: '32-bit',
    isa: 'Book II 4.3.2',
    why: 'the 32-bit CPU has shorter cache blocks',
  },
  {
    rows: /^stqcx\.$/,
    isa: 'Book II 4.6.2',
    why: 'QEMU 7.2 user mode never lets it store',
  },
  {
    rows: /^(icbt|copy|paste\.|clrbhrb|mfbhrbe|wait)$/,
    isa: 'Book II 4.3, 4.4; Book I chapter 10',
    why: 'QEMU 7.2 does not know the instruction',
  },
];

const DIVISIONS = (['', 'u', 'e', 'eu'] as const).flatMap((suffix) =>
  ([32, 64] as const).map((bits) => ({
    name: `div${bits === 32 ? 'w' : 'd'}${suffix}`,
    when: divisionOverflows(bits, !suffix.endsWith('u'), suffix.startsWith('e')),
  })),
);

/** Those for which QEMU does not have 0. */
const QUOTIENTS = /^div(w|wu|d|du|de)$/;

export const KNOWN: readonly Known[] = [
  {
    rows: /^mulhwu?$/,
    place: gpr('RT'),
    mask: UPPER,
    isa: 'Book I 3.3.9',
    why: 'undefined upper half: POWER9 repeats the word, QEMU clears it',
  },
  {
    rows: /^divweu?$/,
    place: gpr('RT'),
    mask: UPPER,
    isa: 'Book I 3.3.9',
    why: 'undefined upper half: POWER9 clears it, QEMU keeps what its division left',
  },
  {
    rows: /^(mulhwu?|divweu?)$/,
    place: named('CR'),
    mask: CR0,
    isa: 'Book I 3.3.9',
    why: 'CR0 follows the upper half, which is undefined',
  },
  ...DIVISIONS.filter(({ name }) => QUOTIENTS.test(name)).map(({ name, when }) => ({
    rows: new RegExp(`^${name}$`),
    place: gpr('RT'),
    mask: ALL,
    when,
    isa: 'Book I 3.3.9',
    why: `${name}: undefined quotient: POWER9 has 0, QEMU a part of the dividend`,
  })),
  ...DIVISIONS.filter(({ name }) => QUOTIENTS.test(name)).map(({ name, when }) => ({
    rows: new RegExp(`^${name}$`),
    place: named('CR'),
    mask: CR0,
    when,
    isa: 'Book I 3.3.9',
    why: `${name}: LT, GT and EQ are undefined with the quotient`,
  })),
  {
    rows: /^l[wd]at$/,
    place: gpr('RT'),
    mask: ALL,
    when: (one) => [24, 25].includes(Number(field('FC').get(one.word))),
    isa: 'Book II 4.5.1',
    why: 'the value that marks a refused bounded increment: QEMU has a 32-bit one with sign',
  },
  {
    rows: /^divd(e|eu)$/,
    place: named('XER'),
    mask: 0xc008_0000n,
    when: (one) => DIVISIONS.some(({ name, when }) => name === 'divde' && when(one)),
    isa: 'Book I 3.3.9',
    why: 'QEMU misses some overflows of a negative dividend',
  },
  {
    rows: /^mtvscr$/,
    place: named('VSCR'),
    mask: 0xfffe_fffen,
    isa: 'Book I 6.3.2',
    why: 'reserved bits: QEMU keeps what is written',
  },
  {
    rows: /^mtxer$/,
    place: named('XER'),
    mask: 0x1ff3_0000n,
    isa: 'Book I 3.2.2',
    why: 'reserved bits: POWER9 keeps the low 18 only, QEMU all',
  },
  {
    rows: /^(lxs(d|iwa|iwz|iha|ihz|ib|ihzx|ibz|sp)x|mtvsr(d|wa|wz))$/,
    place: dword1('XT'),
    mask: ALL,
    isa: 'Book I 7.6.3',
    why: 'undefined doubleword 1: the model clears it, QEMU keeps it',
  },
  {
    rows: /^f/,
    place: named('FPSCR'),
    mask: FR,
    isa: 'Book I 4.2.2',
    why: 'QEMU 7.2 never sets FR',
  },
  {
    rows: /^f/,
    place: named('FPSCR'),
    mask: FX,
    when: nothingNew,
    isa: 'Book I 4.2.2',
    why: 'FX is set when an exception bit goes from 0 to 1; QEMU sets it when the bit already was 1',
  },
  {
    rows: /^f/,
    place: named('CR'),
    mask: CR1_FX,
    when: nothingNew,
    isa: 'Book I 4.6.2',
    why: 'CR1 gets the FX in which QEMU differs',
  },
  {
    rows: /^f/,
    place: named('CR'),
    mask: CR1,
    when: enabledException,
    isa: 'Book I 4.6.2',
    why: 'QEMU raises an enabled exception before it writes CR1',
  },
  {
    rows: /^fcti/,
    place: named('FPSCR'),
    mask: FPRF,
    isa: 'Book I 4.6.7',
    why: 'FPRF is undefined: the model keeps it, QEMU sets it in some cases',
  },
  {
    rows: /^fctiw/,
    place: fpr('FRT'),
    mask: UPPER,
    isa: 'Book I 4.6.7',
    why: 'undefined upper half: POWER9 repeats the word',
  },
  {
    rows: /^fcfid/,
    place: fpr('FRT'),
    mask: ALL,
    when: enabledException,
    isa: 'Book I 4.4.5',
    why: 'QEMU raises an enabled inexact exception before it writes the target',
  },
  {
    rows: /^fcfid/,
    place: dword1('FRT'),
    mask: ALL,
    when: enabledException,
    isa: 'Book I 4.4.5',
    why: 'QEMU raises an enabled inexact exception before it clears doubleword 1',
  },
  {
    rows: /^f([mn]?m?(add|sub)|mul|div|sqrt|n?msub|n?madd|re|rsqrte)s$|^frsp$/,
    place: named('FPSCR'),
    mask: 0x1_0000n,
    isa: 'Book I 4.2.2',
    why: 'C of a denormalized single-precision result: QEMU classifies the result as a double',
  },
  {
    rows: /^fnm/,
    place: fpr('FRT'),
    mask: ALL,
    when: (one, seen) =>
      roundsUpOrDown(one) && adjacent(seen, one.after[fpr('FRT')(one.word)] as bigint),
    isa: 'Book I 4.6.6',
    why: 'the result is rounded, then negated; QEMU negates first',
  },
  {
    rows: /^fnm/,
    place: named('CR'),
    mask: CR1,
    when: roundsUpOrDown,
    isa: 'Book I 4.6.6',
    why: 'CR1 gets the overflow in which QEMU differs',
  },
  {
    rows: /^fn?m(add|sub)s?$/,
    place: named('FPSCR'),
    mask: VXSNAN,
    when: ({ after }) => ((after[PLACE.FPSCR] as bigint) & VXIMZ) !== 0n,
    isa: 'Book I 4.4.1',
    why: 'infinity times zero plus a signalling NaN is VXIMZ and VXSNAN, for QEMU VXIMZ alone',
  },
  {
    rows: /^fnm/,
    place: named('SIGNAL'),
    mask: ALL,
    when: roundsUpOrDown,
    isa: 'Book I 4.6.6',
    why: 'an enabled overflow that only one direction of rounding has',
  },
  {
    rows: /^f/,
    place: named('FPSCR'),
    mask: FI,
    when: (one) => enabledException(one) && ((one.before[PLACE.FPSCR] as bigint) & VE) !== 0n,
    isa: 'Book I 4.4.1',
    why: 'an enabled invalid operation clears FR and FI, QEMU leaves them',
  },
  {
    rows: /^fnm/,
    place: named('FPSCR'),
    mask: FPRF | OX | FX | FEX,
    when: roundsUpOrDown,
    isa: 'Book I 4.6.6',
    why: 'class of a result that QEMU rounded in the other direction',
  },
  {
    rows: /^fcmp[uo]$/,
    place: named('FPSCR'),
    mask: FI,
    isa: 'Book I 4.6.8',
    why: 'a comparison leaves FI, QEMU clears it',
  },
  {
    rows: /^fres$/,
    place: named('FPSCR'),
    mask: UX | 0x1_0000n,
    isa: 'Book I 4.6.6',
    why: 'whether the estimate is inexact, and so an underflow',
  },
  {
    rows: /^fcmpo$/,
    place: named('FPSCR'),
    mask: VXVC,
    when: ({ before }) => ((before[PLACE.FPSCR] as bigint) & VE) !== 0n,
    isa: 'Book I 4.6.8',
    why: 'VXVC goes with VXSNAN only when VE = 0; QEMU sets it always',
  },
  {
    rows: /^fcmpo$/,
    place: named('FPSCR'),
    mask: 0x1_0000n,
    isa: 'Book I 4.6.8',
    why: 'a comparison leaves C, QEMU sets it with an invalid operation',
  },
  {
    rows: /^mtfsb1$/,
    place: named('FPSCR'),
    mask: NI,
    isa: 'Book I 4.6.10',
    why: 'QEMU does not set NI',
  },
  {
    rows: /^frsp$/,
    place: fpr('FRT'),
    mask: ALL,
    when: (one, seen) => enabledException(one) && Math.fround(number(seen)) !== number(seen),
    isa: 'Book I 4.6.7',
    why: 'undefined when the adjusted exponent is not one of single format either',
  },
  {
    rows: /^mtfsf$/,
    place: named('FPSCR'),
    mask: UPPER,
    when: enabledException,
    isa: 'Book I 4.6.10',
    why: "QEMU's signal frame has only 32 bits of the FPSCR",
  },
  {
    rows: /^mtfsb1$/,
    place: named('FPSCR'),
    mask: FX,
    isa: 'Book I 4.6.10',
    why: 'FX is set with an exception bit that goes from 0 to 1; QEMU forgets it for some',
  },
  {
    rows: /^mtfsb1$/,
    place: named('CR'),
    mask: CR1_FX,
    isa: 'Book I 4.6.10',
    why: 'CR1 gets the FX in which QEMU differs',
  },
  {
    rows: /^fcfid/,
    place: named('FPSCR'),
    mask: FPRF,
    isa: 'Book I 4.6.7',
    why: 'QEMU leaves FPRF',
  },
  {
    rows: /^(fre|frsqrte)s?$/,
    place: named('FPSCR'),
    mask: FX | FEX | XX | FI,
    isa: 'Book I 4.6.6',
    why: 'estimates do not alter XX, and FI is undefined; QEMU computes the exact value and rounds it',
  },
  {
    rows: /^(fre|frsqrte)s?$/,
    place: named('CR'),
    mask: CR1,
    isa: 'Book I 4.6.6',
    why: 'CR1 gets the FX in which QEMU differs',
  },
  {
    rows: /^fres?$/,
    place: fpr('FRT'),
    mask: ALL,
    when: ({ word, before }) => ((before[fpr('FRB')(word)] as bigint) & ~SIGN) === 0n,
    isa: 'Book I 4.6.6',
    why: 'the reciprocal of zero is infinity, QEMU has one half',
  },
  {
    rows: /^fres?$/,
    place: named('FPSCR'),
    mask: FPRF,
    when: ({ word, before }) => ((before[fpr('FRB')(word)] as bigint) & ~SIGN) === 0n,
    isa: 'Book I 4.6.6',
    why: 'class of the reciprocal of zero',
  },
  {
    rows: /^(fre|frsqrte)s?$/,
    place: named('SIGNAL'),
    mask: ALL,
    when: (one) => enabledException(one) && ((one.before[PLACE.FPSCR] as bigint) & 8n) !== 0n,
    isa: 'Book I 4.6.6',
    why: 'no inexact exception, even when it is enabled',
  },
  {
    rows: /^(fre|frsqrte)s?$/,
    place: fpr('FRT'),
    mask: ALL,
    isa: 'Book I 4.6.6',
    when: ({ word, after }, seen) => {
      const [exact, estimate] = [number(after[fpr('FRT')(word)] as bigint), number(seen)];
      return Math.abs(estimate - exact) <= Math.abs(exact) / (word & 4 ? 32 : 256);
    },
    why: 'an estimate is within 1/256 (fre) or 1/32 (frsqrte), QEMU computes the exact value',
  },
  {
    rows: /^f.*s$/,
    place: fpr('FRT'),
    mask: 0x1fff_ffffn,
    when: ({ word, after }) => isNaN64(after[fpr('FRT')(word)] as bigint),
    isa: 'Book I 4.3.5',
    why: 'undefined when an operand is not representable in single format: QEMU shortens a NaN',
  },
  ...(['h', 'w'] as const).map((size) => ({
    rows: new RegExp(`^vextu${size}[lr]x$`),
    place: gpr('RT'),
    mask: ALL,
    when: (one: Replayed) => (operand('RA', one) & 15n) > (size === 'h' ? 14n : 12n),
    isa: 'Book I 6.8.7',
    why: `undefined when the element (${size}) reaches beyond the register`,
  })),
];

/** Why a row has no cases in a mode, or undefined when it has. */
export function notInQemu(row: Row, of: WitnessMode): NotInQemu | undefined {
  return NOT_IN_QEMU.find(
    ({ rows, mode }) => rows.test(row.name) && (mode === undefined || mode === of),
  );
}

/** Bits of a doubleword that may differ; notes which entries allow it. */
export function allowed(
  row: Row,
  one: Replayed,
  dword: number,
  seen: bigint,
  shown: Set<Known>,
): bigint {
  let mask = 0n;
  for (const known of KNOWN) {
    if (!known.rows.test(row.name) || known.place(one.word) !== dword) continue;
    if (known.when?.(one, seen) === false) continue;
    if (((seen ^ (one.after[dword] as bigint)) & known.mask) !== 0n) shown.add(known);
    mask |= known.mask;
  }
  return mask;
}
