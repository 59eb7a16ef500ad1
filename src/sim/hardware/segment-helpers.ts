// The segment lookaside buffer as state, and the invalidation of it and of the modelled TLB.
// Source: Power ISA v2.07 and v3.0B Book III, "Lookaside Buffer Management"; IH of slbia as POWER9 reads it.
// MODEL: no address is translated by the SLB yet; tlbie forgets every entry of the partition, not only the page's.
import { Outcome } from '../engine/api.ts';
import { TLB_ENTRIES } from '../engine/layout.ts';
import type { HwThreadId } from '../state/ids.ts';
import { LPCR, PROGRAM } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { SLOT } from './slots.ts';

/** ESID word: 36 bits of ESID, V, and in slbmte's operand the index. VSID word: B, ..., class. */
export const SLB = {
  ESID: 0xfffffffff0000000n,
  V: 0x08000000n,
  INDEX: 0xfffn,
  B_SHIFT: 62n,
  C: 0x80n,
} as const;
/** Low bits of an address inside a segment of 256 MB or 1 TB. */
const OFFSET = [0xfffffffn, 0xffffffffffn] as const;

type Helper = (hw: Hardware, t: HwThreadId) => Outcome;

/** The valid entry whose segment holds `ea`, or -1. */
export function slbLookup(hw: Hardware, t: HwThreadId, ea: bigint): number {
  for (let entry = 0; entry < hw.model.slbEntries; entry++) {
    const esid = hw.arena.slb(t, entry, 'esid');
    if ((esid & SLB.V) === 0n) continue;
    const large = hw.arena.slb(t, entry, 'vsid') >> SLB.B_SHIFT !== 0n;
    const mask = ~OFFSET[large ? 1 : 0];
    if (((esid ^ ea) & SLB.ESID & mask) === 0n) return entry;
  }
  return -1;
}

function invalidate(hw: Hardware, t: HwThreadId, entry: number): void {
  const esid = hw.arena.slb(t, entry, 'esid');
  hw.arena.setSlb(t, entry, 'esid', esid & ~SLB.V);
}

/** slbmte RS,RB: an index or segment size that does not exist is an illegal instruction. */
const slbmte: Helper = (hw, t) => {
  const [vsid, esid] = [hw.arena.arg(t, 0), hw.arena.arg(t, 1)];
  const index = Number(esid & SLB.INDEX);
  if (index >= hw.model.slbEntries || vsid >> SLB.B_SHIFT > 1n) {
    return hw.program(t, PROGRAM.ILLEGAL);
  }
  hw.arena.setSlb(t, index, 'vsid', vsid);
  hw.arena.setSlb(t, index, 'esid', esid & (SLB.ESID | SLB.V));
  hw.engine.flushThread(t);
  return Outcome.yield;
};

/** slbmfee, slbmfev RT,RB: 0 when the entry is not valid. */
const readEntry =
  (word: 'esid' | 'vsid'): Helper =>
  (hw, t) => {
    const index = Number(hw.arena.arg(t, 0) & SLB.INDEX);
    if (index >= hw.model.slbEntries) return hw.program(t, PROGRAM.ILLEGAL);
    const valid = (hw.arena.slb(t, index, 'esid') & SLB.V) !== 0n;
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

const slbie: Helper = (hw, t) => {
  const entry = slbLookup(hw, t, hw.arena.arg(t, 0));
  if (entry >= 0) invalidate(hw, t, entry);
  hw.engine.flushThread(t);
  return Outcome.yield;
};

/** What slbia leaves: entry 0, unless IH says otherwise. */
function isCleared(hw: Hardware, t: HwThreadId, ih: number, entry: number): boolean {
  if (hw.model.version !== '3.0' || [0, 1, 2, 6].includes(ih)) return entry !== 0;
  const ofClass1 = (hw.arena.slb(t, entry, 'vsid') & SLB.C) !== 0n;
  return ih === 4 || (ih === 3 && ofClass1);
}

const slbia: Helper = (hw, t) => {
  const ih = hw.arena.argLow(t, 0);
  for (let entry = 0; entry < hw.model.slbEntries; entry++) {
    if (isCleared(hw, t, ih, entry)) invalidate(hw, t, entry);
  }
  hw.engine.flushThread(t);
  return Outcome.yield;
};

/** Belongs to the hypervisor unless LPCR[GTSE]=1 (from version 3.0 on). */
const needsHypervisor = (hw: Hardware, t: HwThreadId): boolean =>
  hw.inGuest(t) && (hw.arena.spr(t, SLOT.LPCR) & LPCR.GTSE & hw.model.lpcr) === 0n;

/** slbieg RS,RB acts on entries that hardware made from segment tables: there are none. */
const slbieg: Helper = (hw, t) => (needsHypervisor(hw, t) ? hw.hypervisorOnly(t) : Outcome.yield);

// --- TLB

/** IS field of RB: 3 names every partition. */
const everything = (rb: bigint): boolean => ((rb >> 10n) & 3n) === 3n;

/** Forgets the entries of one partition, or all, of one thread's TLB. */
function forget(hw: Hardware, t: HwThreadId, lpid: bigint | null): void {
  const { arena } = hw;
  for (let entry = 0; entry < TLB_ENTRIES; entry++) {
    const own = lpid === null || arena.tlb64(t, entry, 0) >> 48n === lpid;
    if (own) arena.setTlb64(t, entry, 2, 0n);
  }
  hw.engine.flushThread(t);
}

/** The partition that tlbie names: in RS from version 3.0 on for the hypervisor, else the running one. */
function partitionOf(hw: Hardware, t: HwThreadId): bigint {
  const named = hw.model.version === '3.0' && !hw.inGuest(t);
  return named ? hw.arena.arg(t, 1) & 0xfffn : hw.arena.spr(t, SLOT.LPIDR);
}

/** tlbie RB,RS,RIC,PRS,R: for all threads. */
const tlbie: Helper = (hw, t) => {
  if (needsHypervisor(hw, t)) return hw.hypervisorOnly(t);
  const lpid = everything(hw.arena.arg(t, 0)) ? null : partitionOf(hw, t);
  for (let u = 0; u < hw.threads; u++) forget(hw, u, lpid);
  return Outcome.yield;
};

/** tlbiel: the same for the issuing thread; privileged when it is process scoped (PRS=1). */
const tlbiel: Helper = (hw, t) => {
  const processScoped = hw.arena.argLow(t, 2) === 1;
  if (hw.inGuest(t) && !processScoped) return hw.hypervisorOnly(t);
  forget(hw, t, everything(hw.arena.arg(t, 0)) ? null : partitionOf(hw, t));
  return Outcome.yield;
};

const tlbsync: Helper = (hw, t) => (needsHypervisor(hw, t) ? hw.hypervisorOnly(t) : Outcome.yield);

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
