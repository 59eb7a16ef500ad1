// What the Code path view shows, worked out from the picture: which routine, where the cursors stand in it.
import type { Catalogue, StepText } from '../../workers/protocol.ts';
import { type RowIn, THREAD_MODES } from '../../workers/sections.ts';
import { routineOf, threadOf, vcpuOf } from '../entity.ts';

export type ThreadRow = RowIn<'machine', 'threads'>;
export type FrameRow = RowIn<'code', 'stack'>;
export type CursorRow = RowIn<'code', 'cursors'>;
export type InsnRow = RowIn<'code', 'disasm'>;

/** Shown instead of a routine: the guest's code. Other values are catalogue indices of routines. */
export const GUEST = -1;
/** Nothing to show. */
export const NOTHING = -2;

/** What the view has to choose from. */
export interface Choice {
  readonly catalogue: Catalogue;
  readonly focus: string;
  readonly stack: readonly FrameRow[];
  readonly disasm: readonly InsnRow[];
  readonly threads: readonly ThreadRow[];
}

/** The thread in focus: named itself, or with the named vcpu docked on it. */
export function focusedThread({ catalogue, focus, threads }: Choice): ThreadRow | undefined {
  const thread = threadOf(focus, catalogue.topology.threadsPerCore);
  const vcpu = vcpuOf(focus);
  return threads.find((row) => row.thread === thread || (vcpu >= 0 && row.vcpu === vcpu));
}

/** Catalogue index of the routine that the focus itself names, NOTHING if it names none. */
export function routineInFocus({ catalogue, focus }: Pick<Choice, 'catalogue' | 'focus'>): number {
  const name = routineOf(focus);
  const index = catalogue.routines.findIndex((routine) => routine.name === name);
  return name === '' || index < 0 ? NOTHING : index;
}

/** Where the focused thread or vcpu stands: in guest code, or in its innermost routine. */
export function whereItStands(choice: Choice): number {
  const thread = focusedThread(choice);
  const innermost = choice.stack.at(-1)?.routine ?? NOTHING;
  const inGuest = thread !== undefined && THREAD_MODES[thread.mode] === 'guest';
  const hasCode = choice.disasm.length > 0;
  return hasCode && (inGuest || innermost === NOTHING) ? GUEST : innermost;
}

/** The focus's own place in a routine: the step, and whether it executes there or waits for a call to return. */
export function ownStep(
  stack: readonly FrameRow[],
  routine: number,
  inGuest: boolean,
): { step: number; innermost: boolean } {
  const depth = stack.findLastIndex((frame) => frame.routine === routine);
  const frame = stack[depth];
  return { step: frame?.step ?? -1, innermost: depth === stack.length - 1 && !inGuest };
}

/** Patches that change a routine, with the number of steps each adds ('+') and takes away ('-'). */
export function patchesOf(
  steps: readonly StepText[],
): { patch: string; added: number; removed: number }[] {
  const ids = [...new Set(steps.filter((s) => s.diff !== 'same').map((s) => s.patch))];
  return ids.map((patch) => ({
    patch,
    added: steps.filter((s) => s.patch === patch && s.diff === '+').length,
    removed: steps.filter((s) => s.patch === patch && s.diff === '-').length,
  }));
}
