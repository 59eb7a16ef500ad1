// Runs through the source and hands out statements: carries out macros, repetitions and conditions, which are text
// for text ("Macro", "Rept", "Irp" in the manual of GNU as).
import { CONDITIONALS, type ConditionContext, Conditions, stray, wordToken } from './conditions.ts';
import { Fault } from './expression.ts';
import {
  argumentList,
  bindArguments,
  type Parameter,
  parseHeader,
  substitute,
} from './macro-text.ts';
import {
  type Expansion,
  MAX_TEXT,
  type Piece,
  parsePiece,
  type Statement,
  wordOf,
} from './statements.ts';

/** Limits of an expansion that never ends; GNU as nests as deep. */
const MAX_DEPTH = 100;
const MAX_PIECES = 50_000;

interface Macro {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Piece[];
  readonly line: number;
}

/** What the expander asks of the assembler. */
interface ExpanderContext extends ConditionContext {
  readonly execute: (statement: Statement) => void;
  readonly report: (piece: Piece, fault: Fault) => void;
}

/** A block of pieces up to the directive that closes it. */
interface Block {
  readonly opens: readonly string[];
  readonly close: string;
}
const MACRO_NAME = 'macro ';
const MACRO: Block = { opens: ['.macro'], close: '.endm' };
const REPETITION: Block = { opens: ['.rept', '.irp', '.irpc'], close: '.endr' };

export class Expander {
  readonly #context: ExpanderContext;
  readonly #macros = new Map<string, Macro>();
  /** Macro calls so far: the number that \\@ stands for. */
  #calls = 0;
  #pieces = 0;
  /** `.exitm` was met: the expansions up to that of the macro end. */
  #exiting = false;

  constructor(context: ExpanderContext) {
    this.#context = context;
  }

  /** Runs through the pieces of a source or an expansion; `depth` counts the expansions around it. */
  run(pieces: readonly Piece[], depth = 0): void {
    const conditions = new Conditions(this.#context);
    for (let i = 0; i < pieces.length && !this.#exiting; i++) {
      const piece = pieces[i] as Piece;
      if (piece.from !== null && ++this.#pieces > MAX_PIECES) {
        // Reported once: everything stops here.
        if (this.#pieces === MAX_PIECES + 1) this.#report(piece, tooMuch(piece));
        return;
      }
      let last = i;
      this.#try(piece, () => {
        if (conditions.active && CONDITIONALS.includes(wordOf(piece))) this.#labels(piece);
        if (conditions.handle(piece) || !conditions.active) return;
        last = this.#piece(pieces, i, depth);
      });
      i = last;
    }
    const { open } = conditions;
    if (open !== null && !this.#exiting) this.#report(open, unclosed(open));
  }

  #report(piece: Piece, fault: Fault): void {
    this.#context.report(piece, fault);
  }

  #try(piece: Piece, run: () => void): void {
    try {
      run();
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.#report(piece, fault);
    }
  }

  /** One piece that is to be assembled, with the block it may open; returns the index of the last piece used. */
  #piece(pieces: readonly Piece[], i: number, depth: number): number {
    const piece = pieces[i] as Piece;
    const word = wordOf(piece);
    const block = [MACRO, REPETITION].find(({ opens }) => opens.includes(word));
    if (block !== undefined) {
      const end = endOfBlock(pieces, i, block);
      const body = pieces.slice(i + 1, end);
      this.#try(piece, () => {
        if (end === pieces.length) throw unclosed(piece);
        const statement = this.#labels(piece);
        if (block === MACRO) this.#define(statement, body);
        else this.#repeat(statement, body, depth);
      });
      return end;
    }
    if (word === MACRO.close || word === REPETITION.close) {
      throw stray(piece, `without ${word === MACRO.close ? '.macro' : '.rept'}`);
    }
    const macro = this.#macros.get(word);
    if (word === '.exitm' && piece.from === null) throw stray(piece, 'outside of a macro');
    if (word === '.exitm') this.#exiting = true;
    else if (macro !== undefined) this.#call(this.#labels(piece), macro, depth);
    else this.#context.execute(parsePiece(piece));
    return i;
  }

  /** The piece's statement, its labels defined. */
  #labels(piece: Piece): Statement {
    const statement = parsePiece(piece);
    if (statement.labels.length > 0) this.#context.execute({ ...statement, name: null });
    return statement;
  }

  #define(statement: Statement, body: readonly Piece[]): void {
    const { piece, rest } = statement;
    const { name, parameters } = parseHeader(rest, wordToken(piece));
    const known = this.#macros.get(name);
    if (known !== undefined) {
      const message = `'${name}' is a macro of line ${known.line} already`;
      throw new Fault('ASM_DUPLICATE_SYMBOL', wordToken(piece), message);
    }
    this.#macros.set(name, { name, parameters, body, line: piece.line });
  }

  #call({ piece, rest }: Statement, macro: Macro, depth: number): void {
    const values = bindArguments(macro.parameters, rest, wordToken(piece));
    const pieces = this.#expanded(piece, MACRO_NAME + macro.name, macro.body, values, depth);
    this.#calls += 1;
    this.run(pieces, depth + 1);
    this.#exiting = false;
  }

  #repeat(statement: Statement, body: readonly Piece[], depth: number): void {
    const { piece } = statement;
    const word = wordOf(piece);
    if (word === '.rept') {
      const pieces = this.#expanded(piece, word, body, null, depth);
      const count = this.#context.evaluate(statement);
      if (count < 0n) throw new Fault('ASM_RANGE', wordToken(piece), `${count} is negative`);
      if (body.length === 0) return; // however often: no piece would count against the limit
      for (let i = 0n; i < count && this.#goesOn; i++) this.run(pieces, depth + 1);
    } else {
      for (const values of repeatedValues(statement, word)) {
        if (body.length === 0) break;
        if (this.#goesOn) this.run(this.#expanded(piece, word, body, values, depth), depth + 1);
      }
    }
    if (!isInMacro(piece.from)) this.#exiting = false;
  }

  get #goesOn(): boolean {
    return !this.#exiting && this.#pieces <= MAX_PIECES;
  }

  /** The pieces of a body with values put in; null leaves it as it is. */
  #expanded(
    call: Piece,
    what: string,
    body: readonly Piece[],
    values: ReadonlyMap<string, string> | null,
    depth: number,
  ): readonly Piece[] {
    if (depth === MAX_DEPTH) {
      this.#pieces = MAX_PIECES + 1; // once is enough: a macro that calls itself twice would say so for ever
      throw new Fault('ASM_EXPANSION', wordToken(call), `${what} nests ${MAX_DEPTH} deep`);
    }
    const from = { what, line: call.line, from: call.from };
    return body.map((piece): Piece => {
      const text = values ? substitute(piece.text, values, this.#calls) : piece.text;
      if (text.length > MAX_TEXT) throw tooMuch(call);
      const column = piece.column + Math.max(0, piece.text.search(/\S/));
      return { text, line: piece.line, column, from };
    });
  }
}

/** For each repetition of .irp or .irpc the value of its symbol; without values there is one, with an empty text. */
function repeatedValues({ piece, rest }: Statement, word: string): Map<string, string>[] {
  const [, symbol, list = ''] = /^\s*([A-Za-z_.$][\w.$]*)\s*,?\s*(.*)$/.exec(rest) ?? [];
  if (symbol === undefined) {
    throw new Fault('ASM_BAD_OPERAND', wordToken(piece), `${word} needs a symbol`);
  }
  const values = word === '.irp' ? argumentList(list) : [...argumentList(list).join('')];
  return (values.length === 0 ? [''] : values).map((value) => new Map([[symbol, value]]));
}

function isInMacro(from: Expansion | null): boolean {
  return from !== null && (from.what.startsWith(MACRO_NAME) || isInMacro(from.from));
}

/** Index of the piece that closes the block opened at `start`, or the number of pieces. */
function endOfBlock(pieces: readonly Piece[], start: number, { opens, close }: Block): number {
  let depth = 0;
  for (let i = start; i < pieces.length; i++) {
    const word = wordOf(pieces[i] as Piece);
    if (opens.includes(word)) depth += 1;
    if (word === close) depth -= 1;
    if (depth === 0) return i;
  }
  return pieces.length;
}

function unclosed(piece: Piece): Fault {
  const token = wordToken(piece);
  return new Fault('ASM_BLOCK', token, `this ${token.text} is never closed`);
}

function tooMuch(piece: Piece): Fault {
  const message = 'macros and repetitions make more text than any program needs';
  return new Fault('ASM_EXPANSION', wordToken(piece), message);
}
