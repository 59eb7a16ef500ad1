// SIMD operators of WebAssembly on expression trees, by element width; element 0 here is the least significant.
// Opcodes: WebAssembly Core Specification 2.0, section 5.4.8.
import type { LaneOperator, Width } from '../isa/builder-vector.ts';
import { type I32, type I64, i32, i32Const, op, type V128, v128 } from './emitter.ts';

const SIMD = 0xfd0000;
const byWidth = (b: number, h: number, w: number, d: number) => ({ 8: b, 16: h, 32: w, 64: d });
const unary = (opcode: number) => (a: V128) => op('v128', SIMD | opcode, [a]);
const binary = (opcode: number) => (a: V128, b: V128) => op('v128', SIMD | opcode, [a, b]);

const SHUFFLE = SIMD | 0x0d;
const CONST = SIMD | 0x0c;
const SPLAT = byWidth(0x0f, 0x10, 0x11, 0x12);
const SHL = byWidth(0x6b, 0x8b, 0xab, 0xcb);
const SHR_S = byWidth(0x6c, 0x8c, 0xac, 0xcc);
const SHR_U = byWidth(0x6d, 0x8d, 0xad, 0xcd);
/** The operators that WebAssembly has in every width but 64. */
const DIRECT = {
  add: byWidth(0x6e, 0x8e, 0xae, 0xce),
  sub: byWidth(0x71, 0x91, 0xb1, 0xd1),
  eq: byWidth(0x23, 0x2d, 0x37, 0xd6),
  gtS: byWidth(0x27, 0x31, 0x3b, 0xd9),
  gtU: byWidth(0x28, 0x32, 0x3c, 0),
  minS: byWidth(0x76, 0x96, 0xb6, 0),
  minU: byWidth(0x77, 0x97, 0xb7, 0),
  maxS: byWidth(0x78, 0x98, 0xb8, 0),
  maxU: byWidth(0x79, 0x99, 0xb9, 0),
} as const;
export type DirectOperator = keyof typeof DIRECT;

/** True for the operators that are one instruction in some width. */
export function isDirect(operator: LaneOperator): operator is DirectOperator {
  return operator in DIRECT;
}

/** The instruction for an operator, or null when WebAssembly has none in that width. */
export function direct(operator: DirectOperator, width: Width, a: V128, b: V128): V128 | null {
  const opcode = DIRECT[operator][width];
  return opcode === 0 ? null : op('v128', SIMD | opcode, [a, b]);
}

/** The constant with this value as an unsigned 128-bit number. */
export function v128Const(value: bigint): V128 {
  const bytes = Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return v128.const(bytes);
}

/** The number in every element of a constant that has the same in all, else null. */
export function uniform(v: V128, width: Width): number | null {
  const bytes = v.opcode === CONST ? (v.immediate ?? []) : [];
  const size = width / 8;
  const same = bytes.length > 0 && bytes.every((byte, i) => byte === bytes[i % size]);
  if (!same) return null;
  return bytes.slice(0, Math.min(size, 4)).reduceRight((all, byte) => all * 256 + byte, 0);
}

/** Operators on whole vectors or on elements of one width. */
export const simd = {
  and: binary(0x4e),
  andNot: binary(0x4f),
  or: binary(0x50),
  xor: binary(0x51),
  not: unary(0x4d),
  /** Bits of `a` where the mask is 1, else of `b`. */
  bitselect: (a: V128, b: V128, mask: V128): V128 => op('v128', SIMD | 0x52, [a, b, mask]),
  /** Byte i is byte by[i] of `a` (0 to 15) and `b` (16 to 31). */
  shuffle: (a: V128, b: V128, by: readonly number[]): V128 => op('v128', SHUFFLE, [a, b], by),
  averageBytes: binary(0x7b),
  anyTrue: (a: V128): I32 => op('bool', SIMD | 0x53, [a]),
  allTrue: (a: V128): I32 => op('bool', SIMD | 0x63, [a]),
  signs: (a: V128): I32 => op('bool', SIMD | 0x64, [a]),
  popcntBytes: unary(0x62),
  /** Sums of pairs of unsigned elements, in twice the width. */
  addPairs8: unary(0x7d),
  addPairs16: unary(0x7f),
  splat: (width: Width, value: I64): V128 =>
    op('v128', SIMD | SPLAT[width], [width === 64 ? value : i32.wrap(value)]),
  splatByte: (value: I32): V128 => op('v128', SIMD | SPLAT[8], [value]),
  /** Two doublewords, the more significant first. */
  pair: (high: I64, low: I64): V128 => op('v128', SIMD | 0x1e, [v128.splat64(low), high], [1]),
  /** Shifts of all elements by the same distance. */
  shl: (width: Width, a: V128, by: number): V128 =>
    op('v128', SIMD | SHL[width], [a, i32Const(by)]),
  shrS: (width: Width, a: V128, by: number): V128 =>
    op('v128', SIMD | SHR_S[width], [a, i32Const(by)]),
  shrU: (width: Width, a: V128, by: number): V128 =>
    op('v128', SIMD | SHR_U[width], [a, i32Const(by)]),
} as const;
