// Division, square root and the estimates (Power ISA v3.0B Book I 4.6.6). The host's division and square root of
// numbers between 1 and 4 are correctly rounded to 53 bits; an exact remainder then tells on which side of that
// result the true one lies, which is all that any other rounding needs.
import { FPSCR } from '../isa/fpscr.ts';
import { f64, type I32, type I64, i32, i64, type Node, select } from './emitter.ts';
import {
  any,
  BIAS,
  bits,
  CONTROL,
  exponentOf,
  FRACTION,
  floatFunction,
  INFINITY,
  isInfinite,
  isSpecial,
  isZero,
  LEADING,
  n32,
  n64,
  ONE,
  returnFloat,
  signOf,
  unpack,
  ZERO,
} from './float-code.ts';
import { deliver, deliverInvalid, deliverNan, round } from './float-round.ts';
import type { Scope } from './scope.ts';

const NOTHING = n32(0);
const ODD = n64(1n);

/** A significand of 53 bits as a number of format double in [1, 2) or, with `odd` = 1, [2, 4). */
function asDouble(significand: I64, odd: I64): I64 {
  const exponent = i64.shl(i64.add(n64(BIAS), odd), n64(52n));
  return i64.or(i64.and(significand, n64(FRACTION)), exponent);
}

/** Significand of a double as 1.63 bits, one more or less in the last place by the sign of the remainder. */
function sticky(scope: Scope, root: I64, remainder: I64): I64 {
  const above = i64.extendU(i64.gtS(remainder, ZERO));
  const below = i64.extendU(i64.ltS(remainder, ZERO));
  return scope.let64(i64.sub(i64.add(i64.shl(root, n64(11n)), above), below));
}

const significandOf = (x: I64): I64 => i64.or(i64.and(x, n64(FRACTION)), n64(LEADING));

/** target := a ÷ b. */
export const divide = floatFunction(
  'fpDivide',
  { target: 'bool', a: 'i64', b: 'i64', control: 'bool' },
  (scope, { target, a, b, control }) => {
    const { code } = scope;
    const sign = scope.let64(signOf(i64.xor(a, b)));
    code.if(any(isSpecial(a), isSpecial(b), isZero(a), isZero(b)), () =>
      divideSpecial(scope, { target, a, b, sign, control }),
    );
    const [x, y] = [unpack(scope, a), unpack(scope, b)];
    const quotient = scope.let64(
      f64.bits(
        f64.div(f64.of(asDouble(x.significand, ZERO)), f64.of(asDouble(y.significand, ZERO))),
      ),
    );
    const below1 = scope.let64(i64.extendU(i64.ltU(quotient, n64(ONE))));
    const q = scope.let64(significandOf(quotient));
    // Exact, because it is smaller than b: the upper bits cancel.
    const scaled = i64.shl(x.significand, i64.add(n64(52n), below1));
    const remainder = scope.let64(i64.sub(scaled, i64.mul(q, y.significand)));
    const exponent = i64.sub(i64.add(i64.sub(x.exponent, y.exponent), n64(BIAS)), below1);
    const significand = sticky(scope, q, remainder);
    returnFloat(scope, round, { target, sign, exponent, significand, control });
  },
);

/** Returns the quotient of operands at least one of which is a zero, an infinity or a NaN. */
function divideSpecial(
  scope: Scope,
  { target, a, b, sign, control }: { target: I32; a: I64; b: I64; sign: I64; control: I32 },
): void {
  const { code } = scope;
  const give = (size: bigint, found: number) =>
    returnFloat(scope, deliver, {
      target,
      value: i64.or(sign, n64(size)),
      control,
      found: n32(found),
    });
  deliverNan(scope, { target, control }, [a, b], NOTHING);
  code.if(i32.and(isInfinite(a), isInfinite(b)), () => deliverInvalid(scope, target, FPSCR.VXIDI));
  code.if(i32.and(isZero(a), isZero(b)), () => deliverInvalid(scope, target, FPSCR.VXZDZ));
  code.if(isInfinite(a), () => give(INFINITY, 0));
  code.if(isZero(b), () => give(INFINITY, FPSCR.ZX));
  give(0n, 0);
}

/** target := the square root of b. */
export const squareRoot = floatFunction(
  'fpSquareRoot',
  { target: 'bool', b: 'i64', control: 'bool' },
  (scope, { target, b, control }) => {
    const { code } = scope;
    deliverNan(scope, { target, control }, [b], NOTHING);
    code.if(isZero(b), () =>
      returnFloat(scope, deliver, { target, value: b, control, found: NOTHING }),
    );
    code.if(i64.ltS(b, ZERO), () => deliverInvalid(scope, target, FPSCR.VXSQRT));
    code.if(isInfinite(b), () =>
      returnFloat(scope, deliver, { target, value: b, control, found: NOTHING }),
    );
    const x = unpack(scope, b);
    const power = scope.let64(i64.sub(x.exponent, n64(BIAS)));
    const odd = scope.let64(i64.and(power, ODD));
    const root = scope.let64(f64.bits(f64.sqrt(f64.of(asDouble(x.significand, odd)))));
    const r = scope.let64(significandOf(root));
    const scaled = i64.shl(x.significand, i64.add(n64(52n), odd));
    const remainder = scope.let64(i64.sub(scaled, i64.mul(r, r)));
    const exponent = i64.add(n64(BIAS), i64.shrS(power, n64(1n)));
    const significand = sticky(scope, r, remainder);
    returnFloat(scope, round, { target, sign: ZERO, exponent, significand, control });
  },
);

/**
 * target := about 1 ÷ b, or 1 ÷ the square root of b. MODEL: correct to the last bits, which is more than the manual
 * asks (1/256, 1/32) and than POWER9 gives; like there, RN has no influence and a result in range is not inexact.
 */
export const estimate = floatFunction(
  'fpEstimate',
  { target: 'bool', b: 'i64', control: 'bool' },
  (scope, { target, b, control }) => {
    const { code } = scope;
    const sign = scope.let64(signOf(b));
    const give = (size: bigint, found: number) =>
      returnFloat(scope, deliver, {
        target,
        value: i64.or(sign, n64(size)),
        control,
        found: n32(found),
      });
    const root = scope.let32(bits(control, CONTROL.root));
    deliverNan(scope, { target, control }, [b], NOTHING);
    code.if(isZero(b), () => give(INFINITY, FPSCR.ZX));
    code.if(i32.and(i32.ne(root, NOTHING), i64.ltS(b, ZERO)), () =>
      deliverInvalid(scope, target, FPSCR.VXSQRT),
    );
    code.if(isInfinite(b), () => give(0n, 0));
    const x = unpack(scope, b);
    const power = scope.let64(i64.sub(x.exponent, n64(BIAS)));
    const odd = select(root, i64.and(power, ODD), ZERO);
    const scaled = f64.of(scope.let64(asDouble(x.significand, odd)));
    const inverse = (y: Node<'f64'>) => f64.div(f64.of(n64(ONE)), y);
    const precise = scope.let64(f64.bits(select(root, inverse(f64.sqrt(scaled)), inverse(scaled))));
    const short = f64.bits(f64.toSingle(f64.of(precise)));
    const value = scope.let64(select(bits(control, CONTROL.single), short, precise));
    const halved = select(root, i64.shrS(power, n64(1n)), power);
    const exponent = i64.sub(exponentOf(value), halved);
    const significand = i64.shl(significandOf(value), n64(11n));
    returnFloat(scope, round, { target, sign, exponent, significand, control });
  },
);
