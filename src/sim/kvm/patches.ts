// Patches: a historic change as edits over named steps, applied when it is switched OFF (the base text has every
// fix on). An edit's target must exist; the Code path view shows the edits as a diff.
import type { Routine, Step } from '../host/routine.ts';
import type { CpuFamily } from '../isa/spr.ts';
import type { KvmCtx } from './context.ts';
import { cedeRealMode } from './patches/cede-real-mode.ts';
import { experimentTlbie } from './patches/experiment-tlbie.ts';
import { mmioAbsentHpte } from './patches/mmio-absent-hpte.ts';
import { napStateLost } from './patches/nap-state-lost.ts';
import { realModeHcalls } from './patches/real-mode-hcalls.ts';
import { realModePutTce } from './patches/real-mode-put-tce.ts';
import { virtDoorbell } from './patches/virt-doorbell.ts';
import { vrmaRma } from './patches/vrma-rma.ts';

export type Edit =
  | { readonly routine: string; readonly remove: string }
  | { readonly routine: string; readonly replace: string; readonly by: Step<KvmCtx> };

export interface Patch {
  readonly id: string;
  readonly title: string;
  readonly commit: string;
  /** What the change does, and what is missing without it; two sentences. */
  readonly summary: string;
  /** CPUs whose text it changes. */
  readonly cpus: readonly CpuFamily[];
  /** Edits that undo the change. */
  readonly off: readonly Edit[];
  /** Routines that run in place of those with the same name while it is off. */
  readonly variants?: readonly Routine<KvmCtx>[];
}

/** All patches, by the ids that appear in links. */
export const PATCHES: readonly Patch[] = [
  virtDoorbell,
  realModeHcalls,
  mmioAbsentHpte,
  vrmaRma,
  cedeRealMode,
  napStateLost,
  realModePutTce,
  experimentTlbie,
];
