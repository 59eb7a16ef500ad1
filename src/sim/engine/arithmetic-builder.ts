// The pure operations of the semantics vocabulary (isa/builder.ts) as WebAssembly expressions.
import type { Cond, Expr } from '../isa/builder.ts';
import { type I32, type I64, i32, i64, i64Const, select } from './emitter.ts';
import type { Scope } from './scope.ts';

export const i64Of = (value: Expr) => value as I64;
export const boolOf = (value: Cond) => value as I32;
const ZERO = i64Const(0n);

export abstract class ArithmeticBuilder {
  protected readonly scope: Scope;

  constructor(scope: Scope) {
    this.scope = scope;
  }

  // --- arithmetic and logic

  add(a: Expr, b: Expr): I64 {
    return i64.add(i64Of(a), i64Of(b));
  }
  sub(a: Expr, b: Expr): I64 {
    return i64.sub(i64Of(a), i64Of(b));
  }
  mul(a: Expr, b: Expr): I64 {
    return i64.mul(i64Of(a), i64Of(b));
  }
  divS(a: Expr, b: Expr): I64 {
    return i64.divS(i64Of(a), i64Of(b));
  }
  divU(a: Expr, b: Expr): I64 {
    return i64.divU(i64Of(a), i64Of(b));
  }
  remS(a: Expr, b: Expr): I64 {
    return i64.remS(i64Of(a), i64Of(b));
  }
  remU(a: Expr, b: Expr): I64 {
    return i64.remU(i64Of(a), i64Of(b));
  }
  and(a: Expr, b: Expr): I64 {
    return i64.and(i64Of(a), i64Of(b));
  }
  or(a: Expr, b: Expr): I64 {
    return i64.or(i64Of(a), i64Of(b));
  }
  xor(a: Expr, b: Expr): I64 {
    return i64.xor(i64Of(a), i64Of(b));
  }
  not(a: Expr): I64 {
    return i64.xor(i64Of(a), i64Const(-1n));
  }
  shl(a: Expr, n: Expr): I64 {
    return i64.shl(i64Of(a), i64Of(n));
  }
  shrU(a: Expr, n: Expr): I64 {
    return i64.shrU(i64Of(a), i64Of(n));
  }
  shrS(a: Expr, n: Expr): I64 {
    return i64.shrS(i64Of(a), i64Of(n));
  }
  rotl(a: Expr, n: Expr): I64 {
    return i64.rotl(i64Of(a), i64Of(n));
  }
  clz(a: Expr): I64 {
    return i64.clz(i64Of(a));
  }
  ctz(a: Expr): I64 {
    return i64.ctz(i64Of(a));
  }
  popcnt(a: Expr): I64 {
    return i64.popcnt(i64Of(a));
  }

  /** Schoolbook multiplication of 32-bit halves: WebAssembly has no 128-bit product. */
  mulHighU(a: Expr, b: Expr): I64 {
    const low = (x: I64) => i64.and(x, i64Const(0xffff_ffffn));
    const high = (x: I64) => i64.shrU(x, i64Const(32n));
    const keep = (x: I64) => this.scope.let64(x);
    const [x, y] = [keep(i64Of(a)), keep(i64Of(b))];
    const [xl, xh, yl, yh] = [keep(low(x)), keep(high(x)), keep(low(y)), keep(high(y))];
    const t = keep(i64.add(i64.mul(xh, yl), high(i64.mul(xl, yl))));
    const u = i64.add(i64.mul(xl, yh), low(t));
    return keep(i64.add(i64.add(i64.mul(xh, yh), high(t)), high(u)));
  }
  mulHighS(a: Expr, b: Expr): I64 {
    const [x, y] = [this.scope.let64(i64Of(a)), this.scope.let64(i64Of(b))];
    const ifNegative = (sign: I64, value: I64) => i64.and(i64.shrS(sign, i64Const(63n)), value);
    return i64.sub(i64.sub(this.mulHighU(x, y), ifNegative(x, y)), ifNegative(y, x));
  }
  /**
   * Long division by two digits of 32 bits (Knuth's algorithm D): each digit is estimated from the divisor's upper
   * half, and is at most 2 too big then. WebAssembly has no 128-bit dividend.
   */
  divLongU(high: Expr, b: Expr): I64 {
    const keep = (x: I64) => this.scope.let64(x);
    const by = keep(i64Of(b));
    const normal = keep(i64.clz(by));
    const divisor = keep(i64.shl(by, normal));
    const upper = keep(i64.shrU(divisor, i64Const(32n)));
    const lower = keep(i64.and(divisor, i64Const(0xffff_ffffn)));
    const shifted = (x: I64) => i64.shl(x, i64Const(32n));
    const digit = (rest: I64): I64 => {
      let q = keep(i64.divU(rest, upper));
      let left = keep(i64.sub(rest, i64.mul(q, upper)));
      for (let i = 0; i < 2; i++) {
        const tooBig = i32.or(
          i64.ne(i64.shrU(q, i64Const(32n)), ZERO),
          i64.gtU(i64.mul(q, lower), shifted(left)),
        );
        const wrong = keep(
          i64.extendU(i32.and(tooBig, i64.eq(i64.shrU(left, i64Const(32n)), ZERO))),
        );
        q = keep(i64.sub(q, wrong));
        left = keep(i64.add(left, i64.mul(wrong, upper)));
      }
      return q;
    };
    const rest = keep(i64.shl(i64Of(high), normal));
    const first = digit(rest);
    const second = digit(keep(i64.sub(shifted(rest), i64.mul(first, divisor))));
    return i64.add(shifted(first), second);
  }
  exts(a: Expr, bits: 8 | 16 | 32): I64 {
    const value = i64Of(a);
    return bits === 8
      ? i64.extend8(value)
      : bits === 16
        ? i64.extend16(value)
        : i64.extend32(value);
  }
  extz(a: Expr, bits: 8 | 16 | 32): I64 {
    return i64.and(i64Of(a), i64Const((1n << BigInt(bits)) - 1n));
  }

  // --- truth values

  eq(a: Expr, b: Expr): I32 {
    return i64.eq(i64Of(a), i64Of(b));
  }
  ne(a: Expr, b: Expr): I32 {
    return i64.ne(i64Of(a), i64Of(b));
  }
  ltS(a: Expr, b: Expr): I32 {
    return i64.ltS(i64Of(a), i64Of(b));
  }
  ltU(a: Expr, b: Expr): I32 {
    return i64.ltU(i64Of(a), i64Of(b));
  }
  geU(a: Expr, b: Expr): I32 {
    return i64.geU(i64Of(a), i64Of(b));
  }
  both(a: Cond, b: Cond): I32 {
    return i32.and(boolOf(a), boolOf(b));
  }
  either(a: Cond, b: Cond): I32 {
    return i32.or(boolOf(a), boolOf(b));
  }
  negate(a: Cond): I32 {
    return i32.eqz(boolOf(a));
  }
  asValue(c: Cond): I64 {
    return i64.extendU(boolOf(c));
  }
  select(c: Cond, whenTrue: Expr, whenFalse: Expr): I64 {
    return select(boolOf(c), i64Of(whenTrue), i64Of(whenFalse));
  }
}
