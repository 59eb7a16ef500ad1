// Rules that processors rely on and software has to keep. The model checks them: it tells who breaks
// one, against whom, and goes on as if nothing were wrong.
//
// POWER7, POWER8: the threads of a core share LPIDR and SDR1, so one that changes either takes the partition away from
// all. That is allowed while the others sleep or execute in the hypervisor's real mode, where neither counts.
// PowerPC 970: TLB entries carry no LPID, so a processor that enters a partition has to empty its TLB first; and a tlbie
// is for the processors that run the partition of its sender. While one is on its way (no tlbsync yet) no processor may
// leave or enter that partition.
// Source: kernel, arch/powerpc/kvm/book3s_hv.c and book3s_hv_rmhandlers.S, which say so where they obey.
// MODEL: any guest state and either of MSR[IR] and MSR[DR] count as use of the partition, a guest's real mode through
// RMOR too, which needs no table.
import { TLB_ENTRIES } from '../engine/layout.ts';
import { hasSpr, SPRS } from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { HID4_LPID, MSR_LOW } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { SLOT } from './slots.ts';

/** True while what the thread executes depends on LPIDR and SDR1. */
export function usesPartition(hw: Hardware, t: HwThreadId): boolean {
  if (hw.arena.asleep(t) !== 0) return false;
  return hw.inGuest(t) || (hw.arena.msrLow(t) & (MSR_LOW.IR | MSR_LOW.DR)) !== 0;
}

/** mtspr of LPIDR or SDR1. */
export function writePartition(hw: Hardware, t: HwThreadId, value: bigint, slot: number): void {
  const changes = hw.arena.spr(t, slot) !== value;
  if (changes && hw.hasOnePartition) {
    for (const u of hw.coreOf(t)) {
      if (u === t || !usesPartition(hw, u)) continue;
      hw.emit(KIND.partition_conflict, u, t, SPRS[slot]?.num ?? 0);
    }
  }
  hw.arena.setSpr(t, slot, value);
}

/**
 * A thread starts to execute the hypervisor with translation on. That is for partition 0 alone: in the partition of a
 * guest its addresses are not the hypervisor's. (MSR[DR] alone is for a look at the guest's memory.)
 */
export function checkHypervisor(hw: Hardware, t: HwThreadId): void {
  const lpid = hw.hasOnePartition ? hw.arena.sprLow(t, SLOT.LPIDR) : hid4Lpid(hw, t);
  if (lpid !== 0) hw.emit(KIND.hypervisor_in_partition, t, lpid, 0);
}

/** 0 on processors that have it elsewhere. */
const hid4Lpid = (hw: Hardware, t: HwThreadId): number =>
  hw.model.family === '970' ? lpid970(hw, t) : 0;

/** The partition that a thread runs, by LPIDR, or HID4 of the PowerPC 970. */
export const partitionOf = (hw: Hardware, t: HwThreadId): number =>
  hw.model.family === '970' ? lpid970(hw, t) : hw.arena.sprLow(t, SLOT.LPIDR);

// --- PowerPC 970

/** LPID in a value of HID4. */
export const lpidOfHid4 = (hid4: bigint): number =>
  Number(((hid4 >> HID4_LPID.LOW_SHIFT) & HID4_LPID.LOW) | ((hid4 & HID4_LPID.HIGH) << 4n));

/** The partition that a thread of a PowerPC 970 runs. */
const lpid970 = (hw: Hardware, t: HwThreadId): number => lpidOfHid4(hw.arena.spr(t, SLOT.HID4));

/** Threads that a tlbie of `t` reaches: on the PowerPC 970 those of its partition. */
export function reachedByTlbie(hw: Hardware, t: HwThreadId): HwThreadId[] {
  const all = Array.from({ length: hw.threads }, (_, u) => u);
  return hw.model.family === '970' ? all.filter((u) => lpid970(hw, u) === lpid970(hw, t)) : all;
}

/** A tlbie of `t` is on its way until its `tlbsync`. */
export function startTlbie(hw: Hardware, t: HwThreadId): void {
  if (hw.model.family === '970') hw.arena.setTlbieInFlight(t, 1 + lpid970(hw, t));
}
export function endTlbie(hw: Hardware, t: HwThreadId): void {
  if (hw.model.family === '970') hw.arena.setTlbieInFlight(t, 0);
}

/** mtspr of HID4. */
export function writeHid4(hw: Hardware, t: HwThreadId, value: bigint, slot: number): void {
  const [from, to] = [lpidOfHid4(hw.arena.spr(t, slot)), lpidOfHid4(value)];
  if (hw.model.family === '970' && from !== to) {
    for (let u = 0; u < hw.threads; u++) {
      const lpid = hw.arena.tlbieInFlight(u) - 1;
      if (lpid === from || lpid === to) hw.emit(KIND.tlbie_conflict, t, u, lpid);
    }
    if (!hasTranslations(hw, t)) hw.arena.setTlbOwner(t, 0);
    else if (hw.arena.tlbOwner(t) === 0) hw.arena.setTlbOwner(t, 1 + from);
  }
  hw.arena.setSpr(t, slot, value);
}

function hasTranslations(hw: Hardware, t: HwThreadId): boolean {
  for (let entry = 0; entry < TLB_ENTRIES; entry++) {
    if (hw.arena.tlb64(t, entry, 1) !== 0n) return true;
  }
  return false;
}

/** A thread is about to execute in a partition: translations of another one may not be left in its TLB. */
export function checkTlbOwner(hw: Hardware, t: HwThreadId): void {
  const owner = hw.arena.tlbOwner(t) - 1;
  if (owner < 0 || !usesPartition(hw, t)) return;
  hw.arena.setTlbOwner(t, 0);
  if (owner === lpid970(hw, t) || !hasTranslations(hw, t)) return;
  hw.emit(KIND.tlb_not_flushed, t, owner, lpid970(hw, t));
}

// --- registers that a CPU lacks

/** True when the CPU has the register; tells of an access of software that takes it for another one. */
export function hasRegister(hw: Hardware, t: HwThreadId, slot: number): boolean {
  const row = SPRS[slot];
  if (row !== undefined && hasSpr(hw.model.family, row)) return true;
  hw.emit(KIND.no_such_register, t, row?.num ?? 0, 0);
  return false;
}
