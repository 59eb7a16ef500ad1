// The arena of a machine: thread registers and real memory in one linear memory that the interpreter shares.
// Registers and real memory are state (hashed, saved by page); guard words, fast translations and decoded code
// are caches that follow them. TypeScript above the engine reads and writes the arena only through this class; the
// registers are in its base class (registers.ts), the caches in fast-cache.ts and code-cache.ts.
import { CodeCache } from './code-cache.ts';
import { FastCache } from './fast-cache.ts';
import { type ArenaPlan, LINE, MARK, PAGE, planArena, SCRATCH, THREAD_PAGES } from './layout.ts';
import { hashPage } from './page-hash.ts';
import { type CoreRegisters, Registers } from './registers.ts';

const { dirty: DIRTY, unhashed: UNHASHED, unseen: UNSEEN, written: WRITTEN } = MARK;
const WASM_PAGE = 65536;
/** Cores of one thread, which shares nothing. */
const ALONE: CoreRegisters = { threadsPerCore: 1, shared: [] };

/** Threads and real memory of one machine. Values of 64 bits are `bigint`, unsigned; real addresses are numbers. */
export class Arena extends Registers {
  readonly threads: number;
  readonly realBytes: number;
  /** State pages: THREAD_PAGES per thread, then the pages of real memory. */
  readonly pageCount: number;
  /** Number of the page of real address 0: how many thread pages there are. */
  readonly firstReal: number;
  /** The linear memory, for the engine's instances. */
  readonly memory: WebAssembly.Memory;
  readonly plan: ArenaPlan;
  readonly fast: FastCache;
  readonly code: CodeCache;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  /** Marks of each state page; a page that the fast path may store to has all of them. */
  readonly #marks: Uint8Array;
  /** Told of each access of TypeScript to real memory. */
  onMemory: (() => void) | null = null;
  /** Counts the calls of `markWritten`. */
  writes = 0;
  readonly #pageHash = new Map<number, bigint>();
  #hash = 0n;

  /** `realBytes` is a multiple of 4096. All registers and memory are zero; no thread has a reservation. */
  constructor(options: { threads: number; realBytes: number; core?: CoreRegisters }) {
    const plan = planArena(options.threads, options.realBytes);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(plan.bytes / WASM_PAGE) });
    const view = new DataView(memory.buffer);
    super(view, plan, options.core ?? ALONE);
    this.plan = plan;
    this.memory = memory;
    this.#view = view;
    this.threads = options.threads;
    this.realBytes = options.realBytes;
    this.firstReal = this.threads * THREAD_PAGES;
    this.pageCount = this.firstReal + this.realBytes / PAGE;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#marks = new Uint8Array(this.memory.buffer, plan.marksBase, this.pageCount);
    this.#marks.fill(DIRTY | UNHASHED, 0, this.firstReal);
    this.#writePlan();
    this.fast = new FastCache(this.#view, this.plan);
    this.code = new CodeCache(this.#view, this.plan);
    for (let thread = 0; thread < this.threads; thread++) this.clearReservation(thread);
  }

  // --- reservations

  /** Reserves the line that holds real address `ra`; stores of others to it are watched from now on. */
  reserve(thread: number, ra: number): void {
    const line = ra - (ra % LINE);
    this.setReservation(thread, line);
    this.guardLine(line);
  }
  /** A store to the line of `ra` by `thread` (none: the host): all others lose a reservation of that line. */
  clearReservations(ra: number, thread = -1): void {
    const line = ra - (ra % LINE);
    for (let other = 0; other < this.threads; other++) {
      if (other !== thread && this.reservation(other) === line) this.clearReservation(other);
    }
  }

  // --- real memory. Big-endian unless `le`. An address outside real memory is our bug and throws.

  read8(ra: number): number {
    return this.#view.getUint8(this.#at(ra, 1));
  }
  read16(ra: number, le = false): number {
    return this.#view.getUint16(this.#at(ra, 2), le);
  }
  read32(ra: number, le = false): number {
    return this.#view.getUint32(this.#at(ra, 4), le);
  }
  read64(ra: number, le = false): bigint {
    return this.#view.getBigUint64(this.#at(ra, 8), le);
  }
  write8(ra: number, value: number): void {
    this.beforeStore(ra, 1);
    this.#view.setUint8(this.#at(ra, 1), value);
  }
  write16(ra: number, value: number, le = false): void {
    this.beforeStore(ra, 2);
    this.#view.setUint16(this.#at(ra, 2), value, le);
  }
  write32(ra: number, value: number, le = false): void {
    this.beforeStore(ra, 4);
    this.#view.setUint32(this.#at(ra, 4), value, le);
  }
  write64(ra: number, value: bigint, le = false): void {
    this.beforeStore(ra, 8);
    this.#view.setBigUint64(this.#at(ra, 8), value, le);
  }
  /** A byte stored by a hardware thread, whose own reservation survives it. */
  store8(thread: number, ra: number, value: number): void {
    this.beforeStore(ra, 1, thread);
    this.#view.setUint8(this.#at(ra, 1), value);
  }
  /** A copy of `length` bytes. */
  readBytes(ra: number, length: number): Uint8Array<ArrayBuffer> {
    const at = this.#at(ra, length);
    return this.#bytes.slice(at, at + length) as Uint8Array<ArrayBuffer>;
  }
  writeBytes(ra: number, source: Uint8Array): void {
    if (source.length === 0) return;
    this.beforeStore(ra, source.length);
    this.#bytes.set(source, this.#at(ra, source.length));
  }

  /**
   * Called before bytes of real memory change, by `thread` or by the host (-1): marks the pages, drops decoded
   * lines and the reservations of others.
   */
  beforeStore(ra: number, length: number, thread = -1): void {
    this.#at(ra, length);
    for (let line = ra - (ra % LINE); line < ra + length; line += LINE) {
      this.markWritten(Math.floor(line / PAGE));
      if (this.#guarded(line)) this.#releaseLine(line, thread);
    }
  }

  /** Marks a real page as changed for checkpoints, for the hash and for pictures. */
  markWritten(realPage: number): void {
    this.#marks[this.firstReal + realPage] = WRITTEN;
    this.writes += 1;
  }

  /**
   * Real page numbers within `bytes` bytes from `ra` (both multiples of 4096) that were written since the last call
   * that covered them, ascending: how a picture of a table is kept current.
   */
  takeWritten(ra: number, bytes: number): number[] {
    const first = this.firstReal + ra / PAGE;
    const pages: number[] = [];
    for (let page = first; page < first + bytes / PAGE; page++) {
      const marks = this.#marks[page] ?? 0;
      if ((marks & UNSEEN) === 0) continue;
      this.#marks[page] = marks & ~UNSEEN;
      pages.push(page - this.firstReal);
    }
    if (pages.length > 0) this.fast.withdrawStores();
    return pages;
  }

  /** From now on a store into the line of `ra` comes to `beforeStore`. */
  guardLine(ra: number): void {
    const at = this.#guardAt(ra);
    this.fast.guardPage(Math.floor(ra / PAGE));
    this.#view.setInt32(at, this.#view.getInt32(at, true) | lineBit(ra), true);
  }

  // --- pages of state: thread pages, then real memory from `firstReal` on

  /** Pages that may have changed since `clearDirty`, ascending; thread pages always. */
  dirtyPages(): number[] {
    const pages: number[] = [];
    for (let page = 0; page < this.pageCount; page++) {
      if (page < this.firstReal || ((this.#marks[page] ?? 0) & DIRTY) !== 0) pages.push(page);
    }
    return pages;
  }

  /** Pages that may hold anything but zeroes, ascending: those ever written; thread pages always. */
  usedPages(): number[] {
    const pages: number[] = [];
    for (let page = 0; page < this.pageCount; page++) if (this.#isUsed(page)) pages.push(page);
    return pages;
  }
  /** False: the page of real address `ra` holds zeroes, for nothing was ever written to it. */
  isUsed(ra: number): boolean {
    return this.#isUsed(this.firstReal + Math.floor(ra / PAGE));
  }

  clearDirty(): void {
    this.#unmark(DIRTY);
  }

  copyPage(page: number, target: Uint8Array, offset: number): void {
    const at = this.#pageAt(page);
    target.set(this.#bytes.subarray(at, at + PAGE), offset);
  }

  /** Replaces a page by the 4096 bytes at `offset` of `source`, and drops every cache that depended on it. */
  restorePage(page: number, source: Uint8Array, offset: number): void {
    this.#bytes.set(source.subarray(offset, offset + PAGE), this.#pageAt(page));
    if (page < this.firstReal) {
      this.threadReplaced(Math.floor(page / THREAD_PAGES));
      return;
    }
    this.markWritten(page - this.firstReal);
    this.code.dropPage(page - this.firstReal);
  }

  /** The registers of a thread were replaced behind the back of the caches that depend on them. */
  threadReplaced(thread: number): void {
    this.fast.flush(thread);
    this.countContextWrite(thread);
    const line = this.reservation(thread);
    if (line >= 0) this.guardLine(line);
  }

  /** 64-bit hash of all state pages: a function of their bytes alone. Only pages written since are read again. */
  hash(): bigint {
    for (let page = 0; page < this.pageCount; page++) {
      if (page >= this.firstReal && ((this.#marks[page] ?? 0) & UNHASHED) === 0) continue;
      const hash = hashPage(this.#view, this.#pageAt(page), page);
      this.#hash += hash - (this.#pageHash.get(page) ?? 0n);
      this.#pageHash.set(page, hash);
    }
    this.#hash = BigInt.asUintN(64, this.#hash);
    this.#unmark(UNHASHED);
    return this.#hash;
  }

  /** Forgets all caches (decoded code, fast translations, guards); nothing visible changes. */
  dropCaches(): void {
    this.fast.flushAll();
    this.code.dropAll();
    const guards = this.plan.guardBase;
    this.#bytes.fill(0, guards, guards + (this.realBytes / PAGE) * 4);
    for (let thread = 0; thread < this.threads; thread++) {
      const line = this.reservation(thread);
      if (line >= 0) this.guardLine(line);
    }
  }

  // --- private

  /** Tells the engine's code where things lie. */
  #writePlan(): void {
    const { realBase, realBytes, guardBase, marksBase, guardedBase } = this.plan;
    const put = (at: number, value: number) => this.#view.setUint32(at, value, true);
    put(SCRATCH.realBase, realBase);
    put(SCRATCH.realBytes, realBytes);
    put(SCRATCH.guardBase, guardBase);
    put(SCRATCH.realMarks, marksBase + this.firstReal);
    put(SCRATCH.guardedBase, guardedBase);
  }

  #isUsed(page: number): boolean {
    const unhashed = ((this.#marks[page] ?? 0) & UNHASHED) !== 0;
    return page < this.firstReal || unhashed || this.#pageHash.has(page);
  }

  #unmark(mark: number): void {
    for (let page = this.firstReal; page < this.pageCount; page++) {
      this.#marks[page] = (this.#marks[page] ?? 0) & ~mark;
    }
    this.fast.withdrawStores();
  }

  #guarded(ra: number): boolean {
    return (this.#view.getInt32(this.#guardAt(ra), true) & lineBit(ra)) !== 0;
  }

  /** Drops what the guard of a line protected; the storing thread's own reservation survives its own store. */
  #releaseLine(line: number, thread: number): void {
    this.code.dropLine(line);
    this.clearReservations(line, thread);
    if (thread >= 0 && this.reservation(thread) === line) return;
    const at = this.#guardAt(line);
    this.#view.setInt32(at, this.#view.getInt32(at, true) & ~lineBit(line), true);
  }

  #guardAt(ra: number): number {
    return this.plan.guardBase + Math.floor(ra / PAGE) * 4;
  }

  #pageAt(page: number): number {
    if (page < 0 || page >= this.pageCount) throw new RangeError(`Arena: no page ${page}`);
    if (page >= this.firstReal) return this.plan.realBase + (page - this.firstReal) * PAGE;
    const thread = Math.floor(page / THREAD_PAGES);
    return this.threadBase(thread) + (page % THREAD_PAGES) * PAGE;
  }

  #at(ra: number, length: number): number {
    if (!(ra >= 0 && ra + length <= this.realBytes)) {
      throw new RangeError(`Arena: real address 0x${ra.toString(16)} outside memory`);
    }
    this.onMemory?.();
    return this.plan.realBase + ra;
  }
}

function lineBit(ra: number): number {
  return 1 << (Math.floor((ra % PAGE) / LINE) & 31);
}
