// The host's text on POWER7.
import { hostWorkload, kernelInit } from '../host/init.ts';
import { timerInterrupt, wakeUpProcess } from '../host/irq.ts';
import { power7Nap, systemReset, wakeupLoss, wakeupNoloss } from '../host/nap.ts';
import { cpuKillSelf, die, takeCpuDown } from '../host/offline.ts';
import { doIdleP7, workerThreadP7 } from '../host/p7.ts';
import type { Routine } from '../host/routine.ts';
import { schedule } from '../host/sched.ts';
import { XICS_ROUTINES } from '../host/xics-irq.ts';
import { hcallRoutines } from '../kvm/hcall-table.ts';
import { setMemoryRegion } from '../kvm/memory-region.ts';
import { hvEntry, vcoreEntry } from '../kvm/p7-entry.ts';
import { guestExitCont, hdecSoon } from '../kvm/p7-exit.ts';
import { hCedeP7, hcallTryRealMode } from '../kvm/p7-hcall.ts';
import { hdsiP7 } from '../kvm/p7-hdsi.ts';
import { interruptP7 } from '../kvm/p7-interrupt.ts';
import { endCede, noGuest, secondaryNap, secondaryTooLate, startGuest } from '../kvm/p7-nap.ts';
import { cedeReentry, fastGuestReturn } from '../kvm/p7-return.ts';
import { RUN_ROUTINES_P7 } from '../kvm/p7-run.ts';
import { createVcpuP7, createVmP7, enableSmtP7 } from '../kvm/p7-vm.ts';
import { patchesOn } from '../kvm/patches/index.ts';
import { kvmRmaInit, setupHtabRma } from '../kvm/rma.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { decrementerWakeup } from '../kvm/wake.ts';
import type { VmmCtx } from '../vmm/records.ts';
import type { HostText } from './program.ts';
import { STORAGE, USER_SPACE } from './text-common.ts';

/** The base text on POWER7. */
export const ROUTINES_P7: readonly Routine<VmmCtx>[] = [
  ...USER_SPACE,
  createVmP7,
  enableSmtP7,
  setMemoryRegion,
  createVcpuP7,
  createSpaprTce,
  setupHtabRma,
  ...RUN_ROUTINES_P7,
  vcoreEntry,
  hvEntry,
  cedeReentry,
  fastGuestReturn,
  interruptP7,
  hcallTryRealMode,
  hCedeP7,
  hdsiP7,
  guestExitCont,
  hdecSoon,
  startGuest,
  endCede,
  secondaryTooLate,
  secondaryNap,
  noGuest,
  decrementerWakeup,
  schedule,
  wakeUpProcess,
  doIdleP7,
  power7Nap,
  systemReset,
  wakeupNoloss,
  wakeupLoss,
  cpuKillSelf,
  takeCpuDown,
  die,
  workerThreadP7,
  timerInterrupt,
  ...XICS_ROUTINES,
  ...hcallRoutines('real'),
  ...STORAGE,
  kernelInit,
  hostWorkload,
  kvmRmaInit,
];

export const TEXT_P7: HostText = {
  routines: ROUTINES_P7,
  patches: patchesOn('p7'),
};
