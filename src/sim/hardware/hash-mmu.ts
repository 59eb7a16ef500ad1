// Guest real mode on POWER9: the address goes through the VRMA, one implied 1 TB segment, and the hashed page table
// that the partition table names (Power ISA v3.0B Book III, "Virtual Real Mode Addressing"; HPTE layout of ISA 3.0).
// The TLB is modelled, finite and FIFO; the engine's fast cache holds only what the TLB holds.
import { Access } from '../engine/api.ts';
import { PAGE, TLB_ENTRIES } from '../engine/layout.ts';
import type { HwThreadId } from '../state/ids.ts';
import { DSISR, LPCR, MSR } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { SLOT } from './slots.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

/** HPTE doubleword 0 and 1, native POWER9 layout. */
export const HPTE = {
  V_VALID: 1n,
  V_SECONDARY: 2n,
  V_LARGE: 4n,
  V_BOLTED: 0x10n,
  V_AVPN: 0x000fffffffffff80n,
  R_B_1TB: 1n << 58n,
  R_B: 3n << 58n,
  R_RPN: 0x01fffffffffff000n,
  R_R: 0x100n,
  R_C: 0x80n,
  R_M: 0x10n,
} as const;

/** VSID of the VRMA's segment, and its base page: 16 MB here. */
export const VRMA_VSID = 0x1ffffffn;
export const VRMA_PAGE_SHIFT = 24n;
/** Bytes of a PTE group, and of the partition table entry. */
const PTEG_BYTES = 128;

/** Where a guest's HPT lies: real address and PTEG mask, from PATE0 of the running LPID. */
export function hptOf(hw: Hardware, t: HwThreadId): { base: number; mask: bigint } {
  const patb = Number(hw.arena.spr(t, SLOT.PTCR) & 0x0ffffffffffff000n);
  const lpid = Number(hw.arena.spr(t, SLOT.LPIDR) & 0xfffn);
  const pate0 = hw.arena.read64(patb + 16 * lpid);
  return { base: Number(pate0 & 0x0ffffffffffc0000n), mask: (1n << ((pate0 & 0x1fn) + 11n)) - 1n };
}

/** Hash of a page of the VRMA (1 TB segment): the primary PTEG is `hash & mask`, the secondary `~hash & mask`. */
export function vrmaHash(ea: bigint): bigint {
  const page = (ea & 0xffffffffffn) >> VRMA_PAGE_SHIFT;
  return (VRMA_VSID ^ (VRMA_VSID << 25n) ^ page) & 0x7fffffffffn;
}

/** AVPN of a page of the VRMA as doubleword 0 holds it (VA >> 23 << 7; the page-offset bit is 0). */
export function vrmaAvpn(ea: bigint): bigint {
  const va = (VRMA_VSID << 40n) | (ea & 0xffffffffffn);
  return (((va >> VRMA_PAGE_SHIFT) << 1n) << 7n) & HPTE.V_AVPN;
}

/** Real address of the HPTE that maps `ea`, or -1. */
export function searchHpt(hw: Hardware, t: HwThreadId, ea: bigint): number {
  const { base, mask } = hptOf(hw, t);
  const hash = vrmaHash(ea);
  const avpn = vrmaAvpn(ea);
  for (const secondary of [0n, HPTE.V_SECONDARY]) {
    const pteg = base + Number((secondary ? ~hash : hash) & mask) * PTEG_BYTES;
    for (let hpte = pteg; hpte < pteg + PTEG_BYTES; hpte += 16) {
      const v = hw.arena.read64(hpte);
      if ((v & HPTE.V_VALID) === 0n || (v & HPTE.V_SECONDARY) !== secondary) continue;
      if ((v & HPTE.V_AVPN) === avpn && (hw.arena.read64(hpte + 8) & HPTE.R_B) === HPTE.R_B_1TB)
        return hpte;
    }
  }
  return -1;
}

/** TLB entry: doubleword 0 = EA page | LPID << 48, 1 = real page base, 2 = valid | C << 1. */
function findTlb(hw: Hardware, t: HwThreadId, tag: bigint): number {
  for (let e = 0; e < TLB_ENTRIES; e++) {
    if ((hw.arena.tlb32(t, e, 4) & 1) !== 0 && hw.arena.tlb64(t, e, 0) === tag) return e;
  }
  return -1;
}

function tlbTag(hw: Hardware, t: HwThreadId, ea: bigint): bigint {
  return (hw.arena.spr(t, SLOT.LPIDR) << 48n) | ((ea & 0xffffffffffn) >> VRMA_PAGE_SHIFT);
}

function storageInterrupt(
  hw: Hardware,
  t: HwThreadId,
  ea: bigint,
  access: Access,
  why: bigint,
): false {
  if (access === Access.fetch) {
    hw.interrupt(t, BOOK3S_INTERRUPT.H_INST_STORAGE, hw.arena.nia(t), why);
    return false;
  }
  hw.arena.setSpr(t, SLOT.HDAR, ea);
  hw.arena.setSpr(t, SLOT.HDSISR, why | (access === Access.store ? DSISR.STORE : 0n));
  hw.arena.setSpr(t, SLOT.ASDR, VRMA_VSID << 24n);
  hw.interrupt(t, BOOK3S_INTERRUPT.H_DATA_STORAGE, hw.arena.nia(t));
  return false;
}

/** Walks the table for `ea`, sets R and C as the access needs, and fills a TLB entry; -1 when no HPTE maps it. */
function walk(hw: Hardware, t: HwThreadId, ea: bigint, store: boolean): number {
  const hpte = searchHpt(hw, t, ea);
  if (hpte < 0) return -1;
  let r = hw.arena.read64(hpte + 8);
  const wanted = r | HPTE.R_R | (store ? HPTE.R_C : 0n);
  if (wanted !== r) {
    // R and C are separate byte stores (offsets 14 and 15 of the entry).
    hw.arena.write8(hpte + 14, Number((wanted >> 8n) & 0xffn));
    hw.arena.write8(hpte + 15, Number(wanted & 0xffn));
    r = wanted;
  }
  const tag = tlbTag(hw, t, ea);
  const old = findTlb(hw, t, tag);
  const entry = old >= 0 ? old : hw.arena.tlbNext(t);
  if (old < 0) {
    hw.arena.setTlbNext(t, (entry + 1) % TLB_ENTRIES);
    if ((hw.arena.tlb32(t, entry, 4) & 1) !== 0) hw.engine.flushThread(t);
  }
  hw.arena.setTlb64(t, entry, 0, tag);
  hw.arena.setTlb64(t, entry, 1, r & HPTE.R_RPN & ~((1n << VRMA_PAGE_SHIFT) - 1n));
  hw.arena.setTlb64(t, entry, 2, (r & HPTE.R_C) !== 0n ? 3n : 1n);
  return entry;
}

/**
 * EngineHooks.miss: gives the engine the page of `ea`, or raises the storage interrupt. Only guest real mode is
 * translated; with MSR[IR] or MSR[DR] on, no segment is found (MODEL: no SLB until the memory issue).
 */
export function translate(hw: Hardware, t: HwThreadId, ea: bigint, access: Access): boolean {
  const relocate = access === Access.fetch ? MSR.IR : MSR.DR;
  if ((hw.msr(t) & relocate) !== 0n) {
    if (access !== Access.fetch) hw.arena.setSpr(t, SLOT.DAR, ea);
    const { INST_SEGMENT, DATA_SEGMENT } = BOOK3S_INTERRUPT;
    hw.interrupt(t, access === Access.fetch ? INST_SEGMENT : DATA_SEGMENT, hw.arena.nia(t));
    return false;
  }
  const vrma = (hw.arena.spr(t, SLOT.LPCR) & LPCR.VPM1) !== 0n && (ea & 0x0fffff0000000000n) === 0n;
  if (!vrma) return storageInterrupt(hw, t, ea, access, DSISR.NOHPTE);
  const store = access === Access.store;
  let entry = findTlb(hw, t, tlbTag(hw, t, ea));
  if (entry < 0 || (store && (hw.arena.tlb32(t, entry, 4) & 2) === 0))
    entry = walk(hw, t, ea, store);
  if (entry < 0) return storageInterrupt(hw, t, ea, access, DSISR.NOHPTE);
  const real = Number(hw.arena.tlb64(t, entry, 1)) + Number(ea & ((1n << VRMA_PAGE_SHIFT) - 1n));
  if (real >= hw.arena.realBytes) return storageInterrupt(hw, t, ea, access, DSISR.PROT);
  const writable = (hw.arena.tlb32(t, entry, 4) & 2) !== 0;
  if (access === Access.fetch) hw.engine.mapFetch(t, ea, Math.floor(real / PAGE));
  else hw.mapData(t, ea, Math.floor(real / PAGE), writable);
  return true;
}
