// The host's program: every routine of every layer, with the switched-off patches edited out, indexed for the run.

import { hostWorkload, kernelInit } from '../host/init.ts';
import {
  doorbellException,
  smpCallFunctionSingle,
  smpMuxedIpi,
  timerInterrupt,
  wakeUpProcess,
} from '../host/irq.ts';
import { power7Nap, systemReset, wakeupLoss, wakeupNoloss } from '../host/nap.ts';
import { cpuKillSelf, die, takeCpuDown } from '../host/offline.ts';
import { doIdleP7, workerThreadP7 } from '../host/p7.ts';
import { doIdle970 } from '../host/ppc970.ts';
import type { Routine, Step } from '../host/routine.ts';
import { doIdle, schedule, workerThread } from '../host/sched.ts';
import { XICS_ROUTINES } from '../host/xics.ts';
import type { CpuFamily } from '../isa/spr.ts';
import { emulateDoorbell, readDpdes } from '../kvm/doorbell.ts';
import { emulateMmio, loadLastInst } from '../kvm/emulate-mmio.ts';
import { enterGuest, guestEntry, vcpuEntry } from '../kvm/entry.ts';
import { cede, doHcall, handleExit } from '../kvm/exit.ts';
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
import { ADDED_P8, VARIANTS_P8 } from '../kvm/p8-vm.ts';
import { bookPageFault, hpteHvFault } from '../kvm/page-fault.ts';
import { mistakeIn, patchesOf } from '../kvm/patch-sets.ts';
import { type Edit, type Patch, targetOf } from '../kvm/patches.ts';
import { cedeReentry970, hvEntry970, vcoreEntry970 } from '../kvm/ppc970-entry.ts';
import { guestExitCont970, hCede970, hdecSoon970, interrupt970 } from '../kvm/ppc970-exit.ts';
import {
  createVm970,
  HCALL_ROUTINES_970,
  RUN_ROUTINES_970,
  setupHtabRma970,
} from '../kvm/ppc970-vm.ts';
import { allocRma, kvmRmaInit, setupHtabRma } from '../kvm/rma.ts';
import { unmapRmapp } from '../kvm/rmap.ts';
import { runSingleVcpu, vcpuRun } from '../kvm/run-loop.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { doTlbies } from '../kvm/tlbie.ts';
import { createVcpu, createVm, enableSmt, setupVrma } from '../kvm/vm.ts';
import { decrementerWakeup, fastVcpuKick, vcpuWoken } from '../kvm/wake.ts';
import { type Result, succeed } from '../state/user-error.ts';
import { DEVICE_ROUTINES } from '../vmm/devices.ts';
import { kvmCpuExec, qemuMain, vmStop } from '../vmm/qemu.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { spaprHypercall } from '../vmm/spapr.ts';
import { IOMMU_ROUTINES } from '../vmm/spapr-iommu.ts';
import { SPAPR_XICS_ROUTINES } from '../vmm/spapr-xics.ts';
import { VIO_ROUTINES } from '../vmm/vio-device.ts';

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

/** The base text on the PowerPC 970: the kernel of POWER7, without what threads of a core need of each other. */
export const ROUTINES_970: readonly Routine<VmmCtx>[] = [
  qemuMain,
  kvmCpuExec,
  spaprHypercall,
  ...VIO_ROUTINES,
  ...SPAPR_XICS_ROUTINES,
  ...IOMMU_ROUTINES,
  vmStop,
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

/** The base text on POWER8: that of POWER7 with its own texts of some routines, and its hypervisor doorbell. */
export const ROUTINES_P8: readonly Routine<VmmCtx>[] = [
  ...ROUTINES_P7.map((base) => VARIANTS_P8.find(({ name }) => name === base.name) ?? base),
  ...ADDED_P8,
  doorbellException,
];

const TEXTS: Readonly<Record<CpuFamily, readonly Routine<VmmCtx>[]>> = {
  '970': ROUTINES_970,
  p7: ROUTINES_P7,
  p8: ROUTINES_P8,
  p9: ROUTINES,
};

/** The host's text on a CPU. */
const routinesOf = (family: CpuFamily): readonly Routine<VmmCtx>[] => TEXTS[family];

/** A step in the running text, with what the diff view needs. */
export interface LiveStep extends Step<VmmCtx> {
  /** Index in the shown list (live and struck-out steps together). */
  readonly shown: number;
  /** Label of the step that follows, '' after the last. */
  readonly next: string;
}

/** A step as the Code path view shows it: in both texts, only with the patch on ('+'), or only with it off ('-'). */
export interface ShownStep {
  readonly step: Step<VmmCtx>;
  readonly diff: 'same' | '+' | '-';
  readonly patch: string;
  readonly live: boolean;
}

export interface LiveRoutine {
  readonly index: number;
  readonly base: Routine<VmmCtx>;
  readonly first: string;
  readonly steps: ReadonlyMap<string, LiveStep>;
  readonly shown: readonly ShownStep[];
}

export type Program = ReadonlyMap<string, LiveRoutine>;

/** Resolves the patch set. An unknown id is the user's mistake; an edit without target is ours and throws. */
export function makeProgram(
  off: readonly string[],
  extra: readonly Edit[] = [],
  family: CpuFamily = 'p9',
): Result<Program> {
  const wrong = mistakeIn(off, family);
  if (wrong) return { ok: false, error: wrong };
  const patches = patchesOf(family);
  const program = new Map<string, LiveRoutine>();
  routinesOf(family).forEach((patched, index) => {
    const base = variantOf(patched, patches, off);
    const shown = showSteps(base, patches, off, extra);
    const live = shown.flatMap((s, i) => (s.live ? [{ step: s.step, shown: i }] : []));
    const steps = new Map<string, LiveStep>(
      live.map(({ step, shown: at }, i) => [
        step.label,
        { ...step, shown: at, next: live[i + 1]?.step.label ?? '' },
      ]),
    );
    program.set(base.name, { index, base, first: live[0]?.step.label ?? '', steps, shown });
  });
  return succeed(program);
}

/** The routine that runs in place of `base` because of a patch that is off. */
function variantOf(
  base: Routine<VmmCtx>,
  patches: readonly Patch[],
  off: readonly string[],
): Routine<VmmCtx> {
  const variants = patches.filter(({ id }) => off.includes(id)).flatMap((p) => p.variants ?? []);
  return variants.find(({ name }) => name === base.name) ?? base;
}

function showSteps(
  base: Routine<VmmCtx>,
  patches: readonly Patch[],
  off: readonly string[],
  extra: readonly Edit[],
): ShownStep[] {
  let shown: ShownStep[] = base.steps.map((step) => ({
    step,
    diff: 'same',
    patch: '',
    live: true,
  }));
  const apply = (edit: Edit, patch: string, isOff: boolean, shows: boolean): void => {
    if (edit.routine !== base.name) return;
    const target = targetOf(edit);
    if (!shown.some((s) => s.step.label === target)) {
      throw new Error(`makeProgram: ${patch} edits ${base.name}/${target}, which does not exist`);
    }
    if (!shows) return;
    shown = shown.flatMap((s): ShownStep[] => {
      if (s.step.label !== target || s.diff === '-') return [s];
      if ('insert' in edit) return [{ step: edit.insert, diff: '-', patch, live: isOff }, s];
      const on: ShownStep = { ...s, diff: '+', patch, live: s.live && !isOff };
      if ('remove' in edit) return [on];
      return [on, { step: edit.by, diff: '-', patch, live: s.live && isOff }];
    });
  };
  for (const { id, off: edits, fixed } of patches) {
    const isOff = off.includes(id);
    // A mended mistake is no part of the text's story until it is brought back.
    for (const edit of edits) apply(edit, id, isOff, isOff || fixed === undefined);
  }
  for (const edit of extra) apply(edit, 'mutation', true, true);
  return shown;
}
