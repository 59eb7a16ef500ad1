// Finds the row of an instruction word, through an index by opcodes that is built from the patterns.
import { field } from './fields.ts';
import { flagNames, patternOf } from './pattern.ts';
import { type Row, VERSIONS, type Version } from './row.ts';
import { ROWS } from './table.ts';

/** Values of a row's one-bit flag fields by name. */
export type Flags = Readonly<Record<string, boolean>>;

/** One handler of the engine: a row with its flags known. */
export interface Variant {
  readonly row: Row;
  readonly rowIndex: number;
  readonly flags: Flags;
}

export interface Decoded {
  readonly row: Row;
  readonly rowIndex: number;
  /** Index into VARIANTS. */
  readonly variant: number;
  readonly flags: Flags;
  /** Value of each field of the pattern and each operand, by name. */
  readonly operands: Readonly<Record<string, number>>;
}

interface Entry {
  readonly row: Row;
  readonly mask: number;
  readonly match: number;
  /** Index of the first variant, and where each flag bit lies (shift from the right) for the others. */
  readonly first: number;
  readonly shifts: readonly number[];
}

/** All combinations of the flags: bit i of the position in the list is the value of the i-th name. */
function combinations(names: readonly string[]): Flags[] {
  return Array.from({ length: 2 ** names.length }, (_, bits) =>
    Object.fromEntries(names.map((name, i) => [name, ((bits >> i) & 1) === 1])),
  );
}

/** Every row with every value of its flags; a row's variants are adjacent. */
export const VARIANTS: readonly Variant[] = ROWS.flatMap((row, rowIndex) =>
  combinations(flagNames(row)).map((flags) => ({ row, rowIndex, flags })),
);

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

const EXTENDED = 1024; // bits 21..30 hold the extended opcode of every form that has one

/** Candidates by primary opcode, then by bits 21..30; the most specific pattern comes first. */
function buildIndex(): Entry[][][] {
  let first = 0;
  const entries = ROWS.map((row): Entry => {
    const { mask, match } = patternOf(row);
    const shifts = flagNames(row).map((name) => 31 - Math.clz32(field(name).bits));
    const entry = { row, mask, match, first, shifts };
    first += 2 ** shifts.length;
    return entry;
  }).sort((a, b) => bitCount(b.mask) - bitCount(a.mask));
  return Array.from({ length: 64 }, (_, primary) => {
    const own = entries.filter((entry) => entry.match >>> 26 === primary);
    return own.length > 1 ? byExtended(own) : [own];
  });
}

/** The entries of one primary opcode by bits 21..30, in the same order; most rows fix all of these bits. */
function byExtended(entries: readonly Entry[]): Entry[][] {
  const lists = Array.from({ length: EXTENDED }, (): Entry[] => []);
  for (const entry of entries) {
    const fixed = ((entry.match & entry.mask) >>> 1) & (EXTENDED - 1);
    const free = (~entry.mask >>> 1) & (EXTENDED - 1);
    // All subsets of the free bits, the empty one last.
    for (let subset = free; ; subset = (subset - 1) & free) {
      lists[fixed | subset]?.push(entry);
      if (subset === 0) break;
    }
  }
  return lists;
}

const INDEX = buildIndex();

/** True when a CPU of that version has the instruction. */
export function isInVersion({ since, until = '3.0' }: Row, version: Version): boolean {
  const [first, at, last] = [since, version, until].map((v) => VERSIONS.indexOf(v));
  return (first ?? 0) <= (at ?? 0) && (at ?? 0) <= (last ?? 0);
}

/** Index into VARIANTS of the instruction in `word`, on a CPU of `version` or on any; -1 when no row matches. */
export function variantOfWord(word: number, version?: Version): number {
  const byExtended = INDEX[word >>> 26] as Entry[][];
  const at = byExtended.length === 1 ? 0 : (word >>> 1) & (EXTENDED - 1);
  for (const entry of byExtended[at] as Entry[]) {
    if ((word & entry.mask) !== entry.match) continue;
    if (version !== undefined && !isInVersion(entry.row, version)) continue;
    let variant = entry.first;
    for (let i = 0; i < entry.shifts.length; i++) {
      variant += ((word >>> (entry.shifts[i] as number)) & 1) << i;
    }
    return variant;
  }
  return -1;
}

const operandNames = new WeakMap<Row, string[]>();

/** Names of the row's operands in assembler order, brackets and parentheses left out. */
export function operandsOf(row: Row): string[] {
  const known = operandNames.get(row);
  if (known !== undefined) return known;
  const names = row.asm.match(/\w+/g) ?? [];
  operandNames.set(row, names);
  return names;
}

/** Row, flags and operand values of a word, or null when no row matches. */
export function decode(word: number): Decoded | null {
  const variant = variantOfWord(word);
  if (variant < 0) return null;
  const { row, rowIndex, flags } = VARIANTS[variant] as Variant;
  const names = new Set([...patternOf(row).groups.map((g) => g.name), ...operandsOf(row)]);
  const operands = Object.fromEntries(
    [...names].map((name) => [name, Number(field(name).get(word))]),
  );
  return { row, rowIndex, variant, flags, operands };
}
