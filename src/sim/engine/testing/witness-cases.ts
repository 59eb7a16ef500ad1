// The cases of the witness: short sequences around one instruction of a row, in chains that go on with the state that
// the case before left. A row's cases depend on its name and pattern alone, so a new row changes only its own.
import { operandsOf, VARIANTS, variantOfWord } from '../../isa/decode.ts';
import { field } from '../../isa/fields.ts';
import { patternOf } from '../../isa/pattern.ts';
import type { Row } from '../../isa/row.ts';
import { callsOf } from '../uses.ts';
import { Draw, randomState } from './witness-draw.ts';
import { prepared } from './witness-operands.ts';
import { EXIT, seedOf, type WitnessMode, type WitnessState } from './witness-state.ts';

/** Cases of a row in each byte order: together more than 300. */
export const CASES = 152;
/** Cases of a row in 32-bit mode. */
export const CASES_32 = 48;

export interface WitnessCase {
  /** Instruction words, ending with the branch to EXIT. */
  readonly words: readonly number[];
  /** Index of the word of the row; the others prepare it. */
  readonly target: number;
  /** State before the first case of a chain; the others go on from the case before. */
  readonly start?: WitnessState;
}

const TO_EXIT = 0x48000002 | EXIT; // ba EXIT

/** Rows that user mode can run without a system: unprivileged and without a helper of the hardware layer. */
export function isWitnessed(row: Row): boolean {
  return row.privilege === 'problem' && !usesHelper(row);
}

function usesHelper(row: Row): boolean {
  return VARIANTS.some((variant) => variant.row === row && callsOf(variant).includes('helper'));
}

/** All cases of a row in one mode. */
export function casesOf(row: Row, mode: WitnessMode): WitnessCase[] {
  const draw = new Draw(seedOf(`${row.name} ${mode}`));
  const chain = row.facility === undefined ? 8 : row.facility === 'FP' ? 1 : 4;
  const narrow = mode === '32-bit';
  return Array.from({ length: narrow ? CASES_32 : CASES }, (_, i) => {
    const start = i % chain === 0 ? { start: randomState(draw, row, narrow) } : {};
    const [words, target] = sequence(draw, row, narrow);
    return { words: [...words, TO_EXIT], target, ...start };
  });
}

function sequence(draw: Draw, row: Row, narrow: boolean): [words: number[], target: number] {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const made = prepared(draw, row, randomWord(draw, row), narrow);
    if (made !== undefined) return [[...made.before, made.word, ...made.after], made.before.length];
  }
  throw new Error(`casesOf: no valid word of ${row.name}`);
}

/** A valid word of the row with reserved bits 0. */
function randomWord(draw: Draw, row: Row): number {
  const { match, groups } = patternOf(row);
  for (let attempt = 0; attempt < 1000; attempt++) {
    const word = groups.reduce(
      (bits, { first, width }) => bits | (fieldBits(draw, width) << (32 - first - width)),
      match,
    );
    const same = equalRegisters(draw, row, word) >>> 0;
    if (isValid(row, same)) return same;
  }
  throw new Error(`casesOf: no valid word of ${row.name}`);
}

/** Wide fields are often all zeros, all ones or the sign alone. */
function fieldBits(draw: Draw, width: number): number {
  const all = 2 ** width - 1;
  if (width < 6 || !draw.oneIn(3)) return draw.u32() & all;
  return draw.pick([0, 1, all, all >>> 1, (all >>> 1) + 1]);
}

const REGISTER_KINDS: readonly string[] = ['gpr', 'fpr', 'vr', 'vsr'];

/** In a quarter of the words two register fields name the same register. */
function equalRegisters(draw: Draw, row: Row, word: number): number {
  const registers = patternOf(row).groups.filter(
    ({ name, width }) => width === 5 && REGISTER_KINDS.includes(field(name).kind),
  );
  if (registers.length < 2 || !draw.oneIn(4)) return word;
  const [from, to] = [draw.pick(registers), draw.pick(registers)];
  const value = (word >>> (27 - from.first)) & 31;
  return (word & ~(31 << (27 - to.first))) | (value << (27 - to.first));
}

function isValid(row: Row, word: number): boolean {
  if (VARIANTS[variantOfWord(word)]?.row !== row) return false;
  return operandsOf(row).every((name) => (field(name).invalid?.(word) ?? null) === null);
}
