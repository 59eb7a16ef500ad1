// A hashed page table as a picture: one summary byte per entry, kept current by written page, and coarser levels of
// it, so that a table of a million entries is drawn at any zoom without being read again. No part of the state.
import { PAGE } from '../engine/layout.ts';
import type { Arena } from '../engine/memory.ts';
import { SUMMARY } from '../trace/hpt.ts';

/** Bits of the last byte of doubleword 0 that a summary byte keeps. */
const DOUBLEWORD_0 = 0x77;

/** Bytes and 32-bit words of an entry; entries on a page. */
const ENTRY_BYTES = 16;
const ENTRY_WORDS = 4;
const PER_PAGE = PAGE / ENTRY_BYTES;
/** Smallest and largest order that the model's tables have. */
const LEAST_ORDER = 18;

/** The table as a grid of cells; a cell of level n stands for 2^n x 2^n entries. */
export interface Level {
  readonly width: number;
  readonly height: number;
  /** What any entry of the cell has, as SUMMARY bits. */
  readonly bits: Uint8Array;
  /** Entries of the cell that are valid or absent. */
  readonly used: Uint32Array;
}

/** Entries in a row of level 0: about as many as there are rows, whole PTE groups. */
export const gridWidth = (order: number): number => 2 ** Math.ceil((order - 4) / 2);

export class HptSummary {
  /** Real address and log2 of the size in bytes. */
  readonly base: number;
  readonly order: number;
  readonly levels: readonly Level[];
  /** How many entries have each SUMMARY bit, by bit number. */
  readonly counts = new Uint32Array(8);
  /** Counts up when an entry changes. */
  revision = 0;
  /** Words of each page as last seen; a page that is not here was all zero. */
  readonly #seen = new Map<number, Uint32Array>();
  #fresh = true;

  constructor(base: number, order: number) {
    if (order < LEAST_ORDER) throw new RangeError(`HptSummary: order ${order}`);
    this.base = base;
    this.order = order;
    const levels: Level[] = [];
    let width = gridWidth(order);
    let height = 2 ** (order - 4) / width;
    for (;;) {
      const cells = width * height;
      levels.push({ width, height, bits: new Uint8Array(cells), used: new Uint32Array(cells) });
      if (width === 1 || height === 1) break;
      width /= 2;
      height /= 2;
    }
    this.levels = levels;
  }

  /** Entries of the table. */
  get entries(): number {
    return 2 ** (this.order - 4);
  }

  /** The summary byte of an entry. */
  at(slot: number): number {
    return this.levels[0]?.bits[slot] ?? 0;
  }

  /**
   * Reads the pages written since the last call; the entries that are no longer as they were, ascending. `was` is told
   * the summary byte that each of them had.
   */
  update(arena: Arena, was: (slot: number, summary: number) => void = () => {}): number[] {
    const bytes = 2 ** this.order;
    const written = arena.takeWritten(this.base, bytes);
    const first = this.base / PAGE;
    // Another picture may have taken the marks before this one was made.
    const pages = this.#fresh ? Array.from({ length: bytes / PAGE }, (_, i) => first + i) : written;
    this.#fresh = false;
    const changed: number[] = [];
    for (const page of pages) this.#readPage(arena, page - first, changed, was);
    if (changed.length > 0) this.revision++;
    this.#raise(changed);
    return changed;
  }

  /** Slots, ascending, of valid or absent entries for which `test` holds; it gets the two doublewords. */
  find(test: (slot: number, v: bigint, r: bigint) => boolean, most: number): number[] {
    const found: number[] = [];
    for (const page of [...this.#seen.keys()].sort((a, b) => a - b)) {
      const words = this.#seen.get(page);
      if (!words) continue;
      const view = new DataView(words.buffer);
      for (let i = 0; i < PER_PAGE && found.length < most; i++) {
        const slot = page * PER_PAGE + i;
        if ((this.at(slot) & (SUMMARY.VALID | SUMMARY.ABSENT)) === 0) continue;
        const v = view.getBigUint64(i * ENTRY_BYTES);
        if (test(slot, v, view.getBigUint64(i * ENTRY_BYTES + 8))) found.push(slot);
      }
    }
    return found;
  }

  #readPage(
    arena: Arena,
    page: number,
    changed: number[],
    was: (slot: number, summary: number) => void,
  ): void {
    const bytes = arena.readBytes(this.base + page * PAGE, PAGE);
    const words = new Uint32Array(bytes.buffer);
    const before = this.#seen.get(page);
    let used = before !== undefined;
    for (let i = 0; i < PER_PAGE; i++) {
      if (!differs(words, before, i * ENTRY_WORDS)) continue;
      used = true;
      const slot = page * PER_PAGE + i;
      changed.push(slot);
      was(slot, this.at(slot));
      this.#set(slot, summaryOf(bytes, i * ENTRY_BYTES));
    }
    if (used) this.#seen.set(page, words);
  }

  #set(slot: number, summary: number): void {
    const [finest] = this.levels;
    if (!finest) return;
    const old = finest.bits[slot] ?? 0;
    for (let bit = 0; bit < 8; bit++) {
      const change = ((summary >> bit) & 1) - ((old >> bit) & 1);
      if (change !== 0) this.counts[bit] = (this.counts[bit] ?? 0) + change;
    }
    finest.bits[slot] = summary;
    finest.used[slot] = (summary & (SUMMARY.VALID | SUMMARY.ABSENT)) === 0 ? 0 : 1;
  }

  /** Brings the coarser levels up to date for changed cells of the finest. */
  #raise(changed: readonly number[]): void {
    let cells = changed;
    for (let n = 1; n < this.levels.length; n++) {
      const below = this.levels[n - 1];
      const level = this.levels[n];
      if (!below || !level) return;
      const parents: number[] = [];
      for (const cell of cells) {
        const x = cell % below.width;
        const y = (cell - x) / below.width;
        const parent = (y >> 1) * level.width + (x >> 1);
        if (parents.at(-1) === parent) continue;
        parents.push(parent);
        const child = (y & ~1) * below.width + (x & ~1);
        sumUp(below, child, level, parent);
      }
      cells = parents;
    }
  }
}

/** Summary byte of the entry at `at`: big-endian, so doubleword 0 ends at byte 7; R is in byte 14, C in byte 15. */
function summaryOf(bytes: Uint8Array, at: number): number {
  const low = (bytes[at + 7] ?? 0) & DOUBLEWORD_0;
  // What is left in an entry that nobody uses says nothing.
  if ((low & (SUMMARY.VALID | SUMMARY.ABSENT)) === 0) return low & SUMMARY.LOCKED;
  const r = (bytes[at + 14] ?? 0) & 1 ? SUMMARY.R : 0;
  return low | r | ((bytes[at + 15] ?? 0) & SUMMARY.C);
}

function differs(now: Uint32Array, before: Uint32Array | undefined, at: number): boolean {
  for (let i = at; i < at + ENTRY_WORDS; i++) {
    if ((now[i] ?? 0) !== (before?.[i] ?? 0)) return true;
  }
  return false;
}

/** Cell `to` of a level from the four cells below it, whose upper left one is `from`. */
function sumUp(below: Level, from: number, level: Level, to: number): void {
  let bits = 0;
  let used = 0;
  for (const cell of [from, from + 1, from + below.width, from + below.width + 1]) {
    bits |= below.bits[cell] ?? 0;
    used += below.used[cell] ?? 0;
  }
  level.bits[to] = bits;
  level.used[to] = used;
}

/** A rectangle of cells of a level. */
export interface Window {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A window as it is sent: a byte of bits and a byte of fill (255 = every entry in use) per cell. */
export interface Cells extends Window {
  readonly bits: Uint8Array;
  readonly fill: Uint8Array;
}

/** Cells that a window may have: more than any canvas has pixels to show. */
const MOST_CELLS = 1 << 21;

/** The cells of a window, cut to the table. */
export function cellsOf(summary: HptSummary, wanted: Window): Cells {
  const whole = (n: number, least: number, most: number): number =>
    Math.max(least, Math.min(most, Math.floor(n) || 0));
  const n = whole(wanted.level, 0, summary.levels.length - 1);
  const level = summary.levels[n] as Level;
  const x = whole(wanted.x, 0, level.width - 1);
  const y = whole(wanted.y, 0, level.height - 1);
  const w = whole(wanted.w, 0, level.width - x);
  const h = whole(wanted.h, 0, Math.min(level.height - y, Math.floor(MOST_CELLS / Math.max(1, w))));
  const bits = new Uint8Array(w * h);
  const fill = new Uint8Array(w * h);
  const share = 255 / 4 ** n;
  for (let row = 0; row < h; row++) {
    const from = (y + row) * level.width + x;
    bits.set(level.bits.subarray(from, from + w), row * w);
    // Rounded up: a single entry among thousands is still seen.
    for (let i = 0; i < w; i++) fill[row * w + i] = Math.ceil((level.used[from + i] ?? 0) * share);
  }
  return { level: n, x, y, w, h, bits, fill };
}
