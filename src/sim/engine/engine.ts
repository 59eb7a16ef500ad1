// Runs guest instructions: ties one arena's interpreter instances to the hardware layer's hooks, and does in
// TypeScript what the fast path leaves out (misses, accesses across pages, guarded stores, reservations, decoding).
import { Access, type Cause, type EngineHooks, type Stop } from './api.ts';
import { ACCESS, type ImportName } from './frame.ts';
import { type Interpreter, interpreterFor, type RunFunction } from './interpreter.ts';
import { LINE, PAGE } from './layout.ts';
import type { Arena } from './memory.ts';

const MSR_LE = 1;

/** One interpreter for one arena. */
interface Instance {
  readonly interpreter: Interpreter;
  readonly run: RunFunction;
}

/** Runs instructions of one arena's threads. All that it keeps besides the arena is cache. */
export class Engine {
  readonly #arena: Arena;
  readonly #hooks: EngineHooks;
  /** Big-endian and little-endian, made when first needed. */
  readonly #instances: (Instance | undefined)[] = [undefined, undefined];
  /** Byte order for which a thread's fetch translations were made. */
  readonly #fetchOrder: Uint8Array;
  /** The thread that runs, its byte order and the access whose miss is being served. */
  #tid = 0;
  #littleEndian = false;
  #access: Access = Access.load;
  /** Set by `mapFetch`: a miss hook that returns true must have called it. */
  #fetchMapped = false;

  constructor(arena: Arena, hooks: EngineHooks) {
    this.#arena = arena;
    this.#hooks = hooks;
    this.#fetchOrder = new Uint8Array(arena.threads);
  }

  /**
   * Runs thread `tid` from NIA until `budget` instructions are done or a hook stops it; `arena.executed` then says
   * how many were. MSR[LE] is taken at the start: what changes MSR also leaves the engine.
   */
  run(tid: number, budget: number): Stop {
    const order = this.#arena.msrLow(tid) & MSR_LE;
    this.#tid = tid;
    this.#littleEndian = order === 1;
    if (this.#fetchOrder[tid] !== order) {
      this.#fetchOrder[tid] = order;
      this.#arena.fast.flushFetch(tid);
    }
    const { run } = this.#instances[order] ?? this.#instantiate(order);
    return run(this.#arena.threadBase(tid), budget) as Stop;
  }

  /**
   * From `hooks.miss`: loads from the page of `ea` may go to real page number `realPage` (real address / 4096), and
   * stores if `writable`. Stores are let through only when the miss is a store, so that a page that is only read
   * does not count as written.
   */
  mapData(tid: number, ea: bigint, realPage: number, writable: boolean): void {
    const store = writable && this.#access === Access.store;
    if (store) this.#arena.markWritten(realPage);
    this.#arena.fast.mapData(tid, ea, realPage, store);
  }

  /** From `hooks.miss`: thread `tid` may fetch from the page of `ea`, which is real page number `realPage`. */
  mapFetch(tid: number, ea: bigint, realPage: number): void {
    const { code, fast } = this.#arena;
    let address = code.find(realPage, this.#littleEndian);
    if (address === undefined) {
      const slot = code.allocate(realPage, this.#littleEndian);
      if (slot.evicted) {
        for (let thread = 0; thread < this.#arena.threads; thread++) fast.flushFetch(thread);
      }
      address = slot.code;
    }
    fast.mapFetch(tid, ea, address);
    this.#fetchMapped = true;
  }

  /** Forgets the fast translations of a thread: its context or its TLB has changed. */
  flushThread(tid: number): void {
    this.#arena.fast.flush(tid);
  }

  /** Forgets all caches; nothing visible changes. */
  dropCaches(): void {
    this.#arena.dropCaches();
  }

  // --- what the WebAssembly code calls

  #instantiate(order: number): Instance {
    const interpreter = interpreterFor(order === 1);
    const imports: Record<ImportName, (...args: number[]) => number> = {
      fetchMiss: () => this.#fetchMiss(),
      decodeLine: (entry = 0) => this.#decodeLine(entry, interpreter),
      slowLoad: (access = 0) => this.#slowLoad(access),
      slowStore: (access = 0) => this.#slowStore(access),
      loadReserve: (access = 0) => this.#loadReserve(access),
      storeConditional: (access = 0) => this.#storeConditional(access),
      helper: (number = 0) => this.#hooks.helper(this.#tid, number),
      raise: (cause = 0) => this.#raise(cause as Cause),
      raiseWord: (entry = 0, cause = 0) => this.#raiseWord(entry, cause as Cause),
    };
    const instance = new WebAssembly.Instance(interpreter.module, {
      engine: { memory: this.#arena.memory, ...imports },
    });
    const made = { interpreter, run: instance.exports.run as RunFunction };
    this.#instances[order] = made;
    return made;
  }

  /** 1: the page of NIA is mapped. 0: an interrupt was raised. */
  #fetchMiss(): number {
    const nia = this.#arena.nia(this.#tid);
    this.#fetchMapped = false;
    if (!this.#miss(nia, Access.fetch)) return 0;
    if (!this.#fetchMapped) throw unmapped(nia);
    return 1;
  }

  #decodeLine(entry: number, { layouts }: Interpreter): number {
    const arena = this.#arena;
    const place = arena.code.place(entry);
    arena.guardLine(place.ra);
    arena.code.decodeLine(place, layouts, (ra) => arena.read32(ra, place.littleEndian));
    return 0;
  }

  #slowLoad(access: number): number {
    const places = this.#translateBytes(Access.load, access & ACCESS.size);
    if (places === null) return 0;
    const littleEndian = (access & ACCESS.littleEndian) !== 0;
    let value = 0n;
    for (const ra of littleEndian ? places.toReversed() : places) {
      value = (value << 8n) | BigInt(this.#arena.read8(ra));
    }
    this.#arena.setResult(this.#tid, value);
    return 1;
  }

  #slowStore(access: number): number {
    const places = this.#translateBytes(Access.store, access & ACCESS.size);
    if (places === null) return 0;
    const littleEndian = (access & ACCESS.littleEndian) !== 0;
    let value = this.#arena.arg(this.#tid, 1);
    for (const ra of littleEndian ? places : places.toReversed()) {
      this.#arena.store8(this.#tid, ra, Number(value & 0xffn));
      value >>= 8n;
    }
    return 1;
  }

  #loadReserve(access: number): number {
    const ea = this.#arena.arg(this.#tid, 0);
    if (this.#slowLoad(access) === 0) return 0;
    this.#arena.reserve(this.#tid, this.#arena.fast.translate(this.#tid, ea, false));
    return 1;
  }

  /** The store happens if the reservation is of the same 128-byte line; the result tells whether. */
  #storeConditional(access: number): number {
    const arena = this.#arena;
    const ra = this.#translate(arena.arg(this.#tid, 0), Access.store);
    if (ra < 0) return 0;
    const holds = arena.reservation(this.#tid) === ra - (ra % LINE);
    if (holds) this.#slowStore(access);
    arena.clearReservation(this.#tid);
    arena.setResult(this.#tid, holds ? 1n : 0n);
    return 1;
  }

  #raise(cause: Cause): number {
    this.#hooks.raise(this.#tid, cause);
    return 0;
  }

  /** For the causes whose interrupt shows the instruction word. */
  #raiseWord(entry: number, cause: Cause): number {
    const { ra, littleEndian } = this.#arena.code.place(entry);
    this.#arena.setArg(0, BigInt(this.#arena.read32(ra, littleEndian)));
    return this.#raise(cause);
  }

  // --- translation

  /** Real addresses of the bytes at argument 0, or null when an interrupt was raised. Nothing is accessed before. */
  #translateBytes(access: Access, size: number): number[] | null {
    const ea = this.#arena.arg(this.#tid, 0);
    const ra = this.#translate(ea, access);
    if (ra < 0) return null;
    const inFirst = Math.min(size, PAGE - (ra % PAGE));
    const second = inFirst < size ? this.#translate(ea + BigInt(inFirst), access) : 0;
    if (second < 0) return null;
    return Array.from({ length: size }, (_, i) => (i < inFirst ? ra + i : second + i - inFirst));
  }

  /** Real address of `address`, or -1 when an interrupt was raised. */
  #translate(address: bigint, access: Access): number {
    const ea = BigInt.asUintN(64, address);
    const store = access === Access.store;
    const known = this.#arena.fast.translate(this.#tid, ea, store);
    if (known >= 0) return known;
    if (!this.#miss(ea, access)) return -1;
    const ra = this.#arena.fast.translate(this.#tid, ea, store);
    if (ra < 0) throw unmapped(ea);
    return ra;
  }

  #miss(ea: bigint, access: Access): boolean {
    this.#access = access;
    this.#arena.setArg(0, ea);
    return this.#hooks.miss(this.#tid, access);
  }
}

function unmapped(ea: bigint): Error {
  return new Error(`Engine: the miss hook mapped no page for 0x${ea.toString(16)}`);
}
