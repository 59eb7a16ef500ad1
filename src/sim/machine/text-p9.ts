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
import { enterGuest } from '../kvm/enter-guest.ts';
import { guestEntry, vcpuEntry } from '../kvm/entry.ts';
import { cede, doHcall, handleExit } from '../kvm/exit.ts';
import { hcallRoutines } from '../kvm/hcall-table.ts';
import { setMemoryRegion } from '../kvm/memory-region.ts';
import { virtDoorbell } from '../kvm/patches/virt-doorbell.ts';
import { runSingleVcpu, vcpuRun } from '../kvm/run-loop.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { createVcpu, createVm, enableSmt, setupVrma } from '../kvm/vm.ts';
import { decrementerWakeup, fastVcpuKick, vcpuWoken } from '../kvm/wake.ts';
import type { VmmCtx } from '../vmm/records.ts';
import type { HostText } from './program.ts';
import { STORAGE, USER_SPACE } from './text-common.ts';

/** The base text on POWER9: every fix on. Order = catalogue index. */
export const ROUTINES: readonly Routine<VmmCtx>[] = [
  ...USER_SPACE,
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
  ...STORAGE,
];

/** Its patches are named one by one: the list of all would bring the other kernels with it. */
export const TEXT_P9: HostText = { routines: ROUTINES, patches: [virtDoorbell] };
