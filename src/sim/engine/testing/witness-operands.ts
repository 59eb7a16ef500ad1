// What must come before and after an instruction so that it stays in its buffer and in its code.
import { field } from '../../isa/fields.ts';
import { patternOf } from '../../isa/pattern.ts';
import type { Row } from '../../isa/row.ts';
import type { Draw } from './witness-draw.ts';
import { FORMS, FORMS_32 } from './witness-forms.ts';
import { BUFFER, BUFFER_DWORDS, CODE } from './witness-state.ts';

const addi = (rt: number, ra: number, si: number) =>
  ((14 << 26) | (rt << 21) | (ra << 16) | (si & 0xffff)) >>> 0;
const addic = (rt: number, ra: number, si: number) =>
  ((12 << 26) | (rt << 21) | (ra << 16) | (si & 0xffff)) >>> 0;
/** RT := RT - RT, which sets CA. */
const subfc = (rt: number) => ((31 << 26) | (rt << 21) | (rt << 16) | (rt << 11) | (8 << 1)) >>> 0;
const addis = (rt: number, si: number) => ((15 << 26) | (rt << 21) | (si & 0xffff)) >>> 0;
const ori = (ra: number, rs: number, ui: number) =>
  ((24 << 26) | (rs << 21) | (ra << 16) | (ui & 0xffff)) >>> 0;
const sldi = (r: number, sh: number) =>
  ((30 << 26) |
    (r << 21) |
    (r << 16) |
    ((sh & 31) << 11) |
    ((63 - sh) << 6) |
    4 |
    ((sh >> 5) << 1)) >>>
  0;
const srdi1 = (r: number) => ((30 << 26) | (r << 21) | (r << 16) | (31 << 11) | (1 << 6) | 2) >>> 0;
const neg = (rt: number, ra: number) => ((31 << 26) | (rt << 21) | (ra << 16) | (104 << 1)) >>> 0;
const logical = (xo: number) => (ra: number, rs: number) =>
  ((31 << 26) | (rs << 21) | (ra << 16) | (rs << 11) | (xo << 1)) >>> 0;
const [nor, or] = [logical(124), logical(444)] as const;
const mtspr = (spr: number, rs: number) =>
  ((31 << 26) | (rs << 21) | (spr << 11) | (467 << 1)) >>> 0;
/** SPR numbers as mtspr has them, halves swapped. */
const SPRS = { bclr: 8 << 5, bcctr: 9 << 5, bctar: (815 >> 5) | ((815 & 31) << 5) };

/** li, or lis and ori: a signed 32-bit value. */
function set(register: number, value: number): number[] {
  if (value === (value << 16) >> 16) return [addi(register, 0, value)];
  return [addis(register, value >> 16), ori(register, register, value)];
}

const at = (name: string, word: number) => Number(field(name).get(word));
const has = (row: Row, name: string) => patternOf(row).groups.some((group) => group.name === name);
const register = (word: number, shift: number) => (word >>> shift) & 31;

/** Chapters whose rows address storage by RA. */
const STORAGE = /\b(Load|Store|Cache|Multiple|Move Assist|Quadword|Reserve|Atomic|Copy)/;
/** Rows whose address is RA alone. */
const BASE_ONLY = /^(ls|sts)wi$|^[ls]t?xvll?$|^(l|st)[wd]at$/;
/** Rows that want an aligned address, and how far they reach. */
const ALIGNED = /arx$|cx\.$|^(lq|stq)|^(l|st)[wd]at$/;
/** Invalid forms with RA = 0. */
const NEEDS_RA = /^dst(st)?t?$/;
const DISPLACEMENTS = ['D', 'DS', 'DQ'];

/** An instruction with what must come before and after it. */
export interface Prepared {
  readonly before: readonly number[];
  readonly word: number;
  readonly after: readonly number[];
}

const after = (before: readonly number[], word: number): Prepared => ({
  before,
  word: word >>> 0,
  after: [],
});

/** The instruction with what it needs, or undefined when these operands do not fit. */
export function prepared(
  draw: Draw,
  row: Row,
  drawn: number,
  narrow: boolean,
): Prepared | undefined {
  const word = withValue(draw, row, drawn, narrow);
  if (NEEDS_RA.test(row.name) && register(word, 16) === 0) return undefined;
  if (has(row, 'LI') || has(row, 'BD')) return nearBranch(draw, row, word);
  const spr = SPRS[row.name as keyof typeof SPRS];
  if (spr !== undefined) return sprBranch(draw, spr, word);
  if (STORAGE.test(row.isa) && has(row, 'RA')) return access(draw, row, word);
  return after(row.facility === undefined ? chosenOperands(draw, row, word, narrow) : [], word);
}

/**
 * Often operands on which carries, overflows and comparisons turn: 0, 1, -1, the least number, the
 * negative, complement or copy of the other operand. Before rows of one operand, to which CA may be
 * another, addic often clears CA or subfc sets it.
 */
function chosenOperands(draw: Draw, row: Row, word: number, narrow: boolean): number[] {
  if (!has(row, 'RA') || draw.oneIn(has(row, 'RB') ? 2 : 4)) return [];
  const [a, b] = [register(word, has(row, 'RS') ? 21 : 16), register(word, 11)];
  if (has(row, 'SI') && draw.oneIn(2)) return set(a, -at('SI', word));
  const wide = narrow ? ([] as const) : (['least', 'greatest'] as const);
  const value = draw.pick([0, 1, -1, -1, -(2 ** 31), 2 ** 31 - 1, ...wide]);
  const first =
    value === 'least'
      ? [addi(a, 0, 1), sldi(a, 63)]
      : value === 'greatest'
        ? [addi(a, 0, -1), srdi1(a)]
        : set(a, value);
  if (has(row, 'OE') && !has(row, 'RB')) {
    return [...draw.pick([[], [addic(a, a, 0)], [subfc((a + 1) & 31)]]), ...first];
  }
  if (!has(row, 'RB') || a === b) return first;
  return [...(draw.oneIn(2) ? first : []), draw.pick([neg, nor, or])(b, a)];
}

function withValue(draw: Draw, row: Row, word: number, narrow: boolean): number {
  const forms = (narrow ? FORMS_32 : FORMS).find(({ rows }) => rows.test(row.name));
  if (forms === undefined) return word;
  const { bits, put } = field(forms.field);
  return (word & ~bits) | Number(put(BigInt(draw.pick(forms.values))));
}

// --- storage

const BYTES = 8 * BUFFER_DWORDS;
/** Longest access: a string of 127 bytes. */
const LONGEST = 128;

/** An address in the buffer: often near its page boundary. */
function address(draw: Draw, row: Row): number {
  const near = BUFFER + BYTES / 2 - draw.between(1, 16);
  const any = BUFFER + draw.below(BYTES - LONGEST);
  const drawn = draw.oneIn(3) ? near : any;
  return ALIGNED.test(row.name) ? drawn & ~15 : drawn;
}

function access(draw: Draw, row: Row, word: number): Prepared | undefined {
  const ea = address(draw, row);
  const displacement = DISPLACEMENTS.find((name) => has(row, name));
  if (displacement !== undefined) return withDisplacement(row, word, ea, displacement);
  if (BASE_ONLY.test(row.name)) return baseOnly(draw, row, word, ea);
  return indexed(draw, row, word, ea);
}

function withDisplacement(row: Row, word: number, ea: number, name: string): Prepared | undefined {
  const ra = register(word, 16);
  if (ra !== 0) {
    return clashes(row, word, [ra]) ? undefined : after(set(ra, ea - at(name, word)), word);
  }
  const { bits, put } = field(name);
  const scaled = put(BigInt(ea & ~(name === 'DQ' ? 15 : 3)));
  return after([], (word & ~bits) | Number(scaled));
}

function baseOnly(draw: Draw, row: Row, word: number, ea: number): Prepared | undefined {
  const ra = register(word, 16);
  if (ra === 0 || clashes(row, word, [ra])) return undefined;
  if (!/vll?$/.test(row.name)) return after(set(ra, ea), word);
  const rb = register(word, 11);
  if (ra === rb) return undefined;
  return after([...set(ra, ea), ...set(rb, draw.below(20)), sldi(rb, 56)], word);
}

function indexed(draw: Draw, row: Row, word: number, ea: number): Prepared | undefined {
  const [ra, rb] = [register(word, 16), register(word, 11)];
  const needed = neededBefore(draw, row, word);
  if (needed === undefined || clashes(row, word, [ra, rb])) return undefined;
  if (ra === 0) return rb === 0 ? undefined : after([...set(rb, ea), ...needed], word);
  if (ra === rb) return ea % 2 === 0 ? after([...set(ra, ea / 2), ...needed], word) : undefined;
  const base = draw.u32() >> draw.between(2, 20);
  return after([...set(ra, base), ...set(rb, ea - base), ...needed], word);
}

/** A reservation, or the length of a string in XER; undefined when the string would load its address. */
function neededBefore(draw: Draw, row: Row, word: number): readonly number[] | undefined {
  if (!/^(ls|sts)wx$/.test(row.name)) return reservation(draw, row, word);
  const bases = [register(word, 16), register(word, 11)];
  const length = draw.pick([0, 1, 3, 4, 5, 16, 31, 127, draw.below(128)]);
  const loaded = row.name === 'lswx' ? span(rt(word), Math.ceil(length / 4)) : [];
  if (loaded.some((n) => bases.includes(n))) return undefined;
  const free = draw.pick(span(0, 32).filter((n) => !bases.includes(n)));
  return [...set(free, length), mtspr(1 << 5, free)];
}

/** In most cases a load that reserves what a conditional store then writes. */
function reservation(draw: Draw, row: Row, word: number): number[] {
  const load = LOAD_RESERVE.get(row.name);
  if (load === undefined || draw.oneIn(4)) return [];
  const [ra, rb] = [register(word, 16), register(word, 11)];
  const rt = (load[1] ? [2, 4, 6, 8, 10, 12] : [0, 2, 3, 30, 31]).find(
    (n) => ![ra, rb].includes(n) && ![ra, rb].includes(n + 1),
  );
  return [((31 << 26) | ((rt ?? 14) << 21) | (word & 0x1ff800) | (load[0] << 1)) >>> 0];
}

/** Extended opcode of the load that goes with a conditional store, and whether it loads a pair. */
const LOAD_RESERVE = new Map<string, [opcode: number, pair: boolean]>([
  ['stbcx.', [52, false]],
  ['sthcx.', [116, false]],
  ['stwcx.', [20, false]],
  ['stdcx.', [84, false]],
  ['stqcx.', [276, true]],
]);

/** Registers that a row loads several of may not hold its address. */
function clashes(row: Row, word: number, bases: readonly number[]): boolean {
  const loaded = LOADED.get(row.name)?.(word) ?? [];
  return loaded.some((n) => bases.includes(n));
}

const span = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => (first + i) & 31);
const rt = (word: number) => register(word, 21);

/** The registers of rows that load several. */
const LOADED = new Map<string, (word: number) => number[]>([
  ['lmw', (word) => span(rt(word), 32 - rt(word))],
  ['lswi', (word) => span(rt(word), Math.ceil(((word >>> 11) & 31 || 32) / 4))],
  ['lq', (word) => span(rt(word), 2)],
  ['lqarx', (word) => span(rt(word), 2)],
]);

// --- branches

/** An instruction that a taken branch skips. */
function skipped(draw: Draw): number {
  const n = draw.below(32);
  return addi(n, n, draw.u32());
}

/** A branch to the next instruction or over it. */
function nearBranch(draw: Draw, row: Row, word: number): Prepared {
  const distance = draw.pick([4, 8]);
  const { bits, put } = field(has(row, 'LI') ? 'LI' : 'BD');
  const absolute = (word & 2) !== 0;
  const target = put(BigInt(absolute ? CODE + distance : distance));
  return { ...after([], (word & ~bits) | Number(target)), after: [skipped(draw)] };
}

/** A branch to LR, CTR or TAR over no or one instruction; the low bits of the address do not count. */
function sprBranch(draw: Draw, spr: number, word: number): Prepared {
  const n = draw.below(32);
  const target = CODE + draw.pick([12, 16]) + draw.below(4);
  return { ...after([addi(n, 0, target), mtspr(spr, n)], word), after: [skipped(draw)] };
}
