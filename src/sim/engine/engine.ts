// Runs guest instructions: ties one arena's interpreter instances to the hardware layer's hooks, and does in
// TypeScript what the fast path leaves out (misses, accesses across pages, guarded stores, reservations, decoding).

import type { Version } from '../isa/row.ts';
import { Access, type Cause, type EngineHooks, type Stop } from './api.ts';
import type { PickInstruction } from './code-cache.ts';
import { ColdEnd, type ImportName } from './frame.ts';
import { interpreterFor, type RunFunction } from './interpreter.ts';
import type { Arena } from './memory.ts';
import { SlowPath, unmapped } from './slow-path.ts';

const MSR_LE = 1;
/** In the high half of the MSR. */
const MSR_SF = 0x8000_0000;

/** Runs instructions of one arena's threads. All that it keeps besides the arena is cache. */
export class Engine {
  readonly #arena: Arena;
  readonly #hooks: EngineHooks;
  readonly #version: Version;
  /** By MSR[LE] + 2 * MSR[SF] + 4 * facilities, made when first needed. */
  readonly #instances: (RunFunction | undefined)[] = [];
  /** Byte order for which a thread's fetch translations were made. */
  readonly #fetchOrder: Uint8Array;
  readonly #slow: SlowPath;
  /** Byte order of the thread that runs. */
  #littleEndian = false;
  /** Set by `mapFetch`: a miss hook that returns true must have called it. */
  #fetchMapped = false;
  /** A facility has been on: from then on only modules that have their rows are used. */
  #facilities = false;
  #stops: PickInstruction | null = null;

  /** For a CPU of the given version of the architecture: instructions that it lacks are illegal. */
  constructor(arena: Arena, hooks: EngineHooks, version: Version = '3.0') {
    this.#arena = arena;
    this.#hooks = hooks;
    this.#version = version;
    this.#slow = new SlowPath(arena, hooks);
    this.#fetchOrder = new Uint8Array(arena.threads);
  }

  /**
   * Runs thread `tid` from NIA until `budget` instructions are done or a hook stops it; `arena.executed` then says
   * how many were. `facilities` are the bits FP, VEC and VSX of the MSR, each 0 when something withholds it. They
   * and MSR[LE] and MSR[SF] are taken at the start: what changes MSR also leaves the engine.
   */
  run(tid: number, budget: number, facilities = 0): Stop {
    const order = this.#arena.msrLow(tid) & MSR_LE;
    this.#littleEndian = order === 1;
    this.#slow.tid = tid;
    this.#slow.sixtyFour = (this.#arena.msrHigh(tid) & MSR_SF) !== 0;
    if (this.#fetchOrder[tid] !== order) {
      this.#fetchOrder[tid] = order;
      this.#arena.fast.flushFetch(tid);
    }
    this.#arena.setFacilities(facilities);
    if (facilities !== 0 && !this.#facilities) this.#admitFacilities();
    const mode = order + (this.#slow.sixtyFour ? 2 : 0) + (this.#facilities ? 4 : 0);
    const run = this.#instances[mode] ?? this.#instantiate(mode);
    return run(this.#arena.threadBase(tid), budget) as Stop;
  }

  /**
   * From `hooks.miss`: loads from the page of `ea` may go to real page number `realPage` (real address / 4096), and
   * stores if `writable`. Stores are let through only when the miss is a store, so that a page that is only read
   * does not count as written. `once`: for this access only, so that the next one to the page comes to `miss` again
   * (the page holds a watched doubleword or a device register).
   */
  mapData(tid: number, ea: bigint, realPage: number, writable: boolean, once = false): void {
    const store = writable && this.#slow.access === Access.store;
    if (store) this.#arena.markWritten(realPage);
    if (once) this.#slow.once = realPage;
    else this.#arena.fast.mapData(tid, ea, realPage, store);
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

  /** Forgets the fast translations of `pages` pages from the one of `ea` on, and of others that share their entries. */
  dropTranslations(tid: number, ea: bigint, pages: number): void {
    this.#arena.fast.dropPages(tid, ea, pages);
  }

  /** Forgets all caches; nothing visible changes. */
  dropCaches(): void {
    this.#arena.dropCaches();
  }

  /** From now on `run` stops before it executes an instruction that `picks` chooses; null: at none. */
  stopBefore(picks: PickInstruction | null): void {
    this.#stops = picks;
    this.dropCaches();
  }

  /** The instruction word at `ea`, when thread `tid` fetched it of late; else undefined. */
  wordAt(tid: number, ea: bigint): number | undefined {
    const entry = this.#arena.fast.codeOf(tid, ea);
    if (entry < 0) return undefined;
    const { ra, littleEndian } = this.#arena.code.place(entry);
    return this.#arena.read32(ra, littleEndian);
  }

  /** What was decoded before lacks the operands that only those modules read. */
  #admitFacilities(): void {
    this.#facilities = true;
    this.dropCaches();
  }

  // --- what the WebAssembly code calls

  #instantiate(mode: number): RunFunction {
    const slow = this.#slow;
    const imports: Record<ImportName, (...args: number[]) => number> = {
      fetchMiss: () => this.#fetchMiss(),
      mapFetch: (realPage = 0) => this.#mapFetch(realPage),
      decodeLine: (entry = 0) => this.#decodeLine(entry),
      slowLoad: (access = 0) => slow.load(access),
      slowStore: (access = 0) => slow.store(access),
      loadReserve: (access = 0) => slow.loadReserve(access),
      storeConditional: (access = 0) => slow.storeConditional(access),
      loadString: (register = 0) => slow.loadString(register),
      storeString: (register = 0) => slow.storeString(register),
      loadAtomic: (access = 0, code = 0, register = 0) => slow.loadAtomic(access, code, register),
      storeAtomic: (access = 0, code = 0, register = 0) => slow.storeAtomic(access, code, register),
      helper: (number = 0) => this.#hooks.helper(slow.tid, number),
      raise: (cause = 0) => this.#raise(cause as Cause),
      raiseWord: (entry = 0, cause = 0) => this.#raiseWord(entry, cause as Cause),
    };
    const module = interpreterFor({
      littleEndian: this.#littleEndian,
      sixtyFour: slow.sixtyFour,
      version30: this.#version === '3.0',
      facilities: this.#facilities,
    });
    const instance = new WebAssembly.Instance(module, {
      engine: { memory: this.#arena.memory, ...imports },
    });
    const run = instance.exports.run as RunFunction;
    this.#instances[mode] = run;
    return run;
  }

  /** 1: the page of NIA is mapped. 0: an interrupt was raised. */
  #fetchMiss(): number {
    const nia = this.#arena.nia(this.#slow.tid);
    this.#fetchMapped = false;
    if (!this.#slow.miss(nia, Access.fetch, 4)) return 0;
    if (!this.#fetchMapped) throw unmapped(nia);
    return 1;
  }

  /** The page of NIA is `realPage`: 1. */
  #mapFetch(realPage: number): number {
    const { tid } = this.#slow;
    this.mapFetch(tid, this.#arena.nia(tid), realPage);
    return 1;
  }

  /** ColdEnd.ready: decoded. ColdEnd.stopAt: the run stops here. */
  #decodeLine(entry: number): number {
    const arena = this.#arena;
    const place = arena.code.place(entry);
    const read = (ra: number) => arena.read32(ra, place.littleEndian);
    if (this.#stops?.(place.ra, read(place.ra)) === true) return ColdEnd.stopAt;
    arena.guardLine(place.ra);
    arena.code.decodeLine(place, this.#version, read, this.#stops);
    return ColdEnd.ready;
  }

  #raise(cause: Cause): number {
    this.#hooks.raise(this.#slow.tid, cause);
    return 0;
  }

  /** For the causes whose interrupt shows the instruction word. */
  #raiseWord(entry: number, cause: Cause): number {
    const { ra, littleEndian } = this.#arena.code.place(entry);
    this.#arena.setArg(0, BigInt(this.#arena.read32(ra, littleEndian)));
    return this.#raise(cause);
  }
}
