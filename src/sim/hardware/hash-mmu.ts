// Names of the virtual real mode area for callers that have not moved to mmu/ yet.
import { Access } from '../engine/api.ts';
import type { HwThreadId } from '../state/ids.ts';
import type { Hardware } from './hardware.ts';
import { avpnOf, hptHash, VRMA_SEGMENT } from './mmu/hpte.ts';
import { explainWalk } from './mmu/walk.ts';

export { translate } from './mmu/translate.ts';

/** HPTE doubleword 0 and 1, native POWER9 layout. */
export const HPTE = {
  V_VALID: 1n,
  V_SECONDARY: 2n,
  V_LARGE: 4n,
  V_BOLTED: 0x10n,
  V_AVPN: 0x000fffffffffff80n,
  R_B_1TB: 1n << 58n,
  R_B: 3n << 58n,
  R_RPN: 0x01fffffffffff000n,
  R_R: 0x100n,
  R_C: 0x80n,
  R_M: 0x10n,
} as const;

const VRMA_PAGE_SHIFT = 24;
export const vrmaHash = (ea: bigint): bigint => hptHash(VRMA_SEGMENT, ea, VRMA_PAGE_SHIFT);
export const vrmaAvpn = (ea: bigint): bigint => avpnOf(VRMA_SEGMENT, ea, VRMA_PAGE_SHIFT);

/** Real address of the HPTE that maps `ea`, or -1. */
export function searchHpt(hw: Hardware, t: HwThreadId, ea: bigint): number {
  const { result } = explainWalk(hw, t, ea, Access.load, false);
  return result.kind === 'page' ? result.entry.hpte : -1;
}
