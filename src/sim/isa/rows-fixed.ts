// Power ISA v3.0B Book I 3.3.9: fixed-point arithmetic instructions.
import type { Builder, Cond, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import {
  bothHalves,
  carriesOf,
  finish,
  finishSum,
  finishWithOverflow,
  MIN64,
  ONES,
  type Sem,
  SI,
  signedWord,
  whole,
  word,
} from './semantics.ts';

const addImmediate =
  (right: (b: Builder) => Expr, record: boolean): Sem =>
  (b) => {
    const sum = b.let('sum', b.add(b.reg('RA'), right(b)));
    if (record) b.record(sum);
    finishSum(b, sum, b.reg('RA'), right(b), true);
  };

/** x + y + CA, the body of the extended additions. */
function addExtended(b: Builder, x: Expr, y: Expr): void {
  finishSum(b, b.add(b.add(x, y), b.ca()), x, y, true);
}

const mulHighWord =
  (extend: (b: Builder, value: Expr) => Expr): Sem =>
  (b) => {
    const product = b.mul(extend(b, b.reg('RA')), extend(b, b.reg('RB')));
    const high = b.let('high', b.shrU(product, b.const(32n)));
    // POWER9 puts the word in both halves; the manual leaves the upper half undefined.
    finish(b, 'RT', bothHalves(b, high));
  };

/** Divisor and whether the quotient is undefined; then the result is 0 and the operation uses divisor 1. */
function safeDivisor(b: Builder, dividend: Expr, divisor: Expr, signed: boolean) {
  const zero = b.eq(divisor, b.const(0n));
  const tooBig = () => b.both(b.eq(dividend, b.const(MIN64)), b.eq(divisor, b.const(ONES)));
  const undefinedResult = b.let('undefined', b.asValue(signed ? b.either(zero, tooBig()) : zero));
  const bad: Cond = b.ne(undefinedResult, b.const(0n));
  return { bad, by: b.select(bad, b.const(1n), divisor) };
}

const divide =
  (signed: boolean): Sem =>
  (b) => {
    const { bad, by } = safeDivisor(b, b.reg('RA'), b.reg('RB'), signed);
    const quotient = signed ? b.divS(b.reg('RA'), by) : b.divU(b.reg('RA'), by);
    finishWithOverflow(b, b.select(bad, b.const(0n), quotient), () => bad);
  };

/** Word division; the extended forms (divwe) append 32 zeros to the dividend. Clears the upper half. */
const divideWord =
  (signed: boolean, extended: boolean): Sem =>
  (b) => {
    const extend = signed ? signedWord : word;
    const ra = extended ? b.shl(b.reg('RA'), b.const(32n)) : extend(b, b.reg('RA'));
    const dividend = b.let('dividend', ra);
    const { bad, by } = safeDivisor(b, dividend, extend(b, b.reg('RB')), signed);
    const quotient = b.let('quotient', signed ? b.divS(dividend, by) : b.divU(dividend, by));
    const overflow = b.either(bad, b.ne(quotient, extend(b, quotient)));
    finishWithOverflow(b, b.select(overflow, b.const(0n), word(b, quotient)), () => overflow);
  };

/** Doubleword division of RA followed by 64 zeros, by magnitudes: a quotient of 64 bits exists if |RA| < |RB|. */
const divideExtended =
  (signed: boolean): Sem =>
  (b) => {
    const magnitude = (x: Expr) =>
      signed ? b.select(b.ltS(x, b.const(0n)), b.sub(b.const(0n), x), x) : x;
    const high = b.let('high', magnitude(b.reg('RA')));
    const divisor = b.let('divisor', magnitude(b.reg('RB')));
    const fits = b.ltU(high, divisor);
    const quotient = b.let(
      'quotient',
      b.divLongU(b.select(fits, high, b.const(0n)), b.select(fits, divisor, b.const(1n))),
    );
    const sign = b.let('sign', b.shrS(b.xor(b.reg('RA'), b.reg('RB')), b.const(63n)));
    const result = b.let('result', signed ? b.sub(b.xor(quotient, sign), sign) : quotient);
    const wrongSign = b.both(b.ltS(b.xor(result, sign), b.const(0n)), b.ne(result, b.const(0n)));
    const overflow = signed ? b.either(b.negate(fits), wrongSign) : b.negate(fits);
    finishWithOverflow(b, b.select(overflow, b.const(0n), result), () => overflow);
  };

/** Upper half of RA × RB + RC. */
const multiplyAddHigh =
  (signed: boolean): Sem =>
  (b) => {
    const [x, y, z] = [b.reg('RA'), b.reg('RB'), b.reg('RC')];
    const low = b.let('low', b.add(b.mul(x, y), z));
    const carry = b.asValue(b.ltU(low, z));
    const high = signed ? b.add(b.mulHighS(x, y), b.shrS(z, b.const(63n))) : b.mulHighU(x, y);
    b.setReg('RT', b.add(high, carry));
  };

/** addex: OV is carry in and carry out; SO stays. */
const addWithOverflowAsCarry: Sem = (b) => {
  const [x, y] = [b.reg('RA'), b.reg('RB')];
  const ov = b.and(b.shrU(b.xer(), b.const(30n)), b.const(1n));
  const sum = b.let('sum', b.add(b.add(x, y), ov));
  b.setOv(...carriesOf(b, sum, x, y), 'kept');
  b.setReg('RT', sum);
};

const modulo =
  (signed: boolean, extend: (b: Builder, value: Expr) => Expr): Sem =>
  (b) => {
    const dividend = b.let('dividend', extend(b, b.reg('RA')));
    const { bad, by } = safeDivisor(b, dividend, extend(b, b.reg('RB')), signed);
    const rest = signed ? b.remS(dividend, by) : b.remU(dividend, by);
    b.setReg('RT', b.select(bad, b.const(0n), rest));
  };

const arithmetic = chapter('Book I 3.3.9 Fixed-Point Arithmetic Instructions');
const P206 = { since: '2.06' } as const;
const V30 = { since: '3.0' } as const;

export const FIXED_ROWS: readonly Row[] = [
  arithmetic('addi', 'D', '001110 {RT} {RA} {SI}', 'RT,RA0,SI', (b) =>
    b.setReg('RT', b.add(b.regOr0('RA'), b.imm('SI'))),
  ),
  arithmetic('addis', 'D', '001111 {RT} {RA} {SI}', 'RT,RA0,SIS', (b) =>
    b.setReg('RT', b.add(b.regOr0('RA'), b.shl(b.imm('SI'), b.const(16n)))),
  ),
  arithmetic(
    'addpcis',
    'DX',
    '010011 {RT} {DX:5} {DX:10} 00010 {DX:1}',
    'RT,DX',
    (b) => b.setReg('RT', b.add(b.add(b.cia(), b.const(4n)), b.shl(b.imm('DX'), b.const(16n)))),
    V30,
  ),
  arithmetic('addic', 'D', '001100 {RT} {RA} {SI}', 'RT,RA,SI', addImmediate(SI, false)),
  arithmetic('addic.', 'D', '001101 {RT} {RA} {SI}', 'RT,RA,SI', addImmediate(SI, true)),
  arithmetic('subfic', 'D', '001000 {RT} {RA} {SI}', 'RT,RA,SI', (b) =>
    finishSum(b, b.sub(b.imm('SI'), b.reg('RA')), b.not(b.reg('RA')), b.imm('SI'), true),
  ),
  arithmetic('mulli', 'D', '000111 {RT} {RA} {SI}', 'RT,RA,SI', (b) =>
    b.setReg('RT', b.mul(b.reg('RA'), b.imm('SI'))),
  ),
  arithmetic('add', 'XO', '011111 {RT} {RA} {RB} {OE} 100001010 {Rc}', 'RT,RA,RB', (b) =>
    finishSum(b, b.add(b.reg('RA'), b.reg('RB')), b.reg('RA'), b.reg('RB')),
  ),
  arithmetic('addc', 'XO', '011111 {RT} {RA} {RB} {OE} 000001010 {Rc}', 'RT,RA,RB', (b) =>
    finishSum(b, b.add(b.reg('RA'), b.reg('RB')), b.reg('RA'), b.reg('RB'), true),
  ),
  arithmetic('adde', 'XO', '011111 {RT} {RA} {RB} {OE} 010001010 {Rc}', 'RT,RA,RB', (b) =>
    addExtended(b, b.reg('RA'), b.reg('RB')),
  ),
  arithmetic('addme', 'XO', '011111 {RT} {RA} ----- {OE} 011101010 {Rc}', 'RT,RA', (b) =>
    addExtended(b, b.reg('RA'), b.const(ONES)),
  ),
  arithmetic('addze', 'XO', '011111 {RT} {RA} ----- {OE} 011001010 {Rc}', 'RT,RA', (b) =>
    addExtended(b, b.reg('RA'), b.const(0n)),
  ),
  arithmetic('subf', 'XO', '011111 {RT} {RA} {RB} {OE} 000101000 {Rc}', 'RT,RA,RB', (b) =>
    finishSum(b, b.sub(b.reg('RB'), b.reg('RA')), b.not(b.reg('RA')), b.reg('RB')),
  ),
  arithmetic('subfc', 'XO', '011111 {RT} {RA} {RB} {OE} 000001000 {Rc}', 'RT,RA,RB', (b) =>
    finishSum(b, b.sub(b.reg('RB'), b.reg('RA')), b.not(b.reg('RA')), b.reg('RB'), true),
  ),
  arithmetic('subfe', 'XO', '011111 {RT} {RA} {RB} {OE} 010001000 {Rc}', 'RT,RA,RB', (b) =>
    addExtended(b, b.not(b.reg('RA')), b.reg('RB')),
  ),
  arithmetic('subfme', 'XO', '011111 {RT} {RA} ----- {OE} 011101000 {Rc}', 'RT,RA', (b) =>
    addExtended(b, b.not(b.reg('RA')), b.const(ONES)),
  ),
  arithmetic('subfze', 'XO', '011111 {RT} {RA} ----- {OE} 011001000 {Rc}', 'RT,RA', (b) =>
    addExtended(b, b.not(b.reg('RA')), b.const(0n)),
  ),
  arithmetic('neg', 'XO', '011111 {RT} {RA} ----- {OE} 001101000 {Rc}', 'RT,RA', (b) =>
    finishSum(b, b.sub(b.const(0n), b.reg('RA')), b.not(b.reg('RA')), b.const(0n)),
  ),
  arithmetic('mullw', 'XO', '011111 {RT} {RA} {RB} {OE} 011101011 {Rc}', 'RT,RA,RB', (b) => {
    const product = b.let('product', b.mul(signedWord(b, b.reg('RA')), signedWord(b, b.reg('RB'))));
    finishWithOverflow(b, product, () => b.ne(product, signedWord(b, product)));
  }),
  arithmetic(
    'mulhw',
    'XO',
    '011111 {RT} {RA} {RB} - 001001011 {Rc}',
    'RT,RA,RB',
    mulHighWord(signedWord),
  ),
  arithmetic(
    'mulhwu',
    'XO',
    '011111 {RT} {RA} {RB} - 000001011 {Rc}',
    'RT,RA,RB',
    mulHighWord(word),
  ),
  arithmetic('mulld', 'XO', '011111 {RT} {RA} {RB} {OE} 011101001 {Rc}', 'RT,RA,RB', (b) => {
    const product = b.let('product', b.mul(b.reg('RA'), b.reg('RB')));
    const high = () => b.mulHighS(b.reg('RA'), b.reg('RB'));
    finishWithOverflow(b, product, () => b.ne(high(), b.shrS(product, b.const(63n))));
  }),
  arithmetic('mulhd', 'XO', '011111 {RT} {RA} {RB} - 001001001 {Rc}', 'RT,RA,RB', (b) =>
    finish(b, 'RT', b.mulHighS(b.reg('RA'), b.reg('RB'))),
  ),
  arithmetic('mulhdu', 'XO', '011111 {RT} {RA} {RB} - 000001001 {Rc}', 'RT,RA,RB', (b) =>
    finish(b, 'RT', b.mulHighU(b.reg('RA'), b.reg('RB'))),
  ),
  arithmetic(
    'divw',
    'XO',
    '011111 {RT} {RA} {RB} {OE} 111101011 {Rc}',
    'RT,RA,RB',
    divideWord(true, false),
  ),
  arithmetic(
    'divwu',
    'XO',
    '011111 {RT} {RA} {RB} {OE} 111001011 {Rc}',
    'RT,RA,RB',
    divideWord(false, false),
  ),
  arithmetic(
    'divwe',
    'XO',
    '011111 {RT} {RA} {RB} {OE} 110101011 {Rc}',
    'RT,RA,RB',
    divideWord(true, true),
    P206,
  ),
  arithmetic(
    'divweu',
    'XO',
    '011111 {RT} {RA} {RB} {OE} 110001011 {Rc}',
    'RT,RA,RB',
    divideWord(false, true),
    P206,
  ),
  arithmetic('divd', 'XO', '011111 {RT} {RA} {RB} {OE} 111101001 {Rc}', 'RT,RA,RB', divide(true)),
  arithmetic('divdu', 'XO', '011111 {RT} {RA} {RB} {OE} 111001001 {Rc}', 'RT,RA,RB', divide(false)),
  arithmetic(
    'divde',
    'XO',
    '011111 {RT} {RA} {RB} {OE} 110101001 {Rc}',
    'RT,RA,RB',
    divideExtended(true),
    P206,
  ),
  arithmetic(
    'divdeu',
    'XO',
    '011111 {RT} {RA} {RB} {OE} 110001001 {Rc}',
    'RT,RA,RB',
    divideExtended(false),
    P206,
  ),
  arithmetic(
    'maddhd',
    'VA',
    '000100 {RT} {RA} {RB} {RC} 110000',
    'RT,RA,RB,RC',
    multiplyAddHigh(true),
    V30,
  ),
  arithmetic(
    'maddhdu',
    'VA',
    '000100 {RT} {RA} {RB} {RC} 110001',
    'RT,RA,RB,RC',
    multiplyAddHigh(false),
    V30,
  ),
  arithmetic(
    'maddld',
    'VA',
    '000100 {RT} {RA} {RB} {RC} 110011',
    'RT,RA,RB,RC',
    (b) => b.setReg('RT', b.add(b.mul(b.reg('RA'), b.reg('RB')), b.reg('RC'))),
    V30,
  ),
  // CY other than 0 is reserved.
  arithmetic(
    'addex',
    'Z23',
    '011111 {RT} {RA} {RB} {CY} 10101010 -',
    'RT,RA,RB,CY',
    addWithOverflowAsCarry,
    V30,
  ),
  arithmetic(
    'darn',
    'X',
    '011111 {RT} --- {L_DARN} ----- 1011110011 -',
    'RT,L_DARN',
    (b) => b.setReg('RT', b.helper('darn', b.imm('L_DARN'))),
    V30,
  ),
  arithmetic(
    'modsw',
    'X',
    '011111 {RT} {RA} {RB} 1100001011 -',
    'RT,RA,RB',
    modulo(true, signedWord),
    V30,
  ),
  arithmetic(
    'moduw',
    'X',
    '011111 {RT} {RA} {RB} 0100001011 -',
    'RT,RA,RB',
    modulo(false, word),
    V30,
  ),
  arithmetic(
    'modsd',
    'X',
    '011111 {RT} {RA} {RB} 1100001001 -',
    'RT,RA,RB',
    modulo(true, whole),
    V30,
  ),
  arithmetic(
    'modud',
    'X',
    '011111 {RT} {RA} {RB} 0100001001 -',
    'RT,RA,RB',
    modulo(false, whole),
    V30,
  ),
];
