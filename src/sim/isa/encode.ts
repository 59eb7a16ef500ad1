// One written instruction to one word.
import { didYouMean } from './asm-errors.ts';
import {
  type Expression,
  ExpressionReader,
  evaluate,
  Fault,
  type Token,
  type Value,
} from './expression.ts';
import { manualName } from './fields.ts';
import {
  allMnemonics,
  type Candidate,
  candidatesFor,
  evaluateArgument,
  type Operand,
  rowOperands,
} from './mnemonics.ts';
import type { Field } from './row.ts';
import { SPRS } from './spr.ts';

/** What an operand's value may depend on. */
export interface Scope {
  /** Address of the statement. */
  readonly address: bigint;
  readonly lookup: (token: Token) => Value;
}

/** Word of an instruction; throws a Fault that names what is wrong. */
export function encode(name: Token, groups: readonly (readonly Token[])[], scope: Scope): number {
  const all = candidatesFor(name.text);
  if (all.length === 0) throw unknownMnemonic(name);
  const fitting = all.filter((candidate) => countFits(candidate, groups.length));
  if (fitting.length === 0) throw operandCount(name, all);
  let fault: unknown;
  for (const candidate of fitting) {
    try {
      return encodeAs(candidate, name, groups, scope);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      fault = error;
    }
  }
  throw fault;
}

function unknownMnemonic(name: Token): Fault {
  const message = `no instruction is named '${name.text}'`;
  return new Fault('ASM_UNKNOWN_MNEMONIC', name, message, () => remedyFor(name.text));
}

function remedyFor(mnemonic: string): string | undefined {
  const [, move, register] = /^(m[tf])(\w+)$/.exec(mnemonic) ?? [];
  const spr = SPRS.find((row) => row.name.toLowerCase() === register);
  if (spr === undefined || spr.num === null) return didYouMean(mnemonic, allMnemonics());
  return `write ${move === 'mt' ? `mtspr ${spr.num},RS` : `mfspr RT,${spr.num}`}`;
}

/** Operands between commas: the register of 'D(RA)' belongs to the one before it. */
const written = (operands: readonly Operand[]): Operand[] => operands.filter(({ base }) => !base);
const required = (operands: readonly Operand[]): number =>
  written(operands).filter(({ optional }) => !optional).length;

function countFits({ operands }: Candidate, given: number): boolean {
  return given >= required(operands) && given <= written(operands).length;
}

function operandCount(name: Token, all: readonly Candidate[]): Fault {
  const forms = [...new Set(all.map(({ operands }) => formText(operands)))];
  const what = forms.map((form) => (form === '' ? 'no operands' : form)).join(' or ');
  return new Fault('ASM_OPERAND_COUNT', name, `${name.text} takes ${what}`);
}

/** Operands as the manual writes them, e.g. 'RT,D(RA)' or '[BF,]RA,RB'. */
function formText(operands: readonly Operand[]): string {
  return operands.reduce((text, { field, optional, base }) => {
    const one = manualName(field.name);
    if (base) return `${text}(${one})`;
    const next = text === '' ? one : `${text},${one}`;
    return optional ? (text === '' ? `[${one}]` : `${text}[,${one}]`) : next.replace(/\],/, ',]');
  }, '');
}

function encodeAs(
  candidate: Candidate,
  name: Token,
  groups: readonly (readonly Token[])[],
  scope: Scope,
): number {
  const { operands, alias, row } = candidate;
  const { values, places } = readOperands(candidate, name, groups, scope);
  const rowFields = rowOperands(row);
  const rowValues = alias
    ? alias.args.map((arg) => evaluateArgument(arg, values))
    : rowFields.map(({ field }) => values.get(field.name) ?? 0n);
  const put = (field: Field, value: bigint): number => {
    const bits = field.put(value);
    const place = places.get(field.name) ?? places.values().next().value ?? name;
    if (typeof bits === 'string') throw rangeFault(place, bits, field.kind);
    return bits;
  };
  // Operands that only an alias has: numbers to compute with, which occupy no bits, and masks that stand for fields.
  const own = operands
    .filter(({ field }) => field.bits === 0 || field.kind === 'mask')
    .reduce((bits, { field }) => bits | put(field, values.get(field.name) ?? 0n), 0);
  const fields = rowFields.reduce(
    (bits, { field }, i) => bits | put(field, rowValues[i] ?? 0n),
    own,
  );
  for (const { field } of [...operands, ...rowFields]) {
    const why = field.invalid?.(fields) ?? field.refused?.(fields);
    if (why) throw new Fault('ASM_INVALID_FORM', places.get(field.name) ?? name, why);
  }
  return (candidate.word | fields) >>> 0;
}

const RANGE_HINTS: Readonly<Record<string, string>> = {
  simm: 'build larger values with lis and ori, or address parts with @ha and @l',
  rel: 'the target is too far away: branch through CTR',
};

function rangeFault(place: Token, why: string, kind: string): Fault {
  const hint = why.includes('between') ? RANGE_HINTS[kind] : undefined;
  return new Fault('ASM_RANGE', place, why, hint);
}

/** Values of the operands by field name, and the token to blame for each. */
function readOperands(
  candidate: Candidate,
  name: Token,
  groups: readonly (readonly Token[])[],
  scope: Scope,
) {
  const { operands } = candidate;
  const values = new Map<string, bigint>();
  const places = new Map<string, Token>();
  let optional = groups.length - required(operands);
  let group = 0;
  let reader = new ExpressionReader([]);
  for (const [i, operand] of operands.entries()) {
    if (operand.optional && optional === 0) {
      values.set(operand.field.name, BigInt(operand.field.absent ?? 0));
      continue;
    }
    if (operand.optional) optional -= 1;
    if (!operand.base) {
      reader = new ExpressionReader(groups[group] ?? []);
      group += 1;
    }
    const place = reader.peek(operand.base ? 1 : 0);
    places.set(operand.field.name, place === reader.end ? name : place);
    values.set(operand.field.name, readOperand(operand, reader, candidate, scope));
    if (!operands[i + 1]?.base) expectEnd(reader);
  }
  return { values, places };
}

function expectEnd(reader: ExpressionReader): void {
  const token = reader.peek();
  if (token === reader.end) return;
  throw new Fault('ASM_BAD_OPERAND', token, `'${token.text}' does not belong here`);
}

function readOperand(
  operand: Operand,
  reader: ExpressionReader,
  candidate: Candidate,
  scope: Scope,
): bigint {
  if (!operand.base) return readValue(operand, reader.operand(), candidate, scope);
  if (!reader.accept('(')) {
    const hint = 'write displacement(register), for example 0(r3)';
    throw new Fault('ASM_BAD_OPERAND', reader.peek(), "'(' and a register are expected", hint);
  }
  const value = readValue(operand, reader.operand(), candidate, scope);
  if (!reader.accept(')')) throw new Fault('ASM_SYNTAX', reader.peek(), "')' is expected");
  return value;
}

function readValue({ field }: Operand, e: Expression, candidate: Candidate, scope: Scope): bigint {
  switch (field.kind) {
    case 'gpr':
    case 'gpr0':
    case 'fpr':
    case 'vr':
    case 'vsr':
    case 'crf':
      return readRegister(e, REGISTERS[field.kind], scope);
    case 'crb':
      return readCrBit(e, scope);
    case 'spr':
      return readSpr(e, scope);
    case 'rel': {
      const target = evaluateIn(e, scope).n;
      // An absolute target in the last 32 MiB may be written as the 32-bit address objdump prints.
      if (candidate.absolute) return target >> 32n === 0n ? BigInt.asIntN(32, target) : target;
      return target - scope.address;
    }
    case 'simm': {
      const { n } = evaluateIn(e, scope);
      return e.op === 'part' ? BigInt.asIntN(16, n) : n;
    }
    default:
      return evaluateIn(e, scope).n;
  }
}

interface RegisterKind {
  readonly pattern: RegExp;
  readonly what: string;
  readonly count: bigint;
}
const GENERAL: RegisterKind = {
  pattern: /^r\.?(\d+)$/,
  what: 'a general register r0 to r31',
  count: 32n,
};
const REGISTERS = {
  gpr: GENERAL,
  gpr0: GENERAL,
  fpr: { pattern: /^f\.?(\d+)$/, what: 'a floating-point register f0 to f31', count: 32n },
  vr: { pattern: /^v\.?(\d+)$/, what: 'a vector register v0 to v31', count: 32n },
  vsr: { pattern: /^vs\.?(\d+)$/, what: 'a vector-scalar register vs0 to vs63', count: 64n },
  crf: { pattern: /^cr\.?(\d)$/, what: 'a condition register field cr0 to cr7', count: 8n },
} as const satisfies Record<string, RegisterKind>;
const REGISTER_NAME = /^(?:[rfv]\.?([0-9]|[12][0-9]|3[01])|vs\.?\d\d?|cr\.?[0-7]|lr|ctr|xer)$/;

function readRegister(e: Expression, { pattern, what, count }: RegisterKind, scope: Scope): bigint {
  const name = e.op === 'name' ? e.token : null;
  const own = name === null ? null : pattern.exec(name.text);
  const value = own !== null ? BigInt(own[1] ?? '0') : null;
  if (value !== null && value < count) return value;
  const wrong = () => {
    const token = name ?? firstToken(e);
    const message = `${what} is expected, found '${token.text}'`;
    return new Fault('ASM_BAD_REGISTER', token, message);
  };
  if (value !== null || (name !== null && REGISTER_NAME.test(name.text))) throw wrong();
  const { n } = evaluateIn(e, scope);
  if (n < 0n || n >= count) throw wrong();
  return n;
}

/** An SPR: a number, or the name of one that no symbol has. */
function readSpr(e: Expression, scope: Scope): bigint {
  const row =
    e.op === 'name' && SPRS.find(({ name }) => name.toLowerCase() === e.token.text.toLowerCase());
  try {
    return evaluate(e, scope.lookup).n;
  } catch (fault) {
    if (!row || row.num === null) throw fault;
    return BigInt(row.num);
  }
}

function firstToken(e: Expression): Token {
  if (e.op === 'number') return { kind: 'number', text: `${e.value}`, column: e.column };
  if (e.op === 'binary') return firstToken(e.left);
  return e.token;
}

const CR_NAMES: Readonly<Record<string, bigint>> = { lt: 0n, gt: 1n, eq: 2n, so: 3n, un: 3n };

/** A CR bit: a number, or an expression like 4*cr1+eq. */
function readCrBit(e: Expression, scope: Scope): bigint {
  const lookup = (token: Token): Value => {
    const field = /^cr([0-7])$/.exec(token.text);
    const n = field ? BigInt(field[1] ?? '0') : CR_NAMES[token.text];
    return n === undefined ? scope.lookup(token) : { n, labels: 0 };
  };
  return evaluate(e, lookup).n;
}

/** Evaluates; a register name without a symbol of that name is a mistake of its own. */
export function evaluateIn(e: Expression, scope: Scope): Value {
  return evaluate(e, (token) => {
    try {
      return scope.lookup(token);
    } catch (fault) {
      if (!REGISTER_NAME.test(token.text)) throw fault;
      throw new Fault(
        'ASM_REGISTER_AS_VALUE',
        token,
        `'${token.text}' is a register, and a number is expected here`,
      );
    }
  });
}
