// The host's text on POWER9.
import {
  doorbellException,
  smpCallFunctionSingle,
  smpMuxedIpi,
  timerInterrupt,
  wakeUpProcess,
} from '../host/irq.ts';
import type { Routine } from '../host/routine.ts';
import { doIdle, schedule, workerThread } from '../host/sched.ts';
import { emulateDoorbell, readDpdes } from '../kvm/doorbell.ts';
import { emulateMmio, loadLastInst } from '../kvm/emulate-mmio.ts';
import { enterGuest, guestEntry, vcpuEntry } from '../kvm/entry.ts';
import { cede, doHcall, handleExit } from '../kvm/exit.ts';
import { hcallRoutines } from '../kvm/hcall-table.ts';
import { findLockHpte } from '../kvm/hpte-lookup.ts';
import { allocResetHpt } from '../kvm/htab.ts';
import { setMemoryRegion } from '../kvm/memory-region.ts';
import { bookPageFault, hpteHvFault } from '../kvm/page-fault.ts';
import { virtDoorbell } from '../kvm/patches/virt-doorbell.ts';
import { allocRma } from '../kvm/rma-alloc.ts';
import { unmapRmapp } from '../kvm/rmap.ts';
import { runSingleVcpu, vcpuRun } from '../kvm/run-loop.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { doTlbies } from '../kvm/tlbie.ts';
import { createVcpu, createVm, enableSmt, setupVrma } from '../kvm/vm.ts';
import { decrementerWakeup, fastVcpuKick, vcpuWoken } from '../kvm/wake.ts';
import { DEVICE_ROUTINES } from '../vmm/devices.ts';
import { kvmCpuExec, qemuMain, vmStop } from '../vmm/qemu.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { spaprHypercall } from '../vmm/spapr.ts';
import { IOMMU_ROUTINES } from '../vmm/spapr-iommu.ts';
import { SPAPR_XICS_ROUTINES } from '../vmm/spapr-xics.ts';
import { VIO_ROUTINES } from '../vmm/vio-device.ts';
import type { HostText } from './program.ts';

/** The base text on POWER9: every fix on. Order = catalogue index. */
export const ROUTINES: readonly Routine<VmmCtx>[] = [
  qemuMain,
  kvmCpuExec,
  spaprHypercall,
  ...VIO_ROUTINES,
  ...SPAPR_XICS_ROUTINES,
  ...IOMMU_ROUTINES,
  vmStop,
  createVm,
  enableSmt,
  setMemoryRegion,
  createVcpu,
  createSpaprTce,
  setupVrma,
  vcpuRun,
  runSingleVcpu,
  guestEntry,
  vcpuEntry,
  enterGuest,
  handleExit,
  emulateDoorbell,
  readDpdes,
  cede,
  doHcall,
  vcpuWoken,
  fastVcpuKick,
  decrementerWakeup,
  schedule,
  wakeUpProcess,
  doIdle,
  workerThread,
  doorbellException,
  timerInterrupt,
  smpMuxedIpi,
  smpCallFunctionSingle,
  ...hcallRoutines('virtual'),
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
];

/** Its patches are named one by one: the list of all would bring the other kernels with it. */
export const TEXT_P9: HostText = { routines: ROUTINES, patches: [virtDoorbell] };
