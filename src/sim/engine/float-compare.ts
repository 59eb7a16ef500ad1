// Comparisons (Power ISA v3.0B Book I 4.6.8 Floating-Point Compare Instructions).
import { FPSCR } from '../isa/fpscr.ts';
import { type I64, i32, i64, select } from './emitter.ts';
import {
  any,
  bits,
  floatFunction,
  fpscr,
  isNan,
  isSignalling,
  magnitude,
  n32,
  returnFloat,
  when,
  ZERO,
} from './float-code.ts';
import { settle } from './float-round.ts';

/** A finite or infinite number as a signed integer in the same order; both zeros are 0. */
const order = (x: I64): I64 => select(i64.ltS(x, ZERO), i64.sub(ZERO, magnitude(x)), x);

/**
 * The CR field at arena address `field` and FPCC := how a compares with b. `ordered` is 1 when a quiet NaN is an
 * invalid operation too.
 */
export const compareFloat = floatFunction(
  'fpCompare',
  { field: 'bool', a: 'i64', b: 'i64', ordered: 'bool' },
  (scope, { field, a, b, ordered }) => {
    const { code } = scope;
    const result = scope.temp('bool');
    const found = scope.temp('bool');
    code.set(found, n32(0));
    const numbers = () => {
      const [x, y] = [scope.let64(order(a)), scope.let64(order(b))];
      const unequal = select(i64.ltS(x, y), n32(8), n32(4));
      code.set(result, select(i64.eq(x, y), n32(2), unequal));
    };
    const unordered = () => {
      code.set(result, n32(1));
      code.set(found, when(any(isSignalling(a), isSignalling(b)), FPSCR.VXSNAN));
      // After a signalling NaN only when invalid operations are disabled.
      const quiet = i32.or(i32.eqz(found), i32.eqz(bits(fpscr, FPSCR.VE)));
      code.set(found, i32.or(found, when(i32.and(ordered, quiet), FPSCR.VXVC)));
    };
    code.if(any(isNan(a), isNan(b)), unordered, numbers);
    code.store32(field, 0, result);
    const set = i32.or(found, i32.shl(result, n32(12)));
    returnFloat(scope, settle, { clear: n32(FPSCR.FPCC), set });
  },
);
