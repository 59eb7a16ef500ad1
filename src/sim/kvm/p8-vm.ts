// Creation of VMs and vcpus on POWER8, and the list of what it has in place of the text of POWER7.
// Source: arch/powerpc/kvm/book3s_hv.c, Linux 4.4.
import { LPCR } from '../hardware/bits.ts';
import { BASE, type Routine, variant } from '../host/routine.ts';
import { type KvmCtx, lastVm, vcpuOf } from './context.ts';
import { createVcpuP7, createVmP7, initLpcrP7 } from './p7-vm.ts';
import { cedeReentryP8, hvEntryP8, vcoreEntryP8 } from './p8-entry.ts';
import { guestExitContP8, hCedeP8, hdecSoonP8, interruptP8 } from './p8-exit.ts';
import {
  checkWakeReason,
  endCedeP8,
  noGuestP8,
  readIntr,
  secondaryNapP8,
  startGuestP8,
} from './p8-nap.ts';
import { NOVCPU_ROUTINES } from './p8-novcpu.ts';
import { RUN_ROUTINES_P8 } from './p8-run.ts';

const createVmP8 = variant<KvmCtx, { ret: number }>(createVmP7, {
  lpcr: [
    'lpcr',
    'LPCR := host PECE bits | DPFD=4 | HDICE | VPM0 | VPM1 | ONL: PURR and SPURR count',
    (k) => {
      initLpcrP7(k, LPCR.VPM1 | LPCR.ONL);
      lastVm(k).lpcr |= k.hw.get(k.tid, 'LPCR') & (LPCR.PECEDH | LPCR.PECEDP);
    },
  ],
});

const createVcpuP8 = variant<KvmCtx, { vcpu_id: number; task: number }>(createVcpuP7, {
  vcore: [
    [
      'ptid',
      'ptid := vcpu_id - first_vcpuid: its thread, whenever the vcore runs',
      (k, l) => {
        vcpuOf(k, k.kvm.vcpus.length - 1).ptid = l.vcpu_id % lastVm(k).smt_mode;
      },
      4,
    ],
    BASE,
  ],
});

/** Texts in place of those of POWER7 with the same name. */
export const VARIANTS_P8: readonly Routine<KvmCtx>[] = [
  createVmP8,
  createVcpuP8,
  ...RUN_ROUTINES_P8,
  vcoreEntryP8,
  hvEntryP8,
  cedeReentryP8,
  interruptP8,
  hCedeP8,
  guestExitContP8,
  hdecSoonP8,
  startGuestP8,
  endCedeP8,
  secondaryNapP8,
  noGuestP8,
];

/** Routines that POWER7 does not have. */
export const ADDED_P8: readonly Routine<KvmCtx>[] = [checkWakeReason, readIntr, ...NOVCPU_ROUTINES];
