// The assembler: GNU syntax in, one flat image out. The same pass over all statements is repeated until
// the symbols no longer change; only the faults of the last pass are errors.
import { type AsmError, didYouMean } from './asm-errors.ts';
import { type DirectiveContext, ImageWriter, runDirective } from './directives.ts';
import { encode, evaluateIn, type Scope } from './encode.ts';
import { ExpressionReader, Fault, type Token, type Value } from './expression.ts';
import { parseSource, type Statement } from './statements.ts';

export type { AsmError } from './asm-errors.ts';

export interface AsmOptions {
  /** Address of the first byte; 0 unless given. */
  readonly base?: bigint;
  /** Byte order of instructions and data; big-endian unless given. */
  readonly littleEndian?: boolean;
}

/** Address at which the bytes of a source line start. */
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
      readonly lines: readonly AsmLine[];
    }
  | { readonly ok: false; readonly errors: readonly AsmError[] };

const MAX_PASSES = 8;

/** Assembles a whole source text; collects every error instead of stopping at the first. */
export function assemble(source: string, options: AsmOptions = {}): AsmResult {
  const errors: AsmError[] = [];
  const report = (line: number, fault: Fault) => void errors.push(toError(line, fault));
  const statements = parseSource(source, report);
  reportDuplicates(statements, report);
  let pass = new Pass(statements, options, null);
  let settled = false;
  for (let i = 0; i < MAX_PASSES && !settled; i++) {
    const next = new Pass(statements, options, pass);
    settled = next.sameSymbolsAs(pass);
    pass = next;
  }
  for (const { line, fault } of pass.faults) report(line, fault);
  if (!settled && errors.length === 0) errors.push(unsettled(statements));
  if (errors.length > 0) {
    return { ok: false, errors: errors.sort((a, b) => a.line - b.line || a.column - b.column) };
  }
  const symbols = new Map([...pass.symbols].map(([name, { n }]) => [name, BigInt.asUintN(64, n)]));
  return { ok: true, image: pass.out.image(), base: pass.base, symbols, lines: pass.lines };
}

function toError(line: number, { code, token, message, hint }: Fault): AsmError {
  const { column, text } = token;
  return { code, line, column, text, message, ...(hint !== undefined && { hint }) };
}

function unsettled(statements: readonly Statement[]): AsmError {
  const line = statements.at(-1)?.line ?? 1;
  const message = 'addresses change with every pass: a size depends on a label behind it';
  return { code: 'ASM_LAYOUT', line, column: 1, text: '', message };
}

const isNumeric = (label: string): boolean => /^\d+$/.test(label);

function reportDuplicates(
  statements: readonly Statement[],
  report: (line: number, fault: Fault) => void,
): void {
  const seen = new Map<string, number>();
  for (const { line, labels } of statements) {
    for (const label of labels.filter(({ text }) => !isNumeric(text))) {
      const first = seen.get(label.text);
      if (first === undefined) seen.set(label.text, line);
      else {
        const message = `'${label.text}' is a label in line ${first} already`;
        report(line, new Fault('ASM_DUPLICATE_SYMBOL', label, message));
      }
    }
  }
}

/** One walk over the statements, with the symbol values of the walk before it for what lies ahead. */
class Pass {
  readonly base: bigint;
  readonly out: ImageWriter;
  readonly symbols = new Map<string, Value>();
  readonly lines: AsmLine[] = [];
  readonly faults: { line: number; fault: Fault }[] = [];
  /** Addresses of each numeric label, in order. */
  private readonly locals = new Map<string, bigint[]>();
  private readonly earlier: Pass | null;
  private readonly context: DirectiveContext;

  constructor(statements: readonly Statement[], options: AsmOptions, earlier: Pass | null) {
    this.base = options.base ?? 0n;
    this.out = new ImageWriter(options.littleEndian ?? false);
    this.earlier = earlier;
    this.context = {
      out: this.out,
      scope: this.scope(),
      code: true,
      setSymbol: (name, value) => void this.symbols.set(name.text, value),
    };
    for (const statement of statements) this.step(statement);
  }

  sameSymbolsAs(other: Pass): boolean {
    if (this.symbols.size !== other.symbols.size || this.out.size !== other.out.size) return false;
    const same = ([name, { n }]: [string, Value]) => other.symbols.get(name)?.n === n;
    return [...this.symbols].every(same) && `${[...this.locals]}` === `${[...other.locals]}`;
  }

  private scope(): Scope {
    const here = () => this.address;
    return {
      get address() {
        return here();
      },
      lookup: (token) => this.lookup(token),
    };
  }

  /** Where the next byte goes. */
  private get address(): bigint {
    return this.base + BigInt(this.out.size);
  }

  private step(statement: Statement): void {
    for (const label of statement.labels) this.defineLabel(label.text);
    if (statement.name === null) return;
    const { address } = this;
    try {
      this.run(statement, statement.name);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.faults.push({ line: statement.line, fault });
    }
    if (this.address > address) this.lines.push({ address, line: statement.line });
  }

  private run({ name, operands, assignment }: Statement, token: Token): void {
    if (name !== null && assignment) {
      const reader = new ExpressionReader(operands[0] ?? []);
      this.symbols.set(token.text, evaluateIn(reader.operand(), this.context.scope));
    } else if (token.text.startsWith('.')) {
      runDirective(token, operands, this.context);
    } else {
      this.instruction(token, operands);
    }
  }

  private instruction(name: Token, operands: Statement['operands']): void {
    let word = 0;
    try {
      word = encode(name, operands, this.context.scope);
    } finally {
      // A faulty instruction takes its place too, so that labels behind it do not move.
      this.out.value(BigInt(word), 4, name);
    }
  }

  private defineLabel(name: string): void {
    if (!isNumeric(name)) {
      this.symbols.set(name, { n: BigInt.asIntN(64, this.address), labels: 1 });
      return;
    }
    const known = this.locals.get(name);
    if (known === undefined) this.locals.set(name, [this.address]);
    else known.push(this.address);
  }

  private lookup(token: Token): Value {
    if (token.text === '.') return { n: BigInt.asIntN(64, this.address), labels: 1 };
    const found =
      token.kind === 'local'
        ? this.local(token.text)
        : (this.symbols.get(token.text) ?? this.earlier?.symbols.get(token.text));
    if (found !== undefined) return found;
    // In the first pass this is a symbol that lies ahead, and nobody sees the fault.
    const hint = this.earlier ? didYouMean(token.text, this.earlier.symbols.keys()) : undefined;
    throw new Fault('ASM_UNDEFINED_SYMBOL', token, `'${token.text}' is not defined`, hint);
  }

  /** 1b is the last label 1 before this place, 1f the next one behind it. */
  private local(text: string): Value | undefined {
    const name = text.slice(0, -1);
    const past = this.locals.get(name) ?? [];
    const n = text.endsWith('b') ? past.at(-1) : this.earlier?.locals.get(name)?.[past.length];
    return n === undefined ? undefined : { n: BigInt.asIntN(64, n), labels: 1 };
  }
}
