// An independent reading of floating-point arithmetic, for tests: each operation by its section of Power ISA v3.0B
// Book I 4.6, on exact fractions.
import type { IntegerFormat, Precision } from '../../isa/builder-float.ts';
import { FPSCR } from '../../isa/fpscr.ts';
import {
  DEFAULT_NAN,
  encode,
  exponentOf,
  type Fraction,
  finish,
  fractionOf,
  INFINITE,
  isInfinite,
  isNan,
  isNegative,
  isSignalling,
  isZero,
  lengthOf,
  type Mode,
  modeOf,
  type Outcome,
  QUIET_BIT,
  roundFraction,
  roundToInteger,
  type Status,
  scale,
  sizeOf,
  update,
  withSign,
} from './float-model-numbers.ts';

const nanOf = (operands: readonly bigint[]) => operands.find(isNan);
const snanOf = (operands: readonly bigint[]) => (operands.some(isSignalling) ? FPSCR.VXSNAN : 0);

interface Options {
  readonly precision: Precision;
  /** The rounded result is negated unless it is a NaN. */
  readonly negate?: boolean;
}

/** Rounds a signed fraction; zero has the given sign. */
function deliver(
  fpscr: number,
  exact: { negative: boolean; fraction: Fraction },
  { precision, negate = false }: Options,
): Outcome {
  const { negative, fraction } = exact;
  const { value, found } =
    fraction.num === 0n
      ? { value: withSign(negative, 0n), found: 0 }
      : roundFraction(fpscr, negative, fraction, precision);
  return finish(fpscr, negate ? flip(value) : value, precision, found);
}

const flip = (x: bigint) => x ^ (1n << 63n);
const invalid = (fpscr: number, cause: number) => finish(fpscr, DEFAULT_NAN, 'double', cause);
const exactly = (fpscr: number, value: bigint, { precision, negate }: Options) =>
  finish(fpscr, negate ? flip(value) : value, precision, 0);

/** a × c + b, or a × c - b with `subtract`. */
export function multiplyAdd(
  fpscr: number,
  [a, c, b]: readonly [bigint, bigint, bigint],
  options: Options & { subtract?: boolean },
): Outcome {
  const impossible = (isInfinite(a) && isZero(c)) || (isZero(a) && isInfinite(c));
  const cause = impossible ? FPSCR.VXIMZ : 0;
  const nan = nanOf([a, b, c]);
  if (nan !== undefined) return finish(fpscr, nan | QUIET_BIT, 'double', snanOf([a, b, c]) | cause);
  if (impossible) return invalid(fpscr, cause);
  const addend = options.subtract ? flip(b) : b;
  const negative = isNegative(a) !== isNegative(c);
  if (isInfinite(a) || isInfinite(c)) {
    if (isInfinite(b) && isNegative(addend) !== negative) return invalid(fpscr, FPSCR.VXISI);
    return exactly(fpscr, withSign(negative, INFINITE), options);
  }
  if (isInfinite(b)) return exactly(fpscr, addend, options);
  const [x, y] = [fractionOf(a), fractionOf(c)];
  const product = { negative, fraction: { num: x.num * y.num, den: x.den * y.den } };
  return deliver(fpscr, sum(fpscr, product, addend), options);
}

/** The exact sum; a zero sum of opposite signs is positive unless rounding goes down (4.3.6). */
function sum(fpscr: number, a: { negative: boolean; fraction: Fraction }, b: bigint) {
  const other = fractionOf(b);
  const signed = (negative: boolean, num: bigint) => (negative ? -num : num);
  const num =
    signed(a.negative, a.fraction.num) * other.den +
    signed(isNegative(b), other.num) * a.fraction.den;
  const den = a.fraction.den * other.den;
  const zeroSign = a.negative === isNegative(b) ? a.negative : modeOf(fpscr) === 'down';
  const negative = num === 0n ? zeroSign : num < 0n;
  return { negative, fraction: { num: num < 0n ? -num : num, den } };
}

export function add(
  fpscr: number,
  a: bigint,
  b: bigint,
  options: Options & { subtract?: boolean },
) {
  const nan = nanOf([a, b]);
  if (nan !== undefined) return finish(fpscr, nan | QUIET_BIT, 'double', snanOf([a, b]));
  const addend = options.subtract ? flip(b) : b;
  if (isInfinite(a) && isInfinite(b) && isNegative(a) !== isNegative(addend)) {
    return invalid(fpscr, FPSCR.VXISI);
  }
  if (isInfinite(a)) return exactly(fpscr, a, options);
  if (isInfinite(b)) return exactly(fpscr, addend, options);
  const first = { negative: isNegative(a), fraction: fractionOf(a) };
  return deliver(fpscr, sum(fpscr, first, addend), options);
}

export function multiply(fpscr: number, a: bigint, c: bigint, options: Options): Outcome {
  const nan = nanOf([a, c]);
  if (nan !== undefined) return finish(fpscr, nan | QUIET_BIT, 'double', snanOf([a, c]));
  const negative = isNegative(a) !== isNegative(c);
  if (isInfinite(a) || isInfinite(c)) {
    if (isZero(a) || isZero(c)) return invalid(fpscr, FPSCR.VXIMZ);
    return exactly(fpscr, withSign(negative, INFINITE), options);
  }
  const [x, y] = [fractionOf(a), fractionOf(c)];
  const fraction = { num: x.num * y.num, den: x.den * y.den };
  return deliver(fpscr, { negative, fraction }, options);
}

export function divide(fpscr: number, a: bigint, b: bigint, options: Options): Outcome {
  const nan = nanOf([a, b]);
  if (nan !== undefined) return finish(fpscr, nan | QUIET_BIT, 'double', snanOf([a, b]));
  const negative = isNegative(a) !== isNegative(b);
  if (isInfinite(a) && isInfinite(b)) return invalid(fpscr, FPSCR.VXIDI);
  if (isZero(a) && isZero(b)) return invalid(fpscr, FPSCR.VXZDZ);
  if (isInfinite(a)) return exactly(fpscr, withSign(negative, INFINITE), options);
  if (isZero(b)) {
    return finish(fpscr, withSign(negative, INFINITE), options.precision, FPSCR.ZX);
  }
  if (isInfinite(b)) return exactly(fpscr, withSign(negative, 0n), options);
  const [x, y] = [fractionOf(a), fractionOf(b)];
  const fraction = { num: x.num * y.den, den: x.den * y.num };
  return deliver(fpscr, { negative, fraction }, options);
}

/** A fraction between whose rounding and that of the true root there is no difference. */
function rootOf({ num, den }: Fraction): Fraction {
  // num / den = num * den / den ** 2; 160 more bits than 2 ** -1074 needs, then one for "a little more".
  const wide = (num * den) << 320n;
  const root = wholeRoot(wide);
  return { num: 2n * root + (root * root === wide ? 0n : 1n), den: den << 161n };
}

/** The greatest integer whose square is at most n, by Newton's method from above. */
function wholeRoot(n: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(lengthOf(n) / 2));
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function squareRoot(fpscr: number, b: bigint, options: Options): Outcome {
  if (isNan(b)) return finish(fpscr, b | QUIET_BIT, 'double', snanOf([b]));
  if (isZero(b)) return exactly(fpscr, b, options);
  if (isNegative(b)) return invalid(fpscr, FPSCR.VXSQRT);
  if (isInfinite(b)) return exactly(fpscr, b, options);
  return deliver(fpscr, { negative: false, fraction: rootOf(fractionOf(b)) }, options);
}

/** fre and frsqrte: the reciprocal, rounded to nearest as if exponents had no limit, and then delivered. */
export function estimate(fpscr: number, b: bigint, options: Options & { root: boolean }): Outcome {
  const negative = isNegative(b);
  if (isNan(b)) return finish(fpscr, b | QUIET_BIT, 'double', snanOf([b]));
  if (isZero(b)) {
    return finish(fpscr, withSign(negative, INFINITE), options.precision, FPSCR.ZX);
  }
  if (options.root && negative) return invalid(fpscr, FPSCR.VXSQRT);
  if (isInfinite(b)) return exactly(fpscr, withSign(negative, 0n), options);
  const exact = options.root ? rootOf(fractionOf(b)) : fractionOf(b);
  const divisor = options.root ? nearest(exact, 53) : exact;
  let fraction = nearest({ num: divisor.den, den: divisor.num }, 53);
  if (options.precision === 'single') fraction = nearest(fraction, 24);
  return deliver(fpscr, { negative, fraction }, options);
}

/** Rounded to nearest with so many digits. */
function nearest(fraction: Fraction, digits: number): Fraction {
  const unit = exponentOf(fraction) - (digits - 1);
  const { whole } = roundToInteger(scale(fraction, -unit), 'nearest', false);
  return scale({ num: whole, den: 1n }, unit);
}

/** frsp: a NaN keeps what single format holds. */
export function roundToSingle(fpscr: number, b: bigint): Outcome {
  const options = { precision: 'single' } as const;
  if (isNan(b)) {
    const shortened = ((b >> 29n) << 29n) | QUIET_BIT;
    return finish(fpscr, shortened, 'double', snanOf([b]));
  }
  if (isInfinite(b)) return exactly(fpscr, b, options);
  return deliver(fpscr, { negative: isNegative(b), fraction: fractionOf(b) }, options);
}

export function fromInteger(
  fpscr: number,
  b: bigint,
  options: Options & { unsigned: boolean },
): Outcome {
  const number = options.unsigned ? b : BigInt.asIntN(64, b);
  const num = number < 0n ? -number : number;
  return deliver(fpscr, { negative: number < 0n, fraction: { num, den: 1n } }, options);
}

export function toInteger(fpscr: number, b: bigint, kind: IntegerFormat): Outcome {
  const { unsigned, width, truncate } = kind;
  const least = unsigned ? 0n : -(1n << BigInt(width - 1));
  const most = (1n << BigInt(unsigned ? width : width - 1)) - 1n;
  const rounded = FPSCR.FR | FPSCR.FI;
  const end = (number: bigint, found: number): Outcome => {
    const forbidden = (found & FPSCR.VXCVI) !== 0 && (fpscr & FPSCR.VE) !== 0;
    const word = BigInt.asUintN(32, number);
    const value = width === 32 ? (word << 32n) | word : BigInt.asUintN(64, number);
    return { value: forbidden ? null : value, ...update(fpscr, rounded, found) };
  };
  if (isNan(b)) return end(least, FPSCR.VXCVI | snanOf([b]));
  const negative = isNegative(b);
  if (isInfinite(b)) return end(negative ? least : most, FPSCR.VXCVI);
  const mode = truncate ? 'zero' : modeOf(fpscr);
  const { whole, inexact, up } = roundToInteger(fractionOf(b), mode, negative);
  const number = negative ? -whole : whole;
  if (number < least) return end(least, FPSCR.VXCVI);
  if (number > most) return end(most, FPSCR.VXCVI);
  return end(number, inexact ? FPSCR.XX | FPSCR.FI | (up ? FPSCR.FR : 0) : 0);
}

export function toIntegral(fpscr: number, b: bigint, mode: Mode): Outcome {
  if (isNan(b)) return finish(fpscr, b | QUIET_BIT, 'double', snanOf([b]));
  if (isInfinite(b)) return finish(fpscr, b, 'double', 0);
  const { whole } = roundToInteger(fractionOf(b), mode, isNegative(b));
  const size = whole === 0n ? 0n : encode(whole, 0);
  return finish(fpscr, withSign(isNegative(b), size), 'double', 0);
}

/** CR field (LT GT EQ FU) and FPSCR of a comparison. */
export function compareFloats(
  fpscr: number,
  a: bigint,
  b: bigint,
  ordered: boolean,
): Status & { field: number } {
  let found = snanOf([a, b]);
  const unordered = isNan(a) || isNan(b);
  if (unordered && ordered && (found === 0 || (fpscr & FPSCR.VE) === 0)) found |= FPSCR.VXVC;
  const field = unordered ? 1 : ([8, 2, 4][orderOf(a, b) + 1] ?? 0);
  return { field, ...update(fpscr, FPSCR.FPCC, found | (field << 12)) };
}

function orderOf(a: bigint, b: bigint): number {
  const key = (x: bigint) => (isNegative(x) ? -sizeOf(x) : sizeOf(x));
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

/** The value of a word of single format, in format double. */
export function singleToDouble(word: bigint): bigint {
  const field = Number((word >> 23n) & 0xffn);
  const fraction = word & 0x7f_ffffn;
  const negative = (word >> 31n) % 2n === 1n;
  if (field === 255) return withSign(negative, INFINITE | (fraction << 29n));
  const significand = field === 0 ? fraction : fraction | (1n << 23n);
  if (significand === 0n) return withSign(negative, 0n);
  return withSign(negative, encode(significand, Math.max(field, 1) - 150));
}

/** The word that a single-precision store writes: bits are dropped, never rounded. */
export function doubleToSingle(value: bigint): bigint {
  const field = Number(sizeOf(value) >> 52n);
  const sign = (value >> 63n) << 31n;
  if (field > 896) return sign | ((value >> 32n) & (1n << 30n)) | ((value >> 29n) & 0x3fff_ffffn);
  const { num, den } = scale(fractionOf(value), 149);
  return field < 874 ? sign : sign | (num / den);
}
