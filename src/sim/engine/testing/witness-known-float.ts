// Known differences of floating-point rows.
import type { Known } from './witness-known.ts';
import { ALL, dword1, fpr, known, named, UPPER } from './witness-known-places.ts';
import type { Replayed } from './witness-replay.ts';
import { PLACE } from './witness-state.ts';

/** Bits of the FPSCR from the low end. */
const [FX, FEX, OX, UX] = [1n << 31n, 1n << 30n, 1n << 28n, 1n << 27n];
const [XX, VXVC, FR, FI] = [1n << 25n, 1n << 19n, 1n << 18n, 1n << 17n];
const [C, FPRF, VE, XE, NI] = [0x1_0000n, 0x1_f000n, 0x80n, 8n, 4n];
const EXCEPTIONS = 0x1ff8_0700n;
const CR1 = 0x0f00_0000n;
const CR1_FX = 0x0800_0000n;
const SIGN = 1n << 63n;
const FRACTION = (1n << 52n) - 1n;
/** The greatest number of double and of single format. */
const GREATEST = [0x7fef_ffff_ffff_ffffn, 0x47ef_ffff_e000_0000n];

const FPSCR = 'Book I 4.2.2';
const CR = 'Book I 2.3.1';
const ARITHMETIC = 'Book I 4.6.6';
const CONVERSION = 'Book I 4.6.7';
const COMPARISON = 'Book I 4.6.8';
const MOVES = 'Book I 4.6.10';

const SIGFPE = 8n;
const enabledException = ({ after }: Replayed) => after[PLACE.SIGNAL] === SIGFPE;
const before = (one: Replayed) => one.before[PLACE.FPSCR] as bigint;
const enabledInvalid = (one: Replayed) => enabledException(one) && (before(one) & VE) !== 0n;
/** RN is towards one of the infinities. */
const roundsUpOrDown = (one: Replayed) => (before(one) & 2n) !== 0n;
/** No exception bit went from 0 to 1. */
const nothingNew = (one: Replayed) =>
  (~before(one) & (one.after[PLACE.FPSCR] as bigint) & EXCEPTIONS) === 0n;
const result = ({ word, after }: Replayed) => after[fpr('FRT')(word)] as bigint;
const isNaN64 = (bits: bigint) => (bits & ~SIGN) > 0x7ffn << 52n;
const ofZero = (one: Replayed) => ((one.before[fpr('FRB')(one.word)] as bigint) & ~SIGN) === 0n;

const view = new DataView(new ArrayBuffer(8));
function number(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function singleBits(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

/** Two results of one sign are neighbours in double or single format. */
function adjacent(a: bigint, b: bigint): boolean {
  const apart = a > b ? a - b : b - a;
  if (apart === 1n || apart === 1n << 29n) return true;
  // One overflows, with its exponent adjusted: a power of 2 beside the greatest number.
  if ((a & FRACTION) === 0n && GREATEST.includes(b & ~SIGN)) return true;
  return Math.abs(singleBits(number(a)) - singleBits(number(b))) === 1;
}

/** The bound of the manual: 1/256 for a reciprocal, 1/32 for that of a square root. */
function withinBound(one: Replayed, seen: bigint): boolean {
  const exact = number(result(one));
  const isRoot = (one.word & 4) !== 0;
  return Math.abs(number(seen) - exact) <= Math.abs(exact) / (isRoot ? 32 : 256);
}

const ANY = /^f/;
const ESTIMATES = /^(fre|frsqrte)s?$/;

const EVERYWHERE: readonly Known[] = [
  known(ANY, named('FPSCR'), FR, [FPSCR, 'QEMU 7.2 never sets FR']),
  known(
    ANY,
    named('FPSCR'),
    FX,
    [FPSCR, 'FX goes with an exception bit from 0 to 1; QEMU sets it when the bit already was 1'],
    nothingNew,
  ),
  known(ANY, named('CR'), CR1_FX, [CR, 'CR1 gets the FX in which QEMU differs'], nothingNew),
  known(
    ANY,
    named('CR'),
    CR1,
    [CR, 'QEMU raises an enabled exception before it writes CR1'],
    enabledException,
  ),
  known(/^fmix$/, named('CR'), CR1_FX, [CR, 'CR1 gets the FX in which QEMU differs, on the way']),
  known(
    ANY,
    named('FPSCR'),
    FI,
    ['Book I 4.4.1', 'an enabled invalid operation clears FR and FI, QEMU leaves them'],
    enabledInvalid,
  ),
  known(
    /^f.*s$/,
    fpr('FRT'),
    0x1fff_ffffn,
    ['Book I 4.3.5', 'undefined for operands beyond single format: QEMU shortens a NaN'],
    (one) => isNaN64(result(one)),
  ),
  known(/^f(add|sub|mul|div|sqrt|n?msub|n?madd|re|rsqrte)s$|^frsp$/, named('FPSCR'), C, [
    FPSCR,
    'C of a denormalized single-precision result: QEMU classifies the result as a double',
  ]),
];

const NEGATED: readonly Known[] = [
  known(
    /^fnm/,
    fpr('FRT'),
    ALL,
    [ARITHMETIC, 'the result is rounded, then negated; QEMU negates first'],
    (one, seen) => roundsUpOrDown(one) && adjacent(seen, result(one)),
  ),
  known(
    /^fnm/,
    named('FPSCR'),
    FPRF | OX | FX | FEX,
    [ARITHMETIC, 'class and overflow of a result that QEMU rounded in the other direction'],
    roundsUpOrDown,
  ),
  known(
    /^fnm/,
    named('CR'),
    CR1,
    [ARITHMETIC, 'CR1 gets the overflow in which QEMU differs'],
    roundsUpOrDown,
  ),
];

const ESTIMATED: readonly Known[] = [
  known(
    ESTIMATES,
    fpr('FRT'),
    ALL,
    [ARITHMETIC, 'an estimate is within 1/256 (fre) or 1/32 (frsqrte), QEMU has the exact value'],
    withinBound,
  ),
  known(ESTIMATES, named('FPSCR'), FX | FEX | XX | FI, [
    ARITHMETIC,
    'estimates do not alter XX, and FI is undefined; QEMU rounds the exact value',
  ]),
  known(ESTIMATES, named('CR'), CR1, [ARITHMETIC, 'CR1 gets the FX in which QEMU differs']),
  known(
    ESTIMATES,
    named('SIGNAL'),
    ALL,
    [ARITHMETIC, 'no inexact exception, even when it is enabled'],
    (one) => enabledException(one) && (before(one) & XE) !== 0n,
  ),
  known(
    /^fres?$/,
    fpr('FRT'),
    ALL,
    [ARITHMETIC, 'the reciprocal of zero is infinity, QEMU has one half'],
    ofZero,
  ),
  known(/^fres?$/, named('FPSCR'), FPRF, [ARITHMETIC, 'class of the reciprocal of zero'], ofZero),
  known(/^fres$/, named('FPSCR'), UX | C, [
    ARITHMETIC,
    'whether the estimate is inexact, and so an underflow',
  ]),
];

const CONVERTED: readonly Known[] = [
  known(/^fcti/, named('FPSCR'), FPRF, [
    CONVERSION,
    'FPRF is undefined: the model keeps it, QEMU sets it in some cases',
  ]),
  known(/^fctiw/, fpr('FRT'), UPPER, [CONVERSION, 'undefined upper half: POWER9 repeats the word']),
  known(/^fcfid/, named('FPSCR'), FPRF, [CONVERSION, 'QEMU leaves FPRF']),
  ...[fpr('FRT'), dword1('FRT')].map((place) =>
    known(
      /^fcfid/,
      place,
      ALL,
      ['Book I 4.4.5', 'QEMU raises an enabled inexact exception before it writes the target'],
      enabledException,
    ),
  ),
  known(
    /^frsp$/,
    fpr('FRT'),
    ALL,
    [CONVERSION, 'undefined when the adjusted exponent is not one of single format either'],
    (one, seen) => enabledException(one) && Math.fround(number(seen)) !== number(seen),
  ),
];

const COMPARED_AND_MOVED: readonly Known[] = [
  known(/^fcmp[uo]$/, named('FPSCR'), FI, [COMPARISON, 'a comparison leaves FI, QEMU clears it']),
  known(/^fcmpo$/, named('FPSCR'), C, [
    COMPARISON,
    'a comparison leaves C, QEMU sets it with an invalid operation',
  ]),
  known(
    /^fcmpo$/,
    named('FPSCR'),
    VXVC,
    [COMPARISON, 'VXVC goes with VXSNAN only when VE = 0; QEMU sets it always'],
    (one) => (before(one) & VE) !== 0n,
  ),
  known(
    /^mtfsf$/,
    named('FPSCR'),
    UPPER,
    [MOVES, "QEMU's signal frame has only 32 bits of the FPSCR"],
    enabledException,
  ),
  known(/^mtfsb1$/, named('FPSCR'), FX | NI, [
    MOVES,
    'QEMU does not set NI, and forgets FX for some exceptions',
  ]),
  known(/^mtfsb1$/, named('CR'), CR1_FX, [MOVES, 'CR1 gets the FX in which QEMU differs']),
];

export const FLOAT_KNOWN: readonly Known[] = [
  ...EVERYWHERE,
  ...NEGATED,
  ...ESTIMATED,
  ...CONVERTED,
  ...COMPARED_AND_MOVED,
];
