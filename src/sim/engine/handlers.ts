// The handlers of the interpreter: three of its own, then one for each variant of each row, twice for relative
// branches (target in the same page or not). Also how a word becomes a decoded entry.
import { VARIANTS, type Variant, variantOfWord } from '../isa/decode.ts';
import { field } from '../isa/fields.ts';
import { patternOf } from '../isa/pattern.ts';
import type { Version } from '../isa/row.ts';
import { CODE, PAGE } from './layout.ts';
import { OperandLayout, operandValue } from './operands.ts';
import { type Home, isCold, placeOf } from './uses.ts';

/** Numbers of the handlers that belong to no row; 0 is an entry that is not decoded yet. */
export const PAGE_END = 1;
export const ILLEGAL = 2;
const FIRST_ROW_HANDLER = 3;

export interface Handler {
  readonly variant: Variant;
  readonly near: boolean;
  /** The function of the interpreter that has it, and whether the cold one has it (too). */
  readonly home: Home;
  readonly cold: boolean;
  /** Where its operands lie in an entry; known once an interpreter has been generated. */
  readonly layout: OperandLayout;
}

const relativeField = ({ row, flags }: Variant): string | undefined =>
  flags.AA === true
    ? undefined
    : patternOf(row).groups.find(({ name }) => field(name).kind === 'rel')?.name;

/** Per variant: the number of its (far) handler and the displacement field if there is a near one after it. */
const PLACES: { readonly number: number; readonly relative: string | undefined }[] = [];

/** Handler `FIRST_ROW_HANDLER + i` is element i. */
export const HANDLERS: readonly Handler[] = VARIANTS.flatMap((variant) => {
  const relative = relativeField(variant);
  const last = PLACES.at(-1);
  const number = last ? last.number + (last.relative ? 2 : 1) : FIRST_ROW_HANDLER;
  PLACES.push({ number, relative });
  const both = { variant, home: placeOf(variant), cold: isCold(variant) };
  return (relative === undefined ? [false] : [false, true]).map((near) => ({
    ...both,
    near,
    layout: new OperandLayout(),
  }));
});

/**
 * Writes the 16-byte entry for `word` at `entry`, for a CPU of the given version; `offset` is the word's place in
 * its page, which decides whether a relative branch is near.
 */
export function writeEntry(
  view: DataView,
  entry: number,
  word: number,
  offset: number,
  version: Version,
): void {
  const place = PLACES[variantOfWord(word, version)];
  if (place === undefined) {
    view.setUint16(entry + CODE.handler, ILLEGAL, true);
    return;
  }
  const near = place.relative !== undefined && isNear(place.relative, word, offset);
  const number = place.number + (near ? 1 : 0);
  view.setUint16(entry + CODE.handler, number, true);
  for (const operand of HANDLERS[number - FIRST_ROW_HANDLER]?.layout.operands ?? []) {
    const value = operandValue(operand, word);
    const scaled = near && operand.use === 'rel' ? Number(value) * 4 : value;
    if (operand.size === 2) view.setUint16(entry + operand.offset, Number(scaled), true);
    else view.setBigInt64(entry + operand.offset, BigInt.asIntN(64, BigInt(scaled)), true);
  }
}

function isNear(name: string, word: number, offset: number): boolean {
  const target = offset + Number(field(name).get(word));
  return target >= 0 && target < PAGE;
}
