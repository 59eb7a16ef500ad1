// Addition, multiplication and multiply-add: all are target := ±(a × c ± b), exact before the one rounding
// (Power ISA v3.0B Book I 4.6.6). A sum is a × 1 + b; a product gets a zero of its own sign as addend.
import { FPSCR, ROUNDING } from '../isa/fpscr.ts';
import { type I32, type I64, i32, i64, select } from './emitter.ts';
import {
  any,
  BIAS,
  bits,
  CONTROL,
  floatFunction,
  INFINITY,
  isInfinite,
  isSpecial,
  isZero,
  n32,
  n64,
  returnFloat,
  roundingMode,
  signOf,
  unpack,
  when,
  ZERO,
} from './float-code.ts';
import { deliver, deliverInvalid, deliverNan, round } from './float-round.ts';
import type { Scope } from './scope.ts';

export const OPERANDS = { target: 'bool', a: 'i64', c: 'i64', b: 'i64', control: 'bool' } as const;

/** Infinities and NaNs. A NaN is taken from a, b, c in this order (4.3.2). */
export const multiplyAddSpecial = floatFunction(
  'fpMultiplyAddSpecial',
  OPERANDS,
  (scope, { target, a, c, b, control }) => {
    const { code } = scope;
    const zeroTimesInfinity = i32.or(
      i32.and(isInfinite(a), isZero(c)),
      i32.and(isZero(a), isInfinite(c)),
    );
    const found = scope.let32(when(zeroTimesInfinity, FPSCR.VXIMZ));
    deliverNan(scope, { target, control }, [a, b, c], found);
    code.if(found, () => deliverInvalid(scope, target, FPSCR.VXIMZ));
    code.set(b, i64.xor(b, subtraction(control)));
    const productSign = scope.let64(signOf(i64.xor(a, c)));
    const infiniteProduct = scope.let32(any(isInfinite(a), isInfinite(c)));
    const opposite = i64.ltS(i64.xor(productSign, b), ZERO);
    code.if(i32.and(i32.and(infiniteProduct, isInfinite(b)), opposite), () =>
      deliverInvalid(scope, target, FPSCR.VXISI),
    );
    const value = select(infiniteProduct, i64.or(productSign, n64(INFINITY)), b);
    returnFloat(scope, deliver, { target, value, control, found: n32(0) });
  },
);

/** The sign to add to the addend's. */
export function subtraction(control: I32): I64 {
  return i64.shl(i64.extendU(bits(control, CONTROL.subtract)), n64(61n));
}

/** target := ±(a × c ± b). The exact product and the addend are numbers of 128 bits with one exponent. */
export const multiplyAdd = floatFunction(
  'fpMultiplyAdd',
  OPERANDS,
  (scope, { target, a, c, b, control }) => {
    const { code } = scope;
    code.if(any(isSpecial(a), isSpecial(c), isSpecial(b)), () =>
      returnFloat(scope, multiplyAddSpecial, { target, a, c, b, control }),
    );
    code.set(b, i64.xor(b, subtraction(control)));
    const sign = scope.let64(signOf(i64.xor(a, c)));
    const opposite = scope.let32(i64.ltS(i64.xor(sign, b), ZERO));
    const [x, y, z] = [unpack(scope, a), unpack(scope, c), unpack(scope, b)];
    // Bit 125 of both has the weight 2 ** (exponent - BIAS): product 01.x or 1x.x, addend 1.x, room for a carry.
    const product = multiply(
      scope,
      i64.shl(x.significand, n64(10n)),
      i64.shl(y.significand, n64(10n)),
    );
    const exponent = scope.let64(i64.sub(i64.add(x.exponent, y.exponent), n64(BIAS - 1n)));
    const addend = { high: z.significand, low: scope.temp('i64') };
    code.set(addend.high, i64.shl(addend.high, n64(9n)));
    code.set(addend.low, ZERO);
    align(scope, product, addend, exponent, z.exponent);
    code.if(
      opposite,
      () => subtract(scope, product, addend, sign),
      () => add(scope, product, addend),
    );
    code.if(i64.eq(i64.or(product.high, product.low), ZERO), () => {
      const negative = select(
        opposite,
        i32.eq(roundingMode, n32(ROUNDING.down)),
        i64.ltS(sign, ZERO),
      );
      const value = i64.shl(i64.extendU(negative), n64(63n));
      returnFloat(scope, deliver, { target, value, control, found: n32(0) });
    });
    const significand = normalise(scope, product, exponent);
    returnFloat(scope, round, { target, sign, exponent, significand, control });
  },
);

/** A number of 128 bits in two locals. */
interface Wide {
  readonly high: I64;
  readonly low: I64;
}

/** The product of two numbers below 2 ** 63, from products of their halves. */
function multiply(scope: Scope, a: I64, b: I64): Wide {
  const lowHalf = (x: I64) => i64.and(x, n64(0xffff_ffffn));
  const highHalf = (x: I64) => i64.shrU(x, n64(32n));
  const [x, y] = [scope.let64(a), scope.let64(b)];
  const [xl, xh, yl, yh] = [lowHalf(x), highHalf(x), lowHalf(y), highHalf(y)].map(scope.let64) as [
    I64,
    I64,
    I64,
    I64,
  ];
  const t = scope.let64(i64.add(i64.mul(xh, yl), highHalf(i64.mul(xl, yl))));
  const u = scope.let64(i64.add(i64.mul(xl, yh), lowHalf(t)));
  const high = scope.let64(i64.add(i64.add(i64.mul(xh, yh), highHalf(t)), highHalf(u)));
  return { high, low: scope.let64(i64.mul(x, y)) };
}

/** Shifts the one with the lower exponent right; `exponent` becomes the common one. */
function align(scope: Scope, product: Wide, addend: Wide, exponent: I64, other: I64): void {
  const distance = scope.let64(i64.sub(exponent, other));
  scope.code.if(
    i64.ltS(distance, ZERO),
    () => {
      scope.code.set(exponent, other);
      shiftRight(scope, product, scope.let64(i64.sub(ZERO, distance)));
    },
    () => shiftRight(scope, addend, distance),
  );
}

/** Shifts right in place; the last bit becomes 1 when ones are lost. */
function shiftRight(scope: Scope, x: Wide, count: I64): void {
  const { code } = scope;
  const lost = scope.temp('i64');
  const by = (n: I64) => {
    const back = i64.sub(n64(64n), n);
    code.set(lost, i64.or(lost, i64.shl(x.low, back)));
    code.set(x.low, i64.or(i64.shrU(x.low, n), i64.shl(x.high, back)));
    code.set(x.high, i64.shrU(x.high, n));
  };
  code.set(lost, ZERO);
  code.if(i64.gtU(count, n64(63n)), () => {
    code.set(lost, x.low);
    code.set(x.low, x.high);
    code.set(x.high, ZERO);
    code.set(count, i64.sub(count, n64(64n)));
  });
  code.if(
    i64.gtU(count, n64(63n)),
    () => {
      code.set(lost, i64.or(lost, x.low));
      code.set(x.low, ZERO);
    },
    () => code.if(i64.ne(count, ZERO), () => by(count)),
  );
  code.set(x.low, i64.or(x.low, i64.extendU(i64.ne(lost, ZERO))));
}

function add({ code }: Scope, x: Wide, y: Wide): void {
  code.set(x.low, i64.add(x.low, y.low));
  const carry = i64.extendU(i64.ltU(x.low, y.low));
  code.set(x.high, i64.add(i64.add(x.high, y.high), carry));
}

/** x := |x - y|; the sign turns when y is larger. */
function subtract({ code }: Scope, x: Wide, y: Wide, sign: I64): void {
  const borrow = (a: I64, b: I64) => i64.extendU(i64.ltU(a, b));
  code.set(x.high, i64.sub(i64.sub(x.high, y.high), borrow(x.low, y.low)));
  code.set(x.low, i64.sub(x.low, y.low));
  code.if(i64.ltS(x.high, ZERO), () => {
    code.set(x.high, i64.sub(i64.sub(ZERO, x.high), i64.extendU(i64.ne(x.low, ZERO))));
    code.set(x.low, i64.sub(ZERO, x.low));
    code.set(sign, i64.xor(sign, n64(-(1n << 63n))));
  });
}

/** Shifts the leading one to bit 127, with its exponent; returns the upper half, its last bit 1 if more follows. */
function normalise(scope: Scope, x: Wide, exponent: I64): I64 {
  const { code } = scope;
  code.if(i64.eq(x.high, ZERO), () => {
    code.set(x.high, x.low);
    code.set(x.low, ZERO);
    code.set(exponent, i64.sub(exponent, n64(64n)));
  });
  const count = scope.let64(i64.clz(x.high));
  code.set(exponent, i64.add(i64.sub(exponent, count), n64(2n)));
  const upper = i64.or(
    i64.shl(x.high, count),
    i64.shrU(i64.shrU(x.low, n64(1n)), i64.sub(n64(63n), count)),
  );
  return scope.let64(i64.or(upper, i64.extendU(i64.ne(i64.shl(x.low, count), ZERO))));
}
