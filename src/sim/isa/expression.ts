// Tokens and expressions of assembly text, with the operators and precedence of GNU as
// ("Infix Operators" in its manual): * / % << >> bind tightest, then | & ^, then + and -, comparisons, && and ||.
import type { AsmErrorCode } from './asm-errors.ts';

/** A piece of a statement; `column` counts from 1. */
export interface Token {
  readonly kind: 'number' | 'name' | 'local' | 'string' | 'operator';
  readonly text: string;
  readonly column: number;
  /** Value of a number; character constants are numbers. */
  readonly value?: bigint;
}

/** Value of an expression; `labels` counts label addresses in it, so 0 means position-independent. */
export interface Value {
  readonly n: bigint;
  readonly labels: number;
}

export type Expression =
  | { readonly op: 'number'; readonly value: bigint; readonly column: number }
  | { readonly op: 'name' | 'local'; readonly token: Token }
  | { readonly op: 'unary'; readonly token: Token; readonly of: Expression }
  | {
      readonly op: 'binary';
      readonly token: Token;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** `expression@ha` and kin: a 16-bit part of the value. */
  | { readonly op: 'part'; readonly token: Token; readonly of: Expression };

/** What is wrong with a piece of source text; becomes an AsmError of the statement it is in. */
export class Fault extends Error {
  readonly code: AsmErrorCode;
  readonly token: Token;
  /** What to do about it; a search for similar names waits until somebody reads it. */
  readonly hint: string | (() => string | undefined) | undefined;
  constructor(code: AsmErrorCode, token: Token, message: string, hint?: Fault['hint']) {
    super(message);
    this.code = code;
    this.token = token;
    this.hint = hint;
  }
}

const TOKEN =
  /\s+|(0[xX]\w*|0[bB][01]\w*|\d[\w]*)|([A-Za-z_.$][\w.$]*)|%([A-Za-z]\w*)|"((?:[^"\\]|\\.)*)"|'(\\.|[^'\\])'?|(<<|>>|&&|\|\||[=!<>]=|<>|[-+*/%&|^~!()@,=:<>])|(.)/gu;

/** Splits one statement; a character that belongs nowhere is a fault. */
export function tokenize(text: string, firstColumn = 1): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [all, number, name, register, string, char, operator, bad] = match;
    const column = firstColumn + match.index;
    const add = (kind: Token['kind'], word: string, value?: bigint) =>
      tokens.push({ kind, text: word, column, ...(value !== undefined && { value }) });
    if (number !== undefined) tokens.push(numberToken(number, column));
    else if (name !== undefined) add('name', name);
    else if (register !== undefined) add('name', register);
    else if (string !== undefined) add('string', string);
    else if (char !== undefined) add('number', all, BigInt(bytesOf(char).at(0) ?? 0));
    else if (operator !== undefined) add('operator', operator);
    else if (bad !== undefined) {
      const token: Token = { kind: 'operator', text: bad, column };
      const open = bad === '"' || bad === "'";
      throw new Fault(
        open ? 'ASM_UNTERMINATED' : 'ASM_SYNTAX',
        token,
        open ? `this ${bad} is never closed` : `'${bad}' has no meaning here`,
      );
    }
  }
  return tokens;
}

function numberToken(text: string, column: number): Token {
  if (/^\d+[bf]$/.test(text)) return { kind: 'local', text, column };
  const octal = /^0\d/.test(text);
  const digits = octal ? `0o${text.slice(1)}` : text;
  const token: Token = { kind: 'number', text, column };
  if (!/^(0[xX][\da-fA-F]+|0[bB][01]+|0o[0-7]+|\d+)$/.test(digits)) {
    throw new Fault('ASM_BAD_NUMBER', token, `'${text}' is not a number`);
  }
  const value = BigInt(digits);
  if (value >> 64n !== 0n) {
    throw new Fault('ASM_BAD_NUMBER', token, `'${text}' does not fit 64 bits`);
  }
  return { ...token, value };
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12 };

/** Bytes of a string with the escapes of GNU as: \n \t \r \b \f \\ \" \ooo \xhh. */
export function bytesOf(text: string): number[] {
  const utf8: number[] = [];
  for (const [all, octal, hex, letter] of text.matchAll(
    /\\([0-7]{1,3})|\\x([\da-fA-F]+)|\\(.)|[^\\]/gsu,
  )) {
    if (octal !== undefined) utf8.push(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) utf8.push(Number.parseInt(hex.slice(-2), 16));
    else if (letter !== undefined) utf8.push(ESCAPES[letter] ?? letter.charCodeAt(0));
    else utf8.push(...utf8Bytes(all));
  }
  return utf8;
}

/** Half of a surrogate pair has no bytes: it becomes the replacement character, as encoders do. */
function utf8Bytes(char: string): number[] {
  const text = encodeURIComponent(/[\ud800-\udfff]/u.test(char) ? '\ufffd' : char);
  return text.startsWith('%')
    ? text
        .slice(1)
        .split('%')
        .map((hex) => Number.parseInt(hex, 16))
    : [char.charCodeAt(0)];
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  '*': 6,
  '/': 6,
  '%': 6,
  '<<': 6,
  '>>': 6,
  '|': 5,
  '&': 5,
  '^': 5,
  '+': 4,
  '-': 4,
  '==': 3,
  '!=': 3,
  '<>': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '&&': 2,
  '||': 1,
};

/** Values and operators of one expression: its tree is walked by recursion, for which stacks of browsers have room. */
const MAX_PARTS = 500;

/** Reads expressions from a token list, leaving `at` behind the last token used. */
export class ExpressionReader {
  at = 0;
  #parts = 0;
  readonly tokens: readonly Token[];
  /** Stands for the end of the text in messages. */
  readonly end: Token;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
    const last = tokens.at(-1);
    this.end = {
      kind: 'operator',
      text: 'end of line',
      column: last ? last.column + last.text.length : 1,
    };
  }

  /** The next token, or one `ahead` of it. */
  peek(ahead = 0): Token {
    return this.tokens[this.at + ahead] ?? this.end;
  }

  /** Takes the next token when it is this operator. */
  accept(operator: string): Token | null {
    const token = this.peek();
    if (token.kind !== 'operator' || token.text !== operator || token === this.end) return null;
    this.at += 1;
    return token;
  }

  /** An expression with an optional @part; `sym@l+4` means (sym+4)@l. */
  operand(): Expression {
    this.#parts = 0;
    let of = this.sum(1);
    const at = this.accept('@');
    if (at === null) return of;
    const token = this.peek();
    this.at += 1;
    if (!(token.text in PARTS)) {
      const known = Object.keys(PARTS).join(' @');
      throw new Fault(
        'ASM_BAD_MODIFIER',
        token,
        `@${token.text} is not supported`,
        `known: @${known}`,
      );
    }
    const next = this.peek().text;
    if (next === '+' || next === '-') of = this.rest(of, 1);
    return { op: 'part', token, of };
  }

  private sum(level: number): Expression {
    return this.rest(this.unary(), level);
  }

  private rest(first: Expression, level: number): Expression {
    let left = first;
    for (;;) {
      const token = this.peek();
      const own = token.kind === 'operator' ? PRECEDENCE[token.text] : undefined;
      if (own === undefined || own < level) return left;
      this.at += 1;
      left = { op: 'binary', token, left, right: this.sum(own + 1) };
    }
  }

  private unary(): Expression {
    const token = this.peek();
    this.at += 1;
    if (++this.#parts > MAX_PARTS) {
      const message = `an expression has at most ${MAX_PARTS} values and operators`;
      throw new Fault('ASM_TOO_BIG', token, message);
    }
    if (token.kind === 'number') {
      return { op: 'number', value: token.value ?? 0n, column: token.column };
    }
    if (token.kind === 'name' || token.kind === 'local') return { op: token.kind, token };
    if (token.kind === 'operator' && token !== this.end) {
      if (token.text === '(') return this.parenthesised(token);
      if ('-+~!'.includes(token.text)) return { op: 'unary', token, of: this.unary() };
    }
    throw new Fault('ASM_SYNTAX', token, `a value is expected, found '${token.text}'`);
  }

  private parenthesised(open: Token): Expression {
    const inner = this.sum(1);
    if (!this.accept(')')) throw new Fault('ASM_SYNTAX', open, "this '(' is never closed");
    return inner;
  }
}

/** @l, @h and kin: the 16 bits they select, rounded up in the 'a' forms. */
const PARTS: Readonly<Record<string, (n: bigint) => bigint>> = {
  l: (n) => n,
  h: (n) => n >> 16n,
  ha: (n) => (n + 0x8000n) >> 16n,
  high: (n) => n >> 16n,
  higha: (n) => (n + 0x8000n) >> 16n,
  higher: (n) => n >> 32n,
  highera: (n) => (n + 0x8000n) >> 32n,
  highest: (n) => n >> 48n,
  highesta: (n) => (n + 0x8000n) >> 48n,
};

const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);
const unsigned = (n: bigint): bigint => BigInt.asUintN(64, n);
const shiftOf = (n: bigint): bigint => (n < 0n || n > 64n ? 64n : n);

/** Comparisons that hold are all ones, && and || only 1. */
const holds = (truth: boolean): bigint => (truth ? -1n : 0n);

const BINARY: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '<<': (a, b) => a << shiftOf(b),
  '>>': (a, b) => unsigned(a) >> shiftOf(b),
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '==': (a, b) => holds(a === b),
  '!=': (a, b) => holds(a !== b),
  '<>': (a, b) => holds(a !== b),
  '<': (a, b) => holds(a < b),
  '<=': (a, b) => holds(a <= b),
  '>': (a, b) => holds(a > b),
  '>=': (a, b) => holds(a >= b),
  '&&': (a, b) => (a !== 0n && b !== 0n ? 1n : 0n),
  '||': (a, b) => (a !== 0n || b !== 0n ? 1n : 0n),
};

/** Evaluates in wrapping signed 64-bit arithmetic; `lookup` throws a Fault for a name without a value. */
export function evaluate(e: Expression, lookup: (token: Token) => Value): Value {
  switch (e.op) {
    case 'number':
      return { n: wrap(e.value), labels: 0 };
    case 'name':
    case 'local':
      return lookup(e.token);
    case 'unary': {
      const { n, labels } = evaluate(e.of, lookup);
      if (e.token.text === '-') return { n: wrap(-n), labels: -labels };
      if (e.token.text === '~') return { n: ~n, labels: 0 };
      if (e.token.text === '!') return { n: n === 0n ? 1n : 0n, labels: 0 };
      return { n, labels };
    }
    case 'part': {
      const part = PARTS[e.token.text] as (n: bigint) => bigint;
      return { n: part(evaluate(e.of, lookup).n) & 0xffffn, labels: 0 };
    }
    case 'binary':
      return evaluateBinary(e.token, evaluate(e.left, lookup), evaluate(e.right, lookup));
  }
}

function evaluateBinary(token: Token, left: Value, right: Value): Value {
  const op = token.text;
  if ((op === '/' || op === '%') && right.n === 0n) {
    throw new Fault('ASM_DIVIDE_BY_ZERO', token, 'division by zero');
  }
  const compute = BINARY[op] as (a: bigint, b: bigint) => bigint;
  const sign = op === '+' ? 1 : op === '-' ? -1 : 0;
  const labels = sign === 0 ? 0 : left.labels + sign * right.labels;
  return { n: wrap(compute(left.n, right.n)), labels };
}
