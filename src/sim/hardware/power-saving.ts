// doze, nap, sleep, rvwinkle (until version 2.07), stop (3.0), wait and attn.
// Source: Power ISA v2.07 and v3.0B Book III, "Power-Saving Mode"; which causes wake and what SRR1 then says.
// MODEL: nothing is lost in any state. A thread that waits with its own instruction skips to the wake-up: its
// decrementer if that is the only thing that can come; the host's idle loop and KVM's nap are storyboard steps.
import { Outcome } from '../engine/api.ts';
import type { HwThreadId } from '../state/ids.ts';
import { LPCR, PSSCR, SRR1_WAKE } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { hasMaintenance, hypervisorFacilityUnavailable, INPUT, interrupt } from './interrupts.ts';
import { SLOT } from './slots.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

/** SRR1 reason of the first present exception that LPCR lets wake the thread, or null. */
export function wakeReason(hw: Hardware, t: HwThreadId): bigint | null {
  const { arena } = hw;
  const lpcr = arena.spr(t, SLOT.LPCR);
  const inputs = arena.inputs(t);
  const causes: readonly [enabled: bigint, present: boolean, reason: bigint][] = [
    [LPCR.PECE0, (inputs & INPUT.EXTERNAL) !== 0, SRR1_WAKE.EXTERNAL],
    [LPCR.PECE1, hw.dec(t) <= 0, SRR1_WAKE.DEC],
    [LPCR.PECE2, hasMaintenance(hw, t), SRR1_WAKE.HMI],
    [LPCR.PECEDP, (arena.spr(t, SLOT.DPDES) & 1n) !== 0n, SRR1_WAKE.PDBELL],
    [LPCR.PECEDH, arena.dhdes(t) !== 0, SRR1_WAKE.HDBELL],
    [LPCR.PECE_HVEE, (inputs & INPUT.HVIRT) !== 0, SRR1_WAKE.HVI],
  ];
  const first = causes.find(([enabled, present]) => present && (lpcr & enabled) !== 0n);
  return first?.[2] ?? null;
}

/** Sleeps and wakes at 0x100, with SRR0 behind the instruction; halts the thread when nothing can wake it. */
function powerSave(hw: Hardware, t: HwThreadId, lost: bigint): Outcome {
  const decWakes = (hw.arena.spr(t, SLOT.LPCR) & LPCR.PECE1) !== 0n;
  if (wakeReason(hw, t) === null && (!decWakes || !hw.skipToDecrementer(t))) {
    return hw.halt('asleep');
  }
  const reason = wakeReason(hw, t) ?? SRR1_WAKE.DEC;
  interrupt(hw, t, BOOK3S_INTERRUPT.SYSTEM_RESET, hw.nextInstruction(t), reason | lost);
  return Outcome.raised;
}

export const nap = (hw: Hardware, t: HwThreadId): Outcome => powerSave(hw, t, SRR1_WAKE.STATE_KEPT);
export const sleep = (hw: Hardware, t: HwThreadId): Outcome => powerSave(hw, t, SRR1_WAKE.HV_LOST);
export const rvwinkle = (hw: Hardware, t: HwThreadId): Outcome =>
  powerSave(hw, t, SRR1_WAKE.ALL_LOST);

/**
 * stop: with ESL=EC=0 it may end at any time, so it falls through. EC=1 wakes by LPCR at 0x100. An operating system
 * may neither ask for loss of state nor for a deeper level than PSSCR[PSLL].
 */
export function stop(hw: Hardware, t: HwThreadId): Outcome {
  const psscr = hw.arena.spr(t, SLOT.PSSCR);
  if (hw.inGuest(t)) {
    const limit = (psscr & PSSCR.PSLL) >> 16n;
    const deeper = (psscr & PSSCR.RL) > limit || (psscr & PSSCR.MTL) >> 4n > limit;
    if ((psscr & (PSSCR.ESL | PSSCR.EC)) === 0n && !deeper) return Outcome.yield;
    hypervisorFacilityUnavailable(hw, t, 'STOP');
    return Outcome.raised;
  }
  const level = psscr & PSSCR.RL;
  hw.arena.setSpr(t, SLOT.PSSCR, (psscr & ~PSSCR.PLS) | (level << 60n));
  if ((psscr & PSSCR.EC) === 0n) return Outcome.yield;
  return powerSave(hw, t, SRR1_WAKE.STATE_KEPT);
}

/** attn: hands the processor to its service processor when HID0 enables it, else an illegal instruction. */
export function attn(hw: Hardware, t: HwThreadId): Outcome {
  const enabled = (hw.arena.spr(t, SLOT.HID0) & hw.model.attnEnable) !== 0n;
  return enabled ? hw.halt('attn') : hw.illegal(t);
}
