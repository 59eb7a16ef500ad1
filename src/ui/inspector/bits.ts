// Bit fields of a register value, for the ruler: which bits are set, which field each belongs to, what changed.
import type { SprField, SprRow } from '../../sim/isa/spr.ts';

/** A field of a register with its value. `lo` counts from the least significant bit, as the kernel's shifts do. */
export interface FieldValue extends SprField {
  readonly value: bigint;
  readonly changed: boolean;
}

/** A register taken apart. `bits` has the most significant bit first, as it is drawn. */
export interface Ruler {
  readonly bits: readonly {
    readonly set: boolean;
    readonly changed: boolean;
    /** Field it belongs to, '' if none, and whether it is that field's most significant bit. */
    readonly field: string;
    readonly first: boolean;
  }[];
  readonly fields: readonly FieldValue[];
}

/** Value of '0x…' text, undefined when the text is not a hexadecimal number. */
export const parseHex = (text: string): bigint | undefined =>
  /^0x[\da-f]{1,16}$/i.test(text) ? BigInt(text) : undefined;

/** The ruler of a register, or undefined when it has no bit fields or the value is not one. */
export function ruler(spr: SprRow | undefined, value: string, old: string): Ruler | undefined {
  const now = parseHex(value);
  if (!spr || spr.fields.length === 0 || now === undefined) return undefined;
  const flipped = now ^ (parseHex(old) ?? now);
  const fields = spr.fields.map((field) => ({
    ...field,
    value: slice(now, field),
    changed: slice(flipped, field) !== 0n,
  }));
  const bits = Array.from({ length: spr.bits }, (_, i) => {
    const at = spr.bits - 1 - i;
    const field = fields.find(({ lo, width }) => at >= lo && at < lo + width);
    const one = { lo: at, width: 1 };
    return {
      set: slice(now, one) !== 0n,
      changed: slice(flipped, one) !== 0n,
      field: field?.name ?? '',
      first: field !== undefined && at === field.lo + field.width - 1,
    };
  });
  return { bits, fields };
}

const slice = (
  value: bigint,
  { lo, width }: { readonly lo: number; readonly width: number },
): bigint => (value >> BigInt(lo)) & ((1n << BigInt(width)) - 1n);

/** Bit numbers of a field in both countings: from the right as in the kernel, from the left as in the ISA. */
export function placeText({ lo, width }: SprField, registerBits: number): string {
  const hi = lo + width - 1;
  const isa = (bit: number) => registerBits - 1 - bit;
  return width === 1 ? `${lo} (ISA ${isa(lo)})` : `${hi}:${lo} (ISA ${isa(hi)}:${isa(lo)})`;
}
