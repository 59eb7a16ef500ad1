// The host's text on POWER8.
import { doorbellException } from '../host/irq.ts';
import type { Routine } from '../host/routine.ts';
import { ADDED_P8, VARIANTS_P8 } from '../kvm/p8-vm.ts';
import { patchesOn } from '../kvm/patches/index.ts';
import type { VmmCtx } from '../vmm/records.ts';
import type { HostText } from './program.ts';
import { ROUTINES_P7 } from './text-p7.ts';

/** The base text on POWER8: that of POWER7 with its own texts of some routines, and its hypervisor doorbell. */
export const ROUTINES_P8: readonly Routine<VmmCtx>[] = [
  ...ROUTINES_P7.map((base) => VARIANTS_P8.find(({ name }) => name === base.name) ?? base),
  ...ADDED_P8,
  doorbellException,
];

export const TEXT_P8: HostText = {
  routines: ROUTINES_P8,
  patches: patchesOn('p8'),
};
