// The engine's reading of the floating-point vocabulary (isa/builder-float.ts): calls of the functions of
// float-functions.ts, which write the target and the FPSCR themselves.
import type { Expr } from '../isa/builder.ts';
import type {
  FloatBuilder,
  FloatOperator,
  IntegerFormat,
  IntegralMode,
  Precision,
} from '../isa/builder-float.ts';
import { FPSCR_BITS, ROUNDING } from '../isa/fpscr.ts';
import { type I32, type I64, i32, i64 } from './emitter.ts';
import { multiplyAdd } from './float-add.ts';
import { CONTROL, callFloat, fpscr, n32, n64, ONE, signOf } from './float-code.ts';
import { compareFloat } from './float-compare.ts';
import { double, fromInteger, single, toInteger, toIntegral } from './float-convert.ts';
import { divide, estimate, squareRoot } from './float-divide.ts';
import { multiplyAddFast } from './float-fast.ts';
import { setStatus, writeTarget } from './float-round.ts';
import { LOCAL } from './frame.ts';
import { THREAD } from './layout.ts';
import type { OperandLayout } from './operands.ts';
import type { Scope } from './scope.ts';

/** The handler whose part this is. */
interface Host {
  flag(name: string): boolean;
  /** Leaves before any effect when the handler could not raise an enabled exception. */
  giveUpIfEnabled(): void;
  /** Raises the interrupt of an enabled exception at the end of the handler, if `pending` is not 0. */
  raiseAtEnd(pending: I32): void;
}

/** Operands and properties in terms of a function. */
type Call = (scope: Scope, target: I32, control: number, of: readonly I64[]) => I32;

const multiply =
  (flags: number, operands: (...of: I64[]) => readonly [a: I64, c: I64, b: I64]): Call =>
  (scope, target, control, of) => {
    const [a, c, b] = operands(...of);
    const callee = control === CONTROL.single ? multiplyAdd : multiplyAddFast;
    return callFloat(scope, callee, { target, a, c, b, control: n32(control | flags) });
  };
const onOne =
  (callee: typeof squareRoot, flags = 0): Call =>
  (scope, target, control, of) =>
    callFloat(scope, callee, { target, b: of[0] as I64, control: n32(control | flags) });

const sum = (a: I64, b: I64) => [a, n64(ONE), b] as const;
const fused = (a: I64, c: I64, b: I64) => [a, c, b] as const;
const { subtract, negate, shorten, unsigned, root } = CONTROL;

const OPERATORS: Readonly<Record<FloatOperator, Call>> = {
  add: multiply(0, sum),
  sub: multiply(subtract, sum),
  mul: multiply(0, (a, c) => [a, c, signOf(i64.xor(a, c))]),
  div: (scope, target, control, of) => {
    const [a, b] = of as [I64, I64];
    return callFloat(scope, divide, { target, a, b, control: n32(control) });
  },
  sqrt: onOne(squareRoot),
  re: onOne(estimate),
  rsqrte: onOne(estimate, root),
  madd: multiply(0, fused),
  msub: multiply(subtract, fused),
  nmadd: multiply(negate, fused),
  nmsub: multiply(negate | subtract, fused),
  round: multiply(shorten, (b) => [b, n64(ONE), signOf(b)]),
  fromSigned: onOne(fromInteger),
  fromUnsigned: onOne(fromInteger, unsigned),
};

const INTEGRAL: Readonly<Record<IntegralMode, number>> = {
  away: ROUNDING.away,
  zero: ROUNDING.towardZero,
  up: ROUNDING.up,
  down: ROUNDING.down,
};

const { base, ip } = LOCAL;
const CR1 = THREAD.cr + 4;
const i64Of = (value: Expr) => value as I64;

export class WasmFloat implements FloatBuilder {
  readonly #host: Host;
  readonly #scope: Scope;
  readonly #layout: OperandLayout;

  constructor(host: Host, scope: Scope, layout: OperandLayout) {
    this.#host = host;
    this.#scope = scope;
    this.#layout = layout;
  }

  reg(field: string): I64 {
    return this.#scope.let64(i64.load(this.#at(field), 8));
  }
  setReg(field: string, value: Expr): void {
    writeTarget(this.#scope, this.#at(field), i64Of(value));
  }
  fromSingle(word: Expr): I64 {
    return double(this.#scope, i64Of(word));
  }
  toSingle(value: Expr): I64 {
    return single(this.#scope, i64Of(value));
  }

  setResult(field: string, operator: FloatOperator, to: Precision, ...of: Expr[]): void {
    const control = to === 'single' ? CONTROL.single : 0;
    const call = OPERATORS[operator];
    this.#compute((scope) => call(scope, this.#at(field), control, of.map(i64Of)));
  }
  setInteger(field: string, value: Expr, format: IntegerFormat): void {
    const control =
      (format.unsigned ? CONTROL.unsigned : 0) |
      (format.width === 32 ? CONTROL.word : 0) |
      (format.truncate ? CONTROL.truncate : 0);
    const [target, b] = [this.#at(field), i64Of(value)];
    this.#compute((scope) => callFloat(scope, toInteger, { target, b, control: n32(control) }));
  }
  setIntegral(field: string, value: Expr, mode: IntegralMode): void {
    const [target, b] = [this.#at(field), i64Of(value)];
    this.#compute((scope) =>
      callFloat(scope, toIntegral, { target, b, mode: n32(INTEGRAL[mode]) }),
    );
  }
  compare(field: string, a: Expr, b: Expr, form: 'ordered' | 'unordered'): void {
    const offset = i32.load16(ip, this.#layout.place(field, 'crField').offset);
    const args = {
      field: i32.add(i32.add(base, offset), n32(THREAD.cr)),
      a: i64Of(a),
      b: i64Of(b),
      ordered: n32(form === 'ordered' ? 1 : 0),
    };
    this.#compute((scope) => callFloat(scope, compareFloat, args));
  }

  status(): I64 {
    return this.#scope.let64(i64.load(base, THREAD.fpscr));
  }
  setStatus(value: Expr): void {
    const word = this.#scope.let64(i64.and(i64Of(value), n64(FPSCR_BITS)));
    this.#scope.code.store64(8, base, THREAD.fpscr, word);
    this.#compute((scope) => callFloat(scope, setStatus, { word: i32.wrap(word) }));
  }
  record(): void {
    this.#scope.code.store32(base, CR1, i32.shrU(fpscr, n32(28)));
  }

  /** What every statement has that may set exception bits. */
  #compute(call: (scope: Scope) => I32): void {
    this.#host.giveUpIfEnabled();
    this.#host.raiseAtEnd(call(this.#scope));
    if (this.#host.flag('Rc')) this.record();
  }

  /** Arena address of the VSR that holds the FPR. */
  #at(field: string): I32 {
    return i32.add(base, i32.load16(ip, this.#layout.place(field, 'vsr').offset));
  }
}
