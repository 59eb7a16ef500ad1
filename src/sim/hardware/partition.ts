// Rules about partitions that processors rely on and software has to keep. The model checks them: it tells who breaks
// one, against whom, and goes on as if nothing were wrong.
//
// POWER7, POWER8: the threads of a core share LPIDR and SDR1, so one that changes either takes the partition away from
// all. That is allowed while the others sleep or execute in the hypervisor's real mode, where neither counts.
// PowerPC 970: TLB entries carry no LPID, and a tlbie is for the processors that run the partition of its sender. While
// one is on its way (no tlbsync yet) no processor may leave or enter that partition.
// Source: kernel, arch/powerpc/kvm/book3s_hv.c and book3s_hv_rmhandlers.S, which say so where they obey.
// MODEL: any guest state and either of MSR[IR] and MSR[DR] count as use of the partition, a guest's real mode through
// RMOR too, which needs no table.
import { SPRS } from '../isa/spr.ts';
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
  }
  hw.arena.setSpr(t, slot, value);
}
