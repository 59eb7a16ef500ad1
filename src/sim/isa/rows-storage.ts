// Power ISA v3.0B Book I 3.3.2 to 3.3.4 (loads and stores) and Book II chapter 4 (storage control).
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

const loadReserve =
  (size: Size): Sem =>
  (b) =>
    b.setReg('RT', b.loadReserve(X(b), size));
const storeConditional =
  (size: Size): Sem =>
  (b) =>
    b.storeConditional(X(b), size, b.reg('RS'));

const BLOCK = 128n;
const zeroBlock: Sem = (b) => {
  const start = b.let('EA', b.and(X(b), b.not(b.const(BLOCK - 1n))));
  for (let at = 0n; at < BLOCK; at += 8n) b.store(b.add(start, b.const(at)), 8, b.const(0n));
};

/** Caches and write buffers are not modelled, so these order or move nothing that a program can see. */
const nothing: Sem = () => {};
const SIGNED: LoadOption = { signed: true };
const REVERSED: LoadOption = { reversed: true };

const loading = chapter('Book I 3.3.2 Fixed-Point Load Instructions');
const storing = chapter('Book I 3.3.3 Fixed-Point Store Instructions');
const reversing = chapter(
  'Book I 3.3.5 Fixed-Point Load and Store with Byte Reversal Instructions',
);
const reserving = chapter('Book II 4.6.2 Load And Reserve and Store Conditional Instructions');
const caching = chapter('Book II 4.3 Cache Management Instructions');
const ordering = chapter('Book II 4.6 Synchronization Instructions');
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

  reserving(
    'lbarx',
    'X',
    '011111 {RT} {RA} {RB} 0000110100 {EH}',
    'RT,RA0,RB[,EH]',
    loadReserve(1),
    V206,
  ),
  reserving(
    'lharx',
    'X',
    '011111 {RT} {RA} {RB} 0001110100 {EH}',
    'RT,RA0,RB[,EH]',
    loadReserve(2),
    V206,
  ),
  reserving(
    'lwarx',
    'X',
    '011111 {RT} {RA} {RB} 0000010100 {EH}',
    'RT,RA0,RB[,EH]',
    loadReserve(4),
  ),
  reserving(
    'ldarx',
    'X',
    '011111 {RT} {RA} {RB} 0001010100 {EH}',
    'RT,RA0,RB[,EH]',
    loadReserve(8),
  ),
  reserving(
    'stbcx.',
    'X',
    '011111 {RS} {RA} {RB} 1010110110 1',
    'RS,RA0,RB',
    storeConditional(1),
    V206,
  ),
  reserving(
    'sthcx.',
    'X',
    '011111 {RS} {RA} {RB} 1011010110 1',
    'RS,RA0,RB',
    storeConditional(2),
    V206,
  ),
  reserving('stwcx.', 'X', '011111 {RS} {RA} {RB} 0010010110 1', 'RS,RA0,RB', storeConditional(4)),
  reserving('stdcx.', 'X', '011111 {RS} {RA} {RB} 0011010110 1', 'RS,RA0,RB', storeConditional(8)),

  caching('icbi', 'X', '011111 ----- {RA} {RB} 1111010110 -', 'RA0,RB', nothing),
  caching('dcbt', 'X', '011111 {TH} {RA} {RB} 0100010110 -', 'RA0,RB[,TH]', nothing),
  caching('dcbtst', 'X', '011111 {TH} {RA} {RB} 0011110110 -', 'RA0,RB[,TH]', nothing),
  caching('dcbz', 'X', '011111 ----- {RA} {RB} 1111110110 -', 'RA0,RB', zeroBlock),
  caching('dcbst', 'X', '011111 ----- {RA} {RB} 0000110110 -', 'RA0,RB', nothing),
  caching('dcbf', 'X', '011111 --- {L_DCBF} {RA} {RB} 0001010110 -', 'RA0,RB[,L_DCBF]', nothing),
  ordering('isync', 'XL', '010011 ----- ----- ----- 0010010110 -', '', nothing),
  ordering('sync', 'X', '011111 --- {L_SYNC} ----- ----- 1001010110 -', '[L_SYNC]', nothing),
  ordering('eieio', 'X', '011111 ----- ----- ----- 1101010110 -', '', nothing),
];
