// The modelled TLB of a thread: TLB_ENTRIES entries, replaced first in, first out. An entry maps one base page of one
// partition by virtual address, and stays until it is replaced or invalidated, whatever the table says meanwhile.
// MODEL: each thread has its own, also where threads of a core share one; the class of an entry, by which tlbiel
// flushes sets, is the low bits of its virtual page number.
// Source: Power ISA v2.07 and v3.0B Book III, "TLB Invalidate Entry", "TLB Invalidate Entry Local".
import { TLB_ENTRIES } from '../../engine/layout.ts';
import type { HwThreadId } from '../../state/ids.ts';
import type { Hardware } from '../hardware.ts';
import { AP_SHIFTS, HPTE_R_C, IS, PAGE_ENCODINGS, RB, type SegmentSize } from './hpte.ts';

/** What an entry is found by. */
export interface TlbTag {
  /** LPID; 0 on the PowerPC 970. */
  readonly lpid: number;
  readonly b: SegmentSize;
  /** log2 of the base page. */
  readonly base: number;
  /** Virtual address of the base page. */
  readonly va: bigint;
}
export interface TlbEntry extends TlbTag {
  /** log2 of the page that the HPTE maps. */
  readonly actual: number;
  /** Real address of the HPTE it was made of: for the reader, the hardware does not use it. */
  readonly hpte: number;
  /** Doubleword 1 of the HPTE, as it was then. */
  readonly r: bigint;
}

/**
 * Words of an entry (engine/walk.ts reads and writes the same): doubleword 0 is the virtual page number in units of
 * 4 KB, its low bits 0 below the base page; doubleword 1 the rest of the tag, 0 in an entry that is not valid;
 * doubleword 2 is `r`; word 6 is `actual`, word 7 the number of the HPTE's 16 bytes in real memory.
 */
const tagWord = ({ lpid, b, base }: TlbTag): bigint =>
  BigInt(lpid) | (BigInt(base) << 16n) | (BigInt(b) << 24n);

/** Index of the entry with the tag, or -1. */
export function findTlb(hw: Hardware, t: HwThreadId, tag: TlbTag): number {
  const [page, rest] = [tag.va >> 12n, tagWord(tag)];
  for (let entry = 0; entry < TLB_ENTRIES; entry++) {
    if (hw.arena.tlb64(t, entry, 0) !== page) continue;
    if (hw.arena.tlb64(t, entry, 1) === rest) return entry;
  }
  return -1;
}

/** An entry, or null when it is not valid. */
export function tlbEntry(hw: Hardware, t: HwThreadId, entry: number): TlbEntry | null {
  const { arena } = hw;
  const rest = arena.tlb64(t, entry, 1);
  if (rest === 0n) return null;
  return {
    lpid: Number(rest & 0xffffn),
    b: ((rest >> 24n) & 1n) === 0n ? 0 : 1,
    base: Number((rest >> 16n) & 0xffn),
    va: arena.tlb64(t, entry, 0) << 12n,
    actual: arena.tlb32(t, entry, 6),
    hpte: arena.tlb32(t, entry, 7) * 16,
    r: arena.tlb64(t, entry, 2),
  };
}

/** Writes an entry: over the one with its tag, else over the oldest. Fast translations by what was there go. */
export function fillTlb(hw: Hardware, t: HwThreadId, made: TlbEntry): void {
  const { arena } = hw;
  const old = findTlb(hw, t, made);
  const entry = old >= 0 ? old : arena.tlbNext(t);
  if (old < 0) arena.setTlbNext(t, (entry + 1) % TLB_ENTRIES);
  const replaced = tlbEntry(hw, t, entry);
  // The same page again differs in C alone.
  const same = old >= 0 && replaced !== null && ((replaced.r ^ made.r) & ~HPTE_R_C) === 0n;
  if (replaced !== null && !same) dropFast(hw, t, replaced);
  arena.setTlb64(t, entry, 0, made.va >> 12n);
  arena.setTlb64(t, entry, 1, tagWord(made));
  arena.setTlb64(t, entry, 2, made.r);
  arena.setTlb32(t, entry, 6, made.actual);
  arena.setTlb32(t, entry, 7, made.hpte / 16);
}

/** The fast cache holds only what the TLB holds. Address bits inside a segment are the same in both addresses. */
function dropFast(hw: Hardware, t: HwThreadId, { va, base }: TlbEntry): void {
  hw.engine.dropTranslations(t, va, 2 ** (base - 12));
}

function forget(hw: Hardware, t: HwThreadId, isNamed: (entry: TlbEntry) => boolean): void {
  for (let index = 0; index < TLB_ENTRIES; index++) {
    const entry = tlbEntry(hw, t, index);
    if (entry === null || !isNamed(entry)) continue;
    hw.arena.setTlb64(t, index, 1, 0n);
    dropFast(hw, t, entry);
  }
}

// --- tlbie

const LOW_64 = (1n << 64n) - 1n;
/** Address bits that AVAL holds. */
const AVAL_BITS = [13, 19] as const;

/**
 * The entries of a page that RB names: the virtual address bits above the actual page from AVA, those of a smaller
 * base page from AVAL (bits 13-19; the ones between, 20-23 for 64 KB in 16 MB, are not named, so they all match).
 */
function namesPage(rb: bigint): (entry: TlbEntry) => boolean {
  const b = (rb >> RB.B_SHIFT) & 3n;
  const same = (entry: TlbEntry, shift: number): boolean =>
    (entry.va & LOW_64) >> BigInt(shift) === rb >> BigInt(shift);
  if ((rb & RB.L) === 0n) {
    const actual = AP_SHIFTS.get((rb >> RB.AP_SHIFT) & 7n);
    return (e) => BigInt(e.b) === b && e.base === 12 && e.actual === actual && same(e, 12);
  }
  const lp = Number((rb >> 12n) & 0xffn);
  const size = PAGE_ENCODINGS.find((e) => e.base !== 12 && (lp & e.mask) === e.penc);
  if (size === undefined) return () => false;
  const { base, actual } = size;
  const named = Math.max(base, AVAL_BITS[0]);
  const last = Math.min(actual, AVAL_BITS[1] + 1);
  const low = BigInt.asUintN(Math.max(0, last - named), -1n) << BigInt(named);
  return (e) => {
    if (BigInt(e.b) !== b || e.base !== base || e.actual !== actual) return false;
    return same(e, actual) && ((e.va ^ ((rb & RB.AVAL) << 12n)) & low) === 0n;
  };
}

/** Congruence class of an entry. */
const classOf = (hw: Hardware, { va, base }: TlbEntry): number =>
  Number((va >> BigInt(base)) & BigInt(hw.model.tlbSets - 1));

/**
 * What tlbie and tlbiel forget. Of the PowerPC 970 both name a congruence class by address, of pages of 16 MB when
 * `large`; for the others IS says: one page, everything of the partition, everything. IS=1 is for radix partitions.
 */
function named(
  hw: Hardware,
  rb: bigint,
  lpid: number,
  { large, bySet }: { large: boolean; bySet: boolean },
): (entry: TlbEntry) => boolean {
  if (hw.model.lpcr === 0n) {
    const of = Number((rb >> (large ? 24n : 12n)) & BigInt(hw.model.tlbSets - 1));
    return (entry) => classOf(hw, entry) === of;
  }
  const is = (rb >> RB.IS_SHIFT) & 3n;
  if (is === IS.PAGE) {
    const isPage = namesPage(rb);
    return (entry) => entry.lpid === lpid && isPage(entry);
  }
  const set = Number((rb >> RB.SET_SHIFT) & BigInt(hw.model.tlbSets - 1));
  const inSet = (entry: TlbEntry): boolean => !bySet || classOf(hw, entry) === set;
  if (is === IS.LPID) return (entry) => entry.lpid === lpid && inSet(entry);
  return (entry) => is === IS.ALL && inSet(entry);
}

/** tlbie: the threads that it reaches forget what RB names of partition `lpid`. */
export function tlbie(
  hw: Hardware,
  reached: readonly HwThreadId[],
  rb: bigint,
  lpid: number,
  large = false,
): void {
  const isNamed = named(hw, rb, lpid, { large, bySet: false });
  for (const t of reached) forget(hw, t, isNamed);
}

/** tlbiel: one thread forgets it; with IS=2 and IS=3 only of the set that RB names. */
export function tlbiel(hw: Hardware, t: HwThreadId, rb: bigint, lpid: number, large = false): void {
  forget(hw, t, named(hw, rb, lpid, { large, bySet: true }));
}

/** `count` tlbiel, by set from that of RB on: what one after the other would forget, in one look at the TLB. */
export function tlbielSets(
  hw: Hardware,
  t: HwThreadId,
  rb: bigint,
  count: number,
  lpid: number,
): void {
  const first = Number((rb >> RB.SET_SHIFT) & BigInt(hw.model.tlbSets - 1));
  const at = (n: number): bigint => rb + (BigInt(n) << RB.SET_SHIFT);
  forget(hw, t, (entry) => {
    const n = classOf(hw, entry) - first;
    if (n < 0 || n >= count) return false;
    return named(hw, at(n), lpid, { large: false, bySet: true })(entry);
  });
}
