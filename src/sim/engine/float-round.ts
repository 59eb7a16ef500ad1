// The last steps of floating-point operations: rounding, exceptions, the target register, the FPSCR
// (Power ISA v3.0B Book I 4.3.6 Rounding, 4.4 Floating-Point Exceptions).
import {
  ENABLES,
  EXCEPTIONS,
  FPSCR,
  ROUNDING,
  SUMMARIES,
  TO_ENABLES,
  VX_CAUSES,
} from '../isa/fpscr.ts';
import { type I32, type I64, i32, i64, select } from './emitter.ts';
import {
  any,
  BIAS,
  bits,
  CONTROL,
  callFloat,
  DEFAULT_NAN,
  floatFunction,
  fpscr,
  INFINITY,
  isNan,
  isSignalling,
  LARGEST,
  LEADING,
  magnitude,
  n32,
  n64,
  QUIET,
  returnFloat,
  roundingMode,
  SIGN,
  signOf,
  when,
  ZERO,
} from './float-code.ts';
import { LOCAL } from './frame.ts';
import { THREAD } from './layout.ts';
import type { Scope } from './scope.ts';

const { base } = LOCAL;

/**
 * Clears and sets bits of the FPSCR; FX, VX and FEX follow (4.2.2). Returns not 0 when `set` has an exception that is
 * enabled.
 */
export const settle = floatFunction(
  'fpSettle',
  { clear: 'bool', set: 'bool' },
  (scope, { clear, set }) => {
    const old = scope.let32(fpscr);
    const fresh = bits(i32.and(set, not(old)), EXCEPTIONS);
    const word = scope.let32(i32.or(i32.or(i32.and(old, not(clear)), set), when(fresh, FPSCR.FX)));
    writeStatus(scope, word);
    scope.code.emit(enabled(i32.or(set, summary(set)), word));
  },
);

/** Replaces the low word of the FPSCR but for VX and FEX, which follow. Returns FEX. */
export const setStatus = floatFunction('fpSetStatus', { word: 'bool' }, (scope, { word }) => {
  writeStatus(scope, word);
  scope.code.emit(bits(word, FPSCR.FEX));
});

function writeStatus({ code }: Scope, word: I32): void {
  code.set(word, i32.or(bits(word, ~SUMMARIES), summary(word)));
  code.set(word, i32.or(word, when(enabled(word, word), FPSCR.FEX)));
  code.store32(base, THREAD.fpscr, word);
}

/** VX, as it follows from its causes. */
const summary = (word: I32): I32 => when(bits(word, VX_CAUSES), FPSCR.VX);
/** The exceptions of one word that another enables, in the places of the enable bits. */
const enabled = (exceptions: I32, enables: I32): I32 =>
  bits(i32.and(i32.shrU(exceptions, n32(TO_ENABLES)), enables), ENABLES);

const not = (a: I32): I32 => i32.xor(a, n32(-1));

/** FR and FI. */
export const ROUNDED = FPSCR.FR | FPSCR.FI;

/**
 * Ends an operation: `value`, negated if `control` says so, goes to the register at `target` and its class to FPRF,
 * unless an enabled exception among `found` forbids it (4.4.1.2, 4.4.2.2). `found` may hold FR and FI.
 */
export const deliver = floatFunction(
  'fpDeliver',
  { target: 'bool', value: 'i64', control: 'bool', found: 'bool' },
  (scope, { target, value, control, found }) => {
    const { code } = scope;
    const invalid = i32.and(truth(bits(found, VX_CAUSES)), truth(bits(fpscr, FPSCR.VE)));
    const divided = i32.and(truth(bits(found, FPSCR.ZX)), truth(bits(fpscr, FPSCR.ZE)));
    code.if(i32.or(invalid, divided), () =>
      returnFloat(scope, settle, { clear: n32(ROUNDED), set: found }),
    );
    const negation = i64.shl(i64.extendU(bits(control, CONTROL.negate)), n64(62n));
    const result = scope.let64(i64.xor(value, negation));
    writeTarget(scope, target, result);
    const set = i32.or(found, classOf(result, control));
    returnFloat(scope, settle, { clear: n32(ROUNDED | FPSCR.FPRF), set });
  },
);

const truth = (a: I32): I32 => i32.ne(a, n32(0));

/** Doubleword 0 of the register := value, doubleword 1 := 0 (undefined in the manual, 0 on POWER9). */
export function writeTarget(scope: Scope, target: I32, value: I64): void {
  scope.code.store64(8, target, 8, value);
  scope.code.store64(8, target, 0, ZERO);
}

/** Bits of FPRF: 4.2.2, "Floating-Point Result Flags". A denormal is one in the precision of the operation. */
export const CLASS = {
  C: 0x1_0000,
  less: 0x8000,
  greater: 0x4000,
  equal: 0x2000,
  unordered: 0x1000,
} as const;
const LEAST_NORMAL_SINGLE = (BIAS - 126n) << 52n;

function classOf(value: I64, control: I32): I32 {
  const size = magnitude(value);
  const negative = i64.ltS(value, ZERO);
  const signed = select(negative, n32(CLASS.less), n32(CLASS.greater));
  const single = bits(control, CONTROL.single);
  const least = select(single, n64(LEAST_NORMAL_SINGLE), n64(LEADING));
  const finite = i32.or(signed, when(i64.ltU(size, least), CLASS.C));
  const infinite = i32.or(signed, n32(CLASS.unordered));
  const zero = i32.or(n32(CLASS.equal), when(negative, CLASS.C));
  const nan = n32(CLASS.C | CLASS.unordered);
  const number = select(i64.eq(size, n64(INFINITY)), infinite, finite);
  const other = select(i64.eq(size, ZERO), zero, number);
  return select(i64.gtU(size, n64(INFINITY)), nan, other);
}

/** Gives an invalid operation's default result. */
export function deliverInvalid(scope: Scope, target: I32, cause: number): void {
  const control = n32(0);
  returnFloat(scope, deliver, { target, value: n64(DEFAULT_NAN), control, found: n32(cause) });
}

/** Gives the first NaN among the operands, made quiet, when there is one; `found` are exceptions so far (4.3.2). */
export function deliverNan(
  scope: Scope,
  { target, control }: { target: I32; control: I32 },
  operands: readonly I64[],
  found: I32,
): void {
  scope.code.if(any(...operands.map(isNan)), () => {
    const last = operands.at(-1) as I64;
    const first = operands.slice(0, -1).reduceRight((rest, x) => select(isNan(x), x, rest), last);
    const kept = select(bits(control, CONTROL.shorten), n64(-(1n << 29n)), n64(-1n));
    returnFloat(scope, deliver, {
      target,
      value: i64.or(i64.and(first, kept), n64(QUIET)),
      control: n32(0),
      found: i32.or(found, when(any(...operands.map(isSignalling)), FPSCR.VXSNAN)),
    });
  });
}

/**
 * 1 if rounding adds 1 to the magnitude `whole`, of which `fraction` (as 64 bits behind the point, the last one 1
 * when anything follows) is cut off, else 0. `mode` is one of ROUNDING; bit 63 of `sign` is the sign.
 */
export const roundsUp = floatFunction(
  'fpRoundsUp',
  { mode: 'bool', sign: 'i64', whole: 'i64', fraction: 'i64' },
  (scope, { mode, sign, whole, fraction }) => {
    const { code } = scope;
    const half = SIGN;
    const odd = i32.and(i32.wrap(whole), n32(1));
    const tie = i64.eq(fraction, half);
    code.if(i32.eqz(mode), () => code.return(i32.or(i64.gtU(fraction, half), i32.and(tie, odd))));
    code.if(i32.eq(mode, n32(ROUNDING.away)), () => code.return(i64.geU(fraction, half)));
    const outward = select(i64.ltS(sign, ZERO), n32(ROUNDING.down), n32(ROUNDING.up));
    code.emit(i32.and(i32.eq(mode, outward), i64.ne(fraction, ZERO)));
  },
);

/**
 * Rounds (sign, exponent, significand), not zero, to the precision that `control` names and delivers it. The
 * significand is 1.63 bits, the last one 1 when anything follows. Overflow and underflow as 4.4.3 and 4.4.4; results
 * are tiny before rounding. MODEL: FPSCR[NI] changes nothing; FR after a disabled overflow, which is undefined, is that
 * of the rounding.
 */
export const round = floatFunction(
  'fpRound',
  { target: 'bool', sign: 'i64', exponent: 'i64', significand: 'i64', control: 'bool' },
  (scope, { target, sign, exponent, significand, control }) => {
    const { code } = scope;
    const single = scope.let32(bits(control, CONTROL.single));
    const found = scope.temp('bool');
    const tiny = scope.temp('bool');
    const bySingle = (yes: bigint, no: bigint) => select(single, n64(yes), n64(no));
    const least = scope.let64(bySingle(BIAS - 126n, 1n));
    code.set(found, n32(0));
    const adjust = bySingle(192n, 1536n);
    code.set(tiny, i64.ltS(exponent, least));
    code.if(tiny, () => underflow(scope, { exponent, significand, found, tiny, least, adjust }));

    const cut = scope.let64(bySingle(40n, 11n));
    const whole = scope.let64(i64.shrU(significand, cut));
    const fraction = scope.let64(i64.shl(significand, i64.sub(n64(64n), cut)));
    code.if(i64.ne(fraction, ZERO), () => {
      const up = callFloat(scope, roundsUp, { mode: roundingMode, sign, whole, fraction });
      code.set(whole, i64.add(whole, i64.extendU(up)));
      const bitsFound = i32.or(n32(FPSCR.XX | FPSCR.FI), when(up, FPSCR.FR));
      code.set(found, i32.or(i32.or(found, bitsFound), when(tiny, FPSCR.UX)));
    });
    code.if(single, () => widen(scope, whole, exponent));
    overflow(scope, { target, sign, exponent, whole, control, found, single, adjust });
    // A significand that was rounded up to 2 carries into the exponent; one below 1 is a denormal.
    const packed = i64.add(i64.shl(i64.sub(exponent, n64(1n)), n64(52n)), whole);
    const value = i64.or(magnitude(packed), sign);
    returnFloat(scope, deliver, { target, value, control, found });
  },
);

/** Enabled: the exponent is adjusted (4.4.4.2). Disabled: denormalised. */
function underflow(
  { code }: Scope,
  v: { exponent: I64; significand: I64; found: I32; tiny: I32; least: I64; adjust: I64 },
): void {
  code.if(
    bits(fpscr, FPSCR.UE),
    () => {
      code.set(v.exponent, i64.add(v.exponent, v.adjust));
      code.set(v.found, n32(FPSCR.UX));
    },
    () => {
      const shift = i64.sub(v.least, v.exponent);
      const lost = i64.ne(i64.shl(v.significand, i64.sub(n64(64n), shift)), ZERO);
      const shifted = i64.or(i64.shrU(v.significand, shift), i64.extendU(lost));
      code.set(v.significand, select(i64.gtU(shift, n64(63n)), n64(1n), shifted));
      code.set(v.exponent, v.least);
    },
  );
}

/** A single significand in double format: normalised, because a denormal single is a normal double. */
function widen({ code }: Scope, whole: I64, exponent: I64): void {
  code.set(whole, i64.shl(whole, n64(29n)));
  code.if(i64.ltU(whole, n64(LEADING)), () =>
    code.if(
      i64.eq(whole, ZERO),
      () => code.set(exponent, n64(1n)),
      () => {
        const shift = i64.sub(i64.clz(whole), n64(11n));
        code.set(exponent, i64.sub(exponent, shift));
        code.set(whole, i64.shl(whole, shift));
      },
    ),
  );
}

/** Enabled: the exponent is adjusted (4.4.3.2). Disabled: delivers infinity or the largest number (4.4.3.3). */
function overflow(
  scope: Scope,
  v: {
    target: I32;
    sign: I64;
    exponent: I64;
    whole: I64;
    control: I32;
    found: I32;
    single: I32;
    adjust: I64;
  },
): void {
  const { code } = scope;
  const rounded = i64.add(v.exponent, i64.shrU(v.whole, n64(53n)));
  const greatest = select(v.single, n64(BIAS + 127n), n64(2n * BIAS));
  const saturate = () => {
    const largest = select(v.single, n64(LARGEST_SINGLE), n64(LARGEST));
    const outward = select(i64.ltS(v.sign, ZERO), n32(ROUNDING.down), n32(ROUNDING.up));
    const infinite = i32.or(i32.eqz(roundingMode), i32.eq(roundingMode, outward));
    returnFloat(scope, deliver, {
      target: v.target,
      value: i64.or(select(infinite, n64(INFINITY), largest), signOf(v.sign)),
      control: v.control,
      found: i32.or(v.found, n32(FPSCR.OX | FPSCR.XX | FPSCR.FI)),
    });
  };
  code.if(i64.gtS(rounded, greatest), () => {
    code.if(i32.eqz(bits(fpscr, FPSCR.OE)), saturate);
    code.set(v.exponent, i64.sub(v.exponent, v.adjust));
    code.set(v.found, i32.or(v.found, n32(FPSCR.OX)));
  });
}

const LARGEST_SINGLE = 0x47ef_ffff_e000_0000n;
