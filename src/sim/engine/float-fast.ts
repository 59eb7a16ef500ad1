// The fast path of multiply-add in double precision: the host's own arithmetic, with the error of each step computed
// exactly, so that result and flags are those of one rounding. It is taken when exceptions are disabled, rounding is
// to nearest and no step can leave the normal numbers.
//
// Dekker's product and Knuth's sum give exact errors; rounding the sum of the errors to odd makes the last addition
// round as the exact result would (S. Boldo, G. Melquiond, "Emulation of a FMA and Correctly Rounded Sums", 2008).
import { ENABLES, FPSCR } from '../isa/fpscr.ts';
import { f64, type I32, type I64, i32, i64, type Node, select } from './emitter.ts';
import { multiplyAdd, OPERANDS, subtraction } from './float-add.ts';
import {
  any,
  bits,
  CONTROL,
  exponentOf,
  floatFunction,
  fpscr,
  isZero,
  n32,
  n64,
  returnFloat,
  when,
} from './float-code.ts';
import { CLASS, ROUNDED, writeTarget } from './float-round.ts';
import { LOCAL } from './frame.ts';
import { THREAD } from './layout.ts';
import type { Scope } from './scope.ts';

type F64 = Node<'f64'>;
const ZERO = f64.const(0);

/** A rounded result and its error: their sum is exact. */
interface Pair {
  readonly value: F64;
  readonly error: F64;
}

/** target := ±(a × c ± b) in double precision. */
export const multiplyAddFast = floatFunction('fpMultiplyAddFast', OPERANDS, (scope, operands) => {
  const { code } = scope;
  const { target, a, c, b, control } = operands;
  const old = scope.let32(fpscr);
  const unfit = any(
    bits(old, ENABLES | FPSCR.RN),
    i32.eqz(isNear(a, 300n)),
    i32.eqz(isNear(c, 300n)),
    i32.eqz(i32.or(isNear(b, 600n), isZero(b))),
  );
  code.if(unfit, () => returnFloat(scope, multiplyAdd, operands));
  const addend = f64.of(i64.xor(b, subtraction(control)));
  const product = multiply(scope, f64.of(a), f64.of(c));
  const sum = add(scope, product.value, scope.let(addend));
  const rest = roundToOdd(scope, add(scope, sum.error, product.error));
  const result = add(scope, sum.value, rest);
  // The sign of a zero is the other path's business.
  code.if(f64.eq(result.value, ZERO), () => returnFloat(scope, multiplyAdd, operands));
  const negation = i64.shl(i64.extendU(bits(control, CONTROL.negate)), n64(62n));
  const value = scope.let64(i64.xor(f64.bits(result.value), negation));
  writeTarget(scope, target, value);
  code.store32(LOCAL.base, THREAD.fpscr, statusAfter(old, value, result));
  code.emit(n32(0));
});

/** The exponent is at most `distance` away from that of 1. */
function isNear(x: I64, distance: bigint): I32 {
  const above = i64.sub(exponentOf(x), n64(1023n - distance));
  return i64.ltU(above, n64(2n * distance));
}

function add(scope: Scope, a: F64, b: F64): Pair {
  const value = scope.let(f64.add(a, b));
  const part = scope.let(f64.sub(value, a));
  const error = f64.add(f64.sub(a, f64.sub(value, part)), f64.sub(b, part));
  return { value, error: scope.let(error) };
}

function multiply(scope: Scope, x: F64, y: F64): Pair {
  const [a, b] = [scope.let(x), scope.let(y)];
  const value = scope.let(f64.mul(a, b));
  const [ah, bh] = [upperHalf(scope, a), upperHalf(scope, b)];
  const [al, bl] = [scope.let(f64.sub(a, ah)), scope.let(f64.sub(b, bh))];
  const inner = f64.add(f64.sub(f64.mul(ah, bh), value), f64.mul(ah, bl));
  const error = f64.add(f64.add(inner, f64.mul(al, bh)), f64.mul(al, bl));
  return { value, error: scope.let(error) };
}

/** The number rounded to 26 digits: products of such halves are exact. */
function upperHalf(scope: Scope, x: F64): F64 {
  const scaled = scope.let(f64.mul(x, f64.const(2 ** 27 + 1)));
  return scope.let(f64.sub(scaled, f64.sub(scaled, x)));
}

/** The neighbour with an odd significand when the value is not exact. */
function roundToOdd(scope: Scope, { value, error }: Pair): F64 {
  const { code } = scope;
  const x = scope.temp('i64');
  code.set(x, f64.bits(value));
  const even = i64.eq(i64.and(x, n64(1n)), n64(0n));
  code.if(i32.and(f64.ne(error, ZERO), even), () => {
    const outward = i64.geS(i64.xor(f64.bits(error), x), n64(0n));
    code.set(x, i64.add(x, select(outward, n64(1n), n64(-1n))));
  });
  return scope.let(f64.of(x));
}

/** The FPSCR after a normal result: FPRF, FR, FI, and XX with FX. */
function statusAfter(old: I32, value: I64, { value: rounded, error }: Pair): I32 {
  const kept = bits(old, ~(ROUNDED | FPSCR.FPRF));
  const sign = select(i64.ltS(value, n64(0n)), n32(CLASS.less), n32(CLASS.greater));
  const grown = i64.ltS(i64.xor(f64.bits(rounded), f64.bits(error)), n64(0n));
  const inexact = i32.or(
    i32.or(n32(FPSCR.FI | FPSCR.XX), when(grown, FPSCR.FR)),
    when(i32.eqz(bits(old, FPSCR.XX)), FPSCR.FX),
  );
  return i32.or(i32.or(kept, sign), select(f64.ne(error, ZERO), inexact, n32(0)));
}
