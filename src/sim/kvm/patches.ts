// Patches: a historic change as edits over named steps, applied when it is switched OFF (the base text has every
// fix on). An edit's target must exist; the Code path view shows the edits as a diff.
import type { Routine, Step } from '../host/routine.ts';
import type { CpuFamily } from '../isa/spr.ts';
import type { KvmCtx } from './context.ts';
import { GUEST_PATCHES } from './patches/b-guest.ts';
import { TABLE_PATCHES } from './patches/b-table.ts';
import { THREAD_PATCHES } from './patches/b-threads.ts';
import { cedeRealMode } from './patches/cede-real-mode.ts';
import { experimentTlbie } from './patches/experiment-tlbie.ts';
import { guestSmt } from './patches/guest-smt.ts';
import { mmioAbsentHpte } from './patches/mmio-absent-hpte.ts';
import { napStateLost } from './patches/nap-state-lost.ts';
import { ppc970 } from './patches/ppc970.ts';
import { ppc970Tlb } from './patches/ppc970-tlb.ts';
import { realModeHcalls } from './patches/real-mode-hcalls.ts';
import { realModePutTce } from './patches/real-mode-put-tce.ts';
import { virtDoorbell } from './patches/virt-doorbell.ts';
import { vrmaRma } from './patches/vrma-rma.ts';

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
  /** Routines that run in place of those with the same name while it is off. */
  readonly variants?: readonly Routine<KvmCtx>[];
  /** Patches whose text this one mends: while one of them is off there is nothing to take out. */
  readonly requires?: readonly string[];
}

/** All patches, by the ids that appear in links. */
export const PATCHES: readonly Patch[] = [
  virtDoorbell,
  realModeHcalls,
  mmioAbsentHpte,
  vrmaRma,
  guestSmt,
  cedeRealMode,
  napStateLost,
  realModePutTce,
  ppc970,
  ppc970Tlb,
  experimentTlbie,
  ...THREAD_PATCHES,
  ...GUEST_PATCHES,
  ...TABLE_PATCHES,
];
