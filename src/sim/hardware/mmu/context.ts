// How a thread translates, from its registers: real or virtual, limits and offsets, which table.
// Source: Power ISA v2.07 and v3.0B Book III, "Real Addressing Mode", "Virtual Real Mode Addressing", "Storage
// Description Register 1", "Partition Table"; PowerPC 970 user manual for HID4.
import { Access } from '../../engine/api.ts';
import { WALK_FLAG, WALK_MODE } from '../../engine/layout.ts';
import { CONTEXT_SLOTS, type WalkContext } from '../../engine/registers.ts';
import type { HwThreadId } from '../../state/ids.ts';
import { LPCR, MSR, MSR_LOW } from '../bits.ts';
import type { Hardware } from '../hardware.ts';
import { SLOT } from '../slots.ts';
import type { HpteLayout } from './hpte.ts';
import { vrmaVsidWord } from './segment.ts';

/** Bits 0-3 of a real-mode address are ignored. */
export const REAL_MODE_BITS = (1n << 60n) - 1n;
/** HTABORG, and HTABSIZE: the table has 2^(18 + size) bytes. PATE0 has PS between them. */
const HTABORG = 0x0ffffffffffc0000n;
const HTABSIZE = 0x1fn;
/** PTCR[PATB]. */
const PATB_HIGH = 0x0fffffff;
const PATB_LOW = 0xfffff000;
const PATE_BYTES = 16;
/** PATE0[PS]: L and LP of the virtual real mode area. */
const PATE_PS_L = 0x80n;
const PATE_PS_LP = 0x60n;
const PATE_PS = 0xe0;

/** Where the hashed page table lies: real address, and the number of its groups less one. */
export interface HashTable {
  readonly base: number;
  readonly mask: bigint;
}

/** What becomes of an effective address. */
export type Addressing =
  /** The hypervisor's real mode: OR with HRMOR unless bit 0 of the address is 1. */
  | { readonly kind: 'hypervisor-real'; readonly offset: bigint }
  /** A guest's real mode by offset: addresses below `limit` are ORed with RMOR. */
  | { readonly kind: 'real-mode-area'; readonly offset: bigint; readonly limit: bigint }
  /** A guest's real mode by a segment that no SLB entry stands for. */
  | { readonly kind: 'vrma'; readonly vsidWord: bigint }
  /** By SLB and hashed page table. */
  | { readonly kind: 'segments' };

/** From version 3.0 on B is in doubleword 1. */
export const layoutOf = (hw: Hardware): HpteLayout => (hw.model.version === '3.0' ? 'new' : 'old');

/** The tag of TLB entries: the partition, 0 on the PowerPC 970, whose entries have none. */
export const tlbPartition = (hw: Hardware, t: HwThreadId): number =>
  hw.model.lpcr === 0n ? 0 : hw.arena.sprLow(t, SLOT.LPIDR) & 0xfff;

/** Doubleword with HTABORG and HTABSIZE: SDR1, from version 3.0 on PATE0 of the running partition. */
function tableWord(hw: Hardware, t: HwThreadId): bigint {
  if (hw.model.version !== '3.0') return hw.arena.spr(t, SLOT.SDR1);
  return readTable(hw, pateAddress(hw, t));
}

/** Real address of the running partition's entry of the partition table. */
export function pateAddress(hw: Hardware, t: HwThreadId): number {
  const { arena } = hw;
  const high = arena.sprHigh(t, SLOT.PTCR) & PATB_HIGH;
  const low = (arena.sprLow(t, SLOT.PTCR) & PATB_LOW) >>> 0;
  return high * 2 ** 32 + low + PATE_BYTES * tlbPartition(hw, t);
}

/** A doubleword of a table. MODEL: outside memory it reads 0 instead of causing a machine check. */
export function readTable(hw: Hardware, real: number): bigint {
  return real + 8 <= hw.arena.realBytes ? hw.arena.read64(real) : 0n;
}

export function hashTable(hw: Hardware, t: HwThreadId): HashTable {
  const word = tableWord(hw, t);
  return { base: Number(word & HTABORG), mask: (1n << ((word & HTABSIZE) + 11n)) - 1n };
}

/** LPCR[VRMASD], from version 3.0 on PATE0[PS], as L and LP of a VSID word. */
function vrmaPageSize(hw: Hardware, t: HwThreadId): bigint {
  if (hw.model.version === '3.0') {
    const word = tableWord(hw, t);
    return ((word & PATE_PS_L) << 1n) | ((word & PATE_PS_LP) >> 1n);
  }
  return (hw.arena.spr(t, SLOT.LPCR) & LPCR.VRMASD) >> 43n;
}

/** Bytes of the real mode area by RMLS; codes that are not listed allow nothing. */
const RMLS_LIMITS: ReadonlyMap<bigint, bigint> = new Map([
  [0n, 1n << 38n],
  [1n, 1n << 34n],
  [2n, 1n << 30n],
  [3n, 1n << 26n],
  [4n, 1n << 28n],
  [7n, 1n << 27n],
  [8n, 1n << 25n],
]);

/** RMLS and RMOR; the PowerPC 970 has both in HID4, RMLS in two parts and RMOR in units of 64 MB. */
function realModeArea(hw: Hardware, t: HwThreadId): Addressing {
  if (hw.model.lpcr === 0n) {
    const hid4 = hw.arena.spr(t, SLOT.HID4);
    const rmls = ((hid4 >> 61n) & 3n) | (((hid4 >> 5n) & 1n) << 2n);
    const offset = ((hid4 >> 41n) & 0xffffn) << 26n;
    return { kind: 'real-mode-area', offset, limit: RMLS_LIMITS.get(rmls) ?? 0n };
  }
  const rmls = (hw.arena.spr(t, SLOT.LPCR) & LPCR.RMLS) >> 26n;
  const limit = RMLS_LIMITS.get(rmls) ?? 0n;
  return { kind: 'real-mode-area', offset: hw.arena.spr(t, SLOT.RMOR), limit };
}

/** Virtual page class keys: the PowerPC 970 has none, POWER7 those for data (AMR), later ones IAMR too. */
export const hasDataKeys = (hw: Hardware): boolean => hw.model.lpcr !== 0n;
export const hasFetchKeys = (hw: Hardware): boolean =>
  hw.model.version === '2.07' || hw.model.version === '3.0';

/** True when the thread's access is relocated: MSR[IR] for fetches, MSR[DR] for data. */
export const isRelocated = (hw: Hardware, t: HwThreadId, access: Access): boolean =>
  (hw.msr(t) & (access === Access.fetch ? MSR.IR : MSR.DR)) !== 0n;

/** How the thread's next access translates its address. */
export function addressing(hw: Hardware, t: HwThreadId, access: Access): Addressing {
  if (isRelocated(hw, t, access)) return { kind: 'segments' };
  if (!hw.inGuest(t)) return { kind: 'hypervisor-real', offset: hw.arena.spr(t, SLOT.HRMOR) };
  return usesVrma(hw, t)
    ? { kind: 'vrma', vsidWord: vrmaVsidWord(vrmaPageSize(hw, t)) }
    : realModeArea(hw, t);
}

/** LPCR[VPM0]; from version 3.0 on the bit is gone and behaves as 1. The PowerPC 970 has no such area. */
function usesVrma(hw: Hardware, t: HwThreadId): boolean {
  if (hw.model.version === '3.0') return true;
  return (hw.arena.spr(t, SLOT.LPCR) & LPCR.VPM0 & hw.model.lpcr) !== 0n;
}

/**
 * True when page faults of the access go to the hypervisor (HDSI, HISI): of a guest's virtual real mode, and with
 * LPCR[VPM1] of its relocated accesses.
 */
export function faultsToHypervisor(hw: Hardware, t: HwThreadId, access: Access): boolean {
  if (!hw.inGuest(t)) return false;
  if (!isRelocated(hw, t, access)) return usesVrma(hw, t);
  return (hw.arena.spr(t, SLOT.LPCR) & LPCR.VPM1 & hw.model.lpcr) !== 0n;
}

// --- what fast translations depend on besides the TLB

const MODE = MSR_LOW.IR | MSR_LOW.DR | MSR_LOW.PR;

/** MSR, SLB, the VRMA's page size, and two halves of each register. */
const KEYS = 3 + 2 * CONTEXT_SLOTS.length;

/** For each thread the context in which its fast translations were made; a cache key, not state. */
export class TranslationContext {
  readonly #hw: Hardware;
  readonly #known: Int32Array;
  /** `arena.contextWrites` at the last comparison. */
  readonly #writes: Int32Array;

  constructor(hw: Hardware) {
    this.#hw = hw;
    this.#known = new Int32Array(hw.threads * KEYS).fill(-1);
    this.#writes = new Int32Array(hw.threads).fill(-1);
  }

  /**
   * True when the thread's context is another one than at the last call.
   * @param watching a watchpoint is on
   */
  hasChanged(t: HwThreadId, watching: boolean): boolean {
    const { arena } = this.#hw;
    const guest = this.#hw.inGuest(t) ? 1 : 0;
    const watch = watching ? 2 : 0;
    let changed = this.#put(t, 0, (arena.msrLow(t) & MODE) | guest | watch);
    changed = this.#put(t, 1, arena.slbWrites(t)) || changed;
    changed = this.#put(t, 2, this.#vrmaPageSize(t)) || changed;
    const writes = arena.contextWrites(t);
    if (this.#writes[t] === writes) return changed;
    this.#writes[t] = writes;
    for (const [i, slot] of CONTEXT_SLOTS.entries()) {
      changed = this.#put(t, 3 + 2 * i, arena.sprLow(t, slot)) || changed;
      changed = this.#put(t, 4 + 2 * i, arena.sprHigh(t, slot)) || changed;
    }
    return changed;
  }

  /** The part of the context that is in memory: it matters in the real mode of a guest. */
  #vrmaPageSize(t: HwThreadId): number {
    if (this.#hw.model.version !== '3.0') return 0;
    const pate = pateAddress(this.#hw, t);
    return pate + 8 <= this.#hw.arena.realBytes ? this.#hw.arena.read32(pate + 4) & PATE_PS : 0;
  }

  #put(t: HwThreadId, key: number, value: number): boolean {
    const at = t * KEYS + key;
    const changed = this.#known[at] !== (value | 0);
    this.#known[at] = value;
    return changed;
  }
}

/** What engine/walk.ts goes by: accesses that it may serve are relocated ones and those of the VRMA. */
export function walkContext(
  hw: Hardware,
  t: HwThreadId,
  may: { readonly data: boolean; readonly fetches: boolean },
): WalkContext {
  const { arena, model } = hw;
  const how = addressing(hw, t, Access.load);
  const howFetched = addressing(hw, t, Access.fetch);
  const vrma = how.kind === 'vrma' ? how : howFetched;
  const lpcr = arena.spr(t, SLOT.LPCR) & model.lpcr;
  const isNew = model.version === '3.0';
  const pate = isNew ? pateAddress(hw, t) : 0;
  const has = (bit: bigint, flag: number) => ((lpcr & bit) !== 0n ? flag : 0);
  const readable = pate + 8 <= arena.realBytes;
  return {
    mode: may.data && readable ? WALKS[how.kind] : WALK_MODE.hook,
    fetchMode: may.fetches && readable ? WALKS[howFetched.kind] : WALK_MODE.hook,
    flags:
      (isNew ? WALK_FLAG.version30 : 0) |
      has(LPCR.TC, WALK_FLAG.primaryOnly) |
      has(LPCR.ISL, WALK_FLAG.ignoreLarge) |
      (hasDataKeys(hw) ? WALK_FLAG.keys : 0) |
      (hasFetchKeys(hw) ? WALK_FLAG.fetchKeys : 0),
    table: isNew ? arena.plan.realBase + pate : arena.sprAddress(t, SLOT.SDR1),
    lpid: tlbPartition(hw, t),
    slbEntries: model.slbEntries,
    vsidWord: vrma.kind === 'vrma' ? vrma.vsidWord : 0n,
  };
}
const WALKS: Readonly<Record<Addressing['kind'], number>> = {
  'hypervisor-real': WALK_MODE.hook,
  'real-mode-area': WALK_MODE.hook,
  segments: WALK_MODE.segments,
  vrma: WALK_MODE.vrma,
};
