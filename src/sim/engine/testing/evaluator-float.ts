// The independent reading of the floating-point vocabulary, by float-model.ts.
import type { Expr } from '../../isa/builder.ts';
import type {
  FloatBuilder,
  FloatOperator,
  IntegerFormat,
  IntegralMode,
  Precision,
} from '../../isa/builder-float.ts';
import { FPSCR } from '../../isa/fpscr.ts';
import * as model from './float-model.ts';
import { type Outcome, type Status, summarise } from './float-model-numbers.ts';

/** The registers that floating-point instructions change. */
interface Registers {
  /** Doublewords 0 and 1 of the 64 VSRs in turn. */
  readonly vsr: bigint[];
  fpscr: bigint;
  cr: number;
}

/** What the evaluator of the instruction gives. */
interface Host {
  operand(name: string): bigint;
  flag(name: string): boolean;
  /** The instruction has met an enabled exception. */
  enabledException(): void;
}

type Operation = (fpscr: number, of: readonly bigint[], precision: Precision) => Outcome;
const onTwo =
  (operate: typeof model.divide): Operation =>
  (fpscr, [a = 0n, b = 0n], precision) =>
    operate(fpscr, a, b, { precision });
const fused =
  (kind: { subtract?: boolean; negate?: boolean }): Operation =>
  (fpscr, [a = 0n, c = 0n, b = 0n], precision) =>
    model.multiplyAdd(fpscr, [a, c, b], { precision, ...kind });
const estimate =
  (root: boolean): Operation =>
  (fpscr, [b = 0n], precision) =>
    model.estimate(fpscr, b, { precision, root });
const fromInteger =
  (unsigned: boolean): Operation =>
  (fpscr, [b = 0n], precision) =>
    model.fromInteger(fpscr, b, { precision, unsigned });

const OPERATORS: Readonly<Record<FloatOperator, Operation>> = {
  add: onTwo(model.add),
  sub: (fpscr, [a = 0n, b = 0n], precision) =>
    model.add(fpscr, a, b, { precision, subtract: true }),
  mul: onTwo(model.multiply),
  div: onTwo(model.divide),
  sqrt: (fpscr, [b = 0n], precision) => model.squareRoot(fpscr, b, { precision }),
  re: estimate(false),
  rsqrte: estimate(true),
  madd: fused({}),
  msub: fused({ subtract: true }),
  nmadd: fused({ negate: true }),
  nmsub: fused({ subtract: true, negate: true }),
  round: (fpscr, [b = 0n]) => model.roundToSingle(fpscr, b),
  fromSigned: fromInteger(false),
  fromUnsigned: fromInteger(true),
};

const expr = (value: bigint): Expr => ({ expr: 'i64', value: BigInt.asUintN(64, value) }) as Expr;
const numberOf = (e: Expr): bigint => (e as Expr & { value: bigint }).value;

export class EvaluatorFloat implements FloatBuilder {
  readonly #registers: Registers;
  readonly #host: Host;
  constructor(registers: Registers, host: Host) {
    this.#registers = registers;
    this.#host = host;
  }

  reg(name: string): Expr {
    return expr(this.#registers.vsr[2 * Number(this.#host.operand(name))] ?? 0n);
  }
  setReg(name: string, value: Expr): void {
    const n = Number(this.#host.operand(name));
    this.#registers.vsr[2 * n] = numberOf(value);
    this.#registers.vsr[2 * n + 1] = 0n;
  }
  fromSingle = (word: Expr) => expr(model.singleToDouble(numberOf(word)));
  toSingle = (value: Expr) => expr(model.doubleToSingle(numberOf(value)));

  setResult(name: string, operator: FloatOperator, to: Precision, ...of: Expr[]): void {
    this.#put(name, OPERATORS[operator](this.#low(), of.map(numberOf), to));
  }
  setInteger(name: string, value: Expr, format: IntegerFormat): void {
    this.#put(name, model.toInteger(this.#low(), numberOf(value), format));
  }
  setIntegral(name: string, value: Expr, mode: IntegralMode): void {
    this.#put(name, model.toIntegral(this.#low(), numberOf(value), mode));
  }
  compare(name: string, a: Expr, b: Expr, form: 'ordered' | 'unordered'): void {
    const ordered = form === 'ordered';
    const outcome = model.compareFloats(this.#low(), numberOf(a), numberOf(b), ordered);
    this.#setField(Number(this.#host.operand(name)), outcome.field);
    this.#finish(outcome);
  }

  status(): Expr {
    return expr(this.#registers.fpscr);
  }
  setStatus(value: Expr): void {
    const writable = numberOf(value) & 0x7_9fff_f7ffn;
    this.#registers.fpscr = writable;
    const fpscr = summarise(Number(writable & 0xffff_ffffn));
    this.#finish({ fpscr, pending: (fpscr & FPSCR.FEX) !== 0 });
  }
  record(): void {
    this.#setField(1, this.#low() >>> 28);
  }

  #low(): number {
    return Number(this.#registers.fpscr & 0xffff_ffffn);
  }
  #finish({ fpscr, pending }: Status): void {
    const upper = (this.#registers.fpscr >> 32n) << 32n;
    this.#registers.fpscr = upper | BigInt(fpscr);
    if (this.#host.flag('Rc')) this.record();
    if (pending) this.#host.enabledException();
  }
  #put(name: string, outcome: Outcome): void {
    if (outcome.value !== null) this.setReg(name, expr(outcome.value));
    this.#finish(outcome);
  }
  #setField(n: number, field: number): void {
    const shift = 28 - 4 * n;
    this.#registers.cr = ((this.#registers.cr & ~(15 << shift)) | (field << shift)) >>> 0;
  }
}
