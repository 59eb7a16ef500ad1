// Entries of the hashed page table: fields, both layouts, page sizes, hash, and the operand of tlbie. Pure functions
// over doublewords; where nothing else is said they take the layout before version 3.0, which hcalls always use.
// Source: Power ISA v2.06, v2.07 and v3.0B Book III, "Hashed Page Table Entry"; kernel book3s/64/mmu-hash.h,
// kvm_book3s_64.h.

/** Doubleword 0. HVLOCK and ABSENT are KVM's software bits, BOLTED and LOCK the operating system's. */
export const HPTE_V_SSIZE_SHIFT = 62n;
export const HPTE_V_1TB_SEG = 1n << 62n;
export const HPTE_V_SSIZE = 3n << 62n;
export const HPTE_V_AVPN = 0x3fffffffffffff80n;
export const HPTE_V_HVLOCK = 0x40n;
export const HPTE_V_ABSENT = 0x20n;
export const HPTE_V_BOLTED = 0x10n;
export const HPTE_V_LOCK = 0x08n;
export const HPTE_V_LARGE = 0x04n;
export const HPTE_V_SECONDARY = 0x02n;
export const HPTE_V_VALID = 0x01n;

/** Doubleword 1. */
export const HPTE_R_PP0 = 1n << 63n;
export const HPTE_R_TS = 1n << 62n;
export const HPTE_R_KEY_HI = 0x3000000000000000n;
export const HPTE_R_RPN = 0x0ffffffffffff000n;
export const HPTE_R_KEY_LO = 0xe00n;
export const HPTE_R_KEY = HPTE_R_KEY_HI | HPTE_R_KEY_LO;
export const HPTE_R_R = 0x100n;
export const HPTE_R_C = 0x80n;
export const HPTE_R_W = 0x40n;
export const HPTE_R_I = 0x20n;
export const HPTE_R_M = 0x10n;
export const HPTE_R_G = 0x08n;
export const HPTE_R_WIMG = 0x78n;
export const HPTE_R_N = 0x04n;
export const HPTE_R_PP = 0x03n;

/** From version 3.0 on: B is in doubleword 1, and the AVPN is shorter. */
export const HPTE_V_COMMON_BITS = 0x000fffffffffffffn;
export const HPTE_R_3_0_SSIZE_SHIFT = 58n;
export const HPTE_R_3_0_SSIZE = 3n << 58n;
export const HPTE_R_3_0_RPN = 0x01fffffffffff000n;

/** Bytes of an entry and of a group; where the bytes with R (0x01) and C (0x80) lie in an entry. */
export const HPTE_BYTES = 16;
export const PTEG_ENTRIES = 8;
export const PTEG_BYTES = 128;
export const HPTE_R_BYTE = 14;
export const HPTE_C_BYTE = 15;

/** Which of the two layouts the entries in memory have. */
export type HpteLayout = 'old' | 'new';

/** Both doublewords of an entry, in the layout that the context says. */
export interface Hpte {
  readonly v: bigint;
  readonly r: bigint;
}

export const hpte_old_to_new_v = (v: bigint): bigint => v & HPTE_V_COMMON_BITS;
export const hpte_old_to_new_r = (v: bigint, r: bigint): bigint =>
  (r & ~HPTE_R_3_0_SSIZE) | ((v >> HPTE_V_SSIZE_SHIFT) << HPTE_R_3_0_SSIZE_SHIFT);
export const hpte_new_to_old_v = (v: bigint, r: bigint): bigint =>
  (v & HPTE_V_COMMON_BITS) | ((r & HPTE_R_3_0_SSIZE) << 4n);
export const hpte_new_to_old_r = (r: bigint): bigint => r & ~HPTE_R_3_0_SSIZE;

/** The entry as memory of that layout holds it, from one of the old layout; and back. */
export function toLayout(layout: HpteLayout, { v, r }: Hpte): Hpte {
  return layout === 'old' ? { v, r } : { v: hpte_old_to_new_v(v), r: hpte_old_to_new_r(v, r) };
}
export function fromLayout(layout: HpteLayout, { v, r }: Hpte): Hpte {
  return layout === 'old' ? { v, r } : { v: hpte_new_to_old_v(v, r), r: hpte_new_to_old_r(r) };
}

// --- page sizes, as shifts (log2 of bytes)

export interface PageShifts {
  readonly base: number;
  readonly actual: number;
}

/** LP (doubleword 1 bits 12-19) by base and actual page size. Pages of 64 KB keep RPN bits in the high four. */
export const PAGE_ENCODINGS = [
  { base: 12, actual: 16, penc: 0x07, mask: 0x0f },
  { base: 12, actual: 24, penc: 0x38, mask: 0xff },
  { base: 16, actual: 16, penc: 0x01, mask: 0x0f },
  { base: 16, actual: 24, penc: 0x08, mask: 0xff },
  { base: 24, actual: 24, penc: 0x00, mask: 0xff },
  { base: 34, actual: 34, penc: 0x03, mask: 0xff },
] as const;

/** Base and actual page size of an entry (of either layout), or null when no size has that encoding. */
export function pageShifts({ v, r }: Hpte): PageShifts | null {
  if ((v & HPTE_V_LARGE) === 0n) return { base: 12, actual: 12 };
  const lp = Number((r >> 12n) & 0xffn);
  const found = PAGE_ENCODINGS.find(({ penc, mask }) => (lp & mask) === penc);
  return found === undefined ? null : { base: found.base, actual: found.actual };
}

/** L bit (doubleword 0) and LP bits (doubleword 1) of a page size; one that does not exist is our bug. */
export function encodePageShifts({ base, actual }: PageShifts): Hpte {
  if (base === 12 && actual === 12) return { v: 0n, r: 0n };
  const found = PAGE_ENCODINGS.find((e) => e.base === base && e.actual === actual);
  if (found === undefined) throw new Error(`encodePageShifts: no page of 2^${base} in 2^${actual}`);
  return { v: HPTE_V_LARGE, r: BigInt(found.penc) << 12n };
}

/** Bytes of the page that an entry maps; 0 when its encoding is invalid (kernel hpte_page_size). */
export function hptePageSize(hpte: Hpte): number {
  const shifts = pageShifts(hpte);
  return shifts === null ? 0 : 2 ** shifts.actual;
}

/** The storage key, 0-31. */
export const hpteKey = (r: bigint): number =>
  Number(((r & HPTE_R_KEY_HI) >> 57n) | ((r & HPTE_R_KEY_LO) >> 9n));

// --- segments and hash

/** Segment size as HPTE and SLB encode it: 0 is 256 MB, 1 is 1 TB. */
export type SegmentSize = 0 | 1;
/** log2 of a segment's bytes, by B. */
export const SEGMENT_SHIFT = [28, 40] as const;

/** A segment: B and VSID. */
export interface Segment {
  readonly b: SegmentSize;
  readonly vsid: bigint;
}

/** The virtual address of `ea` in a segment. */
export function virtualAddress({ b, vsid }: Segment, ea: bigint): bigint {
  const shift = SEGMENT_SHIFT[b];
  return (vsid << BigInt(shift)) | BigInt.asUintN(shift, ea);
}

/** The 39-bit hash of a page of `base` = log2 bytes: the primary group is hash & mask, the secondary ~hash & mask. */
export function hptHash({ b, vsid }: Segment, ea: bigint, base: number): bigint {
  const page = BigInt.asUintN(SEGMENT_SHIFT[b], ea) >> BigInt(base);
  return BigInt.asUintN(39, b === 1 ? vsid ^ (vsid << 25n) ^ page : vsid ^ page);
}

/** AVPN of the page at `ea` in its place in doubleword 0 (both layouts), without B. */
export function avpnOf(segment: Segment, ea: bigint, base: number): bigint {
  const va = virtualAddress(segment, ea);
  return (((va >> BigInt(base)) << BigInt(base)) >> 23n) << 7n;
}

/** Number of the group: `mask` is the number of groups less one. */
export function ptegIndex(hash: bigint, mask: bigint, secondary: boolean): number {
  return Number((secondary ? ~hash : hash) & mask);
}

/** Groups less one of a table of 2^order bytes. */
export const hptMask = (order: number): bigint => (1n << BigInt(order - 7)) - 1n;

/** The segment of the virtual real mode area; its base page size comes from LPCR[VRMASD] or the partition table. */
export const VRMA_SEGMENT: Segment = { b: 1, vsid: 0x1ffffffn };

// --- what an entry tells of its virtual address

/**
 * The virtual address of the page that an entry maps, from its AVPN and its place: the low bits are un-hashed from the
 * group's number (any table has 2^11 groups at least), bits below the base page are 0.
 */
export function hpteVirtualAddress(hpte: Hpte, pte_index: number): bigint {
  const { base } = pageShifts(hpte) ?? { base: 12 };
  const avpn = hpte.v & HPTE_V_AVPN;
  const vsid = hpte.v & HPTE_V_1TB_SEG ? avpn >> 24n : avpn >> 12n;
  const pteg = BigInt(pte_index >>> 3);
  const hashed = (hpte.v & HPTE_V_SECONDARY) !== 0n ? ~pteg : pteg;
  const low = BigInt.asUintN(11, hashed ^ vsid) << BigInt(base);
  // AVPN holds the bits from 23 on, so only those below are taken from the hash.
  return (avpn << 16n) | (low & 0x7fffffn);
}

/** RB of tlbie. */
export const RB = {
  /** L=1: the page is large, LP is in bits 12-19 and AVAL in bits 1-7. */
  L: 1n,
  /** AVAL: bits 13-19 of the virtual address. */
  AVAL: 0xfen,
  /** L=0: actual page size, at this shift. */
  AP_SHIFT: 5n,
  B_SHIFT: 8n,
  IS_SHIFT: 10n,
  /** tlbiel by set (IS 2 and 3): the set's number from here on. */
  SET_SHIFT: 12n,
} as const;
/** IS: one page; every page of the partition; every page. */
export const IS = { PAGE: 0n, LPID: 2n, ALL: 3n } as const;
/** AP by actual page size, for base pages of 4 KB. */
export const AP_SHIFTS: ReadonlyMap<bigint, number> = new Map([
  [0n, 12],
  [5n, 16],
  [4n, 24],
]);

/** RB of the tlbie that invalidates what entry number `pte_index`, of the old layout, mapped. */
export function compute_tlbie_rb(v: bigint, r: bigint, pte_index: number): bigint {
  const hpte = { v, r };
  const { base, actual } = pageShifts(hpte) ?? { base: 12, actual: 12 };
  const va = hpteVirtualAddress(hpte, pte_index);
  const b = (v >> HPTE_V_SSIZE_SHIFT) << RB.B_SHIFT;
  const above = (shift: number): bigint =>
    BigInt.asUintN(64, (va >> BigInt(shift)) << BigInt(shift));
  if (base === 12) {
    const [ap = 0n] = [...AP_SHIFTS].find(([, shift]) => shift === actual) ?? [];
    return above(12) | b | (ap << RB.AP_SHIFT);
  }
  const lp = r & 0xff000n & ((1n << BigInt(actual)) - 1n);
  return above(actual) | lp | b | ((va >> 12n) & RB.AVAL) | RB.L;
}
