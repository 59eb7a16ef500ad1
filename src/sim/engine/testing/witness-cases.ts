// The cases of the witness: short sequences around one instruction of a row, in chains that go on with the state that
// the case before left. A row's cases depend on its name and pattern alone, so a new row changes only its own.
import { operandsOf, VARIANTS, variantOfWord } from '../../isa/decode.ts';
import { field } from '../../isa/fields.ts';
import { patternOf } from '../../isa/pattern.ts';
import type { Row } from '../../isa/row.ts';
import { ROWS } from '../../isa/table.ts';
import { callsOf } from '../uses.ts';
import { Draw, randomState } from './witness-draw.ts';
import { type Prepared, prepared } from './witness-operands.ts';
import { EXIT, seedOf, type WitnessMode, type WitnessState } from './witness-state.ts';

/** Cases of a row in each byte order: together more than 300. */
export const CASES = 152;
/** Cases of a row in 32-bit mode. */
export const CASES_32 = 48;
/** Rows that only big-endian threads can run: twice as many cases there. */
export const BIG_ENDIAN_ONLY = /^(lmw|stmw|lswi|lswx|stswi|stswx)$/;

export interface WitnessCase {
  /** Instruction words, ending with the branch to EXIT. */
  readonly words: readonly number[];
  /** Index of the word of the row; the others prepare it. */
  readonly target: number;
  /** State before the first case of a chain; the others go on from the case before. */
  readonly start?: WitnessState;
}

const TO_EXIT = 0x48000002 | EXIT; // ba EXIT

/** What a set of cases is about: one row, or several that follow each other. */
export interface Subject {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Instructions of those rows in each case. */
  readonly length: number;
  readonly facility?: Row['facility'] | undefined;
  readonly until?: Row['until'] | undefined;
}

/** Rows whose sequences show how one hands its results to the next. */
const MIXES: readonly (readonly [name: string, rows: string, facility?: Row['facility']])[] = [
  ['carries', 'addc adde addze addme subfc subfe subfze subfme addic subfic neg mcrxrx'],
  [
    'integers',
    'add subf mulld rldicl rlwimi sradi srad cmp cmpl isel cntlzd popcntd and cror extsb',
  ],
  ['memory', 'lbzu lhax lwbrx ldu lwarx stwcx. stdbrx sthx stbux stwu std ld dcbz'],
  ['fmix', 'fadd fsub fmul fdiv fmadd fmsub fsqrt frin fmr fneg fsel lfd stfd', 'FP'],
  [
    'vectors',
    'lvx stvx lvsl vperm vcmpequb vsel vadduwm lxvd2x stxvd2x xxpermdi xxlxor vsldoi',
    'VSX',
  ],
];

export const MIXED: readonly Subject[] = MIXES.map(([name, rows, facility]) => ({
  name,
  rows: ROWS.filter((row) => rows.split(' ').includes(row.name)),
  length: 6,
  facility,
}));

export function subjectOf(row: Row): Subject {
  return { ...row, rows: [row], length: 1 };
}

/** Rows that user mode can run without a system: unprivileged and without a helper of the hardware layer. */
export function isWitnessed(row: Row): boolean {
  return row.privilege === 'problem' && !usesHelper(row);
}

function usesHelper(row: Row): boolean {
  return VARIANTS.some((variant) => variant.row === row && callsOf(variant).includes('helper'));
}

/** All cases of a subject in one mode. */
export function casesOf(subject: Subject, mode: WitnessMode): WitnessCase[] {
  const draw = new Draw(seedOf(`${subject.name} ${mode}`));
  const { facility } = subject;
  const chain = facility === undefined ? 8 : facility === 'FP' ? 1 : 4;
  const narrow = mode === '32-bit';
  const wide = BIG_ENDIAN_ONLY.test(subject.name) ? 2 * CASES : CASES;
  return Array.from({ length: narrow ? CASES_32 : wide }, (_, i) => {
    const start = i % chain === 0 ? { start: randomState(draw, subject, narrow) } : {};
    const [words, target] = sequence(draw, subject, narrow);
    return { words: [...words, TO_EXIT], target, ...start };
  });
}

/** Words of a case and the index of its last instruction of the subject. */
function sequence(
  draw: Draw,
  { rows, length }: Subject,
  narrow: boolean,
): [words: number[], target: number] {
  const words: number[] = [];
  let target = 0;
  for (let i = 0; i < length; i++) {
    const { before, word, after } = instruction(draw, draw.pick(rows), narrow);
    target = words.length + before.length;
    words.push(...before, word, ...after);
  }
  return [words, target];
}

function instruction(draw: Draw, row: Row, narrow: boolean): Prepared {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const made = prepared(draw, row, randomWord(draw, row), narrow);
    if (made !== undefined) return made;
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
