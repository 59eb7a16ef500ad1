// The host's text on POWER7.
import { hostWorkload, kernelInit } from '../host/init.ts';
import { timerInterrupt, wakeUpProcess } from '../host/irq.ts';
import { power7Nap, systemReset, wakeupLoss, wakeupNoloss } from '../host/nap.ts';
import { cpuKillSelf, die, takeCpuDown } from '../host/offline.ts';
import { doIdleP7, workerThreadP7 } from '../host/p7.ts';
import type { Routine } from '../host/routine.ts';
import { schedule } from '../host/sched.ts';
import { XICS_ROUTINES } from '../host/xics-irq.ts';
import { emulateMmio, loadLastInst } from '../kvm/emulate-mmio.ts';
import { hcallRoutines } from '../kvm/hcall-table.ts';
import { findLockHpte } from '../kvm/hpte-lookup.ts';
import { allocResetHpt } from '../kvm/htab.ts';
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
import { bookPageFault, hpteHvFault } from '../kvm/page-fault.ts';
import { patchesOn } from '../kvm/patches/index.ts';
import { kvmRmaInit, setupHtabRma } from '../kvm/rma.ts';
import { allocRma } from '../kvm/rma-alloc.ts';
import { unmapRmapp } from '../kvm/rmap.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { doTlbies } from '../kvm/tlbie.ts';
import { decrementerWakeup } from '../kvm/wake.ts';
import { DEVICE_ROUTINES } from '../vmm/devices.ts';
import { kvmCpuExec, qemuMain, vmStop } from '../vmm/qemu.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { spaprHypercall } from '../vmm/spapr.ts';
import { IOMMU_ROUTINES } from '../vmm/spapr-iommu.ts';
import { SPAPR_XICS_ROUTINES } from '../vmm/spapr-xics.ts';
import { VIO_ROUTINES } from '../vmm/vio-device.ts';
import type { HostText } from './program.ts';

/** The base text on POWER7. */
export const ROUTINES_P7: readonly Routine<VmmCtx>[] = [
  qemuMain,
  kvmCpuExec,
  spaprHypercall,
  ...VIO_ROUTINES,
  ...SPAPR_XICS_ROUTINES,
  ...IOMMU_ROUTINES,
  vmStop,
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
  doTlbies,
  unmapRmapp,
  findLockHpte,
  hpteHvFault,
  bookPageFault,
  emulateMmio,
  loadLastInst,
  ...DEVICE_ROUTINES,
  allocResetHpt,
  allocRma,
  kernelInit,
  hostWorkload,
  kvmRmaInit,
];

export const TEXT_P7: HostText = {
  routines: ROUTINES_P7,
  patches: patchesOn('p7'),
};
