// What can be written: every row and simplified mnemonic with the suffixes of its flags, and its operands.
import { type AliasLine, aliasLines } from './aliases.ts';
import { type Flags, VARIANTS } from './decode.ts';
import { type Expression, ExpressionReader, evaluate, tokenize, type Value } from './expression.ts';
import { field } from './fields.ts';
import { patternOf } from './pattern.ts';
import type { Field, Row } from './row.ts';
import { ROWS } from './table.ts';

/** One operand of a mnemonic. */
export interface Operand {
  readonly field: Field;
  readonly optional: boolean;
  /** The register in parentheses of 'D(RA)'. */
  readonly base: boolean;
}

/** A simplified mnemonic: its own operands, and how each operand of the row follows from them. */
export interface Alias {
  readonly row: Row;
  /** Name with '*' where the flag suffixes go, or null when it takes none. */
  readonly name: string;
  readonly suffixes: boolean;
  readonly operands: readonly Operand[];
  /** One expression for each of `rowOperands`. */
  readonly args: readonly Expression[];
  readonly rowOperands: readonly Operand[];
  readonly use: AliasLine['use'];
}

/** One way to read a written name. */
export interface Candidate {
  readonly row: Row;
  readonly operands: readonly Operand[];
  /** The word with all operands 0. */
  readonly word: number;
  readonly absolute: boolean;
  readonly alias: Alias | null;
}

/** Reads 'RT,D(RA0)' or 'RS[,L]'. */
function parseOperands(text: string): Operand[] {
  return [...text.matchAll(/\w+/g)].map(([name], i, all) => {
    const before = text.slice(0, all[i]?.index);
    return {
      field: field(name),
      optional: before.lastIndexOf('[') > before.lastIndexOf(']'),
      base: before.endsWith('('),
    };
  });
}

const operandCache = new WeakMap<Row, Operand[]>();

/** Operands of the row in assembler order. */
export function rowOperands(row: Row): readonly Operand[] {
  const known = operandCache.get(row);
  if (known !== undefined) return known;
  const operands = parseOperands(row.asm);
  operandCache.set(row, operands);
  return operands;
}

const SUFFIXES: Readonly<Record<string, string>> = {
  OE: 'o',
  LK: 'l',
  AA: 'a',
  Rc: '.',
  Rc_VC: '.',
};

/** 'o.' for OE=1, Rc=1 and so on; flags that are operands or part of BO show elsewhere. */
export function suffixOf(flags: Flags): string {
  return Object.entries(SUFFIXES)
    .map(([flag, suffix]) => (flags[flag] ? suffix : ''))
    .join('');
}

/** `name` with the suffix at its '*', or at its end. */
export function withSuffix(name: string, suffix: string): string {
  return name.includes('*') ? name.replace('*', suffix) : name + suffix;
}

function parseAlias({ text, use }: AliasLine, rows: ReadonlyMap<string, Row>): Alias {
  const [, name = '', exact, own = '', rowName = '', rest = ''] =
    /^([^\s!]+)(!?) ?(.*) = (\S+) ?(.*)$/.exec(text) ?? [];
  const row = rows.get(rowName);
  if (row === undefined) throw new Error(`parseAlias: no row named '${rowName}' in '${text}'`);
  const args = rest.split(',').map((arg) => new ExpressionReader(tokenize(arg)).operand());
  const target = rowOperands(row);
  if (args.length !== target.length) throw new Error(`parseAlias: operand count in '${text}'`);
  const operands = parseOperands(own);
  return { row, name, suffixes: exact === '', operands, args, rowOperands: target, use };
}

interface Tables {
  readonly byName: ReadonlyMap<string, readonly Candidate[]>;
  readonly byRow: ReadonlyMap<Row, readonly Alias[]>;
}

let tables: Tables | null = null;

/** Built on first use: a page that only runs code does not pay for it. */
function getTables(): Tables {
  tables ??= buildTables();
  return tables;
}

function buildTables(): Tables {
  const rows = new Map(ROWS.map((row) => [row.name, row]));
  const byRow = new Map<Row, Alias[]>();
  for (const alias of aliasLines().map((each) => parseAlias(each, rows)))
    append(byRow, alias.row, alias);
  const byName = new Map<string, Candidate[]>();
  const spelled = spellings();
  for (const { row, suffix, word, absolute } of spelled) {
    for (const alias of byRow.get(row) ?? []) {
      if (alias.use === 'disassemble' || (suffix !== '' && !alias.suffixes)) continue;
      const { operands } = alias;
      append(byName, withSuffix(alias.name, suffix), { row, operands, word, absolute, alias });
    }
  }
  // Rows come last: mtcrf of one field is mtocrf when an alias says so.
  for (const { row, suffix, word, absolute } of spelled) {
    const operands = rowOperands(row);
    append(byName, row.name + suffix, { row, operands, word, absolute, alias: null });
  }
  return { byName, byRow };
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Each row with each of its suffixes: variants that differ in other flags are written alike. */
function spellings() {
  const seen = new Map<string, { row: Row; suffix: string; word: number; absolute: boolean }>();
  for (const { row, flags } of VARIANTS) {
    const suffix = suffixOf(flags);
    const word = baseWord(row, flags);
    seen.set(`${row.name} ${suffix}`, { row, suffix, word, absolute: flags.AA === true });
  }
  return [...seen.values()];
}

/** The fixed bits and those that the suffix says. */
function baseWord(row: Row, flags: Flags): number {
  return Object.keys(SUFFIXES).reduce(
    (bits, flag) => (flags[flag] ? bits | field(flag).bits : bits),
    patternOf(row).match,
  );
}

/** Ways to read a written mnemonic, to be tried in order; none when the name is unknown. */
export function candidatesFor(name: string): readonly Candidate[] {
  return getTables().byName.get(name) ?? [];
}

/** Every mnemonic that can be written, for hints. */
export function allMnemonics(): Iterable<string> {
  return getTables().byName.keys();
}

/** Aliases that may print a word of this row, in order of preference. */
export function aliasesToPrint(row: Row): readonly Alias[] {
  return (getTables().byRow.get(row) ?? []).filter((alias) => alias.use !== 'assemble');
}

/** Evaluates an alias argument; `values` holds the alias's own operands by field name. */
export function evaluateArgument(arg: Expression, values: ReadonlyMap<string, bigint>): bigint {
  const lookup = ({ text }: { text: string }): Value => {
    const n = values.get(text);
    if (n === undefined) throw new Error(`evaluateArgument: no operand ${text}`);
    return { n, labels: 0 };
  };
  return evaluate(arg, lookup).n;
}
