// Register slots that the hardware itself uses, looked up once.
import { sprSlot } from '../isa/spr.ts';

/** Slot in a thread's block by register name. */
export const SLOT = {
  MSR: sprSlot('MSR'),
  SRR0: sprSlot('SRR0'),
  SRR1: sprSlot('SRR1'),
  HSRR0: sprSlot('HSRR0'),
  HSRR1: sprSlot('HSRR1'),
  LPCR: sprSlot('LPCR'),
  LPIDR: sprSlot('LPIDR'),
  HFSCR: sprSlot('HFSCR'),
  DPDES: sprSlot('DPDES'),
  DAR: sprSlot('DAR'),
  DSISR: sprSlot('DSISR'),
  HDAR: sprSlot('HDAR'),
  HDSISR: sprSlot('HDSISR'),
  ASDR: sprSlot('ASDR'),
  HEIR: sprSlot('HEIR'),
  PTCR: sprSlot('PTCR'),
  PSSCR: sprSlot('PSSCR'),
} as const;
