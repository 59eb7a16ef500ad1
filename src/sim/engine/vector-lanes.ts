// Elementwise operators that WebAssembly lacks, built from those it has.
import type { LaneCount, LaneOperator, Width } from '../isa/builder-vector.ts';
import { type V128, v128 } from './emitter.ts';
import {
  type DirectOperator,
  direct,
  isDirect,
  simd,
  uniform,
  v128Const,
} from './emitter-vector.ts';
import type { Scope } from './scope.ts';

const ONES = v128Const((1n << 128n) - 1n);
const SIGNS_64 = v128Const(0x8000_0000_0000_0000_8000_0000_0000_0000n);
const LOW_WORDS = v128Const(0x0000_0000_ffff_ffff_0000_0000_ffff_ffffn);

/** The same number in every element. */
export function everywhere(width: Width, value: bigint): V128 {
  const size = width / 8;
  const element = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
  return v128.const(Array.from({ length: 16 }, (_, i) => element[i % size] ?? 0));
}

/** The operator on each pair of elements. */
export function lanes(scope: Scope, width: Width, operator: LaneOperator, a: V128, b: V128): V128 {
  if (isDirect(operator))
    return direct(operator, width, a, b) ?? doublewords(scope, operator, a, b);
  const distance = uniform(b, width);
  return distance === null
    ? shiftEach(scope, width, operator, a, b)
    : shiftAll(scope, width, operator, a, distance % width);
}

function doublewords(scope: Scope, operator: DirectOperator, x: V128, y: V128): V128 {
  const greater = (p: V128, q: V128) => op(64, 'gtS', p, q);
  const flip = (v: V128) => simd.xor(v, SIGNS_64);
  if (operator === 'gtU') return greater(flip(x), flip(y));
  const [a, b] = [scope.let128(x), scope.let128(y)];
  const isGreater = operator.endsWith('U') ? greater(flip(a), flip(b)) : greater(a, b);
  const takesGreater = operator.startsWith('max');
  return simd.bitselect(takesGreater ? a : b, takesGreater ? b : a, isGreater);
}

type Shift = Exclude<LaneOperator, DirectOperator>;

/** All elements by the same distance, below the width. */
function shiftAll(scope: Scope, width: Width, shift: Shift, a: V128, by: number): V128 {
  if (shift !== 'rotl') return simd[shift](width, a, by);
  const value = scope.let128(a);
  return simd.or(simd.shl(width, value, by), simd.shrU(width, value, width - by));
}

/** Each element by its own distance: by 1, 2, 4, ... where that bit of the distance is 1. */
function shiftEach(scope: Scope, width: Width, shift: Shift, a: V128, by: V128): V128 {
  const distance = scope.let128(by);
  let value = scope.let128(a);
  for (let step = 1; step < width; step *= 2) {
    const bit = everywhere(width, BigInt(step));
    const moves = op(width, 'eq', simd.and(distance, bit), bit);
    value = scope.let128(simd.bitselect(shiftAll(scope, width, shift, value, step), value, moves));
  }
  return value;
}

/** Zeros or ones in each element. */
export function count(scope: Scope, width: Width, what: LaneCount, a: V128): V128 {
  const x = scope.let128(a);
  if (what === 'popcnt') return ones(scope, width, x);
  if (what === 'ctz') {
    const below = op(width, 'sub', x, everywhere(width, 1n));
    return ones(scope, width, simd.andNot(below, x));
  }
  let smeared = x;
  for (let step = 1; step < width; step *= 2) {
    smeared = scope.let128(simd.or(smeared, simd.shrU(width, smeared, step)));
  }
  return ones(scope, width, simd.xor(smeared, ONES));
}

function ones(scope: Scope, width: Width, x: V128): V128 {
  const bytes = simd.popcntBytes(x);
  if (width === 8) return bytes;
  const hwords = simd.addPairs8(bytes);
  if (width === 16) return hwords;
  const words = simd.addPairs16(hwords);
  if (width === 32) return words;
  const counts = scope.let128(words);
  return op(64, 'add', simd.and(counts, LOW_WORDS), simd.shrU(64, counts, 32));
}

/** An operator that WebAssembly has in that width. */
function op(width: Width, operator: DirectOperator, a: V128, b: V128): V128 {
  const node = direct(operator, width, a, b);
  if (node === null) throw new Error(`vector-lanes: no ${operator} of ${width} bits`);
  return node;
}
