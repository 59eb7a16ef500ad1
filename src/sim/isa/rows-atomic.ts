// Power ISA v3.0B Book II 4.5 (atomic memory operations) and 4.6.2 (load and reserve, store conditional).
import type { Builder, Expr, Size } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

const indexed = (b: Builder): Expr => b.add(b.regOr0('RA'), b.reg('RB'));

const loadReserve =
  (size: Size): Sem =>
  (b) =>
    b.setReg('RT', b.loadReserve(indexed(b), size));
const storeConditional =
  (size: Size): Sem =>
  (b) =>
    b.storeConditional(indexed(b), size, b.reg('RS'));

/** The reservation is of the whole line, so that loading one byte sets it; the quadword is in the same line. */
const loadReserveQuad: Sem = (b) => {
  const ea = b.let('EA', indexed(b));
  b.align(ea, 16);
  b.loadReserve(ea, 1);
  const [high, low] = b.loadQuad(ea);
  b.setReg('RTp', high);
  b.setReg('RTp+1', low);
};

const load = 'RT,RA0,RB[,EH]';
const store = 'RS,RA0,RB';
const reserving = chapter('Book II 4.6.2 Load And Reserve and Store Conditional Instructions');
const loadAtomic = chapter('Book II 4.5.1 Load Atomic', { since: '3.0' });
const storeAtomic = chapter('Book II 4.5.2 Store Atomic', { since: '3.0' });
const V206 = { since: '2.06' } as const;
const V207 = { since: '2.07' } as const;

export const ATOMIC_ROWS: readonly Row[] = [
  reserving('lbarx', 'X', '011111 {RT} {RA} {RB} 0000110100 {EH}', load, loadReserve(1), V206),
  reserving('lharx', 'X', '011111 {RT} {RA} {RB} 0001110100 {EH}', load, loadReserve(2), V206),
  reserving('lwarx', 'X', '011111 {RT} {RA} {RB} 0000010100 {EH}', load, loadReserve(4)),
  reserving('ldarx', 'X', '011111 {RT} {RA} {RB} 0001010100 {EH}', load, loadReserve(8)),
  reserving(
    'lqarx',
    'X',
    '011111 {RTp} {RA} {RB} 0100010100 {EH}',
    'RTp,RAQ,RBQ[,EH]',
    loadReserveQuad,
    V207,
  ),
  reserving('stbcx.', 'X', '011111 {RS} {RA} {RB} 1010110110 1', store, storeConditional(1), V206),
  reserving('sthcx.', 'X', '011111 {RS} {RA} {RB} 1011010110 1', store, storeConditional(2), V206),
  reserving('stwcx.', 'X', '011111 {RS} {RA} {RB} 0010010110 1', store, storeConditional(4)),
  reserving('stdcx.', 'X', '011111 {RS} {RA} {RB} 0011010110 1', store, storeConditional(8)),
  reserving(
    'stqcx.',
    'X',
    '011111 {RSp} {RA} {RB} 0010110110 1',
    'RSp,RA0,RB',
    (b) => b.storeConditional(indexed(b), 16, b.reg('RSp'), b.reg('RSp+1')),
    V207,
  ),

  loadAtomic('lwat', 'X', '011111 {RT} {RA} {FC} 1001000110 -', 'RT,RA0,FC', (b) =>
    b.loadAtomic('RT', b.regOr0('RA'), 4),
  ),
  loadAtomic('ldat', 'X', '011111 {RT} {RA} {FC} 1001100110 -', 'RT,RA0,FC', (b) =>
    b.loadAtomic('RT', b.regOr0('RA'), 8),
  ),
  storeAtomic('stwat', 'X', '011111 {RS} {RA} {FC} 1011000110 -', 'RS,RA0,FC', (b) =>
    b.storeAtomic('RS', b.regOr0('RA'), 4),
  ),
  storeAtomic('stdat', 'X', '011111 {RS} {RA} {FC} 1011100110 -', 'RS,RA0,FC', (b) =>
    b.storeAtomic('RS', b.regOr0('RA'), 8),
  ),
];
