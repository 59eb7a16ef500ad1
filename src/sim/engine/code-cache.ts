// Decoded pages: which arena slot holds which real page, for which byte order. Handler 0 means "not decoded yet".
// Dropping a line clears handlers only: an instruction that stores into its own line still reads its operands.
// Not state: dropping any of it changes nothing.
import type { Version } from '../isa/row.ts';
import { PAGE_END, writeEntry } from './handlers.ts';
import { type ArenaPlan, CODE, LINE, PAGE } from './layout.ts';

const LINE_ENTRIES = LINE / 4;
const LINE_ENTRY_BYTES = LINE_ENTRIES * CODE.entryBytes;

/** Picks instructions by real address and word. */
export type PickInstruction = (ra: number, word: number) => boolean;

/** Where a decoded entry came from. */
export interface CodePlace {
  /** Real address of the instruction word. */
  readonly ra: number;
  readonly littleEndian: boolean;
  /** Arena address of the first entry of its line. */
  readonly lineEntry: number;
}

export class CodeCache {
  readonly #view: DataView;
  readonly #plan: ArenaPlan;
  /** `realPage * 2 + littleEndian` -> slot, and back. */
  readonly #slotOf = new Map<number, number>();
  readonly #keyOf: (number | undefined)[] = [];
  #next = 0;

  constructor(view: DataView, plan: ArenaPlan) {
    this.#view = view;
    this.#plan = plan;
  }

  /** Arena address of the decoded page, or undefined when it has no slot. */
  find(realPage: number, littleEndian: boolean): number | undefined {
    const slot = this.#slotOf.get(key(realPage, littleEndian));
    return slot === undefined ? undefined : this.#address(slot);
  }

  /**
   * Gives the page a slot of undecoded entries; returns its arena address. The oldest page loses its slot when all
   * are taken (`evicted`): the caller forgets every fetch translation.
   */
  allocate(realPage: number, littleEndian: boolean): { code: number; evicted: boolean } {
    const slot = this.#next;
    this.#next = (slot + 1) % CODE.pages;
    const old = this.#keyOf[slot];
    if (old !== undefined) this.#slotOf.delete(old);
    this.#slotOf.set(key(realPage, littleEndian), slot);
    this.#keyOf[slot] = key(realPage, littleEndian);
    const code = this.#address(slot);
    new Uint8Array(this.#view.buffer, code, CODE.pageBytes).fill(0);
    this.#view.setUint16(code + CODE.pageBytes - CODE.entryBytes, PAGE_END, true);
    return { code, evicted: old !== undefined };
  }

  /** The word that the entry at arena address `entry` stands for. */
  place(entry: number): CodePlace {
    const offset = entry - this.#plan.codeBase;
    const slot = Math.floor(offset / CODE.pageBytes);
    const old = this.#keyOf[slot];
    if (old === undefined) throw new Error('CodeCache.place: entry of a free slot');
    const index = (offset % CODE.pageBytes) / CODE.entryBytes;
    return {
      ra: Math.floor(old / 2) * PAGE + index * 4,
      littleEndian: old % 2 === 1,
      lineEntry: entry - (index % LINE_ENTRIES) * CODE.entryBytes,
    };
  }

  /**
   * Decodes the line that holds `place` for a CPU of `version`; `read` gives words by real address. What `stops` picks
   * stays undecoded.
   */
  decodeLine(
    place: CodePlace,
    version: Version,
    read: (ra: number) => number,
    stops: PickInstruction | null,
  ): void {
    const first = place.ra - (place.ra % LINE);
    for (let i = 0; i < LINE_ENTRIES; i++) {
      const ra = first + 4 * i;
      const word = read(ra);
      if (stops?.(ra, word) === true) continue;
      writeEntry(this.#view, place.lineEntry + i * CODE.entryBytes, word, ra % PAGE, version);
    }
  }

  /** Forgets what was decoded from the 128-byte line at real address `ra`. */
  dropLine(ra: number): void {
    const offset = Math.floor((ra % PAGE) / LINE) * LINE_ENTRY_BYTES;
    for (const littleEndian of [false, true]) {
      const code = this.find(Math.floor(ra / PAGE), littleEndian);
      if (code === undefined) continue;
      for (let at = 0; at < LINE_ENTRY_BYTES; at += CODE.entryBytes) {
        this.#view.setUint16(code + offset + at + CODE.handler, 0, true);
      }
    }
  }

  /** Forgets what was decoded from a page; the page keeps its slots. */
  dropPage(realPage: number): void {
    for (let ra = realPage * PAGE; ra < (realPage + 1) * PAGE; ra += LINE) this.dropLine(ra);
  }

  /** Frees all slots: the caller forgets every fetch translation. */
  dropAll(): void {
    this.#slotOf.clear();
    this.#keyOf.length = 0;
    this.#next = 0;
  }

  #address(slot: number): number {
    return this.#plan.codeBase + slot * CODE.pageBytes;
  }
}

function key(realPage: number, littleEndian: boolean): number {
  return realPage * 2 + (littleEndian ? 1 : 0);
}
