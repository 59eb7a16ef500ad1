// The form of one instruction word as the manual draws it: its 32 bits in order, what each run of them is called,
// holds and means here.
import { decode, operandsOf } from './decode.ts';
import { field, manualName, REGISTER_PREFIXES } from './fields.ts';
import { suffixOf } from './mnemonics.ts';
import type { Field, Row } from './row.ts';
import { SPRS, sprSlotOfNumber } from './spr.ts';

/** One run of bits; bit 0 is the most significant, as in the manual. */
interface FormField {
  /** The manual's name; 'PO' and 'XO' for the opcodes, '/' for reserved bits, '0' and '1' for single fixed ones. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** The bits as an unsigned number. */
  readonly value: number;
  /** What the value means: a register, a displacement, a condition. */
  readonly text: string;
}

export interface Form {
  readonly row: Row;
  /** The mnemonic with the suffixes of its flags, not simplified. */
  readonly name: string;
  /** Name of the form: 'D', 'X', 'XO', ... */
  readonly form: string;
  readonly isa: string;
  /** All 32 bits, from the left. */
  readonly fields: readonly FormField[];
}

/** A run of the drawn pattern: `field` names a group, `fixed` is true for opcode bits. */
interface Run {
  readonly field: string | null;
  readonly fixed: boolean;
  readonly first: number;
  readonly last: number;
}

/** The form of an instruction word, or null when it is none. */
export function formOf(word: number): Form | null {
  const decoded = decode(word);
  if (decoded === null) return null;
  const { row, flags } = decoded;
  const operands = operandsOf(row).map(field);
  const fields = mergeBo(runsOf(row.pattern)).map((run): FormField => {
    const value = bitsOf(word, run);
    const { name, text } = meaning(run, row, operands, word, value);
    return { name, first: run.first, last: run.last, value, text };
  });
  return { row, name: row.name + suffixOf(flags), form: row.form, isa: row.isa, fields };
}

function runsOf(pattern: string): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const [drawn, name, width] of pattern.matchAll(/\{(\w+)(?::(\d+))?\}|[01]+|-+/g)) {
    const bits =
      name === undefined ? drawn.length : width === undefined ? widthOf(name) : Number(width);
    const run = { field: name ?? null, fixed: /^[01]/.test(drawn), first: at, last: at + bits - 1 };
    const before = runs.at(-1);
    const goesOn = before !== undefined && isReserved(before) && isReserved(run);
    if (goesOn) runs[runs.length - 1] = { ...run, first: before.first };
    else runs.push(run);
    at += bits;
  }
  return runs;
}

const isReserved = (run: Run): boolean => run.field === null && !run.fixed;
const widthOf = (name: string): number =>
  (field(name).bits >>> 0).toString(2).replaceAll('0', '').length;
const bitsOf = (word: number, { first, last }: Run): number =>
  Math.floor((word >>> 0) / 2 ** (31 - last)) % 2 ** (last - first + 1);

/** Rows name the bits of BO, because the engine needs them one by one; the manual draws one field. */
function mergeBo(runs: readonly Run[]): Run[] {
  const first = runs.findIndex((run) => run.field === 'BO0');
  const last = runs.findIndex((run) => run.field === 'at');
  if (first < 0) return [...runs];
  const bo: Run = { field: 'BO', fixed: false, first: 6, last: 10 };
  return [...runs.slice(0, first), bo, ...runs.slice(last + 1)];
}

function meaning(run: Run, row: Row, operands: readonly Field[], word: number, value: number) {
  if (run.field === null) return fixedMeaning(run, row, value);
  const own = field(run.field);
  if (own.kind === 'flag') return { name: own.name, text: flagText(own.name, row, value) };
  // The operand knows more than the group: RA0 says that register 0 means the value 0.
  const shown = operands.find((f) => f.kind !== 'flag' && (f.bits & own.bits) !== 0) ?? own;
  const text = run.field === 'BO' ? boText(value) : valueText(shown, word);
  return { name: manualName(own.name), text };
}

function fixedMeaning(run: Run, row: Row, value: number) {
  if (!run.fixed) return { name: '/', text: 'reserved: ignored' };
  if (run.first === 0) return { name: 'PO', text: 'primary opcode' };
  if (run.first === run.last) return { name: `${value}`, text: 'part of the opcode' };
  // mtlr and kin are mtspr with a fixed number, whose halves are swapped.
  const isSpr = row.form === 'XFX' && run.last <= 20;
  return isSpr
    ? { name: 'SPR', text: 'half of the register number' }
    : { name: 'XO', text: 'extended opcode' };
}

const FLAG_TEXTS: Readonly<Record<string, readonly [clear: string, set: string]>> = {
  Rc: ['the condition register stays', 'records the result in the condition register'],
  OE: ['OV and SO stay', 'sets OV and SO'],
  LK: ['LR stays', 'LR gets the address of the next instruction'],
  AA: ['relative to this instruction', 'absolute'],
};

function flagText(name: string, row: Row, value: number): string {
  if (name === 'L' && /^cmpl?i?$/.test(row.name)) return value === 1 ? '64 bits' : '32 bits';
  return FLAG_TEXTS[name]?.[value] ?? `${value}`;
}

/** Book I 2.4, "BO field encodings". */
function boText(bo: number): string {
  const counting = (bo & 4) === 0 ? [`CTR - 1 ${(bo & 2) === 0 ? '≠' : '='} 0`] : [];
  const testing = (bo & 16) === 0 ? [`the CR bit is ${(bo & 8) === 0 ? 0 : 1}`] : [];
  const conditions = [...counting, ...testing];
  return conditions.length === 0 ? 'always' : `if ${conditions.join(' and ')}`;
}

function valueText({ kind, get }: Field, word: number): string {
  const n = Number(get(word));
  if (kind === 'gpr0' && n === 0) return 'the value 0';
  if (kind === 'crb') return `${['LT', 'GT', 'EQ', 'SO'][n & 3]} of cr${n >> 2}`;
  if (kind === 'rel') return `${n < 0 ? '' : '+'}${n} bytes`;
  if (kind === 'spr') {
    const slot = sprSlotOfNumber(n);
    return slot === undefined ? `${n}` : `${n}, ${SPRS[slot]?.name}`;
  }
  return `${REGISTER_PREFIXES[kind] ?? ''}${n}`;
}
