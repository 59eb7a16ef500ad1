// Conversions between floating-point numbers and integers (Power ISA v3.0B Book I 4.6.7), rounding to integral
// values, and the change of format of single-precision loads and stores (4.6.2, 4.6.3).
import { FPSCR, ROUNDING } from '../isa/fpscr.ts';
import { f64, type I32, type I64, i32, i64, select } from './emitter.ts';
import {
  BIAS,
  bits,
  CONTROL,
  callFloat,
  exponentOf,
  FRACTION,
  floatFunction,
  fpscr,
  INFINITY,
  isNan,
  isSignalling,
  LEADING,
  n32,
  n64,
  POINT,
  returnFloat,
  roundingMode,
  signOf,
  unpack,
  when,
  ZERO,
} from './float-code.ts';
import {
  deliver,
  deliverNan,
  ROUNDED,
  round,
  roundsUp,
  settle,
  writeTarget,
} from './float-round.ts';
import type { Scope } from './scope.ts';

/** target := the integer b, signed or unsigned. */
export const fromInteger = floatFunction(
  'fpFromInteger',
  { target: 'bool', b: 'i64', control: 'bool' },
  (scope, { target, b, control }) => {
    const { code } = scope;
    const isSigned = i32.eqz(bits(control, CONTROL.unsigned));
    const sign = scope.let64(select(isSigned, signOf(b), ZERO));
    const size = scope.let64(select(i64.ltS(sign, ZERO), i64.sub(ZERO, b), b));
    code.if(i64.eq(size, ZERO), () =>
      returnFloat(scope, deliver, { target, value: ZERO, control, found: n32(0) }),
    );
    const shift = i64.clz(size);
    const exponent = i64.sub(n64(BIAS + 63n), shift);
    const significand = i64.shl(size, shift);
    returnFloat(scope, round, { target, sign, exponent, significand, control });
  },
);

/** The integer part of a finite number below 2 ** 64, and the 64 bits behind the point (the last one sticky). */
function split(scope: Scope, x: I64): { whole: I64; fraction: I64 } {
  const { code } = scope;
  const { exponent, significand } = unpack(scope, x);
  const whole = scope.temp('i64');
  const fraction = scope.temp('i64');
  const shift = scope.let64(i64.sub(n64(POINT), exponent));
  const large = () => {
    code.set(whole, i64.shl(significand, i64.sub(ZERO, shift)));
    code.set(fraction, ZERO);
  };
  const small = () => {
    code.set(whole, ZERO);
    code.set(fraction, i64.extendU(i64.ne(significand, ZERO)));
  };
  const mixed = () => {
    code.set(whole, i64.shrU(significand, shift));
    code.set(fraction, i64.shl(significand, i64.sub(n64(64n), shift)));
  };
  code.if(i64.gtS(shift, ZERO), () => code.if(i64.gtS(shift, n64(63n)), small, mixed), large);
  return { whole, fraction };
}

/** target := b as an integer of the kind that `control` names; a word is put into both halves. */
export const toInteger = floatFunction(
  'fpToInteger',
  { target: 'bool', b: 'i64', control: 'bool' },
  (scope, { target, b, control }) => {
    const { code } = scope;
    const has = (flag: number) => bits(control, flag);
    const nan = scope.let32(isNan(b));
    // A NaN gives the least integer, as a large negative number does.
    const sign = scope.let64(i64.or(signOf(b), i64.shl(i64.extendU(nan), n64(63n))));
    const limit = scope.let64(limitOf(control, sign));
    const whole = scope.temp('i64');
    const found = scope.temp('bool');
    code.set(found, when(isSignalling(b), FPSCR.VXSNAN));
    const convert = () => {
      const parts = split(scope, b);
      code.set(whole, parts.whole);
      const mode = select(has(CONTROL.truncate), n32(ROUNDING.towardZero), roundingMode);
      const { fraction } = parts;
      const up = callFloat(scope, roundsUp, { mode, sign, whole, fraction });
      code.set(whole, i64.add(whole, i64.extendU(up)));
      const inexact = i32.or(n32(FPSCR.XX | FPSCR.FI), when(up, FPSCR.FR));
      code.set(found, select(i64.ne(fraction, ZERO), inexact, n32(0)));
      code.if(i64.gtU(whole, limit), () => code.set(found, n32(FPSCR.VXCVI)));
    };
    code.if(
      i64.geU(exponentField(b), n64((BIAS + 64n) << 52n)),
      () => code.set(found, i32.or(found, n32(FPSCR.VXCVI))),
      convert,
    );
    const invalid = scope.let32(bits(found, FPSCR.VXCVI));
    code.if(invalid, () => code.set(whole, limit));
    code.if(i32.eqz(i32.and(when(invalid, FPSCR.VE), fpscr)), () => {
      const value = scope.let64(select(i64.ltS(sign, ZERO), i64.sub(ZERO, whole), whole));
      const low = i64.and(value, n64(0xffff_ffffn));
      const twice = i64.or(i64.shl(value, n64(32n)), low);
      writeTarget(scope, target, select(has(CONTROL.word), twice, value));
    });
    returnFloat(scope, settle, { clear: n32(ROUNDED), set: found });
  },
);

const exponentField = (x: I64): I64 => i64.and(x, n64(0x7ffn << 52n));

/** The largest magnitude that the integer format holds with this sign. */
function limitOf(control: I32, sign: I64): I64 {
  const negative = i64.ltS(sign, ZERO);
  const width = select(bits(control, CONTROL.word), n64(32n), n64(0n));
  const all = i64.shrU(n64(-1n), width);
  const half = i64.add(i64.shrU(all, n64(1n)), i64.extendU(negative));
  return select(bits(control, CONTROL.unsigned), select(negative, ZERO, all), half);
}

/** target := b rounded to an integral value by `mode` (ROUNDING); inexactness is not reported. */
export const toIntegral = floatFunction(
  'fpToIntegral',
  { target: 'bool', b: 'i64', mode: 'bool' },
  (scope, { target, b, mode }) => {
    const { code } = scope;
    const [control, found] = [n32(0), n32(0)];
    deliverNan(scope, { target, control }, [b], found);
    code.if(i64.geU(exponentField(b), n64(POINT << 52n)), () =>
      returnFloat(scope, deliver, { target, value: b, control, found }),
    );
    const sign = scope.let64(signOf(b));
    const { whole, fraction } = split(scope, b);
    const up = callFloat(scope, roundsUp, { mode, sign, whole, fraction });
    const rounded = f64.bits(f64.ofInteger(i64.add(whole, i64.extendU(up))));
    returnFloat(scope, deliver, { target, value: i64.or(rounded, sign), control, found });
  },
);

/** SINGLE(x): the 32 bits that a single-precision store writes; too small a number becomes 0 (undefined, 4.6.3). */
export function single(scope: Scope, value: I64): I64 {
  const x = scope.let64(value);
  const exponent = scope.let64(exponentOf(x));
  const word = (shift: bigint, mask: bigint) => i64.and(i64.shrU(x, n64(shift)), n64(mask));
  const normal = i64.or(word(32n, 0xc000_0000n), word(29n, 0x3fff_ffffn));
  const significand = i64.or(i64.and(x, n64(FRACTION)), n64(LEADING));
  const shifted = i64.shrU(significand, i64.sub(n64(BIAS - 127n + 30n), exponent));
  const size = select(i64.ltU(exponent, n64(BIAS - 149n)), ZERO, shifted);
  const denormal = i64.or(word(32n, 0x8000_0000n), size);
  return select(i64.gtU(exponent, n64(BIAS - 127n)), normal, denormal);
}

/** DOUBLE(word): a word of single format in double format; a signalling NaN stays one (4.6.2). */
export function double(scope: Scope, value: I64): I64 {
  const word = scope.let64(value);
  const part = (mask: bigint, shift: bigint) => i64.shl(i64.and(word, n64(mask)), n64(shift));
  const nan = i64.or(i64.or(part(0x8000_0000n, 32n), n64(INFINITY)), part(0x7f_ffffn, 29n));
  const isNumber = i64.geU(n64(0x7f80_0000n), part(0x7fff_ffffn, 0n));
  return select(isNumber, f64.bits(f64.ofSingle(i32.wrap(word))), nan);
}
