// The way of one access from effective to real address, as plain data with every intermediate value; nothing changes.
// translate.ts does what the walk found; engine/walk.ts is the same in WebAssembly for walks that find a page.
// Source: Power ISA v2.07 and v3.0B Book III, "Address Translation Overview" to "Reference and Change Recording".
import { Access } from '../../engine/api.ts';
import type { HwThreadId } from '../../state/ids.ts';
import { DSISR, LPCR } from '../bits.ts';
import type { Hardware } from '../hardware.ts';
import { SLOT } from '../slots.ts';
import { BOOK3S_INTERRUPT } from '../vectors.ts';
import {
  addressing,
  faultsToHypervisor,
  hashTable,
  layoutOf,
  REAL_MODE_BITS,
  readTable,
  tlbPartition,
} from './context.ts';
import {
  avpnOf,
  HPTE_BYTES,
  HPTE_R_3_0_RPN,
  HPTE_R_3_0_SSIZE,
  HPTE_R_3_0_SSIZE_SHIFT,
  HPTE_R_C,
  HPTE_R_RPN,
  HPTE_V_AVPN,
  HPTE_V_COMMON_BITS,
  HPTE_V_SECONDARY,
  HPTE_V_SSIZE_SHIFT,
  HPTE_V_VALID,
  type HpteLayout,
  hptHash,
  PTEG_BYTES,
  PTEG_ENTRIES,
  pageShifts,
  ptegIndex,
  type Segment,
  virtualAddress,
} from './hpte.ts';
import { type Permission, permission } from './permission.ts';
import { basePageShift, SLB_VSID, segmentOf, slbLookup } from './segment.ts';
import { findTlb, type TlbEntry, tlbEntry } from './tlb.ts';

/** Why a slot of a group does not map the page. */
export type Mismatch = 'invalid' | 'secondary bit' | 'AVPN' | 'segment size' | 'page size';

/** One entry that the search looked at. */
export interface SlotLook {
  /** Number of the entry in the table (group * 8 + slot), and its real address. */
  readonly index: number;
  readonly real: number;
  /** Both doublewords as they are in memory. */
  readonly v: bigint;
  readonly r: bigint;
  readonly mismatch: Mismatch | null;
}

/** What the hardware does one after the other. */
export type WalkStep =
  /** Translation is off: `real` = the address with `offset`, if it is below `limit`. */
  | {
      readonly kind: 'real';
      readonly how: 'hypervisor-real' | 'real-mode-area';
      readonly address: bigint;
      readonly offset: bigint;
      readonly limit: bigint | null;
    }
  /** A guest's real mode by the virtual real mode area. */
  | { readonly kind: 'vrma'; readonly address: bigint; readonly vsidWord: bigint }
  /** The SLB entry that holds the address; index -1: none. */
  | { readonly kind: 'slb'; readonly index: number; readonly vsidWord: bigint }
  /** The virtual address, log2 of the base page, and AVPN in its place in doubleword 0. */
  | {
      readonly kind: 'va';
      readonly segment: Segment;
      readonly base: number;
      readonly va: bigint;
      readonly avpn: bigint;
    }
  /** The TLB entry of the page; index -1: none. Without its C bit set a store walks on. */
  | { readonly kind: 'tlb'; readonly index: number; readonly entry: TlbEntry | null }
  | {
      readonly kind: 'hash';
      readonly hash: bigint;
      readonly mask: bigint;
      /** Real addresses of table and groups; LPCR[TC]=1: no secondary one. */
      readonly table: number;
      readonly primary: number;
      readonly secondary: number | null;
    }
  /** A search of one group, up to the entry that matches. */
  | {
      readonly kind: 'group';
      readonly secondary: boolean;
      readonly pteg: number;
      readonly slots: readonly SlotLook[];
    }
  | { readonly kind: 'permission'; readonly permission: Permission };

/** A storage interrupt, ready to be taken. */
export interface StorageFault {
  readonly vector: number;
  /** To the hypervisor: HDAR, HDSISR and ASDR instead of DAR and DSISR. */
  readonly hypervisor: boolean;
  /** DSISR or HDSISR; for fetches the causes in (H)SRR1. Segment interrupts leave DSISR alone: null. */
  readonly status: bigint | null;
  /** VSID word of the segment, for ASDR. */
  readonly vsidWord: bigint;
}

/** How the access ends. */
export type WalkResult =
  /** An address that needs no page. */
  | { readonly kind: 'real'; readonly real: number }
  /** By a TLB entry, or one to be made from the HPTE at `entry.hpte`; R and C are bits to be set there. */
  | {
      readonly kind: 'page';
      readonly real: number;
      readonly entry: TlbEntry;
      readonly from: 'tlb' | 'hpt';
      readonly mayStore: boolean;
    }
  | { readonly kind: 'fault'; readonly fault: StorageFault };

export interface Walk {
  readonly ea: bigint;
  readonly access: Access;
  readonly steps: readonly WalkStep[];
  readonly result: WalkResult;
}

interface Ask {
  readonly hw: Hardware;
  readonly t: HwThreadId;
  readonly ea: bigint;
  readonly access: Access;
  readonly steps: WalkStep[];
}

/**
 * What thread `t` would do now with an access to `ea`. Pure: no TLB entry is made, R and C stay.
 * @param useTlb false: as if the TLB were empty, which tells what the table says now
 */
export function explainWalk(
  hw: Hardware,
  t: HwThreadId,
  ea: bigint,
  access: Access,
  useTlb = true,
): Walk {
  const ask: Ask = { hw, t, ea, access, steps: [] };
  const result = walk(ask, useTlb);
  return { ea, access, steps: ask.steps, result };
}

function walk(ask: Ask, useTlb: boolean): WalkResult {
  const { hw, t, ea, access, steps } = ask;
  const how = addressing(hw, t, access);
  const address = ea & REAL_MODE_BITS;
  switch (how.kind) {
    case 'hypervisor-real': {
      const offset = ea >> 63n === 0n ? how.offset : 0n;
      steps.push({ kind: 'real', how: how.kind, address, offset, limit: null });
      return inMemory(ask, address | offset, 0n) ?? real(address | offset);
    }
    case 'real-mode-area': {
      const { offset, limit } = how;
      steps.push({ kind: 'real', how: how.kind, address, offset, limit });
      if (address >= limit) return storageFault(ask, DSISR.PROT, 0n);
      return inMemory(ask, address | offset, 0n) ?? real(address | offset);
    }
    case 'vrma': {
      steps.push({ kind: 'vrma', address, vsidWord: how.vsidWord });
      if (address >> 40n !== 0n) return storageFault(ask, DSISR.NOHPTE, how.vsidWord);
      return inSegment(ask, how.vsidWord, useTlb);
    }
    case 'segments': {
      const index = slbLookup(hw, t, ea);
      const vsidWord = index < 0 ? 0n : hw.arena.slb(t, index, 'vsid');
      steps.push({ kind: 'slb', index, vsidWord });
      if (index < 0) return segmentFault(access);
      const noFetch = access === Access.fetch && (vsidWord & SLB_VSID.N) !== 0n;
      return noFetch ? storageFault(ask, DSISR.NOEXEC, vsidWord) : inSegment(ask, vsidWord, useTlb);
    }
  }
}

/** By TLB or table, once the segment is known. */
function inSegment(ask: Ask, vsidWord: bigint, useTlb: boolean): WalkResult {
  const { hw, t, ea, access, steps } = ask;
  const segment = segmentOf(vsidWord);
  const base = basePageShift(hw, t, vsidWord);
  const va = virtualAddress(segment, ea);
  steps.push({ kind: 'va', segment, base, va, avpn: avpnOf(segment, ea, base) });
  const page = (va >> BigInt(base)) << BigInt(base);
  const tag = { lpid: tlbPartition(hw, t), b: segment.b, base, va: page };
  if (useTlb) {
    const index = findTlb(hw, t, tag);
    const entry = index < 0 ? null : tlbEntry(hw, t, index);
    steps.push({ kind: 'tlb', index, entry });
    // Without C a store has to look at the table, unless it is refused anyway.
    if (entry !== null) {
      const result = byPage(ask, vsidWord, entry, 'tlb');
      const needsChange = access === Access.store && (entry.r & HPTE_R_C) === 0n;
      if (result.kind === 'fault' || !needsChange) return result;
      steps.pop();
    }
  }
  const found = searchTable(ask, segment, base);
  if (found === null) return storageFault(ask, DSISR.NOHPTE, vsidWord);
  const { real: hpte, r, actual } = found;
  return byPage(ask, vsidWord, { ...tag, actual, hpte, r }, 'hpt');
}

/** Permission and real address by the page of a TLB entry, which exists or is about to. */
function byPage(ask: Ask, vsidWord: bigint, entry: TlbEntry, from: 'tlb' | 'hpt'): WalkResult {
  const { hw, t, ea, access, steps } = ask;
  const checked = permission(hw, t, vsidWord, entry.r, access);
  steps.push({ kind: 'permission', permission: checked });
  if (checked.refused !== 0n) return storageFault(ask, checked.refused, vsidWord);
  const offset = BigInt.asUintN(entry.actual, ea);
  const rpn = entry.r & (layoutOf(hw) === 'old' ? HPTE_R_RPN : HPTE_R_3_0_RPN);
  const address = ((rpn >> BigInt(entry.actual)) << BigInt(entry.actual)) | offset;
  const outside = inMemory(ask, address, vsidWord);
  if (outside !== null) return outside;
  const mayStore = checked.mayStore && (checked.amr & 2) === 0;
  return { kind: 'page', real: Number(address), entry, from, mayStore };
}

// --- the hashed page table

/** The first entry that maps the page: primary group, then, unless LPCR[TC]=1, the secondary one. */
function searchTable(
  ask: Ask,
  segment: Segment,
  base: number,
): { real: number; r: bigint; actual: number } | null {
  const { hw, t, ea, steps } = ask;
  const { base: table, mask } = hashTable(hw, t);
  const hash = hptHash(segment, ea, base);
  const both = (hw.arena.spr(t, SLOT.LPCR) & LPCR.TC & hw.model.lpcr) === 0n;
  const groupAt = (secondary: boolean) => table + ptegIndex(hash, mask, secondary) * PTEG_BYTES;
  const [primary, second] = [groupAt(false), both ? groupAt(true) : null];
  steps.push({ kind: 'hash', hash, mask, table, primary, secondary: second });
  const layout = layoutOf(hw);
  const avpn = avpnOf(segment, ea, base);
  for (const secondary of both ? [false, true] : [false]) {
    const pteg = ptegIndex(hash, mask, secondary);
    const slots: SlotLook[] = [];
    steps.push({ kind: 'group', secondary, pteg, slots });
    for (let slot = 0; slot < PTEG_ENTRIES; slot++) {
      const index = pteg * PTEG_ENTRIES + slot;
      const real = table + index * HPTE_BYTES;
      const [v, r] = [readTable(hw, real), readTable(hw, real + 8)];
      const mismatch = compare({ v, r }, { layout, secondary, avpn, b: segment.b, base });
      slots.push({ index, real, v, r, mismatch });
      if (mismatch === null) return { real, r, actual: pageShifts({ v, r })?.actual ?? base };
    }
  }
  return null;
}

/** Why the entry does not map the page, or null. */
function compare(
  hpte: { v: bigint; r: bigint },
  page: { layout: HpteLayout; secondary: boolean; avpn: bigint; b: number; base: number },
): Mismatch | null {
  const { v, r } = hpte;
  if ((v & HPTE_V_VALID) === 0n) return 'invalid';
  if (((v & HPTE_V_SECONDARY) !== 0n) !== page.secondary) return 'secondary bit';
  const old = page.layout === 'old';
  if ((v & HPTE_V_AVPN & (old ? -1n : HPTE_V_COMMON_BITS)) !== page.avpn) return 'AVPN';
  const b = old ? v >> HPTE_V_SSIZE_SHIFT : (r & HPTE_R_3_0_SSIZE) >> HPTE_R_3_0_SSIZE_SHIFT;
  if (b !== BigInt(page.b)) return 'segment size';
  return pageShifts(hpte)?.base === page.base ? null : 'page size';
}

// --- results

const real = (address: bigint): WalkResult => ({ kind: 'real', real: Number(address) });

/** MODEL: an address outside memory is a protection fault instead of a machine check. */
function inMemory(ask: Ask, address: bigint, vsidWord: bigint): WalkResult | null {
  const isInside = address < BigInt(ask.hw.arena.realBytes);
  return isInside ? null : storageFault(ask, DSISR.PROT, vsidWord);
}

/** No SLB entry: the operating system's, or of whoever runs. */
function segmentFault(access: Access): WalkResult {
  const { INST_SEGMENT, DATA_SEGMENT } = BOOK3S_INTERRUPT;
  const vector = access === Access.fetch ? INST_SEGMENT : DATA_SEGMENT;
  return { kind: 'fault', fault: { vector, hypervisor: false, status: null, vsidWord: 0n } };
}

function storageFault(ask: Ask, cause: bigint, vsidWord: bigint): WalkResult {
  const { hw, t, access } = ask;
  const fetch = access === Access.fetch;
  const hypervisor = faultsToHypervisor(hw, t, access);
  const { DATA_STORAGE, INST_STORAGE, H_DATA_STORAGE, H_INST_STORAGE } = BOOK3S_INTERRUPT;
  const own = fetch ? INST_STORAGE : DATA_STORAGE;
  const vector = hypervisor ? (fetch ? H_INST_STORAGE : H_DATA_STORAGE) : own;
  const status = cause | (access === Access.store ? DSISR.STORE : 0n);
  return { kind: 'fault', fault: { vector, hypervisor, status, vsidWord } };
}
