// What the floating-point functions are written with: typed functions, the FPSCR, parts and classes of numbers.
// They compute in integers, exactly, and round once: Power ISA v3.0B Book I 4.3 (data) and 4.4 (exceptions).
//
// A number taken apart is its sign (bit 63 of an i64), the biased exponent of its format double, and a significand
// of 53 bits with the leading one in bit 52; a denormal gets the exponent that it would have without a limit.
import { FPSCR } from '../isa/fpscr.ts';
import {
  type I32,
  type I64,
  i32,
  i32Const,
  i64,
  i64Const,
  local,
  type Node,
  select,
} from './emitter.ts';
import { LOCAL } from './frame.ts';
import { THREAD } from './layout.ts';
import type { Scope } from './scope.ts';
import type { WasmFunction } from './wasm-module.ts';

type ParameterType = 'i64' | 'bool';
type Parameters = Readonly<Record<string, ParameterType>>;
export type Arguments<P extends Parameters> = { readonly [K in keyof P]: Node<P[K]> };

/**
 * A function with named parameters after the thread's base. It returns an i32: most return what `settle` does, not 0
 * when an enabled exception has happened.
 */
export interface FloatFunction<P extends Parameters> extends WasmFunction {
  readonly order: readonly (keyof P & string)[];
}

const { base } = LOCAL;

/** Defines a function; its body leaves the result on the stack or returns. */
export function floatFunction<P extends Parameters>(
  name: string,
  parameters: P,
  write: (scope: Scope, args: Arguments<P>) => void,
): FloatFunction<P> {
  const order = Object.keys(parameters);
  const types = Object.values(parameters);
  const args = Object.fromEntries(order.map((key, i) => [key, local(typeAt(types, i), i + 1)]));
  return {
    name,
    params: ['bool', ...types],
    results: ['bool'],
    order,
    write: (scope) => write(scope, args as Arguments<P>),
  };
}

function typeAt(types: readonly ParameterType[], i: number): ParameterType {
  return types[i] ?? 'bool';
}

/** Calls a function and keeps its result. */
export function callFloat<P extends Parameters>(
  scope: Scope,
  callee: FloatFunction<P>,
  args: Arguments<P>,
): I32 {
  const result = scope.temp('bool');
  scope.code.call(callee.name, argumentsOf(callee, args), result);
  return result;
}

/** Returns what another function returns. */
export function returnFloat<P extends Parameters>(
  scope: Scope,
  callee: FloatFunction<P>,
  args: Arguments<P>,
): void {
  scope.code.call(callee.name, argumentsOf(callee, args));
  scope.code.return();
}

function argumentsOf<P extends Parameters>(callee: FloatFunction<P>, args: Arguments<P>): Node[] {
  return [base, ...callee.order.map((key): Node => args[key])];
}

/** What is special about an operation: bits of the parameter `control`. */
export const CONTROL = {
  /** The result is rounded to single. */
  single: 1,
  /** The rounded result is negated (fnmadd and kin). */
  negate: 2,
  /** The addend is subtracted. */
  subtract: 4,
  /** A NaN operand loses what single format does not hold (frsp). */
  shorten: 8,
  /** Integers: unsigned, 32 bits wide, rounded toward zero. */
  unsigned: 16,
  word: 32,
  truncate: 64,
  /** The estimate is of the reciprocal square root. */
  root: 128,
} as const;

export const SIGN = i64Const(-(1n << 63n));
export const INFINITY = 0x7ff0_0000_0000_0000n;
export const LARGEST = 0x7fef_ffff_ffff_ffffn;
/** The first bit of the fraction: 1 in a quiet NaN. */
export const QUIET = 1n << 51n;
/** The leading one of a normal number, and the fraction after it. */
export const LEADING = 1n << 52n;
export const FRACTION = LEADING - 1n;
export const ONE = 0x3ff0_0000_0000_0000n;
/** What invalid operations give. */
export const DEFAULT_NAN = 0x7ff8_0000_0000_0000n;
/** Exponent bias, and the place of the binary point right of the significand. */
export const BIAS = 1023n;
export const POINT = BIAS + 52n;

export const n64 = i64Const;
export const n32 = i32Const;
export const ZERO = n64(0n);

/** The low word of the FPSCR. */
export const fpscr = i32.load(base, THREAD.fpscr);
export const roundingMode = i32.and(fpscr, n32(FPSCR.RN));
/** Bits of an i32; not zero if any is 1. */
export const bits = (value: I32, mask: number): I32 => i32.and(value, n32(mask));
/** `value` if `cond` holds, else 0. */
export const when = (cond: I32, value: number): I32 => select(cond, n32(value), n32(0));

export const magnitude = (x: I64): I64 => i64.and(x, n64((1n << 63n) - 1n));
export const signOf = (x: I64): I64 => i64.and(x, SIGN);
export const isZero = (x: I64): I32 => i64.eq(magnitude(x), ZERO);
export const isInfinite = (x: I64): I32 => i64.eq(magnitude(x), n64(INFINITY));
export const isNan = (x: I64): I32 => i64.gtU(magnitude(x), n64(INFINITY));
export const isSignalling = (x: I64): I32 =>
  i32.and(isNan(x), i64.eq(i64.and(x, n64(QUIET)), ZERO));
/** Infinity or NaN. */
export const isSpecial = (x: I64): I32 => i64.geU(magnitude(x), n64(INFINITY));
export const exponentOf = (x: I64): I64 => i64.and(i64.shrU(x, n64(52n)), n64(0x7ffn));

export const any = (...conds: readonly I32[]): I32 => conds.reduce((a, b) => i32.or(a, b));

/** An exponent so low that a zero significand never matters beside another number. */
const ZERO_EXPONENT = n64(-20_000n);

/** Takes a finite number apart; zero gets significand 0 and a very low exponent. */
export function unpack(scope: Scope, x: I64): { exponent: I64; significand: I64 } {
  const { code } = scope;
  const exponent = scope.temp('i64');
  const significand = scope.temp('i64');
  code.set(exponent, exponentOf(x));
  code.set(significand, i64.and(x, n64(FRACTION)));
  const denormal = () => {
    const shift = i64.sub(i64.clz(significand), n64(11n));
    code.set(exponent, i64.sub(n64(1n), shift));
    code.set(significand, i64.shl(significand, shift));
  };
  const low = () =>
    code.if(i64.eq(significand, ZERO), () => code.set(exponent, ZERO_EXPONENT), denormal);
  const normal = () => code.set(significand, i64.or(significand, n64(LEADING)));
  code.if(i64.eq(exponent, ZERO), low, normal);
  return { exponent, significand };
}
