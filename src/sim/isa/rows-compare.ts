// Power ISA v3.0B Book I 3.3.10 to 3.3.12 and 3.3.17: fixed-point compare, trap and select instructions, and the
// moves between GPRs, XER and the condition register.
import type { Builder, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import { anyOf, ONES, type Sem, SI, signedWord, whole, word } from './semantics.ts';

const BYTES_01 = 0x0101010101010101n;
const BYTES_80 = 0x8080808080808080n;

/** The right operand of a comparison: a register is narrowed like the left one, an immediate is whole. */
type Right = (b: Builder, extend: (b: Builder, value: Expr) => Expr) => Expr;
const RB: Right = (b, extend) => extend(b, b.reg('RB'));

const compare =
  (signed: boolean, right: Right): Sem =>
  (b) => {
    const extend = b.flag('L') ? whole : signed ? signedWord : word;
    b.compare('BF', extend(b, b.reg('RA')), right(b, extend), signed);
  };

/** RB's bytes, the least significant first: byte 7 of the manual is number 0. */
const byteOf = (b: Builder, value: Expr, n: bigint): Expr =>
  b.extz(n === 0n ? value : b.shrU(value, b.const(8n * n)), 8);

/** cmprb: GT := RA's low byte lies in the range of RB's bytes 0 (from) and 1 (to), or for L=1 in that of 2 and 3. */
const compareRange: Sem = (b) => {
  const byte = b.let('byte', b.extz(b.reg('RA'), 8));
  const outside = (from: bigint) =>
    b.either(
      b.ltU(byte, byteOf(b, b.reg('RB'), from)),
      b.ltU(byteOf(b, b.reg('RB'), from + 1n), byte),
    );
  const missed = b.flag('L') ? b.both(outside(0n), outside(2n)) : outside(0n);
  b.setCrField('BF', b.select(missed, b.const(0n), b.const(4n)));
};

/** cmpeqb: GT := RA's low byte is one of RB's bytes, that is, their exclusive or has a byte 0. */
const compareBytesEqual: Sem = (b) => {
  const wanted = b.mul(b.extz(b.reg('RA'), 8), b.const(BYTES_01));
  const diff = b.let('diff', b.xor(b.reg('RB'), wanted));
  const zeros = b.and(b.sub(diff, b.const(BYTES_01)), b.not(diff));
  b.setCrField('BF', b.select(anyOf(b, zeros, BYTES_80), b.const(4n), b.const(0n)));
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

const comparing = chapter('Book I 3.3.10 Fixed-Point Compare Instructions');
const trapping = chapter('Book I 3.3.11 Fixed-Point Trap Instructions');
const selecting = chapter('Book I 3.3.12 Fixed-Point Select');
const moving = chapter('Book I 3.3.17 Move To/From System Register Instructions');
const V30 = { since: '3.0' } as const;

export const COMPARE_ROWS: readonly Row[] = [
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
    'cmprb',
    'X',
    '011111 {BF} - {L} {RA} {RB} 0011000000 -',
    'BF,L,RA,RB',
    compareRange,
    V30,
  ),
  comparing(
    'cmpeqb',
    'X',
    '011111 {BF} -- {RA} {RB} 0011100000 -',
    'BF,RA,RB',
    compareBytesEqual,
    V30,
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

  selecting(
    'isel',
    'A',
    '011111 {RT} {RA} {RB} {BC} 01111 -',
    'RT,RA0,RB,BC',
    (b) => b.setReg('RT', b.select(b.crBit('BC'), b.regOr0('RA'), b.reg('RB'))),
    { since: '2.03' },
  ),

  moving(
    'mcrxr',
    'X',
    '011111 {BF} -- ----- ----- 1000000000 -',
    'BF',
    (b) => {
      const xer = b.let('xer', b.xer());
      b.setXer(b.and(xer, b.const(0x0fffffffn)));
      b.setCrField('BF', b.shrU(xer, b.const(28n)));
    },
    { until: '2.02' },
  ),
  moving(
    'mcrxrx',
    'X',
    '011111 {BF} -- ----- ----- 1001000000 -',
    'BF',
    (b) => {
      const xer = b.let('xer', b.xer());
      const pair = (ov: bigint) => b.and(b.shrU(xer, b.const(ov)), b.const(1n));
      const [OV, OV32, CA, CA32] = [pair(30n), pair(19n), pair(29n), pair(18n)];
      const high = b.or(b.shl(OV, b.const(3n)), b.shl(OV32, b.const(2n)));
      b.setCrField('BF', b.or(high, b.or(b.shl(CA, b.const(1n)), CA32)));
    },
    V30,
  ),
  moving('mtcrf', 'XFX', '011111 {RS} 0 {FXM} - 0010010000 -', 'FXM,RS', (b) =>
    b.setCr(b.reg('RS'), b.imm('FXM')),
  ),
  // Undefined unless FXM has one bit: POWER9 takes the first bit that is set, and field 7 when none is.
  moving(
    'mtocrf',
    'XFX',
    '011111 {RS} 1 {FXM} - 0010010000 -',
    'FXM1,RS',
    (b) => b.setCr(b.reg('RS'), b.imm('FXM_FIRST')),
    { since: '2.01' },
  ),
  moving('mfcr', 'XFX', '011111 {RT} 0 --------- 0000010011 -', 'RT', (b) =>
    b.setReg('RT', b.cr()),
  ),
  moving(
    'mfocrf',
    'XFX',
    '011111 {RT} 1 {FXM} - 0000010011 -',
    'RT,FXM1',
    (b) => b.setReg('RT', b.and(b.cr(), b.imm('MASK_FXM'))),
    { since: '2.01' },
  ),
];
