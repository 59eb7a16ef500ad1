// Power ISA v3.0B Book I 7.6.3: loads and stores of the Vector-Scalar Extension.
import type { Builder, Expr } from './builder.ts';
import type { Width } from './builder-vector.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';
import { indexed } from './vector-semantics.ts';

const SECTION = 'Book I 7.6.3 VSX Instruction Descriptions, Load and Store';
const vsx = chapter(SECTION, { since: '2.06', facility: 'VSX' });
/** Instructions of 3.0 that use a VR need only the Vector Facility for it. */
const either = chapter(SECTION, { since: '3.0', facility: 'VSX/VEC' });
const vr = chapter(SECTION, { since: '3.0', facility: 'VEC' });
const V207 = { since: '2.07' } as const;
const V30 = { since: '3.0' } as const;

const DQ = (b: Builder): Expr => b.add(b.regOr0('RA'), b.imm('DQ'));
const DS = (b: Builder): Expr => b.add(b.regOr0('RA'), b.imm('DS'));

/** A scalar is doubleword 0; doubleword 1 is undefined where 3.0B does not say 0: POWER9 clears it. */
const scalar =
  (target: string, value: (b: Builder) => Expr): Sem =>
  (b) =>
    b.vec.setReg(target, b.vec.fromDwords(value(b), b.const(0n)));
const zeroExtended = (size: 1 | 2 | 4 | 8): Sem => scalar('XT', (b) => b.load(indexed(b), size));
const loadSingle = (b: Builder, ea: Expr): Expr => b.fp.fromSingle(b.load(ea, 4));
const storeSingle = (b: Builder, ea: Expr, field: string): void =>
  b.store(ea, 4, b.fp.toSingle(b.vec.dword(b.vec.reg(field), 0)));
const storeScalar =
  (size: 1 | 2 | 4 | 8): Sem =>
  (b) =>
    b.store(indexed(b), size, b.vec.dword(b.vec.reg('XS'), 0));

const vector =
  (width: Width | 128, ea = indexed, target = 'XT'): Sem =>
  (b) =>
    b.vec.setReg(target, b.vec.load(width, ea(b)));
const storeVector =
  (width: Width | 128, ea = indexed, source = 'XS'): Sem =>
  (b) =>
    b.vec.store(width, ea(b), b.vec.reg(source));
const splat =
  (width: 32 | 64): Sem =>
  (b) =>
    b.vec.setReg('XT', b.vec.splat(width, b.load(indexed(b), width === 64 ? 8 : 4)));

/** Bits 0:7 of RB, at most 16. */
const length = (b: Builder): Expr => {
  const bytes = b.let('bytes', b.shrU(b.reg('RB'), b.const(56n)));
  return b.let('nb', b.select(b.ltU(bytes, b.const(16n)), bytes, b.const(16n)));
};
const loadLength =
  (left?: 'left'): Sem =>
  (b) =>
    b.vec.setReg('XT', b.vec.loadBytes(b.regOr0('RA'), length(b), left));
const storeLength =
  (left?: 'left'): Sem =>
  (b) =>
    b.vec.storeBytes(b.regOr0('RA'), length(b), b.vec.reg('XS'), left);

const LOAD = 'XT,RA0,RB';
const STORE = 'XS,RA0,RB';
const X_LOAD = (xo: string) => `011111 {XT:5} {RA} {RB} ${xo} {XT:1}`;
const X_STORE = (xo: string) => `011111 {XS:5} {RA} {RB} ${xo} {XS:1}`;

export const VSX_STORAGE_ROWS: readonly Row[] = [
  vsx('lxsdx', 'X', X_LOAD('1001001100'), LOAD, zeroExtended(8)),
  vsx('lxsiwzx', 'X', X_LOAD('0000001100'), LOAD, zeroExtended(4), V207),
  vsx(
    'lxsiwax',
    'X',
    X_LOAD('0001001100'),
    LOAD,
    scalar('XT', (b) => b.load(indexed(b), 4, { signed: true })),
    V207,
  ),
  vsx(
    'lxsspx',
    'X',
    X_LOAD('1000001100'),
    LOAD,
    scalar('XT', (b) => loadSingle(b, indexed(b))),
    V207,
  ),
  vsx('lxsihzx', 'X', X_LOAD('1100101101'), LOAD, zeroExtended(2), V30),
  vsx('lxsibzx', 'X', X_LOAD('1100001101'), LOAD, zeroExtended(1), V30),
  vsx('lxvd2x', 'X', X_LOAD('1101001100'), LOAD, vector(64)),
  vsx('lxvw4x', 'X', X_LOAD('1100001100'), LOAD, vector(32)),
  vsx('lxvh8x', 'X', X_LOAD('1100101100'), LOAD, vector(16), V30),
  vsx('lxvb16x', 'X', X_LOAD('1101101100'), LOAD, vector(8), V30),
  vsx('lxvdsx', 'X', X_LOAD('0101001100'), LOAD, splat(64)),
  either('lxvwsx', 'X', X_LOAD('0101101100'), LOAD, splat(32)),
  either('lxvx', 'X', X_LOAD('0100 - 01100'), LOAD, vector(128)),
  either(
    'lxv',
    'DQ',
    '111101 {XT_DQ:5} {RA} {DQ} {XT_DQ:1} 001',
    'XT_DQ,DQ(RA0)',
    vector(128, DQ, 'XT_DQ'),
  ),
  either('lxvl', 'X', X_LOAD('0100001101'), LOAD, loadLength()),
  either('lxvll', 'X', X_LOAD('0100101101'), LOAD, loadLength('left')),
  vr(
    'lxsd',
    'DS',
    '111001 {VRT} {RA} {DS} 10',
    'VRT,DS(RA0)',
    scalar('VRT', (b) => b.load(DS(b), 8)),
  ),

  vr(
    'lxssp',
    'DS',
    '111001 {VRT} {RA} {DS} 11',
    'VRT,DS(RA0)',
    scalar('VRT', (b) => loadSingle(b, DS(b))),
  ),

  vsx('stxsdx', 'X', X_STORE('1011001100'), STORE, storeScalar(8)),
  vsx('stxsiwx', 'X', X_STORE('0010001100'), STORE, storeScalar(4), V207),
  vsx('stxsspx', 'X', X_STORE('1010001100'), STORE, (b) => storeSingle(b, indexed(b), 'XS'), V207),
  vsx('stxsihx', 'X', X_STORE('1110101101'), STORE, storeScalar(2), V30),
  vsx('stxsibx', 'X', X_STORE('1110001101'), STORE, storeScalar(1), V30),
  vsx('stxvd2x', 'X', X_STORE('1111001100'), STORE, storeVector(64)),
  vsx('stxvw4x', 'X', X_STORE('1110001100'), STORE, storeVector(32)),
  vsx('stxvh8x', 'X', X_STORE('1110101100'), STORE, storeVector(16), V30),
  vsx('stxvb16x', 'X', X_STORE('1111101100'), STORE, storeVector(8), V30),
  either('stxvx', 'X', X_STORE('0110001100'), STORE, storeVector(128)),
  either(
    'stxv',
    'DQ',
    '111101 {XS_DQ:5} {RA} {DQ} {XS_DQ:1} 101',
    'XS_DQ,DQ(RA0)',
    storeVector(128, DQ, 'XS_DQ'),
  ),
  either('stxvl', 'X', X_STORE('0110001101'), STORE, storeLength()),
  either('stxvll', 'X', X_STORE('0110101101'), STORE, storeLength('left')),
  vr('stxsd', 'DS', '111101 {VRS} {RA} {DS} 10', 'VRS,DS(RA0)', (b) =>
    b.store(DS(b), 8, b.vec.dword(b.vec.reg('VRS'), 0)),
  ),
  vr('stxssp', 'DS', '111101 {VRS} {RA} {DS} 11', 'VRS,DS(RA0)', (b) =>
    storeSingle(b, DS(b), 'VRS'),
  ),
];
