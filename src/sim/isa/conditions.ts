// Conditional assembly: .if and its kin, .elseif, .else and .endif ("If" in the manual of GNU as).
import { Fault, type Token } from './expression.ts';
import { type Piece, parsePiece, type Statement, wordOf } from './statements.ts';

/** What a condition may ask. */
export interface ConditionContext {
  /** Value of an expression that is known at this place. */
  readonly evaluate: (statement: Statement) => bigint;
  readonly isDefined: (name: string) => boolean;
}

type Test = (statement: Statement, context: ConditionContext) => boolean;

const compares =
  (holds: (n: bigint) => boolean): Test =>
  (statement, { evaluate }) =>
    holds(evaluate(statement));

const defined =
  (wanted: boolean): Test =>
  ({ rest, name }, { isDefined }) => {
    const symbol = rest.trim();
    if (!/^[A-Za-z_.$][\w.$]*$/.test(symbol)) {
      throw new Fault('ASM_BAD_OPERAND', name as Token, `${name?.text} needs a symbol`);
    }
    return isDefined(symbol) === wanted;
  };

const blank =
  (wanted: boolean): Test =>
  ({ rest }) =>
    (rest.trim() === '') === wanted;

/** Texts may stand in quotes, without which the first ends at the comma. */
const sameText =
  (wanted: boolean): Test =>
  ({ rest, name }) => {
    const match =
      /^\s*('[^']*'|"(?:[^"\\]|\\.)*"|[^,]*?)\s*,\s*('[^']*'|"(?:[^"\\]|\\.)*"|.*?)\s*$/.exec(rest);
    if (match === null) {
      throw new Fault('ASM_OPERAND_COUNT', name as Token, `${name?.text} compares two texts`);
    }
    const [a, b] = [match[1], match[2]].map((text) => text?.replace(/^(['"])(.*)\1$/, '$2'));
    return (a === b) === wanted;
  };

const TESTS: Readonly<Record<string, Test>> = {
  '.if': compares((n) => n !== 0n),
  '.ifne': compares((n) => n !== 0n),
  '.ifeq': compares((n) => n === 0n),
  '.ifgt': compares((n) => n > 0n),
  '.ifge': compares((n) => n >= 0n),
  '.iflt': compares((n) => n < 0n),
  '.ifle': compares((n) => n <= 0n),
  '.ifdef': defined(true),
  '.ifndef': defined(false),
  '.ifnotdef': defined(false),
  '.ifb': blank(true),
  '.ifnb': blank(false),
  '.ifc': sameText(true),
  '.ifnc': sameText(false),
  '.ifeqs': sameText(true),
  '.ifnes': sameText(false),
};

interface Level {
  readonly opened: Piece;
  /** The text at this place is assembled. */
  active: boolean;
  /** A branch was assembled, or none may be. */
  done: boolean;
  sawElse: boolean;
}

/** Names that conditional assembly handles, for hints and for macros. */
export const CONDITIONALS: readonly string[] = [
  ...Object.keys(TESTS),
  '.elseif',
  '.else',
  '.endif',
];

/** The conditions that are open in one text: the source, or an expansion. */
export class Conditions {
  readonly #levels: Level[] = [];
  readonly #context: ConditionContext;

  constructor(context: ConditionContext) {
    this.#context = context;
  }

  /** False where text is left out. */
  get active(): boolean {
    return this.#levels.at(-1)?.active ?? true;
  }

  /** The innermost condition that is still open, or null. */
  get open(): Piece | null {
    return this.#levels.at(-1)?.opened ?? null;
  }

  /** Carries out the piece when it is about conditions; false when it is something else. */
  handle(piece: Piece): boolean {
    const word = wordOf(piece);
    if (Object.hasOwn(TESTS, word)) this.#begin(piece, TESTS[word] as Test);
    else if (word === '.elseif' || word === '.else') this.#otherwise(piece, word === '.else');
    else if (word === '.endif') this.#end(piece);
    else return false;
    return true;
  }

  #begin(piece: Piece, test: Test): void {
    // The level is there even when its condition is faulty, so that its .endif has a partner.
    const level: Level = { opened: piece, active: false, done: true, sawElse: false };
    const outer = this.active;
    this.#levels.push(level);
    if (!outer) return;
    level.active = test(parsePiece(piece), this.#context);
    level.done = level.active;
  }

  #otherwise(piece: Piece, last: boolean): void {
    const level = this.#level(piece);
    if (level.sawElse) throw stray(piece, 'after .else');
    level.sawElse = last;
    level.active = false;
    if (level.done) return;
    level.active = last || this.#context.evaluate(parsePiece(piece)) !== 0n;
    level.done = level.active;
  }

  #end(piece: Piece): void {
    this.#level(piece);
    this.#levels.pop();
  }

  #level(piece: Piece): Level {
    const level = this.#levels.at(-1);
    if (level === undefined) throw stray(piece, 'without .if');
    return level;
  }
}

/** A directive that closes or continues what was never opened. */
export function stray(piece: Piece, why: string): Fault {
  const token = wordToken(piece);
  return new Fault('ASM_BLOCK', token, `${token.text} ${why}`);
}

/** The piece's name as a token. */
export function wordToken(piece: Piece): Token {
  const text = wordOf(piece);
  return { kind: 'name', text, column: piece.column + piece.text.indexOf(text) };
}
