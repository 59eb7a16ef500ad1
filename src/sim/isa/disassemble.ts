// Instruction words to text, as `objdump -d -M power9` prints them.
import { decode } from './decode.ts';
import type { Expression } from './expression.ts';
import { REGISTER_PREFIXES } from './fields.ts';
import {
  type Alias,
  aliasesToPrint,
  evaluateArgument,
  type Operand,
  rowOperands,
  suffixOf,
  withSuffix,
} from './mnemonics.ts';
import { patternOf } from './pattern.ts';
import type { Row } from './row.ts';

/** Text of the instruction in `word` at `address`; '.long 0x...' for a word that no instruction assembles to. */
export function disassemble(word: number, address: bigint): string {
  const decoded = decode(word);
  if (decoded === null) return unknown(word);
  const { row, flags } = decoded;
  if (hasReservedBits(row, word)) return unknown(word);
  const suffix = suffixOf(flags);
  const values = rowOperands(row).map(({ field }) => BigInt(field.get(word)));
  for (const alias of simplified(row, word)) {
    const own = suffix === '' || alias.suffixes ? match(alias, values, word) : null;
    if (own !== null) {
      return line(withSuffix(alias.name, suffix), alias.operands, own, flags.AA === true, address);
    }
  }
  if (!validForm(row, word)) return unknown(word);
  return line(row.name + suffix, rowOperands(row), values, flags.AA === true, address);
}

/** Of an isel with a reserved bit objdump prints no simplified form. */
function simplified(row: Row, word: number): readonly Alias[] {
  const strict = row.name === 'isel' && (word & patternOf(row).reserved) !== 0;
  return strict ? [] : aliasesToPrint(row);
}

function unknown(word: number): string {
  return `.long 0x${(word >>> 0).toString(16)}`;
}

/** Rows of whose reserved bits objdump looks at these only. */
const LENIENT: Readonly<Record<string, number>> = {
  cmpi: 0,
  cmpli: 0,
  isel: 0,
  lq: 0,
  sc: 0x03ff0001,
};

/** The CPU ignores reserved bits, but no text makes a word that has one. */
function hasReservedBits(row: Row, word: number): boolean {
  return (word & patternOf(row).reserved & (LENIENT[row.name] ?? -1)) !== 0;
}

function validForm(row: Row, word: number): boolean {
  return rowOperands(row).every(({ field }) => !field.invalid?.(word));
}

/** The alias's operand values when it means the row with operands `values`, else null. */
function match(alias: Alias, values: readonly bigint[], word: number): bigint[] | null {
  // Most aliases of mfspr and bc fail here.
  if (alias.args.some((arg, i) => arg.op === 'number' && arg.value !== values[i])) return null;
  const bound = new Map<string, bigint>();
  for (const plain of [true, false]) {
    for (const [i, arg] of alias.args.entries()) {
      if ((arg.op === 'name') !== plain) continue;
      if (!bind(arg, values[i] ?? 0n, bound)) return null;
    }
  }
  const fits = alias.operands.every(({ field }) => {
    const value = bound.get(field.name);
    return value !== undefined && typeof field.put(value) === 'number' && !field.invalid?.(word);
  });
  return fits ? alias.operands.map(({ field }) => bound.get(field.name) ?? 0n) : null;
}

/** Makes `arg` equal `value` by giving its unbound operand a value, or checks that it is equal. */
function bind(arg: Expression, value: bigint, bound: Map<string, bigint>): boolean {
  const name = freeName(arg, bound);
  if (name === null) return evaluateArgument(arg, bound) === value;
  // An argument with a free operand is linear in it: solve from its values at 0 and 1.
  const at = (n: bigint) => evaluateArgument(arg, new Map([...bound, [name, n]]));
  const slope = at(1n) - at(0n);
  const distance = value - at(0n);
  if (slope === 0n || distance % slope !== 0n) return false;
  bound.set(name, distance / slope);
  return true;
}

function freeName(e: Expression, bound: ReadonlyMap<string, bigint>): string | null {
  if (e.op === 'name') return bound.has(e.token.text) ? null : e.token.text;
  if (e.op === 'binary') return freeName(e.left, bound) ?? freeName(e.right, bound);
  if (e.op === 'unary') return freeName(e.of, bound);
  return null;
}

function line(
  name: string,
  operands: readonly Operand[],
  values: readonly bigint[],
  absolute: boolean,
  address: bigint,
): string {
  const absent = ({ field, optional }: Operand, i: number) =>
    optional && values[i] === BigInt(field.absent ?? 0);
  // An optional operand is left out when it and all optional ones after it have their usual values.
  const omitted = (i: number) =>
    operands[i]?.optional &&
    operands.every((each, j) => j < i || !each.optional || absent(each, j));
  const text = operands.reduce((done, operand, i) => {
    if (omitted(i)) return done;
    const one = operandText(operand, values[i] ?? 0n, absolute, address);
    return operand.base ? `${done}(${one})` : done === '' ? one : `${done},${one}`;
  }, '');
  return text === '' ? name : `${name.padEnd(7)} ${text}`;
}

const CR_BITS = ['lt', 'gt', 'eq', 'so'];

function operandText({ field }: Operand, value: bigint, absolute: boolean, at: bigint): string {
  const n = Number(value);
  switch (field.kind) {
    case 'gpr0':
      return n === 0 ? '0' : `r${n}`;
    case 'crb':
      return `${n >> 2 === 0 ? '' : `4*cr${n >> 2}+`}${CR_BITS[n & 3]}`;
    case 'rel':
      // objdump prints an absolute target as a 32-bit address.
      return `0x${BigInt.asUintN(absolute ? 32 : 64, absolute ? value : at + value).toString(16)}`;
    default:
      return `${REGISTER_PREFIXES[field.kind] ?? ''}${n}`;
  }
}
