// Segments: the two words of an SLB entry, as slbmte writes them, and the search by address.
// Source: Power ISA v2.07 and v3.0B Book III, "Segment Lookaside Buffer (SLB)", "Virtual Real Mode Addressing".
import type { HwThreadId } from '../../state/ids.ts';
import { LPCR } from '../bits.ts';
import type { Hardware } from '../hardware.ts';
import { SLOT } from '../slots.ts';
import { SEGMENT_SHIFT, type Segment, type SegmentSize, VRMA_SEGMENT } from './hpte.ts';

/** ESID word: 36 bits of ESID, V, and in slbmte's operand the index. */
export const SLB_ESID = {
  ESID: 0xfffffffff0000000n,
  V: 0x08000000n,
  INDEX: 0xfffn,
} as const;
/** VSID word: B, VSID (from bit 12 or 24 on), keys, no-execute, page size, class. */
export const SLB_VSID = {
  B_SHIFT: 62n,
  B_1TB: 1n << 62n,
  KS: 0x800n,
  KP: 0x400n,
  N: 0x200n,
  L: 0x100n,
  C: 0x80n,
  LP: 0x30n,
  LLP: 0x130n,
} as const;
/** Base page size (log2) by L and LP. */
export const LLP_SHIFTS: ReadonlyMap<bigint, number> = new Map([
  [0x000n, 12],
  [0x110n, 16],
  [0x100n, 24],
  [0x120n, 34],
]);
/** MODEL: bits of a virtual address that are kept; VSID bits above are ignored. */
export const VA_BITS = 68;
const VSID_SHIFT = [12n, 24n] as const;

/** B of a VSID word; values that do not exist never get into the SLB. */
export const segmentSize = (vsidWord: bigint): SegmentSize =>
  (vsidWord & SLB_VSID.B_1TB) !== 0n ? 1 : 0;

/** B and VSID of a VSID word. */
export function segmentOf(vsidWord: bigint): Segment {
  const b = segmentSize(vsidWord);
  return { b, vsid: BigInt.asUintN(VA_BITS - SEGMENT_SHIFT[b], vsidWord >> VSID_SHIFT[b]) };
}

/** True when the address lies in the segment of the entry, whether it is valid or not. */
export function holdsAddress(esidWord: bigint, vsidWord: bigint, ea: bigint): boolean {
  const shift = BigInt(SEGMENT_SHIFT[segmentSize(vsidWord)]);
  return esidWord >> shift === ea >> shift;
}

/** The first valid entry whose segment holds `ea`, or -1. MODEL: two matches are no machine check. */
export function slbLookup(hw: Hardware, t: HwThreadId, ea: bigint): number {
  for (let entry = 0; entry < hw.model.slbEntries; entry++) {
    const esid = hw.arena.slb(t, entry, 'esid');
    if ((esid & SLB_ESID.V) === 0n) continue;
    if (holdsAddress(esid, hw.arena.slb(t, entry, 'vsid'), ea)) return entry;
  }
  return -1;
}

/** log2 of the base page of a segment by L and LP; LPCR[ISL] makes it 4 KB. */
export function basePageShift(hw: Hardware, t: HwThreadId, vsidWord: bigint): number {
  const ignored = (hw.arena.spr(t, SLOT.LPCR) & LPCR.ISL & hw.model.lpcr) !== 0n;
  return ignored ? 12 : (LLP_SHIFTS.get(vsidWord & SLB_VSID.LLP) ?? 12);
}

/** The VSID word of the virtual real mode area, with the L and LP bits `llp` of its base page. */
export const vrmaVsidWord = (llp: bigint): bigint =>
  SLB_VSID.B_1TB | (VRMA_SEGMENT.vsid << VSID_SHIFT[1]) | (llp & SLB_VSID.LLP);
