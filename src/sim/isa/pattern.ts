// Reads a row's drawn bit pattern: which bits are fixed, which hold fields, which are reserved.
import { field, fieldWidth } from './fields.ts';
import type { Row } from './row.ts';

/** A run of bits of the word that belongs to a named field; bit 0 is the most significant. */
interface Group {
  readonly name: string;
  readonly first: number;
  readonly width: number;
}

export interface Pattern {
  /** Bits with a fixed value, and that value: a word matches when (word & mask) === match, as int32. */
  readonly mask: number;
  readonly match: number;
  /** Bits that decode ignores. */
  readonly reserved: number;
  readonly groups: readonly Group[];
}

/** Parses a pattern; one that does not fill 32 bits is our bug. */
function parsePattern(text: string): Pattern {
  let mask = 0;
  let match = 0;
  let reserved = 0;
  let at = 0;
  const groups: Group[] = [];
  for (const [part, name, width] of text.matchAll(/\{(\w+)(?::(\d+))?\}|[01-]/g)) {
    if (name !== undefined) {
      const bits = width === undefined ? fieldWidth(field(name)) : Number(width);
      groups.push({ name, first: at, width: bits });
      at += bits;
      continue;
    }
    const bit = 1 << (31 - at);
    if (part === '-') reserved |= bit;
    else mask |= bit;
    if (part === '1') match |= bit;
    at += 1;
  }
  if (at !== 32) throw new Error(`parsePattern: ${at} bits in '${text}'`);
  return { mask, match, reserved, groups };
}

const parsed = new WeakMap<Row, Pattern>();

/** The row's pattern, parsed once. */
export function patternOf(row: Row): Pattern {
  const known = parsed.get(row);
  if (known !== undefined) return known;
  const pattern = parsePattern(row.pattern);
  parsed.set(row, pattern);
  return pattern;
}

/** The register field that decides between the two facilities of a row's FacilityRule. */
export function facilityField(row: Row): string {
  const target = patternOf(row).groups.find(({ name }) => /^X[TS]/.test(name));
  if (target === undefined) throw new Error(`facilityField: ${row.name} has no XT or XS`);
  return target.name;
}

/** Names of the row's one-bit flag fields, in pattern order. */
export function flagNames(row: Row): string[] {
  return patternOf(row)
    .groups.map((group) => group.name)
    .filter((name) => field(name).kind === 'flag');
}
