// Power ISA v3.0B Book II chapter 4 (cache management, copy-paste, barriers), Book III 4.4.1 (caching inhibited
// accesses) and Book II chapter 8 (branch history). Caches and write buffers are not modelled.
import type { Builder, Expr, Size } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

const indexed = (b: Builder): Expr => b.add(b.regOr0('RA'), b.reg('RB'));

/** Orders or moves nothing that a program can see. */
const nothing: Sem = () => {};

const BLOCK = 128;
const zeroBlock: Sem = (b) => {
  const start = b.let('EA', b.and(indexed(b), b.not(b.const(BigInt(BLOCK - 1)))));
  for (let at = 0; at < BLOCK; at += 8) b.store(b.add(start, b.const(BigInt(at))), 8, b.const(0n));
};

/** MODEL: there is no accelerator to paste to, so the copy buffer has no content; the access is checked. */
const copy: Sem = (b) => {
  const ea = b.let('EA', indexed(b));
  b.align(ea, BLOCK);
  b.load(ea, 8);
};
/** MODEL: no accelerator accepts the block: CR0 := 0b000 || SO. */
const paste: Sem = (b) => {
  b.align(b.let('EA', indexed(b)), BLOCK);
  b.setCr(b.and(b.shrU(b.xer(), b.const(3n)), b.const(0x10000000n)), b.const(0x80n));
};

const load =
  (size: Size): Sem =>
  (b) =>
    b.setReg('RT', b.load(indexed(b), size));
const store =
  (size: Size): Sem =>
  (b) =>
    b.store(indexed(b), size, b.reg('RS'));
const LOAD = 'RT,RA0,RB';
const STORE = 'RS,RA0,RB';

const caching = chapter('Book II 4.3 Cache Management Instructions');
const copying = chapter('Book II 4.4 Copy-Paste Facility', { since: '3.0' });
const ordering = chapter('Book II 4.6 Synchronization Instructions');
const inhibited = chapter('Book III 4.4.1 Fixed-Point Load and Store Caching Inhibited', {
  since: '2.05',
  privilege: 'hypervisor',
});
const history = chapter('Book II 8 Branch History Rolling Buffer', { since: '2.07' });

export const STORAGE_CONTROL_ROWS: readonly Row[] = [
  caching('icbi', 'X', '011111 ----- {RA} {RB} 1111010110 -', 'RA0,RB', nothing),
  caching('icbt', 'X', '011111 {CT} {RA} {RB} 0000010110 -', '[CT,]RA0,RB', nothing, {
    since: '2.07',
  }),
  caching('dcbt', 'X', '011111 {TH} {RA} {RB} 0100010110 -', 'RA0,RB[,TH]', nothing),
  caching('dcbtst', 'X', '011111 {TH} {RA} {RB} 0011110110 -', 'RA0,RB[,TH]', nothing),
  caching('dcbz', 'X', '011111 ----- {RA} {RB} 1111110110 -', 'RA0,RB', zeroBlock),
  caching('dcbst', 'X', '011111 ----- {RA} {RB} 0000110110 -', 'RA0,RB', nothing),
  caching('dcbf', 'X', '011111 --- {L_DCBF} {RA} {RB} 0001010110 -', 'RA0,RB[,L_DCBF]', nothing),

  copying('copy', 'X', '011111 ---- 1 {RA} {RB} 1100000110 -', 'RA0,RB', copy),
  copying('paste.', 'X', '011111 ---- 1 {RA} {RB} 1110000110 1', 'RA0,RB', paste),
  copying('cpabort', 'X', '011111 ----- ----- ----- 1101000110 -', '', nothing),

  ordering('isync', 'XL', '010011 ----- ----- ----- 0010010110 -', '', nothing),
  ordering('sync', 'X', '011111 --- {L_SYNC} ----- ----- 1001010110 -', '[L_SYNC]', nothing),
  ordering('eieio', 'X', '011111 ----- ----- ----- 1101010110 -', '', nothing),

  inhibited('lbzcix', 'X', '011111 {RT} {RA} {RB} 1101010101 -', LOAD, load(1)),
  inhibited('lhzcix', 'X', '011111 {RT} {RA} {RB} 1100110101 -', LOAD, load(2)),
  inhibited('lwzcix', 'X', '011111 {RT} {RA} {RB} 1100010101 -', LOAD, load(4)),
  inhibited('ldcix', 'X', '011111 {RT} {RA} {RB} 1101110101 -', LOAD, load(8)),
  inhibited('stbcix', 'X', '011111 {RS} {RA} {RB} 1111010101 -', STORE, store(1)),
  inhibited('sthcix', 'X', '011111 {RS} {RA} {RB} 1110110101 -', STORE, store(2)),
  inhibited('stwcix', 'X', '011111 {RS} {RA} {RB} 1110010101 -', STORE, store(4)),
  inhibited('stdcix', 'X', '011111 {RS} {RA} {RB} 1111110101 -', STORE, store(8)),

  // MODEL: no branch is recorded, so that there is nothing to clear and every entry reads 0.
  history('clrbhrb', 'X', '011111 ----- ----- ----- 0110101110 -', '', nothing),
  history('mfbhrbe', 'XFX', '011111 {RT} {BHRBE} 0100101110 -', 'RT,BHRBE', (b) =>
    b.setReg('RT', b.const(0n)),
  ),
];
