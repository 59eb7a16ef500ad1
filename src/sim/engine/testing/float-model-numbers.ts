// Numbers of the independent reading of floating-point arithmetic (float-model.ts): exact fractions of BigInt, rounded
// and delivered by the words of Power ISA v3.0B Book I 4.3 and 4.4.
import type { Precision } from '../../isa/builder-float.ts';
import { EXCEPTIONS, FPSCR, VX_CAUSES } from '../../isa/fpscr.ts';

/** RN, and 'away' for frin. */
export type Mode = 'nearest' | 'zero' | 'up' | 'down' | 'away';
const MODES: readonly Mode[] = ['nearest', 'zero', 'up', 'down'];

/** A non-negative fraction. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

/** The FPSCR after an operation, and whether it met an enabled exception. */
export interface Status {
  readonly fpscr: number;
  readonly pending: boolean;
}
/** What an operation gives: bits for the target, or null when it stays as it is. */
export interface Outcome extends Status {
  readonly value: bigint | null;
}

interface Format {
  /** Bits of the significand, least and greatest exponent, exponent adjustment. */
  readonly digits: number;
  readonly least: number;
  readonly greatest: number;
  readonly adjust: number;
}
const FORMATS: Readonly<Record<Precision, Format>> = {
  double: { digits: 53, least: -1022, greatest: 1023, adjust: 1536 },
  single: { digits: 24, least: -126, greatest: 127, adjust: 192 },
};

export const DEFAULT_NAN = 0x7ff8n << 48n;
export const INFINITE = 0x7ffn << 52n;
export const QUIET_BIT = 1n << 51n;
export const sizeOf = (x: bigint) => x & ((1n << 63n) - 1n);
export const isNegative = (x: bigint) => x >> 63n === 1n;
export const isNan = (x: bigint) => sizeOf(x) > INFINITE;
export const isSignalling = (x: bigint) => isNan(x) && (x & QUIET_BIT) === 0n;
export const isInfinite = (x: bigint) => sizeOf(x) === INFINITE;
export const isZero = (x: bigint) => sizeOf(x) === 0n;
export const withSign = (negative: boolean, size: bigint) => (negative ? size | (1n << 63n) : size);
export const modeOf = (fpscr: number): Mode => MODES[fpscr & FPSCR.RN] as Mode;
export const lengthOf = (x: bigint) => x.toString(2).length;

/** num / den * 2 ** power. */
export function scale({ num, den }: Fraction, power: number): Fraction {
  return power >= 0 ? { num: num << BigInt(power), den } : { num, den: den << BigInt(-power) };
}

/** The magnitude of a finite number. */
export function fractionOf(x: bigint): Fraction {
  const field = Number(sizeOf(x) >> 52n);
  const fraction = x & ((1n << 52n) - 1n);
  const significand = field === 0 ? fraction : fraction | (1n << 52n);
  return scale({ num: significand, den: 1n }, Math.max(field, 1) - 1075);
}

/** The FPSCR with bits cleared and set, FX and the summaries as they follow. */
export function update(fpscr: number, clear: number, set: number): Status {
  let word = (fpscr & ~clear) | set;
  if ((set & ~fpscr & EXCEPTIONS) !== 0) word |= FPSCR.FX;
  const own = summarise((set & EXCEPTIONS) | (fpscr & 0xf8));
  return { fpscr: summarise(word), pending: (own & FPSCR.FEX) !== 0 };
}

/** VX and FEX from the bits that they sum up. */
export function summarise(fpscr: number): number {
  const has = (mask: number) => (fpscr & mask) !== 0;
  const vx = has(VX_CAUSES);
  const fex =
    (vx && has(FPSCR.VE)) ||
    (has(FPSCR.OX) && has(FPSCR.OE)) ||
    (has(FPSCR.UX) && has(FPSCR.UE)) ||
    (has(FPSCR.ZX) && has(FPSCR.ZE)) ||
    (has(FPSCR.XX) && has(FPSCR.XE));
  const others = fpscr & ~(FPSCR.VX | FPSCR.FEX);
  return (others | (vx ? FPSCR.VX : 0) | (fex ? FPSCR.FEX : 0)) >>> 0;
}

/** FPRF of a value: C, then less, greater, equal, unordered. */
function resultFlags(value: bigint, { least }: Format): number {
  const negative = isNegative(value);
  if (isNan(value)) return 0b10001;
  if (isInfinite(value)) return negative ? 0b01001 : 0b00101;
  if (isZero(value)) return negative ? 0b10010 : 0b00010;
  const { num, den } = fractionOf(value);
  const tiny = compare({ num, den }, scale({ num: 1n, den: 1n }, least)) < 0;
  return (tiny ? 0b10000 : 0) | (negative ? 0b01000 : 0b00100);
}

function compare(a: Fraction, b: Fraction): number {
  const [left, right] = [a.num * b.den, b.num * a.den];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Ends an operation with a value and the exceptions found. */
export function finish(fpscr: number, value: bigint, precision: Precision, found: number): Outcome {
  const stopped =
    ((found & VX_CAUSES) !== 0 && (fpscr & FPSCR.VE) !== 0) ||
    ((found & FPSCR.ZX) !== 0 && (fpscr & FPSCR.ZE) !== 0);
  const rounded = FPSCR.FR | FPSCR.FI;
  if (stopped) return { value: null, ...update(fpscr, rounded, found) };
  const flags = resultFlags(value, FORMATS[precision]) << 12;
  return { value, ...update(fpscr, rounded | FPSCR.FPRF, found | flags) };
}

/** A fraction rounded to an integer, and whether it was inexact and grew. */
export function roundToInteger({ num, den }: Fraction, mode: Mode, negative: boolean) {
  const whole = num / den;
  const rest = num % den;
  const up = {
    nearest: 2n * rest > den || (2n * rest === den && whole % 2n === 1n),
    away: 2n * rest >= den,
    zero: false,
    up: rest > 0n && !negative,
    down: rest > 0n && negative,
  }[mode];
  return { whole: up ? whole + 1n : whole, inexact: rest > 0n, up };
}

/** Rounds a fraction that is not zero: value before any negation, and the exceptions. */
export function roundFraction(
  fpscr: number,
  negative: boolean,
  exact: Fraction,
  precision: Precision,
) {
  const { digits, least, greatest, adjust } = FORMATS[precision];
  let found = 0;
  let fraction = exact;
  let exponent = exponentOf(exact);
  const tiny = exponent < least;
  const adjusted = tiny && (fpscr & FPSCR.UE) !== 0;
  if (adjusted) {
    fraction = scale(exact, adjust);
    exponent += adjust;
    found |= FPSCR.UX;
  }
  let unit = Math.max(exponent, adjusted ? exponent : least) - (digits - 1);
  const { whole, inexact, up } = roundToInteger(scale(fraction, -unit), modeOf(fpscr), negative);
  if (inexact) found |= FPSCR.XX | FPSCR.FI | (up ? FPSCR.FR : 0) | (tiny ? FPSCR.UX : 0);
  if (whole === 0n) return { value: withSign(negative, 0n), found };
  const top = lengthOf(whole) - 1 + unit;
  if (top > greatest) {
    found |= FPSCR.OX;
    if ((fpscr & FPSCR.OE) === 0) {
      found |= FPSCR.XX | FPSCR.FI;
      return { value: withSign(negative, saturated(modeOf(fpscr), negative, precision)), found };
    }
    unit -= adjust;
  }
  // A denormal counts units of the least one.
  const denormal = precision === 'double' && top < least;
  return { value: withSign(negative, denormal ? whole : encode(whole, unit)), found };
}

/** floor(log2(fraction)) */
export function exponentOf({ num, den }: Fraction): number {
  const guess = lengthOf(num) - lengthOf(den);
  return compare({ num, den }, scale({ num: 1n, den: 1n }, guess)) < 0 ? guess - 1 : guess;
}

function saturated(mode: Mode, negative: boolean, precision: Precision): bigint {
  const infinite = mode === 'nearest' || mode === (negative ? 'down' : 'up');
  if (infinite) return INFINITE;
  return precision === 'double' ? 0x7fefffff_ffffffffn : 0x47efffff_e0000000n;
}

/** whole * 2 ** unit in format double; an exponent outside it is taken modulo 2048. */
export function encode(whole: bigint, unit: number): bigint {
  const length = lengthOf(whole);
  const exponent = length - 1 + unit + 1023;
  const significand = (whole << 53n) >> BigInt(length);
  return (BigInt(exponent & 2047) << 52n) | (significand & ((1n << 52n) - 1n));
}
