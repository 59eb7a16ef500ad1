// The list of all patches. A page's first visit does without it: machine/text-p9.ts names its own.
import type { CpuFamily } from '../../isa/spr.ts';
import type { Patch } from '../patches.ts';
import { GUEST_PATCHES } from './b-guest.ts';
import { TABLE_PATCHES } from './b-table.ts';
import { THREAD_PATCHES } from './b-threads.ts';
import { cedeRealMode } from './cede-real-mode.ts';
import { experimentTlbie } from './experiment-tlbie.ts';
import { guestSmt } from './guest-smt.ts';
import { mmioAbsentHpte } from './mmio-absent-hpte.ts';
import { napStateLost } from './nap-state-lost.ts';
import { ppc970 } from './ppc970.ts';
import { ppc970Tlb } from './ppc970-tlb.ts';
import { realModeHcalls } from './real-mode-hcalls.ts';
import { realModePutTce } from './real-mode-put-tce.ts';
import { virtDoorbell } from './virt-doorbell.ts';
import { vrmaRma } from './vrma-rma.ts';

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

/** The patches of a CPU's text, each with its edits there. */
export const patchesOn = (family: CpuFamily): readonly Patch[] =>
  PATCHES.filter(({ cpus }) => cpus.includes(family)).map((patch) => ({
    ...patch,
    off: patch.offOn?.[family] ?? patch.off,
  }));
