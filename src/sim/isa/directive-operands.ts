// What every directive has to hand: its operands, and the assembler around it.
import { evaluateIn, type Scope } from './encode.ts';
import { type Expression, ExpressionReader, Fault, type Token, type Value } from './expression.ts';
import type { Layout } from './sections.ts';

/** What a directive works on. */
export interface DirectiveContext {
  readonly layout: Layout;
  readonly scope: Scope;
  /** Gives a symbol a value, as .set does. */
  readonly setSymbol: (name: Token, value: Value) => void;
}

/** One directive as written. */
export interface Call {
  readonly name: Token;
  readonly operands: readonly (readonly Token[])[];
  /** Text behind the name. */
  readonly rest: string;
  readonly context: DirectiveContext;
}

/** Carries it out; throws a Fault that names what is wrong. */
export type Directive = (call: Call) => void;

function expressionOf(call: Call, index: number): Expression {
  const tokens = call.operands[index];
  if (tokens === undefined || tokens.length === 0) {
    throw new Fault('ASM_OPERAND_COUNT', call.name, `${call.name.text} needs a value here`);
  }
  const reader = new ExpressionReader(tokens);
  const e = reader.operand();
  const rest = reader.peek();
  if (rest !== reader.end) {
    throw new Fault('ASM_BAD_OPERAND', rest, `'${rest.text}' does not belong here`);
  }
  return e;
}

/** Value of the operand at `index`, which must be there. */
export const valueAt = (call: Call, index: number): Value =>
  evaluateIn(expressionOf(call, index), call.context.scope);

/** The optional operand at `index`, or `absent` when it is not written. */
export function optionalNumber(call: Call, index: number, absent: number): number {
  return (call.operands[index]?.length ?? 0) === 0 ? absent : Number(valueAt(call, index).n);
}

/** Refuses operands beyond `count`. */
export function atMost(call: Call, count: number): void {
  const extra = call.operands[count]?.[0];
  if (extra === undefined) return;
  throw new Fault('ASM_OPERAND_COUNT', extra, `${call.name.text} takes at most ${count} operands`);
}

/** A count of bytes: not negative. */
export function countAt(call: Call, index: number): number {
  const { n } = valueAt(call, index);
  const blame = call.operands[index]?.[0] ?? call.name;
  if (n < 0n) throw new Fault('ASM_RANGE', blame, `${n} is negative`);
  return Number(n);
}
