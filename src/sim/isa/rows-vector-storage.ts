// Power ISA v3.0B Book I 6.7: loads and stores of the Vector Facility (AltiVec). They ignore the low address bits.
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';
import { aligned, bytesFrom, indexed, placeInQuadword } from './vector-semantics.ts';

// The PPC970 (2.02) has AltiVec, which became part of the architecture's books only with 2.03.
const own = { since: '2.02', facility: 'VEC' } as const;
const loading = chapter('Book I 6.7.2 Vector Load Instructions', own);
const storing = chapter('Book I 6.7.3 Vector Store Instructions', own);
const aligning = chapter('Book I 6.7.4 Vector Alignment Support Instructions', own);
const streaming = chapter('AltiVec Programming Environments Manual 6.2, data streams', {
  since: '2.02',
  until: '2.06',
});

const load: Sem = (b) => b.vec.setReg('VRT', b.vec.load(128, aligned(b, indexed(b), 16)));
const store: Sem = (b) => b.vec.store(128, aligned(b, indexed(b), 16), b.vec.reg('VRS'));

/** The other bytes of VRT are undefined; MODEL: they keep their values. */
const loadElement =
  (size: 1 | 2 | 4): Sem =>
  (b) => {
    const ea = b.let('EA', aligned(b, indexed(b), size));
    const value = b.load(ea, size);
    const at = placeInQuadword(b, ea, size);
    b.vec.setReg('VRT', b.vec.withBytes(b.vec.reg('VRT'), at, size, value));
  };

const storeElement =
  (size: 1 | 2 | 4): Sem =>
  (b) => {
    const ea = b.let('EA', aligned(b, indexed(b), size));
    b.store(ea, size, b.vec.bytes(b.vec.reg('VRS'), placeInQuadword(b, ea, size), size));
  };

const shiftLeft: Sem = (b) => {
  const sh = b.and(indexed(b), b.const(15n));
  b.vec.setReg('VRT', bytesFrom(b, sh));
};
const shiftRight: Sem = (b) => {
  const sh = b.and(indexed(b), b.const(15n));
  b.vec.setReg('VRT', bytesFrom(b, b.sub(b.const(16n), sh)));
};

/** Hints to prefetch: nothing that a program can see. */
const nothing: Sem = () => {};
const LOAD = 'VRT,RA0,RB';
const STORE = 'VRS,RA0,RB';

export const VECTOR_STORAGE_ROWS: readonly Row[] = [
  loading('lvebx', 'X', '011111 {VRT} {RA} {RB} 0000000111 -', LOAD, loadElement(1)),
  loading('lvehx', 'X', '011111 {VRT} {RA} {RB} 0000100111 -', LOAD, loadElement(2)),
  loading('lvewx', 'X', '011111 {VRT} {RA} {RB} 0001000111 -', LOAD, loadElement(4)),
  loading('lvx', 'X', '011111 {VRT} {RA} {RB} 0001100111 -', LOAD, load),
  loading('lvxl', 'X', '011111 {VRT} {RA} {RB} 0101100111 -', LOAD, load),

  storing('stvebx', 'X', '011111 {VRS} {RA} {RB} 0010000111 -', STORE, storeElement(1)),
  storing('stvehx', 'X', '011111 {VRS} {RA} {RB} 0010100111 -', STORE, storeElement(2)),
  storing('stvewx', 'X', '011111 {VRS} {RA} {RB} 0011000111 -', STORE, storeElement(4)),
  storing('stvx', 'X', '011111 {VRS} {RA} {RB} 0011100111 -', STORE, store),
  storing('stvxl', 'X', '011111 {VRS} {RA} {RB} 0111100111 -', STORE, store),

  aligning('lvsl', 'X', '011111 {VRT} {RA} {RB} 0000000110 -', LOAD, shiftLeft),
  aligning('lvsr', 'X', '011111 {VRT} {RA} {RB} 0000100110 -', LOAD, shiftRight),

  streaming('dst', 'X', '011111 0 -- {STRM} {RA} {RB} 0101010110 -', 'RA,RB,STRM', nothing),
  streaming('dstt', 'X', '011111 1 -- {STRM} {RA} {RB} 0101010110 -', 'RA,RB,STRM', nothing),
  streaming('dstst', 'X', '011111 0 -- {STRM} {RA} {RB} 0101110110 -', 'RA,RB,STRM', nothing),
  streaming('dststt', 'X', '011111 1 -- {STRM} {RA} {RB} 0101110110 -', 'RA,RB,STRM', nothing),
  streaming('dss', 'X', '011111 0 -- {STRM} ----- ----- 1100110110 -', 'STRM', nothing),
  streaming('dssall', 'X', '011111 1 -- -- ----- ----- 1100110110 -', '', nothing),
];
