// Places of the state, by which entries of the list of known differences are written.
import { field } from '../../isa/fields.ts';
import type { Known } from './witness-known.ts';
import { PLACE, VSR_AT } from './witness-state.ts';

export const ALL = 0xffff_ffff_ffff_ffffn;
/** The left half of a doubleword. */
export const UPPER = ALL << 32n;
export const CR0 = 0xf000_0000n;

/** The GPR that a field names. */
export const gpr = (name: string) => (word: number) => Number(field(name).get(word));
/** Doubleword 0 and 1 of the FPR or VSR that a field names. */
export const fpr = (name: string) => (word: number) => VSR_AT + 2 * Number(field(name).get(word));
export const dword1 = (name: string) => (word: number) => fpr(name)(word) + 1;
export const named = (name: keyof typeof PLACE) => () => PLACE[name];

export function known(
  rows: RegExp,
  place: Known['place'],
  mask: bigint,
  [isa, why]: readonly [isa: string, why: string],
  when?: Known['when'],
): Known {
  return { rows, place, mask, isa, why, ...(when && { when }) };
}
