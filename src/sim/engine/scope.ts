// Temporary locals of a function being written, and memory accesses that need them.
import type { Size } from '../isa/builder.ts';
import {
  type Code,
  type I32,
  type I64,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Local,
} from './emitter.ts';

/** Temporaries are numbered from the first free i32 and i64 local; `reset` reuses them. */
export class Scope {
  readonly code: Code;
  readonly #first: { readonly i32: number; readonly i64: number };
  #used32 = 0;
  #used64 = 0;
  /** Most temporaries ever in use: how many locals the function must declare. */
  peak32 = 0;
  peak64 = 0;

  constructor(code: Code, first: { i32: number; i64: number }) {
    this.code = code;
    this.#first = first;
  }

  reset(): void {
    this.#used32 = 0;
    this.#used64 = 0;
  }
  temp32(): I32 {
    this.peak32 = Math.max(this.peak32, ++this.#used32);
    return i32Local(this.#first.i32 + this.#used32 - 1);
  }
  temp64(): I64 {
    this.peak64 = Math.max(this.peak64, ++this.#used64);
    return i64Local(this.#first.i64 + this.#used64 - 1);
  }
  /** Evaluates once. */
  let32(value: I32): I32 {
    if (value.kind === 'const' || value.kind === 'local') return value;
    const temp = this.temp32();
    this.code.set(temp, value);
    return temp;
  }
  let64(value: I64): I64 {
    if (value.kind === 'const' || value.kind === 'local') return value;
    const temp = this.temp64();
    this.code.set(temp, value);
    return temp;
  }

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
