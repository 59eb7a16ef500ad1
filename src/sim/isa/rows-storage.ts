// Power ISA v3.0B Book I 3.3.2 to 3.3.7: fixed-point loads and stores.
import type { Builder, Expr, Size } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

type Address = (b: Builder) => Expr;
interface LoadOption {
  signed?: boolean;
  reversed?: boolean;
}

const D: Address = (b) => b.add(b.regOr0('RA'), b.imm('D'));
const DS: Address = (b) => b.add(b.regOr0('RA'), b.imm('DS'));
const DQ: Address = (b) => b.add(b.regOr0('RA'), b.imm('DQ'));
const X: Address = (b) => b.add(b.regOr0('RA'), b.reg('RB'));
const UPDATE_D: Address = (b) => b.add(b.reg('RA'), b.imm('D'));
const UPDATE_DS: Address = (b) => b.add(b.reg('RA'), b.imm('DS'));
const UPDATE_X: Address = (b) => b.add(b.reg('RA'), b.reg('RB'));

const load =
  (ea: Address, size: Size, opt: LoadOption = {}): Sem =>
  (b) =>
    b.setReg('RT', b.load(ea(b), size, opt));

const store =
  (ea: Address, size: Size, opt: { reversed?: boolean } = {}): Sem =>
  (b) =>
    b.store(ea(b), size, b.reg('RS'), opt);

const loadUpdate =
  (address: Address, size: Size, opt: LoadOption = {}): Sem =>
  (b) => {
    const ea = b.let('EA', address(b));
    b.setReg('RT', b.load(ea, size, opt));
    b.setReg('RA', ea);
  };

const storeUpdate =
  (address: Address, size: Size): Sem =>
  (b) => {
    const ea = b.let('EA', address(b));
    b.store(ea, size, b.reg('RS'));
    b.setReg('RA', ea);
  };

/** Both doublewords are loaded before a register is written: RA may be one of the pair. */
const loadQuad: Sem = (b) => {
  const ea = b.let('EA', DQ(b));
  b.align(ea, 16);
  const [high, low] = b.loadQuad(ea);
  b.setReg('RTp', high);
  b.setReg('RTp+1', low);
};
const storeQuad: Sem = (b) => {
  const ea = b.let('EA', DS(b));
  b.align(ea, 16);
  b.storeQuad(ea, b.reg('RSp'), b.reg('RSp+1'));
};

/** The words of a register and all that follow it up to r31. */
const multipleBytes = (b: Builder, first: 'RT' | 'RS'): Expr =>
  b.sub(b.const(128n), b.shl(b.imm(first), b.const(2n)));
/** XER bits 57 to 63. */
const stringLength = (b: Builder): Expr => b.and(b.xer(), b.const(127n));

const SIGNED: LoadOption = { signed: true };
const REVERSED: LoadOption = { reversed: true };

const loading = chapter('Book I 3.3.2 Fixed-Point Load Instructions');
const storing = chapter('Book I 3.3.3 Fixed-Point Store Instructions');
const reversing = chapter(
  'Book I 3.3.5 Fixed-Point Load and Store with Byte Reversal Instructions',
);
// Unprivileged since 2.07; MODEL: older CPUs do not have them.
const quadword = chapter('Book I 3.3.4 Fixed Point Load and Store Quadword Instructions', {
  since: '2.07',
});
const multiple = chapter('Book I 3.3.6 Fixed-Point Load and Store Multiple Instructions');
const string = chapter('Book I 3.3.7 Fixed-Point Move Assist Instructions');
const V206 = { since: '2.06' } as const;

export const STORAGE_ROWS: readonly Row[] = [
  loading('lbz', 'D', '100010 {RT} {RA} {D}', 'RT,D(RA0)', load(D, 1)),
  loading('lbzu', 'D', '100011 {RT} {RA} {D}', 'RT,D(RAL)', loadUpdate(UPDATE_D, 1)),
  loading('lbzx', 'X', '011111 {RT} {RA} {RB} 0001010111 -', 'RT,RA0,RB', load(X, 1)),
  loading('lbzux', 'X', '011111 {RT} {RA} {RB} 0001110111 -', 'RT,RAL,RB', loadUpdate(UPDATE_X, 1)),
  loading('lhz', 'D', '101000 {RT} {RA} {D}', 'RT,D(RA0)', load(D, 2)),
  loading('lhzu', 'D', '101001 {RT} {RA} {D}', 'RT,D(RAL)', loadUpdate(UPDATE_D, 2)),
  loading('lhzx', 'X', '011111 {RT} {RA} {RB} 0100010111 -', 'RT,RA0,RB', load(X, 2)),
  loading('lhzux', 'X', '011111 {RT} {RA} {RB} 0100110111 -', 'RT,RAL,RB', loadUpdate(UPDATE_X, 2)),
  loading('lha', 'D', '101010 {RT} {RA} {D}', 'RT,D(RA0)', load(D, 2, SIGNED)),
  loading('lhau', 'D', '101011 {RT} {RA} {D}', 'RT,D(RAL)', loadUpdate(UPDATE_D, 2, SIGNED)),
  loading('lhax', 'X', '011111 {RT} {RA} {RB} 0101010111 -', 'RT,RA0,RB', load(X, 2, SIGNED)),
  loading(
    'lhaux',
    'X',
    '011111 {RT} {RA} {RB} 0101110111 -',
    'RT,RAL,RB',
    loadUpdate(UPDATE_X, 2, SIGNED),
  ),
  loading('lwz', 'D', '100000 {RT} {RA} {D}', 'RT,D(RA0)', load(D, 4)),
  loading('lwzu', 'D', '100001 {RT} {RA} {D}', 'RT,D(RAL)', loadUpdate(UPDATE_D, 4)),
  loading('lwzx', 'X', '011111 {RT} {RA} {RB} 0000010111 -', 'RT,RA0,RB', load(X, 4)),
  loading('lwzux', 'X', '011111 {RT} {RA} {RB} 0000110111 -', 'RT,RAL,RB', loadUpdate(UPDATE_X, 4)),
  loading('lwa', 'DS', '111010 {RT} {RA} {DS} 10', 'RT,DS(RA0)', load(DS, 4, SIGNED)),
  loading('lwax', 'X', '011111 {RT} {RA} {RB} 0101010101 -', 'RT,RA0,RB', load(X, 4, SIGNED)),
  loading(
    'lwaux',
    'X',
    '011111 {RT} {RA} {RB} 0101110101 -',
    'RT,RAL,RB',
    loadUpdate(UPDATE_X, 4, SIGNED),
  ),
  loading('ld', 'DS', '111010 {RT} {RA} {DS} 00', 'RT,DS(RA0)', load(DS, 8)),
  loading('ldu', 'DS', '111010 {RT} {RA} {DS} 01', 'RT,DS(RAL)', loadUpdate(UPDATE_DS, 8)),
  loading('ldx', 'X', '011111 {RT} {RA} {RB} 0000010101 -', 'RT,RA0,RB', load(X, 8)),
  loading('ldux', 'X', '011111 {RT} {RA} {RB} 0000110101 -', 'RT,RAL,RB', loadUpdate(UPDATE_X, 8)),

  storing('stb', 'D', '100110 {RS} {RA} {D}', 'RS,D(RA0)', store(D, 1)),
  storing('stbu', 'D', '100111 {RS} {RA} {D}', 'RS,D(RAS)', storeUpdate(UPDATE_D, 1)),
  storing('stbx', 'X', '011111 {RS} {RA} {RB} 0011010111 -', 'RS,RA0,RB', store(X, 1)),
  storing(
    'stbux',
    'X',
    '011111 {RS} {RA} {RB} 0011110111 -',
    'RS,RAS,RB',
    storeUpdate(UPDATE_X, 1),
  ),
  storing('sth', 'D', '101100 {RS} {RA} {D}', 'RS,D(RA0)', store(D, 2)),
  storing('sthu', 'D', '101101 {RS} {RA} {D}', 'RS,D(RAS)', storeUpdate(UPDATE_D, 2)),
  storing('sthx', 'X', '011111 {RS} {RA} {RB} 0110010111 -', 'RS,RA0,RB', store(X, 2)),
  storing(
    'sthux',
    'X',
    '011111 {RS} {RA} {RB} 0110110111 -',
    'RS,RAS,RB',
    storeUpdate(UPDATE_X, 2),
  ),
  storing('stw', 'D', '100100 {RS} {RA} {D}', 'RS,D(RA0)', store(D, 4)),
  storing('stwu', 'D', '100101 {RS} {RA} {D}', 'RS,D(RAS)', storeUpdate(UPDATE_D, 4)),
  storing('stwx', 'X', '011111 {RS} {RA} {RB} 0010010111 -', 'RS,RA0,RB', store(X, 4)),
  storing(
    'stwux',
    'X',
    '011111 {RS} {RA} {RB} 0010110111 -',
    'RS,RAS,RB',
    storeUpdate(UPDATE_X, 4),
  ),
  storing('std', 'DS', '111110 {RS} {RA} {DS} 00', 'RS,DS(RA0)', store(DS, 8)),
  storing('stdu', 'DS', '111110 {RS} {RA} {DS} 01', 'RS,DS(RAS)', storeUpdate(UPDATE_DS, 8)),
  storing('stdx', 'X', '011111 {RS} {RA} {RB} 0010010101 -', 'RS,RA0,RB', store(X, 8)),
  storing(
    'stdux',
    'X',
    '011111 {RS} {RA} {RB} 0010110101 -',
    'RS,RAS,RB',
    storeUpdate(UPDATE_X, 8),
  ),

  reversing('lhbrx', 'X', '011111 {RT} {RA} {RB} 1100010110 -', 'RT,RA0,RB', load(X, 2, REVERSED)),
  reversing('lwbrx', 'X', '011111 {RT} {RA} {RB} 1000010110 -', 'RT,RA0,RB', load(X, 4, REVERSED)),
  reversing(
    'ldbrx',
    'X',
    '011111 {RT} {RA} {RB} 1000010100 -',
    'RT,RA0,RB',
    load(X, 8, REVERSED),
    V206,
  ),
  reversing(
    'sthbrx',
    'X',
    '011111 {RS} {RA} {RB} 1110010110 -',
    'RS,RA0,RB',
    store(X, 2, REVERSED),
  ),
  reversing(
    'stwbrx',
    'X',
    '011111 {RS} {RA} {RB} 1010010110 -',
    'RS,RA0,RB',
    store(X, 4, REVERSED),
  ),
  reversing(
    'stdbrx',
    'X',
    '011111 {RS} {RA} {RB} 1010010100 -',
    'RS,RA0,RB',
    store(X, 8, REVERSED),
    V206,
  ),

  quadword('lq', 'DQ', '111000 {RTp} {RA} {DQ} ----', 'RTp,DQ(RAQ)', loadQuad),
  quadword('stq', 'DS', '111110 {RSp} {RA} {DS} 10', 'RSp,DS(RA0)', storeQuad),

  multiple('lmw', 'D', '101110 {RT} {RA} {D}', 'RT,D(RAM)', (b) =>
    b.loadString('RT', D(b), multipleBytes(b, 'RT')),
  ),
  multiple('stmw', 'D', '101111 {RS} {RA} {D}', 'RS,D(RA0)', (b) =>
    b.storeString('RS', D(b), multipleBytes(b, 'RS')),
  ),

  string('lswi', 'X', '011111 {RT} {RA} {NB} 1001010101 -', 'RT,RAN,NB', (b) =>
    b.loadString('RT', b.regOr0('RA'), b.imm('NB')),
  ),
  string('lswx', 'X', '011111 {RT} {RA} {RB} 1000010101 -', 'RT,RAQ,RBQ', (b) =>
    b.loadString('RT', X(b), stringLength(b)),
  ),
  string('stswi', 'X', '011111 {RS} {RA} {NB} 1011010101 -', 'RS,RA0,NB', (b) =>
    b.storeString('RS', b.regOr0('RA'), b.imm('NB')),
  ),
  string('stswx', 'X', '011111 {RS} {RA} {RB} 1010010101 -', 'RS,RA0,RB', (b) =>
    b.storeString('RS', X(b), stringLength(b)),
  ),
];
