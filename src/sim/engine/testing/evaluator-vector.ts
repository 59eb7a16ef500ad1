// The independent reading of the vector vocabulary: a vector is an array of 16 bytes in the manual's order.
import type { Cond, Expr, Size } from '../../isa/builder.ts';
import type {
  LaneCount,
  LaneOperator,
  Vec,
  VectorBuilder,
  Width,
} from '../../isa/builder-vector.ts';
import { field } from '../../isa/fields.ts';

/** The registers that vector instructions change. */
interface Registers {
  /** Doublewords 0 and 1 of the 64 VSRs in turn. */
  readonly vsr: bigint[];
  vscr: number;
  cr: number;
}

/** What the evaluator of the instruction gives. */
interface Host {
  operand(name: string): bigint;
  littleEndian(): boolean;
  load(ea: Expr, size: Size): Expr;
  store(ea: Expr, size: Size, value: Expr): void;
}

type Bytes = readonly number[];
type Vector = Vec & { bytes: Bytes };
const vec = (bytes: Bytes): Vector => ({ expr: 'v128', bytes });
const bytesOf = (v: Vec): Bytes => (v as Vector).bytes;
const expr = (value: bigint): Expr => ({ expr: 'i64', value: BigInt.asUintN(64, value) }) as Expr;
const numberOf = (e: Expr): bigint => (e as Expr & { value: bigint }).value;

/** `size` bytes of a number, most significant first. */
const split = (value: bigint, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn));
const join = (bytes: Bytes): bigint => bytes.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);

function elementsOf(v: Vec, width: number): bigint[] {
  const size = width / 8;
  const bytes = bytesOf(v);
  return Array.from({ length: 16 / size }, (_, i) => join(bytes.slice(i * size, (i + 1) * size)));
}
const fromElements = (width: number, elements: readonly bigint[]): Vector =>
  vec(elements.flatMap((e) => split(BigInt.asUintN(width, e), width / 8)));

type OnElements = (a: bigint, b: bigint, width: number) => bigint;
const signed = (value: bigint, width: number) => BigInt.asIntN(width, value);
const ones = (holds: boolean) => (holds ? -1n : 0n);
const amount = (b: bigint, width: number) => b % BigInt(width);
const LANES: Readonly<Record<LaneOperator, OnElements>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  eq: (a, b) => ones(a === b),
  gtS: (a, b, width) => ones(signed(a, width) > signed(b, width)),
  gtU: (a, b) => ones(a > b),
  maxS: (a, b, width) => (signed(a, width) > signed(b, width) ? a : b),
  maxU: (a, b) => (a > b ? a : b),
  minS: (a, b, width) => (signed(a, width) < signed(b, width) ? a : b),
  minU: (a, b) => (a < b ? a : b),
  shl: (a, b, width) => a << amount(b, width),
  shrU: (a, b, width) => a >> amount(b, width),
  shrS: (a, b, width) => signed(a, width) >> amount(b, width),
  rotl: (a, b, width) => (a << amount(b, width)) | (a >> (BigInt(width) - amount(b, width))),
};

const COUNTS: Readonly<Record<LaneCount, (bits: string) => number>> = {
  clz: (bits) => bits.length - bits.replace(/^0+/, '').length,
  ctz: (bits) => bits.length - bits.replace(/0+$/, '').length,
  popcnt: (bits) => bits.replaceAll('0', '').length,
};

export class EvaluatorVector implements VectorBuilder {
  readonly #registers: Registers;
  readonly #host: Host;
  constructor(registers: Registers, host: Host) {
    this.#registers = registers;
    this.#host = host;
  }

  #number(name: string): number {
    const n = Number(this.#host.operand(name));
    return field(name).kind === 'vr' ? n + 32 : n;
  }
  reg(name: string): Vector {
    const n = this.#number(name);
    const dwords = this.#registers.vsr.slice(2 * n, 2 * n + 2);
    return vec(dwords.flatMap((dword) => split(dword, 8)));
  }
  setReg(name: string, value: Vec): void {
    const n = this.#number(name);
    for (const [i, dword] of elementsOf(value, 64).entries())
      this.#registers.vsr[2 * n + i] = dword;
  }
  const = (value: bigint) => vec(split(value, 16));
  let = (_: string, value: Vec) => value;

  dword = (v: Vec, index: 0 | 1) => expr(elementsOf(v, 64)[index] ?? 0n);
  fromDwords = (a: Expr, b: Expr) => vec([a, b].flatMap((dword) => split(numberOf(dword), 8)));
  splat(width: Width, value: Expr): Vector {
    const element = split(numberOf(value), width / 8);
    return vec(Array.from({ length: 16 }, (_, i) => element[i % element.length] ?? 0));
  }
  bytes(v: Vec, at: Expr, size: number): Expr {
    const first = Number(BigInt.asIntN(64, numberOf(at)));
    return expr(join(Array.from({ length: size }, (_, i) => bytesOf(v)[first + i] ?? 0)));
  }
  withBytes(v: Vec, at: Expr, size: number, value: Expr): Vector {
    const first = Number(BigInt.asIntN(64, numberOf(at)));
    const element = split(numberOf(value), size);
    return vec(bytesOf(v).map((byte, i) => element[i - first] ?? byte));
  }

  #each(f: (...bytes: number[]) => number, ...all: Vec[]): Vector {
    const bytes = all.map(bytesOf);
    return vec(Array.from({ length: 16 }, (_, i) => f(...bytes.map((b) => b[i] ?? 0)) & 0xff));
  }
  and = (a: Vec, b: Vec) => this.#each((x = 0, y = 0) => x & y, a, b);
  or = (a: Vec, b: Vec) => this.#each((x = 0, y = 0) => x | y, a, b);
  xor = (a: Vec, b: Vec) => this.#each((x = 0, y = 0) => x ^ y, a, b);
  not = (a: Vec) => this.#each((x = 0) => ~x, a);
  select = (mask: Vec, a: Vec, b: Vec) =>
    this.#each((m = 0, x = 0, y = 0) => (x & ~m) | (y & m), mask, a, b);

  lanes(width: Width, operator: LaneOperator, a: Vec, b: Vec): Vector {
    const right = elementsOf(b, width);
    const results = elementsOf(a, width).map((x, i) => LANES[operator](x, right[i] ?? 0n, width));
    return fromElements(width, results);
  }
  averageBytes = (a: Vec, b: Vec) => this.#each((x = 0, y = 0) => (x + y + 1) >> 1, a, b);
  count(width: Width, what: LaneCount, a: Vec): Vector {
    const bits = elementsOf(a, width).map((e) => e.toString(2).padStart(width, '0'));
    return fromElements(
      width,
      bits.map((each) => BigInt(COUNTS[what](each))),
    );
  }
  elements(width: Width, order: readonly number[], a: Vec, b: Vec): Vector {
    const all = [...elementsOf(a, width), ...elementsOf(b, width)];
    return fromElements(
      width,
      order.map((i) => all[i] ?? 0n),
    );
  }
  permute(a: Vec, b: Vec, control: Vec): Vector {
    const all = [...bytesOf(a), ...bytesOf(b)];
    return vec(bytesOf(control).map((c) => all[c % 32] ?? 0));
  }
  signs = (v: Vec) =>
    expr(bytesOf(v).reduce((bits, byte) => (bits << 1n) | (byte >= 128 ? 1n : 0n), 0n));

  load(width: Width | 128, ea: Expr): Vector {
    return this.#fromStorage(width, this.#fetch(ea, [8, 8]));
  }
  store(width: Width | 128, ea: Expr, value: Vec): void {
    const stored = bytesOf(this.#fromStorage(width, bytesOf(value)));
    this.#put(ea, stored, 8);
  }
  loadBytes(ea: Expr, length: Expr, left?: 'left'): Vector {
    const count = Number(numberOf(length));
    const bytes = this.#fetch(ea, Array<Size>(count).fill(1));
    const all = [...bytes, ...Array<number>(16 - count).fill(0)];
    return left ? vec(all) : this.#fromStorage(128, all);
  }
  storeBytes(ea: Expr, length: Expr, value: Vec, left?: 'left'): void {
    const inOrder = left ? bytesOf(value) : bytesOf(this.#fromStorage(128, bytesOf(value)));
    this.#put(ea, inOrder.slice(0, Number(numberOf(length))), 1);
  }
  littleEndian = (): Cond => ({ expr: 'bool', value: this.#host.littleEndian() }) as Cond;

  /** Storage bytes as register bytes, or the other way round: elements are reversed in little-endian mode. */
  #fromStorage(width: number, bytes: Bytes): Vector {
    const size = width / 8;
    const place = (i: number) => i - (i % size) + (size - 1 - (i % size));
    return this.#host.littleEndian() ? vec(bytes.map((_, i) => bytes[place(i)] ?? 0)) : vec(bytes);
  }
  /** Bytes of successive accesses in storage order. */
  #fetch(ea: Expr, sizes: readonly Size[]): number[] {
    let at = numberOf(ea);
    return sizes.flatMap((size) => {
      const bytes = split(numberOf(this.#host.load(expr(at), size)), size);
      at += BigInt(size);
      return this.#host.littleEndian() ? bytes.reverse() : bytes;
    });
  }
  #put(ea: Expr, bytes: Bytes, size: 1 | 8): void {
    for (let i = 0; i < bytes.length; i += size) {
      const piece = bytes.slice(i, i + size);
      const ordered = this.#host.littleEndian() ? piece.reverse() : piece;
      this.#host.store(expr(numberOf(ea) + BigInt(i)), size, expr(join(ordered)));
    }
  }

  record(v: Vec): void {
    const bytes = bytesOf(v);
    const every = bytes.every((byte) => byte === 0xff);
    const none = bytes.every((byte) => byte === 0);
    const cr6 = (every ? 8 : 0) | (none ? 2 : 0);
    this.#registers.cr = ((this.#registers.cr & ~0xf0) | (cr6 << 4)) >>> 0;
  }
  vscr = () => expr(BigInt(this.#registers.vscr));
  setVscr(value: Expr): void {
    this.#registers.vscr = Number(numberOf(value) & 0x1_0001n);
  }
}
