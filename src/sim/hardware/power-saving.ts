// doze, nap, sleep, rvwinkle (until version 2.07), stop (3.0), wait and attn.
// Source: Power ISA v2.07 and v3.0B Book III, "Power-Saving Mode"; which causes wake and what SRR1 then says.
// A host that naps is a step of a storyboard: `nap`, then `wake` when `wakesAt` says so. MODEL: a thread that waits with
// its own instruction skips to the wake-up: its decrementer if that is the only thing that can come.
import { Outcome } from '../engine/api.ts';
import { SPRS, type SprRow } from '../isa/spr.ts';
import type { HwThreadId } from '../state/ids.ts';
import { LPCR, PSSCR, SRR1_WAKE } from './bits.ts';
import type { Loss, PowerSaving } from './cpu-model.ts';
import type { Hardware } from './hardware.ts';
import { hasMaintenance, hypervisorFacilityUnavailable, INPUT, interrupt } from './interrupts.ts';
import { SLB_ESID } from './mmu/segment.ts';
import { SLOT } from './slots.ts';
import { writeSpr } from './spr-access.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

/** Values of `Arena.asleep`, from 1 on. */
const STATES: readonly PowerSaving[] = ['doze', 'nap', 'sleep', 'rvwinkle'];

const PECE0 = Number(LPCR.PECE0);
const PECE1 = Number(LPCR.PECE1);
const MER = Number(LPCR.MER);

/** SRR1 reason of the first present exception that LPCR lets wake the thread, or null. */
export function wakeReason(hw: Hardware, t: HwThreadId): bigint | null {
  const { arena } = hw;
  const lpcr = arena.spr(t, SLOT.LPCR);
  const inputs = arena.inputs(t);
  const causes: readonly [enabled: bigint, present: boolean, reason: bigint][] = [
    // UNSURE: that a mediated one wakes, too. Linux relies on it: H_CEDE in real mode does not look for one.
    [LPCR.PECE0, (inputs & INPUT.EXTERNAL) !== 0 || (lpcr & LPCR.MER) !== 0n, SRR1_WAKE.EXTERNAL],
    [LPCR.PECE1, hw.dec(t) <= 0, SRR1_WAKE.DEC],
    [LPCR.PECE2, hasMaintenance(hw, t), SRR1_WAKE.HMI],
    [LPCR.PECEDP, (arena.spr(t, SLOT.DPDES) & 1n) !== 0n, SRR1_WAKE.PDBELL],
    [LPCR.PECEDH, arena.dhdes(t) !== 0, SRR1_WAKE.HDBELL],
    [LPCR.PECE_HVEE, (inputs & INPUT.HVIRT) !== 0, SRR1_WAKE.HVI],
  ];
  const first = causes.find(([enabled, present]) => present && (lpcr & enabled) !== 0n);
  return first?.[2] ?? null;
}

/**
 * Cycle of its own clock at which a sleeping thread can wake, as things stand: now, at the end of DEC (with
 * LPCR[PECE1]=1), or Infinity. HDEC wakes nobody.
 */
export function wakesAt(hw: Hardware, t: HwThreadId): number {
  const { arena } = hw;
  const [clock, lpcr] = [arena.clock(t), arena.sprLow(t, SLOT.LPCR)];
  const external = (arena.inputs(t) & INPUT.EXTERNAL) !== 0 || (lpcr & MER) !== 0;
  if (external && (lpcr & PECE0) !== 0) return clock;
  // All others are rare: a look without bigints says that there are none.
  const quiet =
    arena.inputs(t) === 0 &&
    arena.dhdes(t) === 0 &&
    arena.isZero(t, SLOT.DPDES) &&
    arena.isZero(t, SLOT.HMER);
  if (!quiet && wakeReason(hw, t) !== null) return clock;
  return (lpcr & PECE1) === 0 ? Number.POSITIVE_INFINITY : Math.max(clock, hw.decEnds(t));
}

/** What LPCR lets wake a thread that naps, in words: 'an IPI or its DEC'. External interrupts are IPIs to most. */
export function wakers(hw: Hardware, t: HwThreadId): string {
  const lpcr = hw.arena.spr(t, SLOT.LPCR);
  const causes: readonly [enabled: bigint, text: string][] = [
    [LPCR.PECE0, 'an IPI'],
    [LPCR.PECEDP | LPCR.PECEDH, 'a doorbell'],
    [LPCR.PECE1, 'its DEC'],
  ];
  const texts = causes.filter(([enabled]) => (lpcr & enabled) !== 0n).map(([, text]) => text);
  return texts.join(' or ') || 'nothing';
}

/** The thread enters a power-saving state: it executes nothing until `wake`. */
export function enterPowerSaving(hw: Hardware, t: HwThreadId, state: PowerSaving): void {
  hw.arena.setAsleep(t, 1 + STATES.indexOf(state));
}

/**
 * Wakes a sleeping thread: what its state loses is lost, and it takes a system reset (0x100) at its NIA. Returns reason
 * and loss as SRR1 has them. A thread that sleeps for no such reason, or not at all, is our mistake.
 */
export function wake(hw: Hardware, t: HwThreadId): bigint {
  const state = STATES[hw.arena.asleep(t) - 1];
  const reason = wakeReason(hw, t);
  if (state === undefined || reason === null) {
    throw new Error(
      `wake: thread ${t} ${state === undefined ? 'is awake' : 'has no reason to wake'}`,
    );
  }
  hw.arena.setAsleep(t, 0);
  return wakeFrom(hw, t, state, reason, hw.arena.nia(t));
}

const SRR1_LOSS: Readonly<Record<Loss, bigint>> = {
  none: SRR1_WAKE.NOLOSS,
  registers: SRR1_WAKE.GPRLOSS,
  hypervisor: SRR1_WAKE.HVLOSS,
};

function wakeFrom(
  hw: Hardware,
  t: HwThreadId,
  state: PowerSaving,
  reason: bigint,
  resume: bigint,
): bigint {
  const loss = hw.model.loses[state];
  if (loss !== 'none') lose(hw, t, loss);
  const cause = reason | SRR1_LOSS[loss];
  interrupt(hw, t, BOOK3S_INTERRUPT.SYSTEM_RESET, resume, cause);
  return cause;
}

// --- loss of state

/** What a lost register holds: 'lost' in its upper half and a number, so that whoever uses it is found out. */
const lost = (n: number): bigint => (0x6c6f7374n << 32n) | BigInt(n);
/** Registers that outlive every state: DEC, what the core keeps for all, and what the wake-up itself writes. */
const KEPT: readonly number[] = [SLOT.DEC, SLOT.DPDES, SLOT.DHDES, SLOT.SRR0, SLOT.SRR1];

/** Loses registers of a thread; those that its core has once survive with the core. */
function lose(hw: Hardware, t: HwThreadId, loss: Exclude<Loss, 'none'>): void {
  const { arena, model } = hw;
  for (let n = 0; n < 32; n++) arena.setGpr(t, n, lost(n));
  for (let n = 0; n < 64; n++)
    for (const dword of [0, 1] as const) arena.setVsr(t, n, dword, lost(n));
  arena.setCr(t, Number(lost(0) >> 32n));
  for (let entry = 0; entry < model.slbEntries; entry++) {
    arena.setSlb(t, entry, 'esid', arena.slb(t, entry, 'esid') & ~SLB_ESID.V);
  }
  const isLost = (row: SprRow): boolean =>
    row.cpus.includes(model.family) &&
    !model.shared.includes(row.name) &&
    (loss === 'hypervisor' ? row.write !== '-' : 'us'.includes(row.write));
  for (const [slot, row] of SPRS.entries()) {
    if (isLost(row) && !KEPT.includes(slot)) writeSpr(hw, t, slot, lost(slot));
  }
}

// --- instructions

/** Sleeps and wakes at 0x100, with SRR0 behind the instruction; halts the thread when nothing can wake it. */
function powerSave(hw: Hardware, t: HwThreadId, state: PowerSaving): Outcome {
  const decWakes = (hw.arena.spr(t, SLOT.LPCR) & LPCR.PECE1) !== 0n;
  if (wakeReason(hw, t) === null && (!decWakes || !hw.skipToDecrementer(t))) {
    return hw.halt('asleep');
  }
  wakeFrom(hw, t, state, wakeReason(hw, t) ?? SRR1_WAKE.DEC, hw.nextInstruction(t));
  return Outcome.raised;
}

type Helper = (hw: Hardware, t: HwThreadId) => Outcome;
export const doze: Helper = (hw, t) => powerSave(hw, t, 'doze');
export const nap: Helper = (hw, t) => powerSave(hw, t, 'nap');
export const sleep: Helper = (hw, t) => powerSave(hw, t, 'sleep');
export const rvwinkle: Helper = (hw, t) => powerSave(hw, t, 'rvwinkle');

/**
 * stop: with ESL=EC=0 it may end at any time, so it falls through. EC=1 wakes by LPCR at 0x100. An operating system
 * may neither ask for loss of state nor for a deeper level than PSSCR[PSLL]. MODEL: no level loses anything.
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
  return powerSave(hw, t, 'nap');
}

/** attn: hands the processor to its service processor when HID0 enables it, else an illegal instruction. */
export function attn(hw: Hardware, t: HwThreadId): Outcome {
  const enabled = (hw.arena.spr(t, SLOT.HID0) & hw.model.attnEnable) !== 0n;
  return enabled ? hw.halt('attn') : hw.illegal(t);
}
