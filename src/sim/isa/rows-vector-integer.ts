// Power ISA v3.0B Book I 6.9 and 6.12 to 6.19: the Vector Facility's integer arithmetic, comparison, logical, shift
// and bit instructions. What comes in several element widths is one line per operation here.
import type { Builder, Expr } from './builder.ts';
import type { LaneOperator, Vec, Width } from './builder-vector.ts';
import { chapter } from './chapter.ts';
import type { Row, Version } from './row.ts';
import { all, binary, LOGICAL, lanes, VR } from './vector-semantics.ts';

// The PPC970 (2.02) has AltiVec, which became part of the architecture's books only with 2.03.
const own = { since: '2.02', facility: 'VEC' } as const;
const arithmetic = chapter('Book I 6.9.1 Vector Integer Arithmetic Instructions', own);
const comparing = chapter('Book I 6.9.3 Vector Integer Compare Instructions', own);
const logical = chapter('Book I 6.9.4 Vector Logical Instructions', own);
const shifting = chapter('Book I 6.9.5 Vector Integer Rotate and Shift Instructions', own);
const bits = chapter('Book I chapter 6, Vector Bit Manipulation Instructions', own);
const status = chapter('Book I chapter 6, Vector Status and Control Register Instructions', own);
const V207 = { since: '2.07' } as const;
const V30 = { since: '3.0' } as const;

const AB = 'VRT,VRA,VRB';
const B = 'VRT,VRB';

/** Instruction names end in the letter of the element width. */
const WIDTHS = { b: 8, h: 16, w: 32, d: 64 } as const satisfies Record<string, Width>;
type Letter = keyof typeof WIDTHS;
const LETTERS = ['b', 'h', 'w', 'd'] as const;
/** Doublewords came with 2.07. */
const sinceOf = (letter: Letter): { since: Version } => (letter === 'd' ? V207 : own);

/** One row per element width; `xo` are their extended opcodes in the order b, h, w, d. */
const elementwise = (
  section: typeof arithmetic,
  name: (letter: Letter) => string,
  operator: LaneOperator,
  xo: readonly string[],
): Row[] =>
  LETTERS.map((letter, i) =>
    section(
      name(letter),
      'VX',
      `000100 {VRT} {VRA} {VRB} ${xo[i]}`,
      AB,
      lanes(WIDTHS[letter], operator),
      sinceOf(letter),
    ),
  );

type Compare = (b: Builder, width: Width, x: Vec, y: Vec) => Vec;
const by =
  (operator: LaneOperator): Compare =>
  (b, width, x, y) =>
    b.vec.lanes(width, operator, x, y);
const notEqual: Compare = (b, width, x, y) => b.vec.not(b.vec.lanes(width, 'eq', x, y));
const notEqualOrZero: Compare = (b, width, x, y) => {
  const zero = b.vec.const(0n);
  const isZero = (v: Vec) => b.vec.lanes(width, 'eq', v, zero);
  return b.vec.or(notEqual(b, width, x, y), b.vec.or(isZero(x), isZero(y)));
};
/** Rows of one comparison; `xo` by letter. */
const comparison = (
  name: string,
  test: Compare,
  xo: Partial<Record<Letter, string>>,
  since?: { since: Version },
): Row[] =>
  LETTERS.flatMap((letter) =>
    xo[letter] === undefined
      ? []
      : comparing(
          name + letter,
          'VC',
          `000100 {VRT} {VRA} {VRB} {Rc_VC} ${xo[letter]}`,
          AB,
          (b) => {
            const [x, y] = [b.vec.reg('VRA'), b.vec.reg('VRB')];
            const result = b.vec.let('result', test(b, WIDTHS[letter], x, y));
            if (b.flag('Rc_VC')) b.vec.record(result);
            b.vec.setReg('VRT', result);
          },
          since ?? sinceOf(letter),
        ),
  );

const counting = (
  name: string,
  what: 'clz' | 'ctz' | 'popcnt',
  since: { since: Version },
  pattern: (i: number) => string,
): Row[] =>
  LETTERS.map((letter, i) =>
    bits(
      name + letter,
      'VX',
      pattern(i),
      B,
      (b) => b.vec.setReg('VRT', b.vec.count(WIDTHS[letter], what, b.vec.reg('VRB'))),
      since,
    ),
  );

/** The low bits of the 16 bytes as a number. */
const lowBits = (b: Builder): Expr =>
  b.vec.signs(b.vec.lanes(8, 'shl', b.vec.reg('VRB'), all(b, 8, 7n)));

/** Exchanges the bits of `mask` with those `by` places to the left. */
const exchange = (b: Builder, x: Expr, by: bigint, mask: bigint): Expr => {
  const moved = b.let('t', b.and(b.xor(x, b.shrU(x, b.const(by))), b.const(mask)));
  return b.let('x', b.xor(x, b.xor(moved, b.shl(moved, b.const(by)))));
};
/** The 8 x 8 bit matrix of a doubleword, transposed: in turn blocks of 1, 2 and 4 bits change places. */
const transpose = (b: Builder, dword: Expr): Expr => {
  const ones = exchange(b, dword, 7n, 0x00aa_00aa_00aa_00aan);
  const twos = exchange(b, ones, 14n, 0x0000_cccc_0000_ccccn);
  return exchange(b, twos, 28n, 0x0000_0000_f0f0_f0f0n);
};

/** The sign of byte i of the result is bit `VRB.byte[i]` of the quadword; byte numbers come from `byteOf`. */
const chosenBits = (b: Builder, byteOf: (index: Vec) => Vec): Vec => {
  const [source, index] = [b.vec.reg('VRA'), b.vec.reg('VRB')];
  return b.vec.lanes(8, 'rotl', b.vec.permute(source, source, byteOf(index)), index);
};

export const VECTOR_INTEGER_ROWS: readonly Row[] = [
  ...elementwise(arithmetic, (l) => `vaddu${l}m`, 'add', [
    '00000000000',
    '00001000000',
    '00010000000',
    '00011000000',
  ]),
  ...elementwise(arithmetic, (l) => `vsubu${l}m`, 'sub', [
    '10000000000',
    '10001000000',
    '10010000000',
    '10011000000',
  ]),
  ...elementwise(arithmetic, (l) => `vmaxu${l}`, 'maxU', [
    '00000000010',
    '00001000010',
    '00010000010',
    '00011000010',
  ]),
  ...elementwise(arithmetic, (l) => `vmaxs${l}`, 'maxS', [
    '00100000010',
    '00101000010',
    '00110000010',
    '00111000010',
  ]),
  ...elementwise(arithmetic, (l) => `vminu${l}`, 'minU', [
    '01000000010',
    '01001000010',
    '01010000010',
    '01011000010',
  ]),
  ...elementwise(arithmetic, (l) => `vmins${l}`, 'minS', [
    '01100000010',
    '01101000010',
    '01110000010',
    '01111000010',
  ]),
  arithmetic(
    'vavgub',
    'VX',
    '000100 {VRT} {VRA} {VRB} 10000000010',
    AB,
    binary(VR, (b, x, y) => b.vec.averageBytes(x, y)),
  ),

  ...comparison('vcmpequ', by('eq'), {
    b: '0000000110',
    h: '0001000110',
    w: '0010000110',
    d: '0011000111',
  }),
  ...comparison('vcmpgtu', by('gtU'), {
    b: '1000000110',
    h: '1001000110',
    w: '1010000110',
    d: '1011000111',
  }),
  ...comparison('vcmpgts', by('gtS'), {
    b: '1100000110',
    h: '1101000110',
    w: '1110000110',
    d: '1111000111',
  }),
  ...comparison('vcmpne', notEqual, { b: '0000000111', h: '0001000111', w: '0010000111' }, V30),
  ...comparison(
    'vcmpnez',
    notEqualOrZero,
    { b: '0100000111', h: '0101000111', w: '0110000111' },
    V30,
  ),

  logical('vand', 'VX', '000100 {VRT} {VRA} {VRB} 10000000100', AB, binary(VR, LOGICAL.and)),
  logical('vandc', 'VX', '000100 {VRT} {VRA} {VRB} 10001000100', AB, binary(VR, LOGICAL.andc)),
  logical('vor', 'VX', '000100 {VRT} {VRA} {VRB} 10010000100', AB, binary(VR, LOGICAL.or)),
  logical('vorc', 'VX', '000100 {VRT} {VRA} {VRB} 10101000100', AB, binary(VR, LOGICAL.orc), V207),
  logical('vxor', 'VX', '000100 {VRT} {VRA} {VRB} 10011000100', AB, binary(VR, LOGICAL.xor)),
  logical('vnor', 'VX', '000100 {VRT} {VRA} {VRB} 10100000100', AB, binary(VR, LOGICAL.nor)),
  logical(
    'vnand',
    'VX',
    '000100 {VRT} {VRA} {VRB} 10110000100',
    AB,
    binary(VR, LOGICAL.nand),
    V207,
  ),
  logical('veqv', 'VX', '000100 {VRT} {VRA} {VRB} 11010000100', AB, binary(VR, LOGICAL.eqv), V207),

  ...elementwise(shifting, (l) => `vrl${l}`, 'rotl', [
    '00000000100',
    '00001000100',
    '00010000100',
    '00011000100',
  ]),
  ...elementwise(shifting, (l) => `vsl${l}`, 'shl', [
    '00100000100',
    '00101000100',
    '00110000100',
    '10111000100',
  ]),
  ...elementwise(shifting, (l) => `vsr${l}`, 'shrU', [
    '01000000100',
    '01001000100',
    '01010000100',
    '11011000100',
  ]),
  ...elementwise(shifting, (l) => `vsra${l}`, 'shrS', [
    '01100000100',
    '01101000100',
    '01110000100',
    '01111000100',
  ]),

  ...counting('vclz', 'clz', V207, (i) => `000100 {VRT} ----- {VRB} 111${binary2(i)}000010`),
  ...counting('vctz', 'ctz', V30, (i) => `000100 {VRT} 111${binary2(i)} {VRB} 11000000010`),
  ...counting('vpopcnt', 'popcnt', V207, (i) => `000100 {VRT} ----- {VRB} 111${binary2(i)}000011`),
  bits(
    'vclzlsbb',
    'VX',
    '000100 {RT} 00000 {VRB} 11000000010',
    'RT,VRB',
    (b) => {
      const leftmost = b.shl(lowBits(b), b.const(48n));
      b.setReg('RT', b.clz(b.or(leftmost, b.const(1n << 47n))));
    },
    V30,
  ),
  bits(
    'vctzlsbb',
    'VX',
    '000100 {RT} 00001 {VRB} 11000000010',
    'RT,VRB',
    (b) => b.setReg('RT', b.ctz(b.or(lowBits(b), b.const(1n << 16n)))),
    V30,
  ),
  bits(
    'vgbbd',
    'VX',
    '000100 {VRT} ----- {VRB} 10100001100',
    B,
    (b) => {
      const source = b.vec.reg('VRB');
      const dword0 = transpose(b, b.vec.dword(source, 0));
      b.vec.setReg('VRT', b.vec.fromDwords(dword0, transpose(b, b.vec.dword(source, 1))));
    },
    V207,
  ),
  bits(
    'vbpermq',
    'VX',
    '000100 {VRT} {VRA} {VRB} 10101001100',
    AB,
    (b) => {
      const index = b.vec.reg('VRB');
      const chosen = chosenBits(b, (i) => b.vec.lanes(8, 'shrU', i, all(b, 8, 3n)));
      // An index of 128 or more has its own sign bit set and gives 0.
      const sixteen = b.vec.signs(b.vec.and(chosen, b.vec.not(index)));
      b.vec.setReg('VRT', b.vec.fromDwords(sixteen, b.const(0n)));
    },
    V207,
  ),
  bits(
    'vbpermd',
    'VX',
    '000100 {VRT} {VRA} {VRB} 10111001100',
    AB,
    (b) => {
      const index = b.vec.reg('VRB');
      const byteOf = (i: Vec) => {
        const inDword = b.vec.and(b.vec.lanes(8, 'shrU', i, all(b, 8, 3n)), all(b, 8, 7n));
        return b.vec.or(inDword, b.vec.const(0x0808_0808_0808_0808n));
      };
      const chosen = chosenBits(b, byteOf);
      // An index of 64 or more gives 0.
      const outside = b.vec.or(index, b.vec.lanes(8, 'shl', index, all(b, 8, 1n)));
      const both = b.let('both', b.vec.signs(b.vec.and(chosen, b.vec.not(outside))));
      const [high, low] = [b.shrU(both, b.const(8n)), b.extz(both, 8)];
      b.vec.setReg('VRT', b.vec.fromDwords(high, low));
    },
    V30,
  ),

  status('mfvscr', 'VX', '000100 {VRT} ----- ----- 11000000100', 'VRT', (b) =>
    b.vec.setReg('VRT', b.vec.fromDwords(b.const(0n), b.vec.vscr())),
  ),
  status('mtvscr', 'VX', '000100 ----- ----- {VRB} 11001000100', 'VRB', (b) =>
    b.vec.setVscr(b.vec.dword(b.vec.reg('VRB'), 1)),
  ),
];

function binary2(n: number): string {
  return n.toString(2).padStart(2, '0');
}
