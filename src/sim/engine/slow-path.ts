// What TypeScript does for the instruction that the cold function executes: accesses without a fast translation,
// across pages or to guarded lines, reservations, strings and atomic operations. Arguments are in the scratch page
// (argument 0 is the EA); each function returns 0 when it has raised an interrupt, and nothing was accessed then.
import { Access, Cause, type EngineHooks } from './api.ts';
import { LOAD_ATOMICS, neighbourOf, STORE_ATOMICS, STORE_TWIN } from './atomics.ts';
import { ACCESS } from './frame.ts';
import { LINE, PAGE } from './layout.ts';
import type { Arena } from './memory.ts';

const WORD = 4;

/** Serves one arena; `Engine` says which thread runs and in which mode. */
export class SlowPath {
  tid = 0;
  sixtyFour = true;
  /** The kind of access whose miss is being served. */
  access: Access = Access.load;
  /** Real page for the current access only, from the miss hook, or -1. */
  once = -1;
  readonly #arena: Arena;
  readonly #hooks: EngineHooks;

  constructor(arena: Arena, hooks: EngineHooks) {
    this.#arena = arena;
    this.#hooks = hooks;
  }

  /** Asks the hook for a translation; false when it has raised an interrupt. */
  miss(ea: bigint, access: Access, size: number): boolean {
    this.access = access;
    this.once = -1;
    this.#arena.setArg(0, ea);
    return this.#hooks.miss(this.tid, access, size);
  }

  load(description: number): number {
    const places = this.#places(this.#ea(), description & ACCESS.size, Access.load);
    if (places === null) return 0;
    this.#arena.setResult(this.tid, this.#read(places, isLittleEndian(description)));
    return 1;
  }

  store(description: number): number {
    const places = this.#places(this.#ea(), description & ACCESS.size, Access.store);
    if (places === null) return 0;
    this.#write(places, this.#arena.arg(this.tid, 1), isLittleEndian(description));
    return 1;
  }

  loadReserve(description: number): number {
    const places = this.#places(this.#ea(), description & ACCESS.size, Access.load);
    if (places === null) return 0;
    this.#arena.setResult(this.tid, this.#read(places, isLittleEndian(description)));
    this.#arena.reserve(this.tid, places[0] ?? 0);
    return 1;
  }

  /** The store happens if the reservation is of the same 128-byte line; the result tells whether. */
  storeConditional(description: number): number {
    const { tid } = this;
    const arena = this.#arena;
    const size = description & ACCESS.size;
    const places = this.#places(this.#ea(), size, Access.store);
    if (places === null) return 0;
    const ra = places[0] ?? 0;
    const holds = arena.reservation(tid) === ra - (ra % LINE);
    const value = arena.arg(tid, 1);
    const whole = size === 16 ? (value << 64n) | arena.arg(tid, 2) : value;
    if (holds) this.#write(places, whole, isLittleEndian(description));
    arena.clearReservation(tid);
    arena.setResult(tid, holds ? 1n : 0n);
    return 1;
  }

  /** Argument 1 bytes into the low words of the registers from `register` on. */
  loadString(register: number): number {
    const { tid } = this;
    const places = this.#places(this.#ea(), Number(this.#arena.arg(tid, 1)), Access.load);
    if (places === null) return 0;
    for (let i = 0; i < places.length; i += WORD) {
      const part = places.slice(i, i + WORD);
      const word = this.#read(part, false) << BigInt(8 * (WORD - part.length));
      this.#arena.setGpr(tid, (register + i / WORD) % 32, word);
    }
    return 1;
  }

  storeString(register: number): number {
    const { tid } = this;
    const places = this.#places(this.#ea(), Number(this.#arena.arg(tid, 1)), Access.store);
    if (places === null) return 0;
    for (let i = 0; i < places.length; i += WORD) {
      const part = places.slice(i, i + WORD);
      const word = this.#arena.gpr(tid, (register + i / WORD) % 32);
      this.#write(part, word >> BigInt(8 * (WORD - part.length)), false);
    }
    return 1;
  }

  loadAtomic(description: number, code: number, register: number): number {
    const operand = (n: number) => this.#arena.gpr(this.tid, (register + n) % 32);
    const result = this.#atomic(description, code, LOAD_ATOMICS, operand(1), operand(2));
    if (result === null) return 0;
    this.#arena.setGpr(this.tid, register, result);
    return 1;
  }

  storeAtomic(description: number, code: number, register: number): number {
    const operand = this.#arena.gpr(this.tid, register);
    return this.#atomic(description, code, STORE_ATOMICS, operand, 0n) === null ? 0 : 1;
  }

  // --- private

  #ea(): bigint {
    return this.#arena.arg(this.tid, 0);
  }

  /** The old value in storage or what the operation reports instead; null when an interrupt was raised. */
  #atomic(
    description: number,
    code: number,
    operations: typeof LOAD_ATOMICS,
    first: bigint,
    second: bigint,
  ): bigint | null {
    const operation = operations.get(code);
    if (operation === undefined) {
      this.#hooks.raise(this.tid, Cause.badAtomic);
      return null;
    }
    const size = description & ACCESS.size;
    const littleEndian = isLittleEndian(description);
    const bits = size === 4 ? 32 : 64;
    const ea = this.#ea();
    const beside = neighbourOf(code);
    const places = this.#places(ea, size, Access.store);
    if (places === null) return null;
    const there = beside === 0 ? [] : this.#places(ea + BigInt(beside * size), size, Access.store);
    if (there === null) return null;
    const [old, neighbour] = [this.#read(places, littleEndian), this.#read(there, littleEndian)];
    const { memory, result } = operation({
      bits,
      memory: old,
      neighbour,
      first: BigInt.asUintN(bits, first),
      second: BigInt.asUintN(bits, second),
    });
    this.#write(places, memory, littleEndian);
    if (operations === STORE_ATOMICS && code === STORE_TWIN && old === neighbour) {
      this.#write(there, memory, littleEndian);
    }
    return result;
  }

  #read(places: readonly number[], littleEndian: boolean): bigint {
    let value = 0n;
    for (const ra of littleEndian ? places.toReversed() : places) {
      value = (value << 8n) | BigInt(this.#arena.read8(ra));
    }
    return value;
  }

  #write(places: readonly number[], value: bigint, littleEndian: boolean): void {
    let rest = value;
    for (const ra of littleEndian ? places : places.toReversed()) {
      this.#arena.store8(this.tid, ra, Number(rest & 0xffn));
      rest >>= 8n;
    }
  }

  /** Real addresses of the bytes at `ea`, or null when an interrupt was raised. */
  #places(ea: bigint, size: number, access: Access): number[] | null {
    if (size === 0) return [];
    const inFirst = Math.min(size, PAGE - Number(ea % BigInt(PAGE)));
    const first = this.#translate(ea, inFirst, access);
    if (first < 0) return null;
    const rest = size - inFirst;
    const second = rest > 0 ? this.#translate(ea + BigInt(inFirst), rest, access) : 0;
    if (second < 0) return null;
    return Array.from({ length: size }, (_, i) => (i < inFirst ? first + i : second + i - inFirst));
  }

  /** Real address of `address`, or -1 when an interrupt was raised. */
  #translate(address: bigint, size: number, access: Access): number {
    const ea = BigInt.asUintN(this.sixtyFour ? 64 : 32, address);
    const store = access === Access.store;
    const known = this.#arena.fast.translate(this.tid, ea, store);
    if (known >= 0) return known;
    if (!this.miss(ea, access, size)) return -1;
    if (this.once >= 0) return this.once * PAGE + Number(ea % BigInt(PAGE));
    const ra = this.#arena.fast.translate(this.tid, ea, store);
    if (ra < 0) throw unmapped(ea);
    return ra;
  }
}

function isLittleEndian(description: number): boolean {
  return (description & ACCESS.littleEndian) !== 0;
}

/** Our bug: a miss hook said that it had mapped the page. */
export function unmapped(ea: bigint): Error {
  return new Error(`Engine: the miss hook mapped no page for 0x${ea.toString(16)}`);
}
