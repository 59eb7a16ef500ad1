// The host's text on the PowerPC 970.
import { hostWorkload, kernelInit } from '../host/init.ts';
import { timerInterrupt, wakeUpProcess } from '../host/irq.ts';
import { doIdle970 } from '../host/ppc970.ts';
import type { Routine } from '../host/routine.ts';
import { schedule, workerThread } from '../host/sched.ts';
import { XICS_ROUTINES } from '../host/xics-irq.ts';
import { setMemoryRegion } from '../kvm/memory-region.ts';
import { hcallTryRealMode } from '../kvm/p7-hcall.ts';
import { fastGuestReturn } from '../kvm/p7-return.ts';
import { createVcpuP7, enableSmtP7 } from '../kvm/p7-vm.ts';
import { patchesOn } from '../kvm/patches/index.ts';
import { cedeReentry970, hvEntry970, vcoreEntry970 } from '../kvm/ppc970-entry.ts';
import { guestExitCont970, hCede970, hdecSoon970, interrupt970 } from '../kvm/ppc970-exit.ts';
import {
  createVm970,
  HCALL_ROUTINES_970,
  RUN_ROUTINES_970,
  setupHtabRma970,
} from '../kvm/ppc970-vm.ts';
import { kvmRmaInit } from '../kvm/rma.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { decrementerWakeup } from '../kvm/wake.ts';
import type { VmmCtx } from '../vmm/records.ts';
import type { HostText } from './program.ts';
import { STORAGE, USER_SPACE } from './text-common.ts';

/** The base text on the PowerPC 970: the kernel of POWER7, without what threads of a core need of each other. */
export const ROUTINES_970: readonly Routine<VmmCtx>[] = [
  ...USER_SPACE,
  createVm970,
  enableSmtP7,
  setMemoryRegion,
  createVcpuP7,
  createSpaprTce,
  setupHtabRma970,
  ...RUN_ROUTINES_970,
  vcoreEntry970,
  hvEntry970,
  cedeReentry970,
  fastGuestReturn,
  interrupt970,
  hcallTryRealMode,
  hCede970,
  guestExitCont970,
  hdecSoon970,
  decrementerWakeup,
  schedule,
  wakeUpProcess,
  doIdle970,
  workerThread,
  timerInterrupt,
  ...XICS_ROUTINES,
  ...HCALL_ROUTINES_970,
  ...STORAGE,
  kernelInit,
  hostWorkload,
  kvmRmaInit,
];

export const TEXT_970: HostText = {
  routines: ROUTINES_970,
  patches: patchesOn('970'),
};
