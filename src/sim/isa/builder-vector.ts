// The part of the semantics vocabulary that speaks of vector registers (`b.vec` of builder.ts).
// Elements are numbered as the manual numbers them: element 0 is the leftmost, in both byte orders.
import type { Cond, Expr } from './builder.ts';

/** Opaque 128-bit expression of a builder. */
export interface Vec {
  readonly expr: 'v128';
}

/** Element width in bits. */
export type Width = 8 | 16 | 32 | 64;

/** Operators on pairs of elements. Comparisons give all ones or zero; amounts are taken modulo the width. */
export type LaneOperator =
  | 'add'
  | 'sub'
  | 'eq'
  | 'gtS'
  | 'gtU'
  | 'maxS'
  | 'maxU'
  | 'minS'
  | 'minU'
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'rotl';

/** Counts in each element: leading zeros, trailing zeros, ones. */
export type LaneCount = 'clz' | 'ctz' | 'popcnt';

/** What a vector row may say besides what every row may. */
export interface VectorBuilder {
  /** VR or VSR selected by a register field. */
  reg(field: string): Vec;
  setReg(field: string, value: Vec): void;
  const(value: bigint): Vec;
  /** Evaluates once, as `Builder.let`. */
  let(name: string, value: Vec): Vec;

  dword(v: Vec, index: 0 | 1): Expr;
  fromDwords(dword0: Expr, dword1: Expr): Vec;
  /** The low `width` bits of a value in every element. */
  splat(width: Width, value: Expr): Vec;
  /** v.byte[at : at+size-1] as a number; bytes outside the register are 0. */
  bytes(v: Vec, at: Expr, size: 1 | 2 | 4 | 8): Expr;
  /** `v` with the low `size` bytes of `value` at v.byte[at]; bytes outside the register are dropped. */
  withBytes(v: Vec, at: Expr, size: 1 | 2 | 4 | 8, value: Expr): Vec;

  and(a: Vec, b: Vec): Vec;
  or(a: Vec, b: Vec): Vec;
  xor(a: Vec, b: Vec): Vec;
  not(a: Vec): Vec;
  /** Bit by bit: `b` where the mask is 1, else `a`. */
  select(mask: Vec, a: Vec, b: Vec): Vec;

  /** The operator on each pair of elements of that width. */
  lanes(width: Width, operator: LaneOperator, a: Vec, b: Vec): Vec;
  /** (a + b + 1) >> 1 of unsigned bytes. */
  averageBytes(a: Vec, b: Vec): Vec;
  count(width: Width, what: LaneCount, a: Vec): Vec;
  /** Element i is element order[i] of a || b (numbered 0 to 2n-1). */
  elements(width: Width, order: readonly number[], a: Vec, b: Vec): Vec;
  /** Byte i is byte (control.byte[i] mod 32) of a || b. */
  permute(a: Vec, b: Vec, control: Vec): Vec;
  /** The 16 sign bits of the bytes as a number, that of byte 0 the most significant. */
  signs(v: Vec): Expr;

  /** Element i := MEM(ea + i*width/8, width/8) in the thread's byte order. May be two accesses of 8 bytes. */
  load(width: Width | 128, ea: Expr): Vec;
  store(width: Width | 128, ea: Expr, value: Vec): void;
  /**
   * `length` (0 to 16) bytes from `ea` on: a number in the thread's byte order, or, `left` given, left-justified as
   * in big-endian order. The other bytes are 0.
   */
  loadBytes(ea: Expr, length: Expr, left?: 'left'): Vec;
  /** The reverse of `loadBytes`. */
  storeBytes(ea: Expr, length: Expr, value: Vec, left?: 'left'): void;
  /** MSR[LE]; known when code is generated. */
  littleEndian(): Cond;

  /** CR6 := all || 0 || none || 0, where `v` is the result of a comparison. */
  record(v: Vec): void;
  vscr(): Expr;
  setVscr(value: Expr): void;
}
