// Bodies and small expressions that vector rows share.
import type { Builder, Expr } from './builder.ts';
import type { LaneOperator, Vec, Width } from './builder-vector.ts';
import type { Sem } from './semantics.ts';

/** 0x00 01 02 ... 0F: the control that permutes nothing. */
const BYTE_NUMBERS = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0fn;

/** The control 'start, start+1, ..., start+15' of a permutation. */
export const bytesFrom = (b: Builder, start: Expr): Vec =>
  b.vec.lanes(8, 'add', b.vec.const(BYTE_NUMBERS), b.vec.splat(8, start));

/** One operand shorter: the same number in every element. */
export const all = (b: Builder, width: Width, value: bigint): Vec =>
  b.vec.splat(width, b.const(value));

/** Numbers of the elements that a merge takes in turn from a and from b (which starts at `count`). */
export const mergeOrder = (count: number, from: number, step = 1): number[] =>
  Array.from({ length: count / 2 }, (_, i) => from + step * i).flatMap((i) => [i, i + count]);

/** (RA|0) + (RB). */
export const indexed = (b: Builder): Expr => b.add(b.regOr0('RA'), b.reg('RB'));

/** The address with its low bits cleared: vector accesses of AltiVec ignore them. */
export const aligned = (b: Builder, ea: Expr, size: 1 | 2 | 4 | 16): Expr =>
  size === 1 ? ea : b.and(ea, b.not(b.const(BigInt(size - 1))));

/** Where in a quadword the element at `ea` lies: counted from the left, or from the right in little-endian order. */
export function placeInQuadword(b: Builder, ea: Expr, size: 1 | 2 | 4): Expr {
  const offset = b.let('eb', b.and(ea, b.const(15n)));
  const fromRight = b.sub(b.const(BigInt(16 - size)), offset);
  return b.let('at', b.select(b.vec.littleEndian(), fromRight, offset));
}

type Fields = readonly [target: string, a: string, b: string];
export const VR: Fields = ['VRT', 'VRA', 'VRB'];
export const VSR: Fields = ['XT', 'XA', 'XB'];

/** Target := f(a, b) of the three registers. */
export const binary =
  ([target, x, y]: Fields, f: (b: Builder, x: Vec, y: Vec) => Vec): Sem =>
  (b) =>
    b.vec.setReg(target, f(b, b.vec.reg(x), b.vec.reg(y)));

/** VRT := the operator on each pair of elements of VRA and VRB. */
export const lanes = (width: Width, operator: LaneOperator): Sem =>
  binary(VR, (b, x, y) => b.vec.lanes(width, operator, x, y));

/** The logical operations: the same for both kinds of registers. */
export const LOGICAL = {
  and: (b: Builder, x: Vec, y: Vec) => b.vec.and(x, y),
  andc: (b: Builder, x: Vec, y: Vec) => b.vec.and(x, b.vec.not(y)),
  or: (b: Builder, x: Vec, y: Vec) => b.vec.or(x, y),
  orc: (b: Builder, x: Vec, y: Vec) => b.vec.or(x, b.vec.not(y)),
  xor: (b: Builder, x: Vec, y: Vec) => b.vec.xor(x, y),
  nor: (b: Builder, x: Vec, y: Vec) => b.vec.not(b.vec.or(x, y)),
  nand: (b: Builder, x: Vec, y: Vec) => b.vec.not(b.vec.and(x, y)),
  eqv: (b: Builder, x: Vec, y: Vec) => b.vec.not(b.vec.xor(x, y)),
} as const;
