// The engine's reading of the vector vocabulary (isa/builder-vector.ts): WebAssembly SIMD instructions.
// A register is one little-endian number in the arena, so byte i of the manual is byte 15-i of the v128 value.
import type { Cond, Expr, Size } from '../isa/builder.ts';
import type { LaneCount, LaneOperator, Vec, VectorBuilder, Width } from '../isa/builder-vector.ts';
import { type I32, type I64, i32, i32Const, i64, i64Const, type V128, v128 } from './emitter.ts';
import { simd, v128Const } from './emitter-vector.ts';
import { LOCAL, type Mode } from './frame.ts';
import { THREAD } from './layout.ts';
import type { OperandLayout } from './operands.ts';
import type { Scope } from './scope.ts';
import { count, everywhere, lanes } from './vector-lanes.ts';

/** The handler whose part this is: it makes the storage accesses. */
interface Host {
  load(ea: Expr, size: Size): I64;
  store(ea: Expr, size: Size, value: Expr): void;
  /** Sixteen bytes; lane i is the byte at ea + i. May be two accesses of 8 bytes. */
  loadVector(ea: Expr): V128;
  storeVector(ea: Expr, value: V128): void;
}

const { base, ip } = LOCAL;
const i64Of = (value: Expr) => value as I64;
const vecOf = (value: Vec) => value as V128;
/** Byte i holds i. */
const LANE_NUMBERS = v128Const(0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100n);
const CR6 = THREAD.cr + 4 * 6;
/** VSCR[NJ] and VSCR[SAT]; the other bits are reserved. */
const VSCR_BITS = 0x1_0001;

export class WasmVector implements VectorBuilder {
  readonly #host: Host;
  readonly #scope: Scope;
  readonly #layout: OperandLayout;
  readonly #mode: Mode;

  constructor(host: Host, scope: Scope, layout: OperandLayout, mode: Mode) {
    this.#host = host;
    this.#scope = scope;
    this.#layout = layout;
    this.#mode = mode;
  }

  reg(field: string): V128 {
    return this.#scope.let128(v128.load(this.#at(field), 0));
  }
  setReg(field: string, value: Vec): void {
    this.#scope.code.store128(this.#at(field), 0, vecOf(value));
  }
  const(value: bigint): V128 {
    return v128Const(value);
  }
  let(_name: string, value: Vec): V128 {
    return this.#scope.let128(vecOf(value));
  }

  dword(v: Vec, index: 0 | 1): I64 {
    return v128.lane64(vecOf(v), index === 0 ? 1 : 0);
  }
  fromDwords(dword0: Expr, dword1: Expr): V128 {
    return simd.pair(i64Of(dword0), i64Of(dword1));
  }
  splat(width: Width, value: Expr): V128 {
    const node = i64Of(value);
    return node.kind === 'const' ? everywhere(width, node.value) : simd.splat(width, node);
  }
  bytes(v: Vec, at: Expr, size: 1 | 2 | 4 | 8): I64 {
    // Lanes from that of the last byte on; what is not asked for comes from beyond lane 15 and is 0.
    const wanted = LANE_BYTES.map((lane) => (lane < size ? lane : 0x80));
    const lane = simd.splatByte(lastLane(at, size));
    return v128.lane64(
      v128.swizzle(vecOf(v), lanes(this.#scope, 8, 'add', v128.const(wanted), lane)),
      0,
    );
  }
  withBytes(v: Vec, at: Expr, size: 1 | 2 | 4 | 8, value: Expr): V128 {
    const lane = simd.splatByte(lastLane(at, size));
    const from = this.#scope.let128(lanes(this.#scope, 8, 'sub', LANE_NUMBERS, lane));
    const replaced = v128.swizzle(v128Const((1n << BigInt(8 * size)) - 1n), from);
    const moved = v128.swizzle(v128.splat64(i64Of(value)), from);
    return simd.bitselect(moved, vecOf(v), replaced);
  }

  and = (a: Vec, b: Vec) => simd.and(vecOf(a), vecOf(b));
  or = (a: Vec, b: Vec) => simd.or(vecOf(a), vecOf(b));
  xor = (a: Vec, b: Vec) => simd.xor(vecOf(a), vecOf(b));
  not = (a: Vec) => simd.not(vecOf(a));
  select = (mask: Vec, a: Vec, b: Vec) => simd.bitselect(vecOf(b), vecOf(a), vecOf(mask));

  lanes(width: Width, operator: LaneOperator, a: Vec, b: Vec): V128 {
    return lanes(this.#scope, width, operator, vecOf(a), vecOf(b));
  }
  averageBytes = (a: Vec, b: Vec) => simd.averageBytes(vecOf(a), vecOf(b));
  count(width: Width, what: LaneCount, a: Vec): V128 {
    return count(this.#scope, width, what, vecOf(a));
  }
  elements(width: Width, order: readonly number[], a: Vec, b: Vec): V128 {
    return simd.shuffle(vecOf(a), vecOf(b), shuffleOf(width, order));
  }
  /** c and 15-c differ in the low four bits, so exclusive or turns byte numbers into lanes, others to 16 and more. */
  permute(a: Vec, b: Vec, control: Vec): V128 {
    const c = this.#scope.let128(simd.and(vecOf(control), everywhere(8, 31n)));
    const ofA = v128.swizzle(vecOf(a), simd.xor(c, everywhere(8, 15n)));
    return simd.or(ofA, v128.swizzle(vecOf(b), simd.xor(c, everywhere(8, 31n))));
  }
  signs(v: Vec): I64 {
    return i64.extendU(simd.signs(vecOf(v)));
  }

  load(width: Width | 128, ea: Expr): V128 {
    return this.#inStorageOrder(width, this.#host.loadVector(ea));
  }
  store(width: Width | 128, ea: Expr, value: Vec): void {
    this.#host.storeVector(ea, this.#scope.let128(this.#inStorageOrder(width, vecOf(value))));
  }
  loadBytes(ea: Expr, length: Expr, left?: 'left'): V128 {
    const result = this.#scope.temp('v128');
    this.#scope.code.set(result, v128Const(0n));
    this.#forEachByte(ea, length, left, (address, lane) => {
      const byte = simd.splatByte(i32.wrap(this.#host.load(address, 1)));
      const here = lanes(this.#scope, 8, 'eq', LANE_NUMBERS, simd.splatByte(lane));
      this.#scope.code.set(result, simd.or(result, simd.and(byte, here)));
    });
    return result;
  }
  storeBytes(ea: Expr, length: Expr, value: Vec, left?: 'left'): void {
    const v = this.#scope.let128(vecOf(value));
    this.#forEachByte(ea, length, left, (address, lane) => {
      const byte = v128.lane64(v128.swizzle(v, simd.splatByte(lane)), 0);
      this.#host.store(address, 1, byte);
    });
  }
  littleEndian(): Cond {
    return i32Const(this.#mode.littleEndian ? 1 : 0);
  }

  record(v: Vec): void {
    const result = this.#scope.let128(vecOf(v));
    const all = i32.shl(simd.allTrue(result), i32Const(3));
    const none = i32.shl(i32.eqz(simd.anyTrue(result)), i32Const(1));
    this.#scope.code.store32(base, CR6, i32.or(all, none));
  }
  vscr(): I64 {
    return i64.extendU(i32.load(base, THREAD.vscr));
  }
  setVscr(value: Expr): void {
    const bits = i32.and(i32.wrap(i64Of(value)), i32Const(VSCR_BITS));
    this.#scope.code.store32(base, THREAD.vscr, bits);
  }

  // --- private

  /**
   * From lanes in the order of storage to those of a register, and back. Big-endian: all bytes reversed. In
   * little-endian mode an element is a number as WebAssembly has them, but element 0 is the most significant.
   */
  #inStorageOrder(width: Width | 128, v: V128): V128 {
    const [size, count] = [width / 8, 128 / width];
    if (this.#mode.littleEndian && count === 1) return v;
    const by = LANE_BYTES.map((lane) =>
      this.#mode.littleEndian
        ? (count - 1 - Math.floor(lane / size)) * size + (lane % size)
        : 15 - lane,
    );
    const source = this.#scope.let128(v);
    return simd.shuffle(source, source, by);
  }

  /** Address of the thread's page plus the offset that the entry holds for the register. */
  #at(field: string): I32 {
    return i32.add(base, i32.load16(ip, this.#layout.place(field, 'vsr').offset));
  }

  /** A loop over the first `length` bytes at `ea` and the lanes where `loadBytes` puts them. */
  #forEachByte(
    ea: Expr,
    length: Expr,
    left: 'left' | undefined,
    body: (address: I64, lane: I32) => void,
  ): void {
    const { code } = this.#scope;
    const [start, end] = [this.#scope.let64(i64Of(ea)), this.#scope.let64(i64Of(length))];
    const i = this.#scope.temp('i64');
    code.set(i, i64Const(0n));
    const done = code.block();
    const again = code.loop();
    code.brIf(i64.eq(i, end), done);
    const fromRight = this.#mode.littleEndian && left === undefined;
    const lane = i32.wrap(i);
    body(i64.add(start, i), fromRight ? lane : i32.sub(i32Const(15), lane));
    code.set(i, i64.add(i, i64Const(1n)));
    code.br(again);
    code.end();
    code.end();
  }
}

const LANE_BYTES = Array.from({ length: 16 }, (_, i) => i);

/** The lane of the last of `size` bytes that start at byte `at`. */
function lastLane(at: Expr, size: number): I32 {
  return i32.sub(i32Const(16 - size), i32.wrap(i64Of(at)));
}

/** Shuffle immediates for elements in the manual's order. */
function shuffleOf(width: Width, order: readonly number[]): number[] {
  const size = width / 8;
  const sources = order.flatMap((e) => LANE_BYTES.slice(0, size).map((k) => e * size + k));
  return sources.map((s) => (s < 16 ? 15 - s : 47 - s)).reverse();
}
