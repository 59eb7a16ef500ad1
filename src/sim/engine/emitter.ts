// Bytes of WebAssembly functions: a writer with labels, and expression trees that fold constants as they are built.
// Opcodes: WebAssembly Core Specification 2.0, section 5.4.

/** Value types of WebAssembly; 'bool' stands for i32 (truth values, addresses, offsets). */
export const VALUE_TYPES = { bool: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof VALUE_TYPES;
const NO_RESULT = 0x40;

/** A pure expression. Building it emits nothing; `Code.emit` writes it as often as asked. */
export interface Node<T extends ValueType = ValueType> {
  readonly expr: T;
  readonly kind: 'const' | 'local' | 'load' | 'op';
  /** One byte, or a prefix byte times 0x10000 plus the number after it. */
  readonly opcode: number;
  readonly args: readonly Node[];
  /** Of an i64 constant: its value, signed. */
  readonly value: bigint;
  /** Of an i32 constant: its value, signed. Of a local: its index. Of a load: its constant offset. */
  readonly index: number;
  /** Bytes after the opcode: lane numbers, shuffles, constants of other types. */
  readonly immediate?: readonly number[];
}
export type I64 = Node<'i64'>;
export type I32 = Node<'bool'>;
export type V128 = Node<'v128'>;

const noArgs: readonly Node[] = [];

export function i64Const(value: bigint): I64 {
  const signed = BigInt.asIntN(64, value);
  return { expr: 'i64', kind: 'const', opcode: 0x42, args: noArgs, value: signed, index: 0 };
}
export function i32Const(value: number): I32 {
  return { expr: 'bool', kind: 'const', opcode: 0x41, args: noArgs, value: 0n, index: value | 0 };
}
/** The local (or parameter) of the given type and index. */
export function local<T extends ValueType>(expr: T, index: number): Node<T> {
  return { expr, kind: 'local', opcode: 0x20, args: noArgs, value: 0n, index };
}
export const i64Local = (index: number): I64 => local('i64', index);
export const i32Local = (index: number): I32 => local('bool', index);

/** Any operator: result type, opcode, operands, bytes that follow the opcode. */
export function op<T extends ValueType>(
  expr: T,
  opcode: number,
  args: readonly Node[],
  immediate?: readonly number[],
): Node<T> {
  const node = { expr, kind: 'op', opcode, args, value: 0n, index: 0 } as const;
  return immediate === undefined ? node : { ...node, immediate };
}
/** Any load: result type, opcode, address, constant offset. */
export function loadOp<T extends ValueType>(
  expr: T,
  opcode: number,
  at: I32,
  offset: number,
): Node<T> {
  return { expr, kind: 'load', opcode, args: [at], value: 0n, index: offset };
}

/** Opcodes of vector operators: prefix 0xfd and a number. */
const SIMD = 0xfd0000;

/** Operators on 128-bit vectors; lane 0 is the least significant. */
export const v128 = {
  const: (bytes: readonly number[]): V128 => op('v128', SIMD | 0x0c, [], bytes),
  load: (at: I32, offset: number): V128 => loadOp('v128', SIMD | 0x00, at, offset),
  /** Byte i of the result is byte `by[i]` of `a`, or 0 when that is 16 or more. */
  swizzle: (a: V128, by: V128): V128 => op('v128', SIMD | 0x0e, [a, by]),
  splat64: (a: I64): V128 => op('v128', SIMD | 0x12, [a]),
  lane64: (a: V128, lane: 0 | 1): I64 => op('i64', SIMD | 0x1d, [a], [lane]),
};
const REVERSE_8 = v128.const([7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8]);

type Fold = (a: bigint, b: bigint) => bigint;
const unsigned64 = (a: bigint) => BigInt.asUintN(64, a);
const truth = (a: boolean) => (a ? 1n : 0n);

/** Binary operator on i64; `identity` is a right operand that changes nothing. */
function binary64(opcode: number, fold: Fold | null, identity?: bigint) {
  return (a: I64, b: I64): I64 => {
    if (fold && a.kind === 'const' && b.kind === 'const') return i64Const(fold(a.value, b.value));
    if (b.kind === 'const' && b.value === identity) return a;
    return op('i64', opcode, [a, b]);
  };
}
function compare64(opcode: number, fold: Fold) {
  return (a: I64, b: I64): I32 =>
    a.kind === 'const' && b.kind === 'const'
      ? i32Const(Number(fold(a.value, b.value)))
      : op('bool', opcode, [a, b]);
}
function unary64(opcode: number) {
  return (a: I64): I64 => op('i64', opcode, [a]);
}

/** Operators on 64-bit values. */
export const i64 = {
  add: binary64(0x7c, (a, b) => a + b, 0n),
  sub: binary64(0x7d, (a, b) => a - b, 0n),
  mul: binary64(0x7e, (a, b) => a * b, 1n),
  divS: binary64(0x7f, null),
  divU: binary64(0x80, null),
  remS: binary64(0x81, null),
  remU: binary64(0x82, null),
  and: binary64(0x83, (a, b) => a & b, -1n),
  or: binary64(0x84, (a, b) => a | b, 0n),
  xor: binary64(0x85, (a, b) => a ^ b, 0n),
  shl: binary64(0x86, (a, b) => a << (b & 63n), 0n),
  shrS: binary64(0x87, (a, b) => a >> (b & 63n), 0n),
  shrU: binary64(0x88, (a, b) => unsigned64(a) >> (b & 63n), 0n),
  rotl: binary64(0x89, null, 0n),
  clz: unary64(0x79),
  ctz: unary64(0x7a),
  popcnt: unary64(0x7b),
  extend8: unary64(0xc2),
  extend16: unary64(0xc3),
  extend32: unary64(0xc4),
  eq: compare64(0x51, (a, b) => truth(a === b)),
  ne: compare64(0x52, (a, b) => truth(a !== b)),
  ltS: compare64(0x53, (a, b) => truth(a < b)),
  ltU: compare64(0x54, (a, b) => truth(unsigned64(a) < unsigned64(b))),
  gtS: compare64(0x55, (a, b) => truth(a > b)),
  gtU: compare64(0x56, (a, b) => truth(unsigned64(a) > unsigned64(b))),
  geS: compare64(0x59, (a, b) => truth(a >= b)),
  geU: compare64(0x5a, (a, b) => truth(unsigned64(a) >= unsigned64(b))),
  load: (at: I32, offset: number): I64 => loadOp('i64', 0x29, at, offset),
  load8: (at: I32, offset: number): I64 => loadOp('i64', 0x31, at, offset),
  load16: (at: I32, offset: number): I64 => loadOp('i64', 0x33, at, offset),
  load32: (at: I32, offset: number): I64 => loadOp('i64', 0x35, at, offset),
  /** The eight bytes in reverse order, by a byte shuffle: WebAssembly has no such scalar instruction. */
  swapBytes: (a: I64): I64 => v128.lane64(v128.swizzle(v128.splat64(a), REVERSE_8), 0),
  /** Zero extension of an i32. */
  extendU: (a: I32): I64 =>
    a.kind === 'const' ? i64Const(BigInt(a.index >>> 0)) : op('i64', 0xad, [a]),
};

function binary32(opcode: number, fold: (a: number, b: number) => number, identity?: number) {
  return (a: I32, b: I32): I32 => {
    if (a.kind === 'const' && b.kind === 'const') return i32Const(fold(a.index, b.index));
    if (b.kind === 'const' && b.index === identity) return a;
    return op('bool', opcode, [a, b]);
  };
}

/** Operators on 32-bit values; a truth value is 0 or 1. */
export const i32 = {
  add: binary32(0x6a, (a, b) => a + b, 0),
  sub: binary32(0x6b, (a, b) => a - b, 0),
  and: binary32(0x71, (a, b) => a & b, -1),
  or: binary32(0x72, (a, b) => a | b, 0),
  xor: binary32(0x73, (a, b) => a ^ b, 0),
  shl: binary32(0x74, (a, b) => a << b, 0),
  shrU: binary32(0x76, (a, b) => a >>> b, 0),
  rotl: (a: I32, by: number): I32 => op('bool', 0x77, [a, i32Const(by)]),
  eq: binary32(0x46, (a, b) => Number(a === b)),
  ne: binary32(0x47, (a, b) => Number(a !== b)),
  eqz: (a: I32): I32 =>
    a.kind === 'const' ? i32Const(a.index === 0 ? 1 : 0) : op('bool', 0x45, [a]),
  /** The low half of an i64. */
  wrap: (a: I64): I32 => {
    if (a.kind === 'const') return i32Const(Number(BigInt.asIntN(32, a.value)));
    const [inner] = a.args;
    return a.kind === 'op' && a.opcode === 0xad ? (inner as I32) : op('bool', 0xa7, [a]);
  },
  load: (at: I32, offset: number): I32 => loadOp('bool', 0x28, at, offset),
  load16: (at: I32, offset: number): I32 => loadOp('bool', 0x2f, at, offset),
};

function bytesOfNumber(value: number): number[] {
  return [...new Uint8Array(Float64Array.of(value).buffer)];
}

/** Operators on numbers of format double; `of` and `bits` keep the 64 bits. */
export const f64 = {
  of: (a: I64): Node<'f64'> => op('f64', 0xbf, [a]),
  bits: (a: Node<'f64'>): I64 => op('i64', 0xbd, [a]),
  const: (value: number): Node<'f64'> => op('f64', 0x44, [], bytesOfNumber(value)),
  add: (a: Node<'f64'>, b: Node<'f64'>): Node<'f64'> => op('f64', 0xa0, [a, b]),
  sub: (a: Node<'f64'>, b: Node<'f64'>): Node<'f64'> => op('f64', 0xa1, [a, b]),
  mul: (a: Node<'f64'>, b: Node<'f64'>): Node<'f64'> => op('f64', 0xa2, [a, b]),
  div: (a: Node<'f64'>, b: Node<'f64'>): Node<'f64'> => op('f64', 0xa3, [a, b]),
  eq: (a: Node<'f64'>, b: Node<'f64'>): I32 => op('bool', 0x61, [a, b]),
  ne: (a: Node<'f64'>, b: Node<'f64'>): I32 => op('bool', 0x62, [a, b]),
  sqrt: (a: Node<'f64'>): Node<'f64'> => op('f64', 0x9f, [a]),
  /** An unsigned integer, rounded to nearest. */
  ofInteger: (a: I64): Node<'f64'> => op('f64', 0xba, [a]),
  /** The number whose single format is `a`; a NaN may change. */
  ofSingle: (a: I32): Node<'f64'> => op('f64', 0xbb, [op('f32', 0xbe, [a])]),
  /** Rounded to the precision of format single. */
  toSingle: (a: Node<'f64'>): Node<'f64'> => op('f64', 0xbb, [op('f32', 0xb6, [a])]),
};

/** `whenTrue` or `whenFalse`; both are evaluated. */
export function select<T extends Exclude<ValueType, 'v128'>>(
  cond: I32,
  whenTrue: Node<T>,
  whenFalse: Node<T>,
): Node<T> {
  if (cond.kind === 'const') return cond.index !== 0 ? whenTrue : whenFalse;
  return op(whenTrue.expr, 0x1b, [whenTrue, whenFalse, cond]);
}

/** Store opcodes by access size; the value's type is i64. */
const STORE64 = { 1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37 } as const;

/** Below this, shifting as a number is exact. */
const SMALL = 0x4000_0000n;

/** A growing run of bytes. */
export class Bytes {
  #bytes = new Uint8Array(256);
  length = 0;

  u8(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = value;
  }
  /** Unsigned LEB128. */
  unsigned(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }
  /** Signed LEB128. */
  signed(value: bigint): void {
    let wide = value;
    for (; wide < -SMALL || wide >= SMALL; wide >>= 7n) this.u8(Number(wide & 0x7fn) | 0x80);
    this.signed32(Number(wide));
  }
  /** The same of an i32. */
  signed32(value: number): void {
    let rest = value;
    for (; rest < -64 || rest >= 64; rest >>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest & 0x7f);
  }
  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
  /** Length-prefixed ASCII. */
  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
  }
  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + by));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** A label of an open block, loop or if. */
export type Label = number;

/** Function index by name; an unknown name is our bug. */
export type FunctionIndex = (name: string) => number;

/** Instructions of one function body. */
export class Code {
  readonly bytes = new Bytes();
  readonly #functionIndex: FunctionIndex;
  #depth = 0;

  constructor(functionIndex: FunctionIndex) {
    this.#functionIndex = functionIndex;
  }

  emit(node: Node): void {
    for (const arg of node.args) this.emit(arg);
    this.#opcode(node.opcode);
    if (node.kind === 'const') this.#constant(node);
    else if (node.kind === 'local') this.bytes.unsigned(node.index);
    else if (node.kind === 'load') this.#memoryImmediate(node.index);
    if (node.immediate) for (const byte of node.immediate) this.bytes.u8(byte);
  }

  set(local: Node, value: Node): void {
    this.emit(value);
    this.bytes.u8(0x21);
    this.bytes.unsigned(local.index);
  }
  /** Stores the low `size` bytes of an i64. */
  store64(size: 1 | 2 | 4 | 8, at: I32, offset: number, value: I64): void {
    this.emit(at);
    this.emit(value);
    this.bytes.u8(STORE64[size]);
    this.#memoryImmediate(offset);
  }
  store32(at: I32, offset: number, value: I32): void {
    this.emit(at);
    this.emit(value);
    this.bytes.u8(0x36);
    this.#memoryImmediate(offset);
  }

  store128(at: I32, offset: number, value: V128): void {
    this.emit(at);
    this.emit(value);
    this.#opcode(SIMD | 0x0b);
    this.#memoryImmediate(offset);
  }

  block(): Label {
    return this.#open(0x02, NO_RESULT);
  }
  loop(): Label {
    return this.#open(0x03, NO_RESULT);
  }
  /** Runs `body` when `cond` holds, else `otherwise`. */
  if(cond: I32, body: () => void, otherwise?: () => void): void {
    this.emit(cond);
    this.#open(0x04, NO_RESULT);
    body();
    if (otherwise) {
      this.bytes.u8(0x05);
      otherwise();
    }
    this.end();
  }
  end(): void {
    this.bytes.u8(0x0b);
    this.#depth--;
  }
  br(label: Label): void {
    this.bytes.u8(0x0c);
    this.#label(label);
  }
  brIf(cond: I32, label: Label): void {
    this.emit(cond);
    this.bytes.u8(0x0d);
    this.#label(label);
  }
  /** Jumps to `labels[index]`; an index outside is our bug and goes to the last label. */
  brTable(index: I32, labels: readonly Label[]): void {
    this.emit(index);
    this.bytes.u8(0x0e);
    this.bytes.unsigned(labels.length - 1);
    for (const label of labels) this.#label(label);
  }
  /** Returns the function's results. */
  return(...values: readonly Node[]): void {
    for (const value of values) this.emit(value);
    this.bytes.u8(0x0f);
  }
  /** A call by name; the results go to the locals `results`, of which there are as many as the function has. */
  call(name: string, args: readonly Node[], ...results: readonly Node[]): void {
    for (const arg of args) this.emit(arg);
    this.bytes.u8(0x10);
    this.bytes.unsigned(this.#functionIndex(name));
    for (const result of results.toReversed()) {
      this.bytes.u8(0x21);
      this.bytes.unsigned(result.index);
    }
  }

  #constant(node: Node): void {
    if (node.expr === 'bool') this.bytes.signed32(node.index);
    else this.bytes.signed(node.value);
  }
  #opcode(opcode: number): void {
    if (opcode > 0xff) {
      this.bytes.u8(opcode >>> 16);
      this.bytes.unsigned(opcode & 0xffff);
    } else {
      this.bytes.u8(opcode);
    }
  }
  #open(opcode: number, type: number): Label {
    this.bytes.u8(opcode);
    this.bytes.u8(type);
    return this.#depth++;
  }
  #label(label: Label): void {
    this.bytes.unsigned(this.#depth - 1 - label);
  }
  /** Alignment hint 0 (any address), then the offset. */
  #memoryImmediate(offset: number): void {
    this.bytes.u8(0);
    this.bytes.unsigned(offset);
  }
}
