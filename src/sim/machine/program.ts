// The host's program: every routine of a host's text, with the switched-off patches edited out, indexed for the run.
import type { Routine, Step } from '../host/routine.ts';
import { mistakeIn } from '../kvm/patch-sets.ts';
import { type Edit, type Patch, targetOf } from '../kvm/patches.ts';
import { type Result, succeed } from '../state/user-error.ts';
import type { VmmCtx } from '../vmm/records.ts';

/** What a host runs on one kind of CPU. */
export interface HostText {
  /** The base text: every fix on. Order = catalogue index. */
  readonly routines: readonly Routine<VmmCtx>[];
  /** What can be switched off in it. */
  readonly patches: readonly Patch[];
}

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
  { routines, patches }: HostText,
  off: readonly string[],
  extra: readonly Edit[] = [],
): Result<Program> {
  const wrong = mistakeIn(off, patches);
  if (wrong) return { ok: false, error: wrong };
  const program = new Map<string, LiveRoutine>();
  routines.forEach((patched, index) => {
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
