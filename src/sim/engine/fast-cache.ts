// Fast translations of all threads: what the interpreter looks at before it asks the hardware layer.
// They hold only what the hardware's own TLB allows; losing any of them at any moment changes nothing visible.
import { type ArenaPlan, CODE, FAST, PAGE, THREAD_STRIDE } from './layout.ts';

const NONE = -1n;

/** The fast translation entries of one arena. Effective addresses are bigint, real pages are page numbers. */
export class FastCache {
  readonly #view: DataView;
  readonly #plan: ArenaPlan;
  /** Pages on which stores must look at the guard word; grows until `flushAll`. */
  readonly #guardedPages: Uint8Array;

  constructor(view: DataView, plan: ArenaPlan) {
    this.#view = view;
    this.#plan = plan;
    this.#guardedPages = new Uint8Array(view.buffer, plan.guardedBase, plan.realBytes / PAGE);
    this.flushAll();
  }

  /** Arena address of a thread's entries. */
  base(thread: number): number {
    return this.#plan.threadBase + thread * THREAD_STRIDE + FAST.base;
  }

  /** Forgets all translations of a thread. */
  flush(thread: number): void {
    new Uint8Array(this.#view.buffer, this.base(thread), FAST.bytes).fill(0xff);
  }

  /** Forgets the entries that `pages` pages from the one of `ea` on may have: entries go by low bits of the address. */
  dropPages(thread: number, ea: bigint, pages: number): void {
    const first = Number((ea >> 12n) & 0xffffn);
    const base = this.base(thread);
    const entries = (at: number, count: number, bytes: number) => {
      for (let i = first; i < first + Math.min(count, pages); i++) {
        const entry = base + at + (i % count) * bytes;
        new Uint8Array(this.#view.buffer, entry, bytes).fill(0xff);
      }
    };
    entries(0, FAST.dataEntries, FAST.dataBytes);
    entries(FAST.fetch, FAST.fetchEntries, FAST.fetchBytes);
  }

  /** Forgets everything, and which pages are guarded. */
  flushAll(): void {
    for (let thread = 0; thread < this.#plan.threads; thread++) this.flush(thread);
    this.#guardedPages.fill(0);
  }

  /** Forgets the fetch translations of a thread. */
  flushFetch(thread: number): void {
    const bytes = FAST.fetchEntries * FAST.fetchBytes;
    new Uint8Array(this.#view.buffer, this.base(thread) + FAST.fetch, bytes).fill(0xff);
  }

  /** Lets loads (and stores, if `store`) to the page of `ea` go to `realPage` without a miss. */
  mapData(thread: number, ea: bigint, realPage: number, store: boolean): void {
    const tag = ea & ~0xfffn;
    const low = Number(tag & 0xffff_ffffn);
    const entry = this.base(thread) + ((low >>> 12) % FAST.dataEntries) * FAST.dataBytes;
    const guarded = this.#guardedPages[realPage] === 1;
    const view = this.#view;
    view.setBigUint64(entry + FAST.read, tag, true);
    view.setBigInt64(entry + FAST.write, store && !guarded ? BigInt.asIntN(64, tag) : NONE, true);
    view.setBigInt64(entry + FAST.guarded, store && guarded ? BigInt.asIntN(64, tag) : NONE, true);
    view.setInt32(entry + FAST.addend, this.#plan.realBase + realPage * PAGE - low, true);
    view.setInt32(entry + FAST.guard, this.#plan.guardBase + realPage * 4, true);
  }

  /** Real address of `ea` for loads, or for stores, if an entry allows it; else -1. */
  translate(thread: number, ea: bigint, store: boolean): number {
    const low = Number(ea & 0xffff_ffffn);
    const entry = this.base(thread) + ((low >>> 12) % FAST.dataEntries) * FAST.dataBytes;
    const tag = ea & ~0xfffn;
    const has = (at: number) => this.#view.getBigUint64(entry + at, true) === tag;
    if (store ? !has(FAST.write) && !has(FAST.guarded) : !has(FAST.read)) return -1;
    return ((low + this.#view.getInt32(entry + FAST.addend, true)) >>> 0) - this.#plan.realBase;
  }

  /** Lets the thread fetch from the page of `ea`, decoded at arena address `code`. */
  mapFetch(thread: number, ea: bigint, code: number): void {
    const tag = ea & ~0xfffn;
    const index = Number((tag >> 12n) & BigInt(FAST.fetchEntries - 1));
    const entry = this.base(thread) + FAST.fetch + index * FAST.fetchBytes;
    this.#view.setBigUint64(entry + FAST.fetchTag, tag, true);
    this.#view.setInt32(entry + FAST.fetchCode, code, true);
  }

  /** Arena address of the decoded entry of the instruction at `ea`, or -1 when its page is not mapped. */
  codeOf(thread: number, ea: bigint): number {
    const index = Number((ea >> 12n) & BigInt(FAST.fetchEntries - 1));
    const entry = this.base(thread) + FAST.fetch + index * FAST.fetchBytes;
    if (this.#view.getBigUint64(entry + FAST.fetchTag, true) !== (ea & ~0xfffn)) return -1;
    const code = this.#view.getInt32(entry + FAST.fetchCode, true);
    return code + Number((ea & 0xfffn) >> 2n) * CODE.entryBytes;
  }

  /** From now on stores to the page look at its guard word. */
  guardPage(realPage: number): void {
    if (this.#guardedPages[realPage] === 1) return;
    this.#guardedPages[realPage] = 1;
    const guard = this.#plan.guardBase + realPage * 4;
    this.#eachDataEntry((entry) => {
      if (this.#view.getInt32(entry + FAST.guard, true) !== guard) return;
      const tag = this.#view.getBigInt64(entry + FAST.write, true);
      this.#view.setBigInt64(entry + FAST.guarded, tag, true);
      this.#view.setBigInt64(entry + FAST.write, NONE, true);
    });
  }

  /** The next store to any page is a miss: the caller has marked pages clean. */
  withdrawStores(): void {
    this.#eachDataEntry((entry) => {
      this.#view.setBigInt64(entry + FAST.write, NONE, true);
      this.#view.setBigInt64(entry + FAST.guarded, NONE, true);
    });
  }

  #eachDataEntry(visit: (entry: number) => void): void {
    for (let thread = 0; thread < this.#plan.threads; thread++) {
      const base = this.base(thread);
      for (let i = 0; i < FAST.dataEntries; i++) visit(base + i * FAST.dataBytes);
    }
  }
}
