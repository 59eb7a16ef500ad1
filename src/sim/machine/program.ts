// The host's program: every routine of every layer, with the switched-off patches edited out, indexed for the run.

import {
  doorbellException,
  smpCallFunctionSingle,
  smpMuxedIpi,
  timerInterrupt,
  wakeUpProcess,
} from '../host/irq.ts';
import type { Routine, Step } from '../host/routine.ts';
import { doIdle, schedule, workerThread } from '../host/sched.ts';
import { emulateDoorbell, readDpdes } from '../kvm/doorbell.ts';
import { enterGuest, guestEntry, vcpuEntry } from '../kvm/entry.ts';
import { cede, doHcall, handleExit } from '../kvm/exit.ts';
import { type Edit, PATCHES } from '../kvm/patches.ts';
import { runSingleVcpu, vcpuRun } from '../kvm/run-loop.ts';
import { createVcpu, createVm, enableSmt, setMemoryRegion, setupVrma } from '../kvm/vm.ts';
import { decrementerWakeup, fastVcpuKick, vcpuWoken } from '../kvm/wake.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';
import { kvmCpuExec, qemuMain, vmStop } from '../vmm/qemu.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { spaprHypercall } from '../vmm/spapr.ts';

/** The base text: every fix on. Order = catalogue index. */
export const ROUTINES: readonly Routine<VmmCtx>[] = [
  qemuMain,
  kvmCpuExec,
  spaprHypercall,
  vmStop,
  createVm,
  enableSmt,
  setMemoryRegion,
  createVcpu,
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
];

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
export function makeProgram(off: readonly string[], extra: readonly Edit[] = []): Result<Program> {
  for (const id of off) {
    if (!PATCHES.some((patch) => patch.id === id)) {
      const known = PATCHES.map((patch) => patch.id).join(', ');
      return fail('UNKNOWN_PATCH', `There is no patch '${id}'.`, `Known patches: ${known}.`);
    }
  }
  const program = new Map<string, LiveRoutine>();
  ROUTINES.forEach((base, index) => {
    const shown = showSteps(base, off, extra);
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

function showSteps(
  base: Routine<VmmCtx>,
  off: readonly string[],
  extra: readonly Edit[],
): ShownStep[] {
  let shown: ShownStep[] = base.steps.map((step) => ({
    step,
    diff: 'same',
    patch: '',
    live: true,
  }));
  const apply = (edit: Edit, patch: string, isOff: boolean): void => {
    if (edit.routine !== base.name) return;
    const target = 'remove' in edit ? edit.remove : edit.replace;
    if (!shown.some((s) => s.step.label === target)) {
      throw new Error(`makeProgram: ${patch} edits ${base.name}/${target}, which does not exist`);
    }
    shown = shown.flatMap((s): ShownStep[] => {
      if (s.step.label !== target || s.diff === '-') return [s];
      const on: ShownStep = { ...s, diff: '+', patch, live: !isOff };
      if ('remove' in edit) return [on];
      return [on, { step: edit.by, diff: '-', patch, live: isOff }];
    });
  };
  for (const patch of PATCHES)
    for (const edit of patch.off) apply(edit, patch.id, off.includes(patch.id));
  for (const edit of extra) apply(edit, 'mutation', true);
  return shown;
}
