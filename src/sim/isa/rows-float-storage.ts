// Power ISA v3.0B Book I 4.6.2 to 4.6.4: floating-point loads and stores.
import type { Builder, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

type Address = (b: Builder) => Expr;
const D: Address = (b) => b.add(b.regOr0('RA'), b.imm('D'));
const DS: Address = (b) => b.add(b.regOr0('RA'), b.imm('DS'));
const X: Address = (b) => b.add(b.regOr0('RA'), b.reg('RB'));
const UPDATE_D: Address = (b) => b.add(b.reg('RA'), b.imm('D'));
const UPDATE_X: Address = (b) => b.add(b.reg('RA'), b.reg('RB'));

type Load = (b: Builder, ea: Expr) => Expr;
const single: Load = (b, ea) => b.fp.fromSingle(b.load(ea, 4));
const double: Load = (b, ea) => b.load(ea, 8);
type Store = (b: Builder, ea: Expr) => void;
const storeSingle: Store = (b, ea) => b.store(ea, 4, b.fp.toSingle(b.fp.reg('FRS')));
const storeDouble: Store = (b, ea) => b.store(ea, 8, b.fp.reg('FRS'));

const load =
  (address: Address, value: Load): Sem =>
  (b) =>
    b.fp.setReg('FRT', value(b, address(b)));
const loadUpdate =
  (address: Address, value: Load): Sem =>
  (b) => {
    const ea = b.let('EA', address(b));
    b.fp.setReg('FRT', value(b, ea));
    b.setReg('RA', ea);
  };
const store =
  (address: Address, put: Store): Sem =>
  (b) =>
    put(b, address(b));
const storeUpdate =
  (address: Address, put: Store): Sem =>
  (b) => {
    const ea = b.let('EA', address(b));
    put(b, ea);
    b.setReg('RA', ea);
  };

/** A pair is one number of 128 bits: in little-endian mode the first register's doubleword comes second. */
const loadPair =
  (address: Address): Sem =>
  (b) => {
    const [high, low] = b.loadQuad(address(b));
    b.fp.setReg('FRTp', high);
    b.fp.setReg('FRTp+1', low);
  };
const storePair =
  (address: Address): Sem =>
  (b) =>
    b.storeQuad(address(b), b.fp.reg('FRSp'), b.fp.reg('FRSp+1'));

const FP = { facility: 'FP' } as const;
const loading = chapter('Book I 4.6.2 Floating-Point Load Instructions', FP);
const storing = chapter('Book I 4.6.3 Floating-Point Store Instructions', FP);
const pairs = chapter('Book I 4.6.4 Floating-Point Load and Store Double Pair Instructions', {
  ...FP,
  since: '2.05',
});

const X_LOAD = (xo: string) => `011111 {FRT} {RA} {RB} ${xo} -`;
const X_STORE = (xo: string) => `011111 {FRS} {RA} {RB} ${xo} -`;
const LOAD = 'FRT,RA0,RB';
const LOAD_UPDATE = 'FRT,RAS,RB';
const STORE = 'FRS,RA0,RB';
const STORE_UPDATE = 'FRS,RAS,RB';

export const FLOAT_STORAGE_ROWS: readonly Row[] = [
  loading('lfs', 'D', '110000 {FRT} {RA} {D}', 'FRT,D(RA0)', load(D, single)),
  loading('lfsu', 'D', '110001 {FRT} {RA} {D}', 'FRT,D(RAS)', loadUpdate(UPDATE_D, single)),
  loading('lfsx', 'X', X_LOAD('1000010111'), LOAD, load(X, single)),
  loading('lfsux', 'X', X_LOAD('1000110111'), LOAD_UPDATE, loadUpdate(UPDATE_X, single)),
  loading('lfd', 'D', '110010 {FRT} {RA} {D}', 'FRT,D(RA0)', load(D, double)),
  loading('lfdu', 'D', '110011 {FRT} {RA} {D}', 'FRT,D(RAS)', loadUpdate(UPDATE_D, double)),
  loading('lfdx', 'X', X_LOAD('1001010111'), LOAD, load(X, double)),
  loading('lfdux', 'X', X_LOAD('1001110111'), LOAD_UPDATE, loadUpdate(UPDATE_X, double)),
  loading(
    'lfiwax',
    'X',
    X_LOAD('1101010111'),
    LOAD,
    load(X, (b, ea) => b.load(ea, 4, { signed: true })),
    { since: '2.05' },
  ),
  loading(
    'lfiwzx',
    'X',
    X_LOAD('1101110111'),
    LOAD,
    load(X, (b, ea) => b.load(ea, 4)),
    { since: '2.06' },
  ),

  storing('stfs', 'D', '110100 {FRS} {RA} {D}', 'FRS,D(RA0)', store(D, storeSingle)),
  storing('stfsu', 'D', '110101 {FRS} {RA} {D}', 'FRS,D(RAS)', storeUpdate(UPDATE_D, storeSingle)),
  storing('stfsx', 'X', X_STORE('1010010111'), STORE, store(X, storeSingle)),
  storing('stfsux', 'X', X_STORE('1010110111'), STORE_UPDATE, storeUpdate(UPDATE_X, storeSingle)),
  storing('stfd', 'D', '110110 {FRS} {RA} {D}', 'FRS,D(RA0)', store(D, storeDouble)),
  storing('stfdu', 'D', '110111 {FRS} {RA} {D}', 'FRS,D(RAS)', storeUpdate(UPDATE_D, storeDouble)),
  storing('stfdx', 'X', X_STORE('1011010111'), STORE, store(X, storeDouble)),
  storing('stfdux', 'X', X_STORE('1011110111'), STORE_UPDATE, storeUpdate(UPDATE_X, storeDouble)),
  storing(
    'stfiwx',
    'X',
    X_STORE('1111010111'),
    STORE,
    store(X, (b, ea) => b.store(ea, 4, b.fp.reg('FRS'))),
  ),

  pairs('lfdp', 'DS', '111001 {FRTp} {RA} {DS} 00', 'FRTp,DS(RA0)', loadPair(DS)),
  pairs('lfdpx', 'X', '011111 {FRTp} {RA} {RB} 1100010111 -', 'FRTp,RA0,RB', loadPair(X)),
  pairs('stfdp', 'DS', '111101 {FRSp} {RA} {DS} 00', 'FRSp,DS(RA0)', storePair(DS)),
  pairs('stfdpx', 'X', '011111 {FRSp} {RA} {RB} 1110010111 -', 'FRSp,RA0,RB', storePair(X)),
];
