// The part of the semantics vocabulary that speaks of floating point (`b.fp` of builder.ts). Numbers are the 64 bits
// of format double, as an FPR holds them. Statements that compute round by FPSCR[RN], set the FPSCR's status and
// exception bits, copy FX FEX VX OX to CR1 in the Rc=1 form, and raise the interrupt of an enabled exception.
import type { Expr } from './builder.ts';

export type Precision = 'double' | 'single';

/**
 * 'madd' and kin are (a × c) ± b, rounded once; in 'nmadd' and 'nmsub' the rounded result is negated. 're' and 'rsqrte'
 * are the estimates of 1 ÷ b and of 1 ÷ the square root of b. 'round' is the value itself (frsp); 'fromSigned' and
 * 'fromUnsigned' take a doubleword integer.
 */
export type FloatOperator =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'sqrt'
  | 're'
  | 'rsqrte'
  | 'madd'
  | 'msub'
  | 'nmadd'
  | 'nmsub'
  | 'round'
  | 'fromSigned'
  | 'fromUnsigned';

/** The integers that conversions make. */
export interface IntegerFormat {
  readonly width: 32 | 64;
  readonly unsigned: boolean;
  /** Rounds toward zero, not by RN. */
  readonly truncate: boolean;
}

/** How frin, friz, frip and frim round; 'away' is to nearest, ties away from zero. */
export type IntegralMode = 'away' | 'zero' | 'up' | 'down';

export interface FloatBuilder {
  /** FPR selected by a register field. */
  reg(field: string): Expr;
  /** FPR := value; doubleword 1 of its VSR := 0 (undefined in the manual, 0 on POWER9). */
  setReg(field: string, value: Expr): void;
  /** DOUBLE(low word) and SINGLE(value) of the manual: single format in storage. */
  fromSingle(word: Expr): Expr;
  toSingle(value: Expr): Expr;
  /** FPR := the result of the operator on a, c, b in the precision; a fused one takes (a, c, b). */
  setResult(field: string, operator: FloatOperator, precision: Precision, ...of: Expr[]): void;
  /** FPR := the integer; a word is put in both halves (the upper one is undefined; POWER9 copies). */
  setInteger(field: string, value: Expr, format: IntegerFormat): void;
  /** FPR := the value rounded to an integral one. */
  setIntegral(field: string, value: Expr, mode: IntegralMode): void;
  /** CR field and FPCC := LT GT EQ FU; in the ordered form a quiet NaN is an invalid operation too. */
  compare(field: string, a: Expr, b: Expr, form: 'ordered' | 'unordered'): void;
  /** The 64-bit FPSCR. */
  status(): Expr;
  /** FPSCR := value, but for VX and FEX, which follow from the other bits, and reserved bits. */
  setStatus(value: Expr): void;
  /** CR1 := FX FEX VX OX (the Rc=1 forms of rows that use none of the statements above). */
  record(): void;
}
