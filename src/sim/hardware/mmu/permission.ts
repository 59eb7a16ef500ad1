// Storage protection: PP and the segment's key, no-execute and guarded, virtual page class keys.
// Source: Power ISA v2.07 and v3.0B Book III, "Storage Protection", "Virtual Page Class Key Protection".
import { Access } from '../../engine/api.ts';
import type { HwThreadId } from '../../state/ids.ts';
import { DSISR, MSR } from '../bits.ts';
import type { Hardware } from '../hardware.ts';
import { SLOT } from '../slots.ts';
import { hasDataKeys, hasFetchKeys } from './context.ts';
import { HPTE_R_G, HPTE_R_N, HPTE_R_PP, HPTE_R_PP0, hpteKey } from './hpte.ts';
import { SLB_VSID } from './segment.ts';

/** What decides about an access, value by value. */
export interface Permission {
  /** Ks, or Kp in problem state. */
  readonly key: 0 | 1;
  /** PP0 and PP as one number, 0-7. */
  readonly pp: number;
  readonly mayLoad: boolean;
  readonly mayStore: boolean;
  /** N or G: nothing may be fetched. */
  readonly noExecute: boolean;
  /** Number of the page's class, and its bits in AMR (2 no store, 1 no load) and IAMR (1 no fetch). */
  readonly pageClass: number;
  readonly amr: number;
  readonly iamr: number;
  /** The cause in DSISR, or SRR1 for a fetch; 0 when the access may go on. */
  readonly refused: bigint;
}

/** PP values (PP0 and PP) by which loads and stores are allowed, by key. */
const LOADS = [
  [0, 1, 2, 3, 6],
  [1, 2, 3],
] as const;
const STORES = [[0, 1, 2], [2]] as const;
const includes = (list: readonly number[], pp: number): boolean => list.includes(pp);

const classBits = (hw: Hardware, t: HwThreadId, slot: number, pageClass: number): number =>
  Number((hw.arena.spr(t, slot) >> BigInt(2 * (31 - pageClass))) & 3n);

/** Whether the page with doubleword 1 `r`, in the segment of `vsidWord`, allows the access. */
export function permission(
  hw: Hardware,
  t: HwThreadId,
  vsidWord: bigint,
  r: bigint,
  access: Access,
): Permission {
  const problem = (hw.msr(t) & MSR.PR) !== 0n;
  const key = (vsidWord & (problem ? SLB_VSID.KP : SLB_VSID.KS)) !== 0n ? 1 : 0;
  const pp = Number(r & HPTE_R_PP) + ((r & HPTE_R_PP0) !== 0n ? 4 : 0);
  const pageClass = hpteKey(r);
  const made = {
    key,
    pp,
    mayLoad: includes(LOADS[key], pp),
    mayStore: includes(STORES[key], pp),
    noExecute: (r & (HPTE_R_N | HPTE_R_G)) !== 0n,
    pageClass,
    amr: hasDataKeys(hw) ? classBits(hw, t, SLOT.AMR, pageClass) : 0,
    iamr: hasFetchKeys(hw) ? classBits(hw, t, SLOT.IAMR, pageClass) : 0,
  } as const;
  return { ...made, refused: refusal(made, access) };
}

/** A fetch reports no-execute before protection; the class is reported beside either. */
function refusal(p: Omit<Permission, 'refused'>, access: Access): bigint {
  if (access === Access.fetch) {
    const first = p.noExecute ? DSISR.NOEXEC : p.mayLoad ? 0n : DSISR.PROT;
    return first | ((p.iamr & 1) !== 0 ? DSISR.KEY : 0n);
  }
  const store = access === Access.store;
  const allowed = store ? p.mayStore : p.mayLoad;
  const byClass = (p.amr & (store ? 2 : 1)) !== 0;
  return (allowed ? 0n : DSISR.PROT) | (byClass ? DSISR.KEY : 0n);
}
