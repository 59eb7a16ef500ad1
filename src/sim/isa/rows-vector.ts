// Power ISA v3.0B Book I 6.8: the Vector Facility's permute and formatting instructions.
import type { Builder, Expr } from './builder.ts';
import type { Vec, Width } from './builder-vector.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';
import { all, binary, bytesFrom, mergeOrder, VR } from './vector-semantics.ts';

// The PPC970 (2.02) has AltiVec, which became part of the architecture's books only with 2.03.
const own = { since: '2.02', facility: 'VEC' } as const;
const packing = chapter('Book I 6.8.1 Vector Pack and Unpack Instructions', own);
const merging = chapter('Book I 6.8.2 Vector Merge Instructions', own);
const splatting = chapter('Book I 6.8.3 Vector Splat Instructions', own);
const permuting = chapter('Book I 6.8.4 Vector Permute Instruction', own);
const selecting = chapter('Book I 6.8.5 Vector Select Instruction', own);
const shifting = chapter('Book I 6.8.6 Vector Shift Instructions', own);
const extracting = chapter('Book I 6.8.7 Vector Extract Element Instructions', own);
const inserting = chapter('Book I 6.8.8 Vector Insert Element Instructions', own);
const V207 = { since: '2.07' } as const;
const V30 = { since: '3.0' } as const;

/** The low halves of all elements of a || b; `width` is that of the halves. */
const pack = (width: Width): Sem => {
  const order = Array.from({ length: 128 / width }, (_, i) => 2 * i + 1);
  return binary(VR, (b, x, y) => b.vec.elements(width, order, x, y));
};
/** Sign extension of the high (0) or low (1) half of the elements of width `width` to twice that. */
const unpack =
  (width: 8 | 16 | 32, half: 0 | 1): Sem =>
  (b) => {
    const source = b.vec.reg('VRB');
    const count = 128 / width;
    const twice = b.vec.elements(width, mergeOrder(count, (half * count) / 2), source, source);
    const wide = (2 * width) as Width;
    b.vec.setReg('VRT', b.vec.lanes(wide, 'shrS', twice, all(b, wide, BigInt(width))));
  };

const merge = (width: Width, half: 0 | 1): Sem => {
  const count = 128 / width;
  return binary(VR, (b, x, y) =>
    b.vec.elements(width, mergeOrder(count, (half * count) / 2), x, y),
  );
};
const mergeEach = (first: 0 | 1): Sem =>
  binary(VR, (b, x, y) => b.vec.elements(32, mergeOrder(4, first, 2), x, y));

const splat =
  (size: 1 | 2 | 4, field: string): Sem =>
  (b) => {
    const at = size === 1 ? b.imm(field) : b.mul(b.imm(field), b.const(BigInt(size)));
    const element = b.vec.bytes(b.vec.reg('VRB'), at, size);
    b.vec.setReg('VRT', b.vec.splat((8 * size) as Width, element));
  };
const splatImmediate =
  (width: Width): Sem =>
  (b) =>
    b.vec.setReg('VRT', b.vec.splat(width, b.imm('SIM')));

/** VRT := f(VRA, VRB, control VRC). */
const permute =
  (control: (b: Builder, c: Vec) => Vec): Sem =>
  (b) => {
    const c = control(b, b.vec.reg('VRC'));
    b.vec.setReg('VRT', b.vec.permute(b.vec.reg('VRA'), b.vec.reg('VRB'), c));
  };

/** Bits 125:127 of VRB: the distance of vsl and vsr, whose other bytes must say the same. */
const bitShift = (b: Builder): Expr =>
  b.let('sh', b.and(b.vec.dword(b.vec.reg('VRB'), 1), b.const(7n)));
/** Bits 121:124 of VRB: the distance of vslo and vsro in bytes. */
const byteShift = (b: Builder): Expr =>
  b.and(b.shrU(b.vec.dword(b.vec.reg('VRB'), 1), b.const(3n)), b.const(15n));

/** `value` shifted by 63 - sh + 1, in two steps because amounts are modulo 64. */
const rest = (b: Builder, sh: Expr) => b.sub(b.const(63n), sh);
const shiftLeft: Sem = (b) => {
  const source = b.vec.reg('VRA');
  const [d0, d1] = [b.vec.dword(source, 0), b.vec.dword(source, 1)];
  const sh = bitShift(b);
  const carried = b.shrU(b.shrU(d1, b.const(1n)), rest(b, sh));
  b.vec.setReg('VRT', b.vec.fromDwords(b.or(b.shl(d0, sh), carried), b.shl(d1, sh)));
};
const shiftRight: Sem = (b) => {
  const source = b.vec.reg('VRA');
  const [d0, d1] = [b.vec.dword(source, 0), b.vec.dword(source, 1)];
  const sh = bitShift(b);
  const carried = b.shl(b.shl(d0, b.const(1n)), rest(b, sh));
  b.vec.setReg('VRT', b.vec.fromDwords(b.shrU(d0, sh), b.or(carried, b.shrU(d1, sh))));
};
const shiftLeftByOctet: Sem = (b) => {
  const zero = b.vec.const(0n);
  b.vec.setReg('VRT', b.vec.permute(b.vec.reg('VRA'), zero, bytesFrom(b, byteShift(b))));
};
const shiftRightByOctet: Sem = (b) => {
  const start = b.sub(b.const(16n), byteShift(b));
  b.vec.setReg('VRT', b.vec.permute(b.vec.const(0n), b.vec.reg('VRA'), bytesFrom(b, start)));
};

/** Each byte shifted by its own distance, filled from its right or left neighbour. */
const NEXT = Array.from({ length: 16 }, (_, i) => i + 1);
const PREVIOUS = Array.from({ length: 16 }, (_, i) => i + 15);
const shiftLeftVariable = binary(VR, (b, x, sh) => {
  const next = b.vec.elements(8, NEXT, x, b.vec.const(0n));
  const half = b.vec.lanes(8, 'shrU', next, all(b, 8, 1n));
  const carried = b.vec.lanes(8, 'shrU', half, b.vec.not(sh));
  return b.vec.or(b.vec.lanes(8, 'shl', x, sh), carried);
});
const shiftRightVariable = binary(VR, (b, x, sh) => {
  const previous = b.vec.elements(8, PREVIOUS, b.vec.const(0n), x);
  const half = b.vec.lanes(8, 'shl', previous, all(b, 8, 1n));
  const carried = b.vec.lanes(8, 'shl', half, b.vec.not(sh));
  return b.vec.or(carried, b.vec.lanes(8, 'shrU', x, sh));
});

type ElementSize = 1 | 2 | 4 | 8;
const extract =
  (size: ElementSize): Sem =>
  (b) => {
    const element = b.vec.bytes(b.vec.reg('VRB'), b.imm('UIM_B'), size);
    b.vec.setReg('VRT', b.vec.fromDwords(element, b.const(0n)));
  };
/** The source is the element of doubleword 0 that lies furthest right. */
const insert =
  (size: ElementSize): Sem =>
  (b) => {
    const element = b.vec.dword(b.vec.reg('VRB'), 0);
    const target = b.vec.reg('VRT');
    b.vec.setReg('VRT', b.vec.withBytes(target, b.imm('UIM_B'), size, element));
  };
const extractToGpr =
  (size: 1 | 2 | 4, fromRight: boolean): Sem =>
  (b) => {
    const index = b.and(b.reg('RA'), b.const(15n));
    const at = b.let('at', fromRight ? b.sub(b.const(BigInt(16 - size)), index) : index);
    b.setReg('RT', b.vec.bytes(b.vec.reg('VRB'), at, size));
  };

const ABC = 'VRT,VRA,VRB,VRC';
const AB = 'VRT,VRA,VRB';

export const VECTOR_PERMUTE_ROWS: readonly Row[] = [
  packing('vpkuhum', 'VX', '000100 {VRT} {VRA} {VRB} 00000001110', AB, pack(8)),
  packing('vpkuwum', 'VX', '000100 {VRT} {VRA} {VRB} 00001001110', AB, pack(16)),
  packing('vpkudum', 'VX', '000100 {VRT} {VRA} {VRB} 10001001110', AB, pack(32), V207),
  packing('vupkhsb', 'VX', '000100 {VRT} ----- {VRB} 01000001110', 'VRT,VRB', unpack(8, 0)),
  packing('vupkhsh', 'VX', '000100 {VRT} ----- {VRB} 01001001110', 'VRT,VRB', unpack(16, 0)),
  packing('vupkhsw', 'VX', '000100 {VRT} ----- {VRB} 11001001110', 'VRT,VRB', unpack(32, 0), V207),
  packing('vupklsb', 'VX', '000100 {VRT} ----- {VRB} 01010001110', 'VRT,VRB', unpack(8, 1)),
  packing('vupklsh', 'VX', '000100 {VRT} ----- {VRB} 01011001110', 'VRT,VRB', unpack(16, 1)),
  packing('vupklsw', 'VX', '000100 {VRT} ----- {VRB} 11011001110', 'VRT,VRB', unpack(32, 1), V207),

  merging('vmrghb', 'VX', '000100 {VRT} {VRA} {VRB} 00000001100', AB, merge(8, 0)),
  merging('vmrghh', 'VX', '000100 {VRT} {VRA} {VRB} 00001001100', AB, merge(16, 0)),
  merging('vmrghw', 'VX', '000100 {VRT} {VRA} {VRB} 00010001100', AB, merge(32, 0)),
  merging('vmrglb', 'VX', '000100 {VRT} {VRA} {VRB} 00100001100', AB, merge(8, 1)),
  merging('vmrglh', 'VX', '000100 {VRT} {VRA} {VRB} 00101001100', AB, merge(16, 1)),
  merging('vmrglw', 'VX', '000100 {VRT} {VRA} {VRB} 00110001100', AB, merge(32, 1)),
  merging('vmrgew', 'VX', '000100 {VRT} {VRA} {VRB} 11110001100', AB, mergeEach(0), V207),
  merging('vmrgow', 'VX', '000100 {VRT} {VRA} {VRB} 11010001100', AB, mergeEach(1), V207),

  splatting(
    'vspltb',
    'VX',
    '000100 {VRT} - {UIM_B} {VRB} 01000001100',
    'VRT,VRB,UIM_B',
    splat(1, 'UIM_B'),
  ),
  splatting(
    'vsplth',
    'VX',
    '000100 {VRT} -- {UIM_H} {VRB} 01001001100',
    'VRT,VRB,UIM_H',
    splat(2, 'UIM_H'),
  ),
  splatting(
    'vspltw',
    'VX',
    '000100 {VRT} --- {UIM_W} {VRB} 01010001100',
    'VRT,VRB,UIM_W',
    splat(4, 'UIM_W'),
  ),
  splatting('vspltisb', 'VX', '000100 {VRT} {SIM} ----- 01100001100', 'VRT,SIM', splatImmediate(8)),
  splatting(
    'vspltish',
    'VX',
    '000100 {VRT} {SIM} ----- 01101001100',
    'VRT,SIM',
    splatImmediate(16),
  ),
  splatting(
    'vspltisw',
    'VX',
    '000100 {VRT} {SIM} ----- 01110001100',
    'VRT,SIM',
    splatImmediate(32),
  ),

  permuting(
    'vperm',
    'VA',
    '000100 {VRT} {VRA} {VRB} {VRC} 101011',
    ABC,
    permute((_, c) => c),
  ),
  permuting(
    'vpermr',
    'VA',
    '000100 {VRT} {VRA} {VRB} {VRC} 111011',
    ABC,
    permute((b, c) => b.vec.lanes(8, 'sub', all(b, 8, 31n), c)),
    V30,
  ),
  selecting('vsel', 'VA', '000100 {VRT} {VRA} {VRB} {VRC} 101010', ABC, (b) => {
    const [x, y, mask] = [b.vec.reg('VRA'), b.vec.reg('VRB'), b.vec.reg('VRC')];
    b.vec.setReg('VRT', b.vec.select(mask, x, y));
  }),

  shifting(
    'vsldoi',
    'VA',
    '000100 {VRT} {VRA} {VRB} - {SHB} 101100',
    'VRT,VRA,VRB,SHB',
    binary(VR, (b, x, y) => b.vec.permute(x, y, bytesFrom(b, b.imm('SHB')))),
  ),
  shifting('vsl', 'VX', '000100 {VRT} {VRA} {VRB} 00111000100', AB, shiftLeft),
  shifting('vsr', 'VX', '000100 {VRT} {VRA} {VRB} 01011000100', AB, shiftRight),
  shifting('vslo', 'VX', '000100 {VRT} {VRA} {VRB} 10000001100', AB, shiftLeftByOctet),
  shifting('vsro', 'VX', '000100 {VRT} {VRA} {VRB} 10001001100', AB, shiftRightByOctet),
  shifting('vslv', 'VX', '000100 {VRT} {VRA} {VRB} 11101000100', AB, shiftLeftVariable, V30),
  shifting('vsrv', 'VX', '000100 {VRT} {VRA} {VRB} 11100000100', AB, shiftRightVariable, V30),

  ...(
    [
      ['b', 1, '01000', '01100'],
      ['h', 2, '01001', '01101'],
      ['w', 4, '01010', '01110'],
      ['d', 8, '01011', '01111'],
    ] as const
  ).flatMap(([letter, size, from, into]) => [
    extracting(
      `vextract${letter === 'd' ? 'd' : `u${letter}`}`,
      'VX',
      `000100 {VRT} - {UIM_B} {VRB} ${from}001101`,
      'VRT,VRB,UIM_B',
      extract(size),
      V30,
    ),
    inserting(
      `vinsert${letter}`,
      'VX',
      `000100 {VRT} - {UIM_B} {VRB} ${into}001101`,
      'VRT,VRB,UIM_B',
      insert(size),
      V30,
    ),
  ]),
  ...(
    [
      ['b', 1, '00'],
      ['h', 2, '01'],
      ['w', 4, '10'],
    ] as const
  ).flatMap(([letter, size, xo]) =>
    [false, true].map((fromRight) =>
      extracting(
        `vextu${letter}${fromRight ? 'r' : 'l'}x`,
        'VX',
        `000100 {RT} {RA} {VRB} 11${fromRight ? 1 : 0}${xo}001101`,
        'RT,RA,VRB',
        extractToGpr(size, fromRight),
        V30,
      ),
    ),
  ),
];
