// Interrupts for what the engine detects while it executes an instruction.
// Source: Power ISA v2.07 and v3.0B Book III, "Interrupt Definitions"; DSISR of an alignment interrupt by
// instruction form as versions up to 2.07 define it.
import { Cause } from '../engine/api.ts';
import type { HwThreadId } from '../state/ids.ts';
import { DSISR, MSR, PROGRAM } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { hypervisorFacilityUnavailable, interrupt } from './interrupts.ts';
import { SLOT } from './slots.ts';
import { BOOK3S_INTERRUPT } from './vectors.ts';

/** Raises the interrupt of `cause` at NIA. */
export function raiseCause(hw: Hardware, t: HwThreadId, cause: Cause): void {
  const word = () => hw.arena.argLow(t, 0);
  switch (cause) {
    case Cause.illegal:
      hw.illegal(t, word());
      break;
    case Cause.privileged:
      hw.hypervisorOnly(t, word());
      break;
    case Cause.trap:
      hw.program(t, PROGRAM.TRAP);
      break;
    case Cause.fpEnabled:
      hw.program(t, PROGRAM.FP);
      break;
    case Cause.alignment:
      alignment(hw, t);
      break;
    case Cause.fpUnavailable:
      unavailable(hw, t, MSR.FP, BOOK3S_INTERRUPT.FP_UNAVAIL, 'FP');
      break;
    case Cause.vectorUnavailable:
      unavailable(hw, t, MSR.VEC, BOOK3S_INTERRUPT.ALTIVEC, 'VECVSX');
      break;
    case Cause.vsxUnavailable:
      unavailable(hw, t, MSR.VSX, BOOK3S_INTERRUPT.VSX, 'VECVSX');
      break;
    case Cause.badAtomic:
      hw.arena.setSpr(t, SLOT.DAR, hw.arena.arg(t, 0));
      hw.arena.setSpr(t, SLOT.DSISR, DSISR.BAD_ATOMIC);
      interrupt(hw, t, BOOK3S_INTERRUPT.DATA_STORAGE, hw.arena.nia(t));
      break;
  }
}

/** The operating system hears of its own MSR bit first; then the hypervisor of HFSCR. */
function unavailable(
  hw: Hardware,
  t: HwThreadId,
  bit: bigint,
  vector: number,
  facility: 'FP' | 'VECVSX',
): void {
  if ((hw.msr(t) & bit) === 0n) interrupt(hw, t, vector, hw.arena.nia(t));
  else hypervisorFacilityUnavailable(hw, t, facility);
}

function alignment(hw: Hardware, t: HwThreadId): void {
  hw.arena.setSpr(t, SLOT.DAR, hw.arena.arg(t, 0));
  if (hw.model.version !== '3.0') {
    hw.arena.setSpr(t, SLOT.DSISR, dsisrOf(hw.engine.wordAt(t, hw.arena.nia(t)) ?? 0));
  }
  interrupt(hw, t, BOOK3S_INTERRUPT.ALIGNMENT, hw.arena.nia(t));
}

/** DSISR: bits of the opcode (X-form 29:30, 25, 21:24; D-form 5, 1:4; DS-form 30:31), then RT and RA. */
function dsisrOf(word: number): bigint {
  const registers = (word >>> 16) & 0x3ff;
  const primary = word >>> 26;
  if (primary === 31) {
    const opcode = ((word & 0x6) << 14) | ((word & 0x40) << 8) | ((word & 0x780) << 3);
    return BigInt(registers | opcode);
  }
  const opcode = ((word & 0x04000000) >>> 12) | ((word & 0x78000000) >>> 17);
  const form = primary === 58 || primary === 62 ? (word & 3) << 18 : 0;
  return BigInt(registers | opcode | form);
}
