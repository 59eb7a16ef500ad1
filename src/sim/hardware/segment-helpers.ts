// Instructions that manage the segment lookaside buffer and the modelled TLB.
// Source: Power ISA v2.07 and v3.0B Book III, "Lookaside Buffer Management"; IH of slbia as POWER9 reads it.
import { Outcome } from '../engine/api.ts';
import type { HwThreadId } from '../state/ids.ts';
import { LPCR, PROGRAM } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { LLP_SHIFTS, SLB_ESID, SLB_VSID, segmentSize, slbLookup } from './mmu/segment.ts';
import { SLOT } from './slots.ts';

type Helper = (hw: Hardware, t: HwThreadId) => Outcome;

function invalidate(hw: Hardware, t: HwThreadId, entry: number): void {
  const esid = hw.arena.slb(t, entry, 'esid');
  hw.arena.setSlb(t, entry, 'esid', esid & ~SLB_ESID.V);
}

/** The PowerPC 970 has segments of 256 MB, and large pages without LP. */
function isPossible(hw: Hardware, vsid: bigint): boolean {
  const llp = vsid & SLB_VSID.LLP;
  if (hw.model.family === '970') {
    return vsid >> SLB_VSID.B_SHIFT === 0n && (llp & SLB_VSID.LP) === 0n;
  }
  return vsid >> SLB_VSID.B_SHIFT <= 1n && LLP_SHIFTS.has(llp);
}

/** slbmte RS,RB: an index, segment size or page size that does not exist is an illegal instruction. */
const slbmte: Helper = (hw, t) => {
  const [vsid, esid] = [hw.arena.arg(t, 0), hw.arena.arg(t, 1)];
  const index = Number(esid & SLB_ESID.INDEX);
  if (index >= hw.model.slbEntries || !isPossible(hw, vsid)) return hw.program(t, PROGRAM.ILLEGAL);
  hw.arena.setSlb(t, index, 'vsid', vsid);
  hw.arena.setSlb(t, index, 'esid', esid & (SLB_ESID.ESID | SLB_ESID.V));
  return Outcome.yield;
};

/** slbmfee, slbmfev RT,RB: 0 when the entry is not valid. */
const readEntry =
  (word: 'esid' | 'vsid'): Helper =>
  (hw, t) => {
    const index = Number(hw.arena.arg(t, 0) & SLB_ESID.INDEX);
    if (index >= hw.model.slbEntries) return hw.program(t, PROGRAM.ILLEGAL);
    const valid = (hw.arena.slb(t, index, 'esid') & SLB_ESID.V) !== 0n;
    hw.arena.setResult(t, valid ? hw.arena.slb(t, index, word) : 0n);
    return Outcome.continue;
  };

/** slbfee. RT,RB: the VSID word of the segment of an address; CR0 := 0b00 || found || SO. */
const slbfee: Helper = (hw, t) => {
  const entry = slbLookup(hw, t, hw.arena.arg(t, 0));
  const so = Number((hw.arena.xer(t) >> 31n) & 1n);
  hw.arena.setResult(t, entry < 0 ? 0n : hw.arena.slb(t, entry, 'vsid'));
  const cr0 = (entry < 0 ? 0 : 2) | so;
  hw.arena.setCr(t, ((hw.arena.cr(t) & 0x0fffffff) | (cr0 << 28)) >>> 0);
  return Outcome.continue;
};

/** B in the operand of slbie. */
const SLBIE_B_SHIFT = 25n;

/** slbie RB: the entry of that address, if its segment has the size B. The class only concerns implementations. */
const slbie: Helper = (hw, t) => {
  const rb = hw.arena.arg(t, 0);
  const entry = slbLookup(hw, t, rb);
  if (entry < 0) return Outcome.yield;
  const size = segmentSize(hw.arena.slb(t, entry, 'vsid'));
  if (BigInt(size) === ((rb >> SLBIE_B_SHIFT) & 3n)) invalidate(hw, t, entry);
  return Outcome.yield;
};

/** What slbia leaves: entry 0, unless IH says otherwise. */
function isCleared(hw: Hardware, t: HwThreadId, ih: number, entry: number): boolean {
  if (hw.model.version !== '3.0' || [0, 1, 2, 6].includes(ih)) return entry !== 0;
  const ofClass1 = (hw.arena.slb(t, entry, 'vsid') & SLB_VSID.C) !== 0n;
  return ih === 4 || (ih === 3 && ofClass1);
}

const slbia: Helper = (hw, t) => {
  const ih = hw.arena.argLow(t, 0);
  for (let entry = 0; entry < hw.model.slbEntries; entry++) {
    if (isCleared(hw, t, ih, entry)) invalidate(hw, t, entry);
  }
  return Outcome.yield;
};

/** Belongs to the hypervisor unless LPCR[GTSE]=1 (from version 3.0 on). */
const needsHypervisor = (hw: Hardware, t: HwThreadId): boolean =>
  hw.inGuest(t) && (hw.arena.spr(t, SLOT.LPCR) & LPCR.GTSE & hw.model.lpcr) === 0n;

/** slbieg RS,RB acts on entries that hardware made from segment tables: there are none. */
const slbieg: Helper = (hw, t) => (needsHypervisor(hw, t) ? hw.hypervisorOnly(t) : Outcome.yield);

// --- TLB

/** Bits of the instruction word: L of the PowerPC 970, and R of version 3.0, which says radix. */
const L = 1 << 21;
const R = 1 << 16;

function hasBit(hw: Hardware, t: HwThreadId, bit: number): boolean {
  return ((hw.engine.wordAt(t, hw.arena.nia(t)) ?? 0) & bit) !== 0;
}
const isRadix = (hw: Hardware, t: HwThreadId): boolean =>
  hw.model.version === '3.0' && hasBit(hw, t, R);
const isLarge = (hw: Hardware, t: HwThreadId): boolean =>
  hw.model.family === '970' && hasBit(hw, t, L);

/**
 * tlbie RB,RS,RIC,PRS,R: for all threads. The hypervisor names the partition in RS, which the PowerPC 970 lacks; an
 * operating system means its own. Radix translations are not in this TLB.
 */
const tlbie: Helper = (hw, t) => {
  if (needsHypervisor(hw, t)) return hw.hypervisorOnly(t);
  const rb = hw.arena.arg(t, 0);
  const lpid = hw.inGuest(t) ? undefined : hw.arena.argLow(t, 1) & 0xfff;
  if (!isRadix(hw, t)) hw.tlbie(t, rb, lpid, isLarge(hw, t));
  return Outcome.yield;
};

/** tlbiel: for the issuing thread, of the running partition; privileged when it is process scoped (PRS=1). */
const tlbiel: Helper = (hw, t) => {
  const processScoped = hw.arena.argLow(t, 2) === 1;
  if (hw.inGuest(t) && !processScoped) return hw.hypervisorOnly(t);
  if (!isRadix(hw, t)) hw.tlbiel(t, hw.arena.arg(t, 0), undefined, isLarge(hw, t));
  return Outcome.yield;
};

/** tlbsync: the tlbie instructions of this thread are done everywhere. */
const tlbsync: Helper = (hw, t) => {
  if (needsHypervisor(hw, t)) return hw.hypervisorOnly(t);
  hw.tlbsync(t);
  return Outcome.yield;
};

export const SEGMENT_HELPERS = {
  slbmte,
  slbmfee: readEntry('esid'),
  slbmfev: readEntry('vsid'),
  slbfee,
  slbie,
  slbia,
  slbieg,
  tlbie,
  tlbiel,
  tlbsync,
} as const;
