// Patches: a historic change as edits over named steps, applied when it is switched OFF (the base text has every
// fix on). An edit's target must exist; the Code path view shows the edits as a diff.
import type { Routine, Step } from '../host/routine.ts';
import type { CpuFamily } from '../isa/spr.ts';
import type { KvmCtx } from './context.ts';

/** `insert` comes before the step `before`; a step that moves is one removed and one inserted. */
export type Edit =
  | { readonly routine: string; readonly remove: string }
  | { readonly routine: string; readonly replace: string; readonly by: Step<KvmCtx> }
  | { readonly routine: string; readonly before: string; readonly insert: Step<KvmCtx> };

/** Label of the step that an edit needs. */
export function targetOf(edit: Edit): string {
  if ('remove' in edit) return edit.remove;
  return 'replace' in edit ? edit.replace : edit.before;
}

export interface Patch {
  readonly id: string;
  readonly title: string;
  readonly commit: string;
  /** Release in which a historic mistake is seen to be mended; without it the patch is a change of its own. */
  readonly fixed?: string;
  /** What the change does, and what is missing without it; two sentences. */
  readonly summary: string;
  /** CPUs whose text it changes. */
  readonly cpus: readonly CpuFamily[];
  /** Edits that undo the change. */
  readonly off: readonly Edit[];
  /** Edits in place of those on a CPU whose text has other steps there. */
  readonly offOn?: Readonly<Partial<Record<CpuFamily, readonly Edit[]>>>;
  /** Routines that run in place of those with the same name while it is off. */
  readonly variants?: readonly Routine<KvmCtx>[];
  /** Patches whose text this one mends: while one of them is off there is nothing to take out. */
  readonly requires?: readonly string[];
}
