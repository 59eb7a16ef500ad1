// How the floating-point vocabulary reads in RTL text.
import type { Expr } from './builder.ts';
import type {
  FloatBuilder,
  FloatOperator,
  IntegerFormat,
  IntegralMode,
  Precision,
} from './builder-float.ts';
import type { Place } from './describer.ts';
import { at, atom, binary, call, LEVEL, type Part, type Term } from './rtl-text.ts';

/** What the describer of the instruction writes down for its floating-point part. */
interface Notes {
  read(place: Place): void;
  effect(place: Place, ...parts: readonly Part[]): void;
  flag(name: string): boolean;
}

const termOf = (value: Expr): Term => value as Expr & Term;
const expr = (term: Term): Expr => Object.assign({ expr: 'i64' as const }, term);

const product = (a: Term, c: Term): Term => binary(a, '×', c, LEVEL.multiply);
/** The exact result, before it is rounded. */
const EXACT: Readonly<Record<FloatOperator, (...of: [Term, Term, Term]) => Term>> = {
  add: (a, b) => binary(a, '+', b, LEVEL.add),
  sub: (a, b) => binary(a, '-', b, LEVEL.add),
  mul: product,
  div: (a, b) => binary(a, '÷', b, LEVEL.multiply),
  sqrt: (a) => call('SQRT', a),
  re: (a) => call('RECIPROCAL_ESTIMATE', a),
  rsqrte: (a) => call('RECIPROCAL_SQRT_ESTIMATE', a),
  madd: (a, c, b) => binary(product(a, c), '+', b, LEVEL.add),
  msub: (a, c, b) => binary(product(a, c), '-', b, LEVEL.add),
  nmadd: (a, c, b) => binary(product(a, c), '+', b, LEVEL.add),
  nmsub: (a, c, b) => binary(product(a, c), '-', b, LEVEL.add),
  round: (a) => a,
  fromSigned: (a) => call('SIGNED', a),
  fromUnsigned: (a) => call('UNSIGNED', a),
};
const NEGATED: readonly FloatOperator[] = ['nmadd', 'nmsub'];
const ROUND: Readonly<Record<Precision, string>> = {
  double: 'ROUND_TO_DOUBLE',
  single: 'ROUND_TO_SINGLE',
};
const INTEGRAL: Readonly<Record<IntegralMode, string>> = {
  away: 'ROUND_TO_NEAREST_AWAY',
  zero: 'ROUND_TOWARD_ZERO',
  up: 'ROUND_UP',
  down: 'ROUND_DOWN',
};
const NOTHING = atom('');

export class FloatDescriber implements FloatBuilder {
  private readonly notes: Notes;

  constructor(notes: Notes) {
    this.notes = notes;
  }

  reg(name: string): Expr {
    this.notes.read({ field: name });
    return expr(atom(`(${name})`));
  }
  setReg(name: string, value: Expr): void {
    this.notes.effect({ field: name }, `${name} <- `, ...at(termOf(value), LEVEL.choice));
  }
  fromSingle(word: Expr): Expr {
    return expr(call('DOUBLE', termOf(word)));
  }
  toSingle(value: Expr): Expr {
    return expr(call('SINGLE', termOf(value)));
  }

  setResult(name: string, operator: FloatOperator, to: Precision, ...of: Expr[]): void {
    const [a = NOTHING, b = NOTHING, c = NOTHING] = of.map(termOf);
    const rounded = call(ROUND[to], EXACT[operator](a, b, c));
    const sign = NEGATED.includes(operator) ? ['-'] : [];
    this.notes.effect({ field: name }, `${name} <- `, ...sign, ...rounded.parts);
    this.setStatusOf('FPRF FR FI and exceptions');
  }
  setInteger(name: string, value: Expr, { width, unsigned, truncate }: IntegerFormat): void {
    const how = `${truncate ? 'TRUNCATE' : 'ROUND'}_TO_${unsigned ? 'UNSIGNED' : 'SIGNED'}_${width}`;
    this.notes.effect({ field: name }, `${name} <- `, ...call(how, termOf(value)).parts);
    this.setStatusOf('FR FI and exceptions');
  }
  setIntegral(name: string, value: Expr, mode: IntegralMode): void {
    const rounded = call(INTEGRAL[mode], termOf(value));
    this.notes.effect({ field: name }, `${name} <- `, ...rounded.parts);
    this.setStatusOf('FPRF FR FI and exceptions');
  }
  compare(name: string, a: Expr, b: Expr, form: 'ordered' | 'unordered'): void {
    const test = call(`COMPARE_${form.toUpperCase()}`, termOf(a), termOf(b));
    this.notes.effect({ field: name }, `CR field ${name} <- `, ...test.parts);
    this.setStatusOf('FPCC and exceptions');
  }

  status(): Expr {
    this.notes.read({ name: 'FPSCR' });
    return expr(atom('FPSCR'));
  }
  setStatus(value: Expr): void {
    const source = at(termOf(value), LEVEL.choice);
    this.notes.effect({ name: 'FPSCR' }, 'FPSCR <- ', ...source);
    this.recordIfAsked();
  }
  record(): void {
    this.notes.read({ name: 'FPSCR' });
    this.notes.effect({ name: 'cr1' }, 'CR1 <- FPSCR[FX FEX VX OX]');
  }

  /** What a statement that computes does besides. */
  private setStatusOf(fields: string): void {
    this.notes.read({ name: 'FPSCR' });
    this.notes.effect({ name: 'FPSCR' }, `FPSCR[${fields}] <- those of the result`);
    this.recordIfAsked();
  }
  private recordIfAsked(): void {
    if (this.notes.flag('Rc')) this.record();
  }
}
