// A journal of an arena: what changed since a mark, word by word, so that a search can go back without copying, and a
// 64-bit key of the contents that follows each change (architecture section 5, "Exploration is untimed").
import { MARK, PAGE, THREAD, THREAD_PAGES, THREAD_STRIDE } from './layout.ts';
import type { Arena } from './memory.ts';

const PAGE_WORDS = PAGE / 4;
const THREAD_WORDS = THREAD_PAGES * PAGE_WORDS;
/** Words of a thread from here on translate its addresses: special registers, TLB, SLB. */
const CONTEXT_WORD = THREAD.spr / 4;
const FOUR_MARKS = 0x01010101 * MARK.dirty;

/** Two 32-bit lanes that stand for "word `at` has `value`"; their sum over all words is a key of the contents. */
export function mixLow(at: number, value: number): number {
  const x = Math.imul((value ^ Math.imul(at, 0x9e3779b1)) + 0x7ed55d16, 0x85ebca6b);
  const y = Math.imul(x ^ (x >>> 15) ^ at, 0xc2b2ae35);
  return y ^ (y >>> 13);
}
export function mixHigh(at: number, value: number): number {
  const x = Math.imul((value + Math.imul(at, 0xcc9e2d51)) ^ 0x165667b1, 0x27d4eb2f);
  const y = Math.imul(x ^ (x >>> 16) ^ ~at, 0x1b873593);
  return y ^ (y >>> 14);
}

/**
 * Follows one arena from the moment it is made. The caller commits after each move and undoes to a mark; nobody else
 * takes checkpoints meanwhile. Words that never change are in no sum: keys compare only within one journal.
 */
export class ArenaJournal {
  /** Lanes of the key of what has been committed. */
  low = 0;
  high = 0;
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #marks: Int32Array;
  /** The contents when last committed: threads and real memory, at the places that they have in the arena. */
  readonly #shadow: Int32Array;
  /** Changed words with what they held before: place, old value, in turn. */
  #log = new Int32Array(1 << 16);
  #length = 0;
  /** Places of registers that TypeScript wrote since the last commit. */
  readonly #written: number[] = [];
  #writtenCount = 0;
  #writes: number;

  constructor(arena: Arena) {
    const { plan, memory } = arena;
    this.#arena = arena;
    this.#words = new Int32Array(memory.buffer);
    this.#marks = new Int32Array(memory.buffer, plan.marksBase, Math.ceil(arena.pageCount / 4));
    arena.dropCaches();
    arena.clearDirty();
    this.#writes = arena.writes;
    this.#shadow = this.#words.slice(0, plan.guardBase / 4);
    arena.onWrite = (address) => {
      this.#written[this.#writtenCount++] = address / 4;
    };
  }

  /** What the word at a place held when last committed. */
  wordAt(at: number): number {
    return this.#shadow[at] as number;
  }

  /** To which `undo` goes back. */
  mark(): number {
    return this.#length;
  }

  /** Takes note of what has changed; `ran` is a thread that executed instructions, or -1. */
  commit(ran: number): void {
    for (let i = 0; i < this.#writtenCount; i++) this.#compare(this.#written[i] as number, 2);
    this.#writtenCount = 0;
    if (ran >= 0) this.#compare(this.#arena.threadBase(ran) / 4, THREAD_WORDS);
    // The interpreter marks pages itself; it would not do so again for those that the thread may store to.
    if (ran < 0 && this.#arena.writes === this.#writes) return;
    this.#writes = this.#arena.writes;
    if (this.#comparePages() && ran >= 0) this.#arena.fast.flush(ran);
  }

  /** Compares the real pages marked dirty, and clears their marks; true if there were any. */
  #comparePages(): boolean {
    const { firstReal, pageCount, plan } = this.#arena;
    const marks = this.#marks;
    let any = false;
    for (let group = firstReal >> 2; group < marks.length; group++) {
      const four = marks[group] as number;
      if ((four & FOUR_MARKS) === 0) continue;
      for (let i = 0; i < 4; i++) {
        const page = 4 * group + i;
        const dirty = ((four >>> (8 * i)) & MARK.dirty) !== 0;
        if (!dirty || page < firstReal || page >= pageCount) continue;
        any = true;
        marks[group] = (marks[group] as number) & ~(MARK.dirty << (8 * i));
        this.#compare((plan.realBase + (page - firstReal) * PAGE) / 4, PAGE_WORDS);
      }
    }
    return any;
  }

  #compare(first: number, count: number): void {
    const words = this.#words;
    const shadow = this.#shadow;
    for (let at = first; at < first + count; at++) {
      if (words[at] !== shadow[at]) this.#note(at, shadow[at] as number, words[at] as number);
    }
  }

  #note(at: number, old: number, value: number): void {
    if (this.#length === this.#log.length) this.#grow();
    this.#log[this.#length++] = at;
    this.#log[this.#length++] = old;
    this.#put(at, old, value);
  }

  #put(at: number, old: number, value: number): void {
    this.low = (this.low + mixLow(at, value) - mixLow(at, old)) | 0;
    this.high = (this.high + mixHigh(at, value) - mixHigh(at, old)) | 0;
    this.#shadow[at] = value;
  }

  #grow(): void {
    const grown = new Int32Array(2 * this.#log.length);
    grown.set(this.#log);
    this.#log = grown;
  }

  /** Puts the arena back to what it was at a mark; everything since was committed. */
  undo(mark: number): void {
    const { realBase, threadBase } = this.#arena.plan;
    while (this.#length > mark) {
      const old = this.#log[--this.#length] as number;
      const at = this.#log[--this.#length] as number;
      this.#put(at, this.#shadow[at] as number, old);
      this.#words[at] = old;
      if (4 * at >= realBase) this.#wordRestored(4 * at - realBase);
      else this.#registerRestored(4 * at - threadBase);
    }
    this.#flush();
    this.#writtenCount = 0;
    this.#writes = this.#arena.writes;
  }

  #wordRestored(ra: number): void {
    this.#arena.markWritten(Math.floor(ra / PAGE));
    this.#arena.code.dropLine(ra);
  }
  // --- fast translations and reservations of threads that were put back

  readonly #stale = new Set<number>();

  #registerRestored(offset: number): void {
    const word = (offset % THREAD_STRIDE) / 4;
    if (word >= CONTEXT_WORD || word === THREAD.reserve / 4)
      this.#stale.add(Math.floor(offset / THREAD_STRIDE));
  }

  #flush(): void {
    for (const thread of this.#stale) this.#arena.threadReplaced(thread);
    this.#stale.clear();
  }
}
