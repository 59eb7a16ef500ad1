// Bodies and small expressions that several rows share.
import type { Builder, Cond, Expr } from './builder.ts';

export type Sem = (b: Builder) => void;

export const MIN64 = 0x8000000000000000n;
export const ONES = 0xffffffffffffffffn;

/** Writes a result, and CR0 in the Rc=1 form. Rows write registers last: a target may be a source too. */
export function finish(b: Builder, target: 'RT' | 'RA', value: Expr): void {
  if (!b.flag('Rc')) {
    b.setReg(target, value);
    return;
  }
  const result = b.let('result', value);
  b.record(result);
  b.setReg(target, result);
}

/** Bit 0 (the sign) and bit 32 (the sign of the low word) of a value, in the manual's numbering. */
const signBits = (b: Builder, value: Expr): [Cond, Cond] => [
  b.ltS(value, b.const(0n)),
  b.ne(b.and(value, b.const(0x80000000n)), b.const(0n)),
];

/** Carries out of the whole sum of x, y and a carry in, and out of its low word. */
export function carriesOf(b: Builder, sum: Expr, x: Expr, y: Expr): [Cond, Cond] {
  return signBits(b, b.let('carries', b.or(b.and(x, y), b.and(b.or(x, y), b.not(sum)))));
}

/**
 * RT := sum, where sum = x + y + carry-in was computed by the row. Carries and overflows follow from the
 * addends at every bit position: carry = majority(x, y, not sum), overflow = both addends differ in sign
 * from the sum.
 */
export function finishSum(b: Builder, sum: Expr, x: Expr, y: Expr, setsCa = false): void {
  if (!setsCa && !b.flag('OE')) {
    finish(b, 'RT', sum);
    return;
  }
  const r = b.let('sum', sum);
  if (setsCa) {
    b.setCa(...carriesOf(b, r, x, y));
  }
  if (b.flag('OE')) {
    const overflows = b.let('overflows', b.and(b.xor(x, r), b.xor(y, r)));
    b.setOv(...signBits(b, overflows));
  }
  finish(b, 'RT', r);
}

/** Writes a product or quotient; a result of 32 or 64 bits overflows as a whole, so OV32 = OV. */
export function finishWithOverflow(b: Builder, value: Expr, overflow: () => Cond): void {
  if (!b.flag('OE')) {
    finish(b, 'RT', value);
    return;
  }
  const result = b.let('result', value);
  const ov = overflow();
  b.setOv(ov, ov);
  finish(b, 'RT', result);
}

export const SI = (b: Builder): Expr => b.imm('SI');
/** The whole value, where other forms take a word of it. */
export const whole = (_: Builder, value: Expr): Expr => value;
export const word = (b: Builder, value: Expr): Expr => b.extz(value, 32);
export const signedWord = (b: Builder, value: Expr): Expr => b.exts(value, 32);

/** The low word in both halves, as a rotate of 32 bits needs it. */
export const bothHalves = (b: Builder, value: Expr): Expr =>
  b.or(word(b, value), b.shl(value, b.const(32n)));

/** True when any bit of `mask` is 1 in the value. */
export const anyOf = (b: Builder, value: Expr, mask: bigint): Cond =>
  b.ne(b.and(value, b.const(mask)), b.const(0n));
