// Splits assembly source into pieces (comments and ';' taken out), and pieces into labels, a name and the rest.
import { Fault, type Token, tokenize } from './expression.ts';

/** What made a piece that is not in the source itself. */
export interface Expansion {
  /** 'macro ring' or '.rept'. */
  readonly what: string;
  /** Source line of the call or repetition. */
  readonly line: number;
  readonly from: Expansion | null;
}

/** A piece of source between separators, comments blanked out. */
export interface Piece {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** Null for the source's own text; columns in an expanded text are those of other text. */
  readonly from: Expansion | null;
}

/** One instruction, directive or macro call, or labels alone. */
export interface Statement {
  readonly piece: Piece;
  readonly labels: readonly Token[];
  /** Mnemonic, directive, macro or the symbol of `symbol = value`; null when there are labels only. */
  readonly name: Token | null;
  readonly assignment: boolean;
  /** Text behind the name. */
  readonly rest: string;
  /** Tokens of the rest between commas; throws a Fault for text that is none. */
  readonly operands: () => readonly (readonly Token[])[];
}

/** What is never closed reaches to the end of the line or source, so that one look at each character is enough. */
const SEPARATOR =
  /"(?:[^"\\\n]|\\.)*"?|'(?:\\.|[^'\\\n])'?|\/\*[\s\S]*?(?:\*\/|$)|#[^\n]*|\/\/[^\n]*|[;\n]/g;

/** Characters of a line or of an expanded piece: more than anybody writes, and few enough for patterns that look back. */
export const MAX_TEXT = 10_000;

/** All pieces of a source; a comment that is never closed or a line without end goes to `report`, and there are none. */
export function splitPieces(
  source: string,
  report: (piece: Piece, fault: Fault) => void,
): readonly Piece[] {
  const lines = source.split('\n');
  const endless = lines.findIndex((line) => line.length > MAX_TEXT);
  if (endless >= 0) {
    const token: Token = { kind: 'name', text: '', column: MAX_TEXT + 1 };
    const message = `a line has at most ${MAX_TEXT} characters`;
    const piece: Piece = { text: '', line: endless + 1, column: token.column, from: null };
    report(piece, new Fault('ASM_TOO_BIG', token, message));
    return [];
  }
  // Comments become blanks, so that columns stay what the user sees.
  let unclosed: number | null = null;
  const text = source.replace(SEPARATOR, (part, at: number) => {
    if (part.startsWith('/*') && !(part.length > 3 && part.endsWith('*/'))) unclosed = at;
    if (part.startsWith('/*') || part.startsWith('//') || part.startsWith('#')) {
      return part.replace(/[^\n]/g, ' ');
    }
    // A separator inside quotes stays text; elsewhere it ends the piece.
    return part === ';' ? '\u0000' : part;
  });
  if (unclosed !== null) {
    const line = source.slice(0, unclosed).split('\n').length;
    const column = unclosed - source.lastIndexOf('\n', unclosed);
    const token: Token = { kind: 'operator', text: '/*', column };
    const fault = new Fault('ASM_UNTERMINATED', token, 'this comment is never closed');
    report({ text: '/*', line, column, from: null }, fault);
    return [];
  }
  return text.split('\n').flatMap((lineText, index) => {
    let column = 1;
    return lineText.split('\u0000').flatMap((piece): Piece[] => {
      const start = column;
      column += piece.length + 1;
      const isBlank = piece.trim() === '';
      return isBlank ? [] : [{ text: piece, line: index + 1, column: start, from: null }];
    });
  });
}

const LABEL = /^\s*([A-Za-z_.$][\w.$]*|\d+)\s*:/;
const ASSIGNMENT = /^\s*([A-Za-z_.$][\w.$]*)\s*=(?!=)/;
const NAME = /^\s*([A-Za-z_.][\w.]*(?:[-+](?=\s|$))?)(?=\s|$)/;
const FIRST_WORD = /^(?:\s*(?:[A-Za-z_.$][\w.$]*|\d+)\s*:)*\s*([A-Za-z_.][\w.]*)(?=\s|$)/;

/** The name of the piece's statement, however broken the rest is; '' when there is none. */
export function wordOf({ text }: Piece): string {
  return FIRST_WORD.exec(text)?.[1] ?? '';
}

const parsed = new WeakMap<Piece, Statement>();

/** The statement in a piece; throws a Fault when there is none. */
export function parsePiece(piece: Piece): Statement {
  const known = parsed.get(piece);
  if (known !== undefined) return known;
  const statement = parse(piece);
  parsed.set(piece, statement);
  return statement;
}

function parse(piece: Piece): Statement {
  const { text, column } = piece;
  const labels: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): Token | null => {
    const match = pattern.exec(text.slice(at));
    if (match === null) return null;
    const [all, name = ''] = match;
    const start = at + all.indexOf(name);
    at += all.length;
    return { kind: 'name', text: name, column: column + start };
  };
  for (let label = take(LABEL); label !== null; label = take(LABEL)) labels.push(label);
  const symbol = take(ASSIGNMENT);
  const name = symbol ?? take(NAME);
  const rest = text.slice(at);
  if (name === null && rest.trim() !== '') {
    const found = rest.trim();
    const token: Token = { kind: 'name', text: found, column: column + text.indexOf(found, at) };
    throw new Fault('ASM_SYNTAX', token, `an instruction, directive or label is expected`);
  }
  const restColumn = column + at;
  let operands: Token[][] | null = null;
  return {
    piece,
    labels,
    name,
    assignment: symbol !== null,
    rest,
    operands: () => {
      operands ??= splitOperands(tokenize(rest, restColumn));
      return operands;
    },
  };
}

function splitOperands(tokens: readonly Token[]): Token[][] {
  if (tokens.length === 0) return [];
  const groups: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'operator' && token.text === '(') depth += 1;
    if (token.kind === 'operator' && token.text === ')') depth -= 1;
    if (token.kind === 'operator' && token.text === ',' && depth === 0) groups.push([]);
    else groups.at(-1)?.push(token);
  }
  return groups;
}
