// The assembler: GNU syntax in, one flat image out. The same pass over all statements is repeated until
// the symbols no longer change; only the faults of the last pass are errors.
import { type AsmError, didYouMean } from './asm-errors.ts';
import type { DirectiveContext } from './directive-operands.ts';
import { runDirective } from './directives.ts';
import { encode, evaluateIn, type Scope } from './encode.ts';
import { ExpressionReader, Fault, type Token, type Value } from './expression.ts';
import { Expander } from './macros.ts';
import { Layout, MAX_IMAGE } from './sections.ts';
import { type Expansion, type Piece, type Statement, splitPieces } from './statements.ts';

export type { AsmError } from './asm-errors.ts';

export interface AsmOptions {
  /** Address of the first byte; 0 unless given. */
  readonly base?: bigint;
  /** Byte order of instructions and data; big-endian unless given. */
  readonly littleEndian?: boolean;
}

/** Address at which the bytes of a source line start; those of a macro belong to the line of its call. */
interface AsmLine {
  readonly address: bigint;
  readonly line: number;
}

export type AsmResult =
  | {
      readonly ok: true;
      readonly image: Uint8Array;
      readonly base: bigint;
      /** Labels and .set symbols; numeric labels are local and left out. */
      readonly symbols: ReadonlyMap<string, bigint>;
      /** Those that are places in the program. */
      readonly labels: ReadonlyMap<string, bigint>;
      /** By address. */
      readonly lines: readonly AsmLine[];
    }
  | { readonly ok: false; readonly errors: readonly AsmError[] };

const MAX_PASSES = 8;

/** Hints from a search for similar names: for so many errors, which are more than anybody reads. */
const MAX_SEARCHES = 100;

/** A fault and where it is. */
interface Located {
  readonly piece: Piece;
  readonly fault: Fault;
}

/** Assembles a whole source text; collects every error instead of stopping at the first. */
export function assemble(source: string, options: AsmOptions = {}): AsmResult {
  const faults: Located[] = [];
  const pieces = splitPieces(source, (piece, fault) => void faults.push({ piece, fault }));
  let pass = new Pass(pieces, options, null);
  let settled = false;
  for (let i = 0; i < MAX_PASSES && !settled; i++) {
    const next = new Pass(pieces, options, pass);
    settled = next.sameSymbolsAs(pass);
    pass = next;
  }
  const { layout } = pass;
  for (const fault of pass.faults) faults.push(fault);
  const image = settled && faults.length === 0 ? layout.image() : null;
  if (image === null) {
    if (faults.length === 0) faults.push(faultOfWhole(pieces, settled));
    return { ok: false, errors: errorsOf(faults) };
  }
  const symbols = new Map([...pass.symbols].map(([name, { n }]) => [name, BigInt.asUintN(64, n)]));
  const labels = new Map([...symbols].filter(([name]) => pass.labels.has(name)));
  const lines = pass.lines.sort((a, b) => (a.address < b.address ? -1 : 1));
  return { ok: true, image, base: layout.base, symbols, labels, lines };
}

/** By place, and each once: a macro may be called often. */
function errorsOf(faults: readonly Located[]): AsmError[] {
  const unique = new Map(
    faults.map(({ piece, fault }) => {
      const error = toError(piece, fault);
      return [JSON.stringify(error), { error, hint: fault.hint }];
    }),
  );
  return [...unique.values()]
    .sort((a, b) => a.error.line - b.error.line || a.error.column - b.error.column)
    .map(({ error, hint }, i) => {
      const text = typeof hint !== 'function' ? hint : i < MAX_SEARCHES ? hint() : undefined;
      return text === undefined ? error : { ...error, hint: text };
    });
}

function toError(piece: Piece, { code, token, message }: Fault): AsmError {
  const { line, from } = piece;
  // A column in an expanded text means nothing to the user, who sees the text of the macro.
  const column = from === null ? token.column : piece.column;
  const where = expansionText(from);
  const text = `${message}${where === '' ? '' : ` (${where})`}`;
  return { code, line, column, text: token.text, message: text };
}

/** 'in macro ring, called in line 7' and so on outwards. */
function expansionText(from: Expansion | null): string {
  if (from === null) return '';
  const outer = expansionText(from.from);
  return `in ${from.what}, line ${from.line}${outer === '' ? '' : `, ${outer}`}`;
}

/** What is wrong with no line of its own. */
function faultOfWhole(pieces: readonly Piece[], settled: boolean): Located {
  const line = pieces.at(-1)?.line ?? 1;
  const piece: Piece = { text: '', line, column: 1, from: null };
  const token: Token = { kind: 'name', text: '', column: 1 };
  const fault = settled
    ? new Fault('ASM_TOO_BIG', token, `the image would exceed ${MAX_IMAGE} bytes`)
    : new Fault(
        'ASM_LAYOUT',
        token,
        'addresses change with every pass: a size depends on a label behind it',
      );
  return { piece, fault };
}

const isNumeric = (label: string): boolean => /^\d+$/.test(label);

/** One walk over the source, with the symbol values of the walk before it for what lies ahead. */
class Pass {
  readonly layout: Layout;
  readonly symbols = new Map<string, Value>();
  readonly lines: AsmLine[] = [];
  readonly faults: Located[] = [];
  /** Source line of each label. */
  readonly labels = new Map<string, number>();
  /** Addresses of each numeric label, in order. */
  private readonly locals = new Map<string, bigint[]>();
  private readonly earlier: Pass | null;
  private readonly scope: Scope;
  private readonly context: DirectiveContext;

  constructor(pieces: readonly Piece[], options: AsmOptions, earlier: Pass | null) {
    const littleEndian = options.littleEndian ?? false;
    this.layout = new Layout(options.base ?? 0n, littleEndian, earlier?.layout ?? null);
    this.earlier = earlier;
    const { layout } = this;
    this.scope = {
      get address() {
        return layout.address;
      },
      lookup: (token) => this.lookup(token),
    };
    this.context = {
      layout,
      scope: this.scope,
      setSymbol: (name, value) => void this.symbols.set(name.text, value),
    };
    new Expander({
      execute: (statement) => this.step(statement),
      evaluate: (statement) => this.knownValue(statement),
      isDefined: (name) => this.symbols.has(name),
      report: (piece, fault) => void this.faults.push({ piece, fault }),
    }).run(pieces);
  }

  sameSymbolsAs(other: Pass): boolean {
    if (this.symbols.size !== other.symbols.size || !this.layout.settled) return false;
    const same = ([name, { n }]: [string, Value]) => other.symbols.get(name)?.n === n;
    return [...this.symbols].every(same) && `${[...this.locals]}` === `${[...other.locals]}`;
  }

  private step(statement: Statement): void {
    for (const label of statement.labels) this.defineLabel(label, statement.piece);
    const { name, piece } = statement;
    if (name === null) return;
    const { current, address } = this.layout;
    try {
      this.run(statement, name);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.faults.push({ piece, fault });
    }
    const grew = current === this.layout.current && this.layout.address > address;
    if (grew) this.lines.push({ address, line: outermostLine(piece) });
  }

  private run(statement: Statement, name: Token): void {
    if (statement.assignment) {
      const reader = new ExpressionReader(statement.operands()[0] ?? []);
      this.symbols.set(name.text, evaluateIn(reader.operand(), this.scope));
    } else if (name.text.startsWith('.')) {
      runDirective(statement, name, this.context);
    } else {
      this.instruction(name, statement);
    }
  }

  private instruction(name: Token, statement: Statement): void {
    let word = 0;
    try {
      if (this.layout.address % 4n !== 0n) {
        const message = 'an instruction must be at a multiple of 4';
        throw new Fault('ASM_MISALIGNED', name, message, 'put .balign 4 before it');
      }
      word = encode(name, statement.operands(), this.scope);
    } finally {
      // A faulty instruction takes its place too, so that labels behind it do not move.
      this.layout.out.value(BigInt(word), 4, name);
    }
  }

  private defineLabel(label: Token, piece: Piece): void {
    const { text } = label;
    const { address } = this.layout;
    if (!isNumeric(text)) {
      const first = this.labels.get(text);
      if (first !== undefined) {
        const message = `'${text}' is a label in line ${first} already`;
        this.faults.push({ piece, fault: new Fault('ASM_DUPLICATE_SYMBOL', label, message) });
        return;
      }
      this.labels.set(text, outermostLine(piece));
      this.symbols.set(text, { n: BigInt.asIntN(64, address), labels: 1 });
      return;
    }
    const known = this.locals.get(text);
    if (known === undefined) this.locals.set(text, [address]);
    else known.push(address);
  }

  /** Value of an expression that decides what is assembled: nothing in it may lie ahead. */
  private knownValue(statement: Statement): bigint {
    const name = statement.name as Token;
    const [tokens = [], extra] = statement.operands();
    if (tokens.length === 0 || extra !== undefined) {
      throw new Fault('ASM_OPERAND_COUNT', name, `${name.text} needs one value`);
    }
    const reader = new ExpressionReader(tokens);
    const e = reader.operand();
    if (reader.peek() !== reader.end) {
      throw new Fault(
        'ASM_BAD_OPERAND',
        reader.peek(),
        `'${reader.peek().text}' does not belong here`,
      );
    }
    return evaluateIn(e, {
      address: this.layout.address,
      lookup: (token) => this.lookupKnown(token),
    }).n;
  }

  private lookupKnown(token: Token): Value {
    const found = this.lookupHere(token);
    if (found !== undefined) return found;
    const message = `the value of '${token.text}' must be known here`;
    throw new Fault('ASM_NOT_CONSTANT', token, message, 'define it further up');
  }

  /** What has a value at this place of this pass. */
  private lookupHere({ kind, text }: Token): Value | undefined {
    if (text === '.') return { n: BigInt.asIntN(64, this.layout.address), labels: 1 };
    if (kind !== 'local') return this.symbols.get(text);
    const n = text.endsWith('b') ? this.locals.get(text.slice(0, -1))?.at(-1) : undefined;
    return n === undefined ? undefined : { n: BigInt.asIntN(64, n), labels: 1 };
  }

  private lookup(token: Token): Value {
    const found = this.lookupHere(token) ?? this.earlier?.lookupAhead(token, this.locals);
    if (found !== undefined) return found;
    // In the first pass this is a symbol that lies ahead, and nobody sees the fault.
    const hint = () => didYouMean(token.text, this.symbols.keys());
    throw new Fault('ASM_UNDEFINED_SYMBOL', token, `'${token.text}' is not defined`, hint);
  }

  /** 1f is the label 1 behind the `past` ones that the pass after this has met. */
  private lookupAhead(token: Token, past: ReadonlyMap<string, bigint[]>): Value | undefined {
    if (token.kind !== 'local') return this.symbols.get(token.text);
    if (!token.text.endsWith('f')) return undefined;
    const name = token.text.slice(0, -1);
    const n = this.locals.get(name)?.[past.get(name)?.length ?? 0];
    return n === undefined ? undefined : { n: BigInt.asIntN(64, n), labels: 1 };
  }
}

/** The line of the source text that made the piece. */
function outermostLine({ line, from }: Piece): number {
  let outer = from;
  while (outer !== null && outer.from !== null) outer = outer.from;
  return outer?.line ?? line;
}
