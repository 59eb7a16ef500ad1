// The text of the pure operations of the semantics vocabulary (isa/builder.ts).
import type { Cond, Expr } from './builder.ts';
import { at, binary, call, LEVEL, mixed, type Term } from './rtl-text.ts';

/** Terms are the describer's own expressions: nobody else makes or reads them. */
export const expr = (term: Term): Expr => Object.assign({ expr: 'i64' as const }, term);
export const cond = (term: Term): Cond => Object.assign({ expr: 'bool' as const }, term);
export const termOf = (value: Expr | Cond): Term => value as (Expr | Cond) & Term;

/** The low `bits` bits of a term, in the manual's numbering. */
export function lowBits(term: Term, bits: number): Term {
  if (bits === 64) return term;
  return { parts: [...at(term, LEVEL.atom), `[${64 - bits}:63]`], level: LEVEL.atom };
}

export abstract class ArithmeticDescriber {
  protected infix(a: Expr | Cond, op: string, b: Expr | Cond, level: number): Term {
    return binary(termOf(a), op, termOf(b), level);
  }

  add(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '+', b, LEVEL.add));
  }
  sub(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '-', b, LEVEL.add));
  }
  mul(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '×', b, LEVEL.multiply));
  }
  mulHighS(a: Expr, b: Expr): Expr {
    return expr({
      parts: ['(', ...this.infix(a, '×', b, LEVEL.multiply).parts, ')[0:63]'],
      level: LEVEL.atom,
    });
  }
  mulHighU(a: Expr, b: Expr): Expr {
    return expr({
      parts: ['(', ...this.infix(a, '×u', b, LEVEL.multiply).parts, ')[0:63]'],
      level: LEVEL.atom,
    });
  }
  divS(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '÷', b, LEVEL.multiply));
  }
  divU(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '÷u', b, LEVEL.multiply));
  }
  remS(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '%', b, LEVEL.multiply));
  }
  divLongU(high: Expr, b: Expr): Expr {
    const dividend = {
      parts: ['(', ...at(termOf(high), LEVEL.unary), ' || 0^64)'],
      level: LEVEL.atom,
    };
    return expr(binary(dividend, '÷u', termOf(b), LEVEL.multiply));
  }
  remU(a: Expr, b: Expr): Expr {
    return expr(this.infix(a, '%u', b, LEVEL.multiply));
  }
  and(a: Expr, b: Expr): Expr {
    return expr(mixed(termOf(a), '&', termOf(b)));
  }
  or(a: Expr, b: Expr): Expr {
    return expr(mixed(termOf(a), '|', termOf(b)));
  }
  xor(a: Expr, b: Expr): Expr {
    return expr(mixed(termOf(a), '⊕', termOf(b)));
  }
  not(a: Expr): Expr {
    return expr({ parts: ['¬', ...at(termOf(a), LEVEL.unary)], level: LEVEL.unary });
  }
  shl(a: Expr, n: Expr): Expr {
    return expr(mixed(termOf(a), '<<', termOf(n)));
  }
  shrU(a: Expr, n: Expr): Expr {
    return expr(mixed(termOf(a), '>>', termOf(n)));
  }
  shrS(a: Expr, n: Expr): Expr {
    return expr(mixed(termOf(a), '>>s', termOf(n)));
  }
  rotl(a: Expr, n: Expr): Expr {
    return expr(call('ROTL64', termOf(a), termOf(n)));
  }
  clz(a: Expr): Expr {
    return expr(call('CLZ', termOf(a)));
  }
  ctz(a: Expr): Expr {
    return expr(call('CTZ', termOf(a)));
  }
  popcnt(a: Expr): Expr {
    return expr(call('POPCNT', termOf(a)));
  }
  exts(a: Expr, bits: 8 | 16 | 32): Expr {
    return expr(call('EXTS', lowBits(termOf(a), bits)));
  }
  extz(a: Expr, bits: 8 | 16 | 32): Expr {
    return expr(call('EXTZ', lowBits(termOf(a), bits)));
  }

  eq(a: Expr, b: Expr): Cond {
    return cond(this.infix(a, '=', b, LEVEL.compare));
  }
  ne(a: Expr, b: Expr): Cond {
    return cond(this.infix(a, '≠', b, LEVEL.compare));
  }
  ltS(a: Expr, b: Expr): Cond {
    return cond(this.infix(a, '<', b, LEVEL.compare));
  }
  ltU(a: Expr, b: Expr): Cond {
    return cond(this.infix(a, '<u', b, LEVEL.compare));
  }
  geU(a: Expr, b: Expr): Cond {
    return cond(this.infix(a, '≥u', b, LEVEL.compare));
  }
  both(a: Cond, b: Cond): Cond {
    return cond(mixed(termOf(a), '&', termOf(b)));
  }
  either(a: Cond, b: Cond): Cond {
    return cond(mixed(termOf(a), '|', termOf(b)));
  }
  negate(a: Cond): Cond {
    return cond({ parts: ['¬', ...at(termOf(a), LEVEL.unary)], level: LEVEL.unary });
  }
  asValue(c: Cond): Expr {
    return expr(termOf(c));
  }
  select(c: Cond, whenTrue: Expr, whenFalse: Expr): Expr {
    const [test, yes, no] = [c, whenTrue, whenFalse].map((each) => at(termOf(each), LEVEL.mixed));
    const parts = ['if ', ...(test ?? []), ' then ', ...(yes ?? []), ' else ', ...(no ?? [])];
    return expr({ parts, level: LEVEL.choice });
  }
}
