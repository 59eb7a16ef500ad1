// Bytes of WebAssembly functions: a writer with labels, and expression trees that fold constants as they are built.
// Opcodes: WebAssembly Core Specification 2.0, section 5.4.

/** Value types of the binary format; in `Node`, 'bool' stands for i32 (truth values, addresses, offsets). */
export const I32_TYPE = 0x7f;
export const I64_TYPE = 0x7e;
const NO_RESULT = 0x40;

/** A pure expression. Building it emits nothing; `Code.emit` writes it as often as asked. */
export interface Node<T extends 'i64' | 'bool' = 'i64' | 'bool'> {
  readonly expr: T;
  readonly kind: 'const' | 'local' | 'load' | 'op' | 'swap';
  readonly opcode: number;
  readonly args: readonly Node[];
  /** Of a constant: its value, sign-extended. */
  readonly value: bigint;
  /** Of a local: its index. Of a load: its constant offset. */
  readonly index: number;
}
export type I64 = Node<'i64'>;
export type I32 = Node<'bool'>;

const noArgs: readonly Node[] = [];

export function i64Const(value: bigint): I64 {
  const signed = BigInt.asIntN(64, value);
  return { expr: 'i64', kind: 'const', opcode: 0x42, args: noArgs, value: signed, index: 0 };
}
export function i32Const(value: number): I32 {
  const signed = BigInt(value | 0);
  return { expr: 'bool', kind: 'const', opcode: 0x41, args: noArgs, value: signed, index: 0 };
}
export function i64Local(index: number): I64 {
  return { expr: 'i64', kind: 'local', opcode: 0x20, args: noArgs, value: 0n, index };
}
export function i32Local(index: number): I32 {
  return { expr: 'bool', kind: 'local', opcode: 0x20, args: noArgs, value: 0n, index };
}

function op<T extends 'i64' | 'bool'>(expr: T, opcode: number, args: readonly Node[]): Node<T> {
  return { expr, kind: 'op', opcode, args, value: 0n, index: 0 };
}
function loadOp<T extends 'i64' | 'bool'>(
  expr: T,
  opcode: number,
  at: I32,
  offset: number,
): Node<T> {
  return { expr, kind: 'load', opcode, args: [at], value: 0n, index: offset };
}

/** True for a constant of exactly this value. */
export function isConst(node: Node, value: bigint): boolean {
  return node.kind === 'const' && node.value === value;
}

type Fold = (a: bigint, b: bigint) => bigint;
const unsigned64 = (a: bigint) => BigInt.asUintN(64, a);
const truth = (a: boolean) => (a ? 1n : 0n);

/** Binary operator on i64; `identity` is a right operand that changes nothing. */
function binary64(opcode: number, fold: Fold | null, identity?: bigint) {
  return (a: I64, b: I64): I64 => {
    if (fold && a.kind === 'const' && b.kind === 'const') return i64Const(fold(a.value, b.value));
    if (identity !== undefined && isConst(b, identity)) return a;
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
  geU: compare64(0x5a, (a, b) => truth(unsigned64(a) >= unsigned64(b))),
  load: (at: I32, offset: number): I64 => loadOp('i64', 0x29, at, offset),
  load8: (at: I32, offset: number): I64 => loadOp('i64', 0x31, at, offset),
  load16: (at: I32, offset: number): I64 => loadOp('i64', 0x33, at, offset),
  load32: (at: I32, offset: number): I64 => loadOp('i64', 0x35, at, offset),
  /** The eight bytes in reverse order, by a byte shuffle: WebAssembly has no such scalar instruction. */
  swapBytes: (a: I64): I64 => ({ ...op('i64', 0xfd, [a]), kind: 'swap' }),
  /** Zero extension of an i32. */
  extendU: (a: I32): I64 =>
    a.kind === 'const' ? i64Const(BigInt.asUintN(32, a.value)) : op('i64', 0xad, [a]),
};

function binary32(opcode: number, fold: Fold, identity?: bigint) {
  return (a: I32, b: I32): I32 => {
    if (a.kind === 'const' && b.kind === 'const') return i32Const(toI32(fold(a.value, b.value)));
    if (identity !== undefined && isConst(b, identity)) return a;
    return op('bool', opcode, [a, b]);
  };
}
function toI32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** Operators on 32-bit values; a truth value is 0 or 1. */
export const i32 = {
  add: binary32(0x6a, (a, b) => a + b, 0n),
  sub: binary32(0x6b, (a, b) => a - b, 0n),
  and: binary32(0x71, (a, b) => a & b, -1n),
  or: binary32(0x72, (a, b) => a | b, 0n),
  xor: binary32(0x73, (a, b) => a ^ b, 0n),
  shl: binary32(0x74, (a, b) => a << (b & 31n), 0n),
  shrU: binary32(0x76, (a, b) => BigInt.asUintN(32, a) >> (b & 31n), 0n),
  rotl: (a: I32, by: number): I32 => op('bool', 0x77, [a, i32Const(by)]),
  eq: binary32(0x46, (a, b) => truth(a === b)),
  ne: binary32(0x47, (a, b) => truth(a !== b)),
  eqz: (a: I32): I32 =>
    a.kind === 'const' ? i32Const(a.value === 0n ? 1 : 0) : op('bool', 0x45, [a]),
  /** The low half of an i64. */
  wrap: (a: I64): I32 => {
    if (a.kind === 'const') return i32Const(toI32(a.value));
    const [inner] = a.args;
    return a.kind === 'op' && a.opcode === 0xad ? (inner as I32) : op('bool', 0xa7, [a]);
  },
  load: (at: I32, offset: number): I32 => loadOp('bool', 0x28, at, offset),
  load16: (at: I32, offset: number): I32 => loadOp('bool', 0x2f, at, offset),
};

/** `whenTrue` or `whenFalse`; both are evaluated. */
export function select<T extends 'i64' | 'bool'>(
  cond: I32,
  whenTrue: Node<T>,
  whenFalse: Node<T>,
): Node<T> {
  if (cond.kind === 'const') return cond.value !== 0n ? whenTrue : whenFalse;
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
    let rest = Number(wide);
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

/** i64x2.splat, v128.const, i8x16.swizzle, i64x2.extract_lane 0: an i64 with its bytes reversed. */
const SWAP_BYTES = [
  ...[0xfd, 0x12],
  ...[0xfd, 0x0c, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8],
  ...[0xfd, 0x0e],
  ...[0xfd, 0x1d, 0],
];

/** A label of an open block, loop or if. */
export type Label = number;

/** Instructions of one function body. */
export class Code {
  readonly bytes = new Bytes();
  #depth = 0;

  emit(node: Node): void {
    for (const arg of node.args) this.emit(arg);
    if (node.kind === 'swap') {
      for (const byte of SWAP_BYTES) this.bytes.u8(byte);
      return;
    }
    this.bytes.u8(node.opcode);
    if (node.kind === 'const') this.bytes.signed(node.value);
    else if (node.kind === 'local') this.bytes.unsigned(node.index);
    else if (node.kind === 'load') this.#memoryImmediate(node.index);
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
  /** Returns the value. */
  return(value: I32): void {
    this.emit(value);
    this.bytes.u8(0x0f);
  }
  /** A call whose i32 result goes to `result`. */
  call(functionIndex: number, args: readonly Node[], result: I32): void {
    for (const arg of args) this.emit(arg);
    this.bytes.u8(0x10);
    this.bytes.unsigned(functionIndex);
    this.bytes.u8(0x21);
    this.bytes.unsigned(result.index);
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
