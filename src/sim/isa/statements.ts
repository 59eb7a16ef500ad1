// Splits assembly source into statements: comments, ';', labels, names and operands.
import { Fault, type Token, tokenize } from './expression.ts';

/** One instruction or directive, or labels alone. */
export interface Statement {
  readonly line: number;
  readonly labels: readonly Token[];
  /** Mnemonic, directive or the symbol of `symbol = value`; null when there are labels only. */
  readonly name: Token | null;
  readonly assignment: boolean;
  /** Tokens between commas. */
  readonly operands: readonly (readonly Token[])[];
}

/** A piece of source between separators, comments blanked out. */
interface Piece {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const PIECE =
  /"(?:[^"\\\n]|\\.)*"|'(?:\\.|[^'\\\n])'?|\/\*[\s\S]*?\*\/|\/\*|#[^\n]*|\/\/[^\n]*|[;\n]/g;

function splitPieces(source: string): Piece[] {
  // Comments become blanks, so that columns stay what the user sees.
  let unclosed: number | null = null;
  const text = source.replace(PIECE, (part, at: number) => {
    if (part === '/*') unclosed ??= at;
    if (part.startsWith('/*') || part.startsWith('//') || part.startsWith('#')) {
      return part.replace(/[^\n]/g, ' ');
    }
    // A separator inside quotes stays text; elsewhere it ends the piece.
    return part === ';' ? '\u0000' : part;
  });
  const pieces = text.split('\n').flatMap((lineText, index) => {
    let column = 1;
    return lineText.split('\u0000').map((piece): Piece => {
      const start = column;
      column += piece.length + 1;
      return { text: piece, line: index + 1, column: start };
    });
  });
  if (unclosed !== null) {
    const line = source.slice(0, unclosed).split('\n').length;
    const column = unclosed - source.lastIndexOf('\n', unclosed);
    throw new SourceFault(line, { kind: 'operator', text: '/*', column });
  }
  return pieces;
}

/** A comment that is never closed: there is no statement to blame. */
class SourceFault extends Fault {
  readonly line: number;
  constructor(line: number, token: Token) {
    super('ASM_UNTERMINATED', token, 'this comment is never closed');
    this.line = line;
  }
}

/** All statements; faults go to `report` and their statements are left out. */
export function parseSource(
  source: string,
  report: (line: number, fault: Fault) => void,
): Statement[] {
  const statements: Statement[] = [];
  try {
    for (const piece of splitPieces(source)) {
      try {
        const statement = parsePiece(piece);
        if (statement !== null) statements.push(statement);
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault;
        report(piece.line, fault);
      }
    }
  } catch (fault) {
    if (!(fault instanceof SourceFault)) throw fault;
    report(fault.line, fault);
  }
  return statements;
}

const LABEL = /^\s*([A-Za-z_.$][\w.$]*|\d+)\s*:/;
const ASSIGNMENT = /^\s*([A-Za-z_.$][\w.$]*)\s*=/;
const NAME = /^\s*([A-Za-z_.][\w.]*(?:[-+](?=\s|$))?)(?=\s|$)/;

function parsePiece({ text, line, column }: Piece): Statement | null {
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
  if (text.slice(at).trim() === '') {
    return labels.length > 0 ? { line, labels, name: null, assignment: false, operands: [] } : null;
  }
  const symbol = take(ASSIGNMENT);
  const name = symbol ?? take(NAME);
  if (name === null) {
    const found = text.slice(at).trim();
    const token: Token = { kind: 'name', text: found, column: column + text.indexOf(found, at) };
    throw new Fault('ASM_SYNTAX', token, `an instruction, directive or label is expected`);
  }
  const tokens = tokenize(text.slice(at), column + at);
  return { line, labels, name, assignment: symbol !== null, operands: splitOperands(tokens) };
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
