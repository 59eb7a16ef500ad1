// Power ISA v3.0B Book I 3.3: fixed-point arithmetic, compare, select and trap instructions.
import type { Builder, Cond, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import {
  anyOf,
  bothHalves,
  finish,
  finishSum,
  finishWithOverflow,
  MIN64,
  type Sem,
  signedWord,
  word,
} from './semantics.ts';

const addImmediate =
  (right: (b: Builder) => Expr, record: boolean): Sem =>
  (b) => {
    const sum = b.let('sum', b.add(b.reg('RA'), right(b)));
    if (record) b.record(sum);
    finishSum(b, sum, b.reg('RA'), right(b), true);
  };
const SI = (b: Builder): Expr => b.imm('SI');
const ONES = 0xffffffffffffffffn;

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

const modulo =
  (signed: boolean, extend: (b: Builder, value: Expr) => Expr): Sem =>
  (b) => {
    const dividend = b.let('dividend', extend(b, b.reg('RA')));
    const { bad, by } = safeDivisor(b, dividend, extend(b, b.reg('RB')), signed);
    const rest = signed ? b.remS(dividend, by) : b.remU(dividend, by);
    b.setReg('RT', b.select(bad, b.const(0n), rest));
  };
const whole = (_: Builder, value: Expr): Expr => value;

/** The right operand of a comparison: a register is narrowed like the left one, an immediate is whole. */
type Right = (b: Builder, extend: (b: Builder, value: Expr) => Expr) => Expr;
const RB: Right = (b, extend) => extend(b, b.reg('RB'));

const compare =
  (signed: boolean, right: Right): Sem =>
  (b) => {
    const extend = b.flag('L') ? whole : signed ? signedWord : word;
    b.compare('BF', extend(b, b.reg('RA')), right(b, extend), signed);
  };

/** TO bits, most significant first: <, >, =, unsigned <, unsigned >. */
const trap =
  (extend: (b: Builder, value: Expr) => Expr, right: Right): Sem =>
  (b) => {
    const x = b.let('a', extend(b, b.reg('RA')));
    const y = b.let('b', right(b, extend));
    const tests = [b.ltS(x, y), b.ltS(y, x), b.eq(x, y), b.ltU(x, y), b.ltU(y, x)];
    const bits = tests.map((t, i) => b.shl(b.asValue(t), b.const(BigInt(4 - i))));
    const met = bits.reduce((all, bit) => b.or(all, bit));
    b.trapIf(b.ne(b.and(met, b.imm('TO')), b.const(0n)));
  };

const arithmetic = chapter('Book I 3.3.9 Fixed-Point Arithmetic Instructions');
const comparing = chapter('Book I 3.3.10 Fixed-Point Compare Instructions');
const trapping = chapter('Book I 3.3.11 Fixed-Point Trap Instructions');
const selecting = chapter('Book I 3.3.12 Fixed-Point Select');
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

  comparing('cmpi', 'D', '001011 {BF} - {L} {RA} {SI}', 'BF,L,RA,SI', compare(true, SI)),
  comparing(
    'cmp',
    'X',
    '011111 {BF} - {L} {RA} {RB} 0000000000 -',
    'BF,L,RA,RB',
    compare(true, RB),
  ),
  comparing(
    'cmpli',
    'D',
    '001010 {BF} - {L} {RA} {UI}',
    'BF,L,RA,UIS',
    compare(false, (b) => b.imm('UI')),
  ),
  comparing(
    'cmpl',
    'X',
    '011111 {BF} - {L} {RA} {RB} 0000100000 -',
    'BF,L,RA,RB',
    compare(false, RB),
  ),
  comparing(
    'setb',
    'X',
    '011111 {RT} {BFA} -- ----- 0010000000 -',
    'RT,BFA',
    (b) => {
      const bits = b.let('bits', b.crField('BFA'));
      const positive = b.asValue(anyOf(b, bits, 4n));
      b.setReg('RT', b.select(anyOf(b, bits, 8n), b.const(ONES), positive));
    },
    V30,
  ),

  trapping('twi', 'D', '000011 {TO} {RA} {SI}', 'TO,RA,SI', trap(signedWord, SI)),
  trapping('tw', 'X', '011111 {TO} {RA} {RB} 0000000100 -', 'TO,RA,RB', trap(signedWord, RB)),
  trapping('tdi', 'D', '000010 {TO} {RA} {SI}', 'TO,RA,SI', trap(whole, SI)),
  trapping('td', 'X', '011111 {TO} {RA} {RB} 0001000100 -', 'TO,RA,RB', trap(whole, RB)),

  selecting('isel', 'A', '011111 {RT} {RA} {RB} {BC} 01111 -', 'RT,RA0,RB,BC', (b) =>
    b.setReg('RT', b.select(b.crBit('BC'), b.regOr0('RA'), b.reg('RB'))),
  ),
];
