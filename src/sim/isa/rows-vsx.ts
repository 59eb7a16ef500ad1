// Power ISA v3.0B Book I 7.6: moves, logical and permute instructions of the Vector-Scalar Extension. No arithmetic.
import type { Builder, Expr } from './builder.ts';
import type { Vec } from './builder-vector.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';
import { anyOf } from './semantics.ts';
import { all, binary, bytesFrom, LOGICAL, mergeOrder, VSR } from './vector-semantics.ts';

const SECTION = 'Book I 7.6.3 VSX Instruction Descriptions';
const vsx = chapter(SECTION, { since: '2.06', facility: 'VSX' });
const V207 = { since: '2.07' } as const;
const V30 = { since: '3.0' } as const;
/** Moves between the register files need the facility that owns the register: as ISA text, in row.ts. */
const moving = chapter(SECTION, { since: '2.07', facility: 'FP/VEC' });
const moving30 = chapter(SECTION, { since: '3.0', facility: 'VSX/VEC' });

const SIGN = 0x8000_0000_0000_0000n;
const SIGNS = 0x8000_0000n;

/** Doubleword 1 is undefined in these; POWER9 clears it. */
const setDword0 = (b: Builder, value: Expr): void =>
  b.vec.setReg('XT', b.vec.fromDwords(value, b.const(0n)));

const scalarSign =
  (f: (b: Builder, x: Expr) => Expr): Sem =>
  (b) =>
    setDword0(b, f(b, b.vec.dword(b.vec.reg('XB'), 0)));
const vectorSign =
  (width: 32 | 64, f: (b: Builder, x: Vec, sign: Vec) => Vec): Sem =>
  (b) =>
    b.vec.setReg('XT', f(b, b.vec.reg('XB'), all(b, width, width === 64 ? SIGN : SIGNS)));
const copySign = (width: 32 | 64): Sem =>
  binary(VSR, (b, x, y) => b.vec.select(all(b, width, width === 64 ? SIGN : SIGNS), y, x));

const absolute = (b: Builder, x: Vec, sign: Vec) => b.vec.and(x, b.vec.not(sign));
const negativeAbsolute = (b: Builder, x: Vec, sign: Vec) => b.vec.or(x, sign);
const negated = (b: Builder, x: Vec, sign: Vec) => b.vec.xor(x, sign);

/** Each element with its bytes reversed. */
const reverse =
  (size: number): Sem =>
  (b) => {
    const order = Array.from({ length: 16 }, (_, i) => i - (i % size) + size - 1 - (i % size));
    const source = b.vec.reg('XB');
    b.vec.setReg('XT', b.vec.elements(8, order, source, source));
  };

const permute =
  (control: (b: Builder, c: Vec) => Vec): Sem =>
  (b) => {
    const [x, t] = [b.vec.reg('XA'), b.vec.reg('XT')];
    b.vec.setReg('XT', b.vec.permute(x, t, control(b, b.vec.reg('XB'))));
  };

/** Doubleword `bit`-th bit of DM of the register. */
const dwordByDm = (b: Builder, field: string, bit: bigint): Expr => {
  const source = b.vec.reg(field);
  return b.select(anyOf(b, b.imm('DM'), bit), b.vec.dword(source, 1), b.vec.dword(source, 0));
};

const XX3 = (xo: string) => `111100 {XT:5} {XA:5} {XB:5} ${xo} {XA:1} {XB:1} {XT:1}`;
const XX2 = (middle: string, xo: string) => `111100 {XT:5} ${middle} {XB:5} ${xo} {XB:1} {XT:1}`;
const AB = 'XT,XA,XB';
const B = 'XT,XB';

export const VSX_ROWS: readonly Row[] = [
  vsx('xxland', 'XX3', XX3('10000010'), AB, binary(VSR, LOGICAL.and)),
  vsx('xxlandc', 'XX3', XX3('10001010'), AB, binary(VSR, LOGICAL.andc)),
  vsx('xxlor', 'XX3', XX3('10010010'), AB, binary(VSR, LOGICAL.or)),
  vsx('xxlxor', 'XX3', XX3('10011010'), AB, binary(VSR, LOGICAL.xor)),
  vsx('xxlnor', 'XX3', XX3('10100010'), AB, binary(VSR, LOGICAL.nor)),
  vsx('xxlorc', 'XX3', XX3('10101010'), AB, binary(VSR, LOGICAL.orc), V207),
  vsx('xxlnand', 'XX3', XX3('10110010'), AB, binary(VSR, LOGICAL.nand), V207),
  vsx('xxleqv', 'XX3', XX3('10111010'), AB, binary(VSR, LOGICAL.eqv), V207),
  vsx(
    'xxsel',
    'XX4',
    '111100 {XT:5} {XA:5} {XB:5} {XC:5} 11 {XC:1} {XA:1} {XB:1} {XT:1}',
    'XT,XA,XB,XC',
    (b) => {
      const [x, y, mask] = [b.vec.reg('XA'), b.vec.reg('XB'), b.vec.reg('XC')];
      b.vec.setReg('XT', b.vec.select(mask, x, y));
    },
  ),

  vsx('xxpermdi', 'XX3', XX3('0 {DM} 01010'), 'XT,XA,XB,DM', (b) =>
    b.vec.setReg('XT', b.vec.fromDwords(dwordByDm(b, 'XA', 2n), dwordByDm(b, 'XB', 1n))),
  ),
  vsx(
    'xxmrghw',
    'XX3',
    XX3('00010010'),
    AB,
    binary(VSR, (b, x, y) => b.vec.elements(32, mergeOrder(4, 0), x, y)),
  ),
  vsx(
    'xxmrglw',
    'XX3',
    XX3('00110010'),
    AB,
    binary(VSR, (b, x, y) => b.vec.elements(32, mergeOrder(4, 2), x, y)),
  ),
  vsx(
    'xxsldwi',
    'XX3',
    XX3('0 {SHW} 00010'),
    'XT,XA,XB,SHW',
    binary(VSR, (b, x, y) => b.vec.permute(x, y, bytesFrom(b, b.mul(b.imm('SHW'), b.const(4n))))),
  ),
  vsx('xxspltw', 'XX2', XX2('--- {UIM_W}', '010100100'), 'XT,XB,UIM_W', (b) => {
    const word = b.vec.bytes(b.vec.reg('XB'), b.mul(b.imm('UIM_W'), b.const(4n)), 4);
    b.vec.setReg('XT', b.vec.splat(32, word));
  }),
  vsx(
    'xxspltib',
    'X',
    '111100 {XT:5} 00 {IMM8} 0101101000 {XT:1}',
    'XT,IMM8',
    (b) => b.vec.setReg('XT', b.vec.splat(8, b.imm('IMM8'))),
    { since: '3.0', facility: 'VSX/VEC' },
  ),
  vsx(
    'xxperm',
    'XX3',
    XX3('00011010'),
    AB,
    permute((_, c) => c),
    V30,
  ),
  vsx(
    'xxpermr',
    'XX3',
    XX3('00111010'),
    AB,
    permute((b, c) => b.vec.lanes(8, 'sub', all(b, 8, 31n), c)),
    V30,
  ),
  vsx(
    'xxextractuw',
    'XX2',
    XX2('- {UIM_B}', '010100101'),
    'XT,XB,UIM_B',
    (b) => setDword0(b, b.vec.bytes(b.vec.reg('XB'), b.imm('UIM_B'), 4)),
    V30,
  ),
  vsx(
    'xxinsertw',
    'XX2',
    XX2('- {UIM_B}', '010110101'),
    'XT,XB,UIM_B',
    (b) => {
      const word = b.vec.dword(b.vec.reg('XB'), 0);
      b.vec.setReg('XT', b.vec.withBytes(b.vec.reg('XT'), b.imm('UIM_B'), 4, word));
    },
    V30,
  ),
  vsx('xxbrh', 'XX2', XX2('00111', '111011011'), B, reverse(2), V30),
  vsx('xxbrw', 'XX2', XX2('01111', '111011011'), B, reverse(4), V30),
  vsx('xxbrd', 'XX2', XX2('10111', '111011011'), B, reverse(8), V30),
  vsx('xxbrq', 'XX2', XX2('11111', '111011011'), B, reverse(16), V30),

  vsx('xscpsgndp', 'XX3', XX3('10110000'), AB, (b) => {
    const sign = b.and(b.vec.dword(b.vec.reg('XA'), 0), b.const(SIGN));
    const rest = b.and(b.vec.dword(b.vec.reg('XB'), 0), b.const(SIGN - 1n));
    setDword0(b, b.or(sign, rest));
  }),
  vsx(
    'xsabsdp',
    'XX2',
    XX2('-----', '101011001'),
    B,
    scalarSign((b, x) => b.and(x, b.const(SIGN - 1n))),
  ),
  vsx(
    'xsnabsdp',
    'XX2',
    XX2('-----', '101101001'),
    B,
    scalarSign((b, x) => b.or(x, b.const(SIGN))),
  ),
  vsx(
    'xsnegdp',
    'XX2',
    XX2('-----', '101111001'),
    B,
    scalarSign((b, x) => b.xor(x, b.const(SIGN))),
  ),
  vsx('xvcpsgndp', 'XX3', XX3('11110000'), AB, copySign(64)),
  vsx('xvcpsgnsp', 'XX3', XX3('11010000'), AB, copySign(32)),
  vsx('xvabsdp', 'XX2', XX2('-----', '111011001'), B, vectorSign(64, absolute)),
  vsx('xvabssp', 'XX2', XX2('-----', '110011001'), B, vectorSign(32, absolute)),
  vsx('xvnabsdp', 'XX2', XX2('-----', '111101001'), B, vectorSign(64, negativeAbsolute)),
  vsx('xvnabssp', 'XX2', XX2('-----', '110101001'), B, vectorSign(32, negativeAbsolute)),
  vsx('xvnegdp', 'XX2', XX2('-----', '111111001'), B, vectorSign(64, negated)),
  vsx('xvnegsp', 'XX2', XX2('-----', '110111001'), B, vectorSign(32, negated)),

  moving('mfvsrd', 'X', '011111 {XS:5} {RA} ----- 0000110011 {XS:1}', 'RA,XS', (b) =>
    b.setReg('RA', b.vec.dword(b.vec.reg('XS'), 0)),
  ),
  moving('mfvsrwz', 'X', '011111 {XS:5} {RA} ----- 0001110011 {XS:1}', 'RA,XS', (b) =>
    b.setReg('RA', b.extz(b.vec.dword(b.vec.reg('XS'), 0), 32)),
  ),
  moving('mtvsrd', 'X', '011111 {XT:5} {RA} ----- 0010110011 {XT:1}', 'XT,RA', (b) =>
    setDword0(b, b.reg('RA')),
  ),
  moving('mtvsrwa', 'X', '011111 {XT:5} {RA} ----- 0011010011 {XT:1}', 'XT,RA', (b) =>
    setDword0(b, b.exts(b.reg('RA'), 32)),
  ),
  moving('mtvsrwz', 'X', '011111 {XT:5} {RA} ----- 0011110011 {XT:1}', 'XT,RA', (b) =>
    setDword0(b, b.extz(b.reg('RA'), 32)),
  ),
  moving30('mfvsrld', 'X', '011111 {XS:5} {RA} ----- 0100110011 {XS:1}', 'RA,XS', (b) =>
    b.setReg('RA', b.vec.dword(b.vec.reg('XS'), 1)),
  ),
  moving30('mtvsrdd', 'X', '011111 {XT:5} {RA} {RB} 0110110011 {XT:1}', 'XT,RA0,RB', (b) =>
    b.vec.setReg('XT', b.vec.fromDwords(b.regOr0('RA'), b.reg('RB'))),
  ),
  moving30('mtvsrws', 'X', '011111 {XT:5} {RA} ----- 0110010011 {XT:1}', 'XT,RA', (b) =>
    b.vec.setReg('XT', b.vec.splat(32, b.reg('RA'))),
  ),
];
