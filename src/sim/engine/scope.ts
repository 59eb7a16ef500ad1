// Temporary locals of a function being written, and memory accesses that need them.
import type { Size } from '../isa/builder.ts';
import {
  type Code,
  type I32,
  type I64,
  i32,
  i32Const,
  i64,
  local,
  type Node,
  type V128,
  type ValueType,
} from './emitter.ts';

/** Gives out temporaries of each type; `reset` takes all back for reuse. */
export class Scope {
  readonly code: Code;
  /** Types of the function's locals after its parameters, in order. */
  readonly locals: ValueType[] = [];
  readonly #parameters: number;
  readonly #pools = new Map<ValueType, { readonly nodes: Node[]; used: number }>();

  /** For a function of `parameters` parameters. */
  constructor(code: Code, parameters: number) {
    this.code = code;
    this.#parameters = parameters;
  }

  reset(): void {
    for (const pool of this.#pools.values()) pool.used = 0;
  }
  /** A local that `reset` never gives to anybody else. */
  fixed<T extends ValueType>(type: T): Node<T> {
    this.locals.push(type);
    return local(type, this.#parameters + this.locals.length - 1);
  }
  temp<T extends ValueType>(type: T): Node<T> {
    let pool = this.#pools.get(type);
    if (pool === undefined) {
      pool = { nodes: [], used: 0 };
      this.#pools.set(type, pool);
    }
    if (pool.used === pool.nodes.length) pool.nodes.push(this.fixed(type));
    return pool.nodes[pool.used++] as Node<T>;
  }
  /** Evaluates once. */
  let<T extends ValueType>(value: Node<T>): Node<T> {
    if (value.kind === 'const' || value.kind === 'local') return value;
    const temp = this.temp(value.expr);
    this.code.set(temp, value);
    return temp;
  }
  let32 = (value: I32): I32 => this.let(value);
  let64 = (value: I64): I64 => this.let(value);
  let128 = (value: V128): V128 => this.let(value);

  /** Value at arena address `at`, zero-extended, its bytes reversed if `swap`. */
  loadMemory(at: I32, size: Size, swap: boolean): I64 {
    switch (size) {
      case 1:
        return i64.load8(at, 0);
      case 2:
        return swap ? i64.extendU(this.#swap16(i32.load16(at, 0))) : i64.load16(at, 0);
      case 4:
        return swap ? i64.extendU(this.#swap32(i32.load(at, 0))) : i64.load32(at, 0);
      case 8:
        return swap ? i64.swapBytes(i64.load(at, 0)) : i64.load(at, 0);
    }
  }

  /** Stores the low bytes of `value` at arena address `at`, reversed if `swap`. */
  storeMemory(at: I32, size: Size, value: I64, swap: boolean): void {
    this.code.store64(size, at, 0, swap ? this.#swapped(value, size) : value);
  }

  #swapped(value: I64, size: Size): I64 {
    switch (size) {
      case 1:
        return value;
      case 2:
        return i64.extendU(this.#swap16(i32.wrap(value)));
      case 4:
        return i64.extendU(this.#swap32(i32.wrap(value)));
      case 8:
        return i64.swapBytes(value);
    }
  }

  /** The low two bytes exchanged; higher bits are undefined unless the value has none. */
  #swap16(value: I32): I32 {
    const v = this.let32(value);
    return i32.or(
      i32.and(i32.shl(v, i32Const(8)), i32Const(0xff00)),
      i32.and(i32.shrU(v, i32Const(8)), i32Const(0xff)),
    );
  }

  #swap32(value: I32): I32 {
    const v = this.let32(value);
    return i32.or(
      i32.and(i32.rotl(v, 8), i32Const(0x00ff00ff)),
      i32.and(i32.rotl(v, 24), i32Const(0xff00ff00)),
    );
  }
}
