// Power ISA v3.0B Book I 3.3.13 and 3.3.14: fixed-point logical, rotate and shift instructions.
import type { Builder, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import { bothHalves, finish, type Sem, signedWord, word } from './semantics.ts';

type Combine = (b: Builder, rs: Expr, rb: Expr) => Expr;

const logical =
  (combine: Combine): Sem =>
  (b) =>
    finish(b, 'RA', combine(b, b.reg('RS'), b.reg('RB')));

/** ori and kin; `shifted` forms put the immediate in the upper half of the low word. */
const logicalImmediate =
  (combine: Combine, shifted: boolean, record = false): Sem =>
  (b) => {
    const ui = shifted ? b.shl(b.imm('UI'), b.const(16n)) : b.imm('UI');
    const result = b.let('result', combine(b, b.reg('RS'), ui));
    if (record) b.record(result);
    b.setReg('RA', result);
  };
const and: Combine = (b, x, y) => b.and(x, y);
const or: Combine = (b, x, y) => b.or(x, y);
const xor: Combine = (b, x, y) => b.xor(x, y);

const unary =
  (compute: (b: Builder, rs: Expr) => Expr): Sem =>
  (b) =>
    finish(b, 'RA', compute(b, b.reg('RS')));

const BYTES_01 = 0x0101010101010101n;
const BYTES_7F = 0x7f7f7f7f7f7f7f7fn;

/** Number of ones in each byte, by adding neighbours of 1, 2 and 4 bits. */
function popcntBytes(b: Builder, value: Expr): Expr {
  const odd = b.and(b.shrU(value, b.const(1n)), b.const(0x5555555555555555n));
  const pairs = b.let('pairs', b.sub(value, odd));
  const THREES = b.const(0x3333333333333333n);
  const high = b.and(b.shrU(pairs, b.const(2n)), THREES);
  const nibbles = b.let('nibbles', b.add(b.and(pairs, THREES), high));
  const sum = b.add(nibbles, b.shrU(nibbles, b.const(4n)));
  return b.and(sum, b.const(0x0f0f0f0f0f0f0f0fn));
}

/** Applies a 64-bit count to each word of the value. */
function perWord(b: Builder, value: Expr, count: (half: Expr) => Expr): Expr {
  const high = count(b.shrU(value, b.const(32n)));
  return b.or(b.shl(high, b.const(32n)), count(word(b, value)));
}
const parity = (b: Builder, value: Expr): Expr =>
  b.and(b.popcnt(b.and(value, b.const(BYTES_01))), b.const(1n));

/** 0xFF in each byte where the operands are equal. */
const compareBytes: Combine = (b, rs, rb) => {
  const diff = b.let('diff', b.xor(rs, rb));
  const carried = b.add(b.and(diff, b.const(BYTES_7F)), b.const(BYTES_7F));
  const unequal = b.or(b.or(carried, diff), b.const(BYTES_7F));
  return b.mul(b.shrU(b.not(unequal), b.const(7n)), b.const(0xffn));
};

/** Bit i of the low byte is the bit of RB that byte i of RS names, 0 when it names none of the 64. */
const permuteBits: Combine = (b, rs, rb) => {
  const picked = Array.from({ length: 8 }, (_, i) => {
    const index = b.let(`index${i}`, b.extz(b.shrU(rs, b.const(BigInt(56 - 8 * i))), 8));
    const bit = b.and(b.rotl(rb, b.add(index, b.const(1n))), b.const(1n));
    return b.shl(b.select(b.ltU(index, b.const(64n)), bit, b.const(0n)), b.const(BigInt(7 - i)));
  });
  return picked.reduce((all, bit) => b.or(all, bit));
};

/** Word rotate: `mask` may wrap around into the upper half, where the rotated word is repeated. */
const rotateWord =
  (amount: (b: Builder) => Expr): Sem =>
  (b) =>
    finish(b, 'RA', b.and(b.rotl(bothHalves(b, b.reg('RS')), amount(b)), b.imm('MASK_M')));
const rotate =
  (amount: (b: Builder) => Expr, mask: string): Sem =>
  (b) =>
    finish(b, 'RA', b.and(b.rotl(b.reg('RS'), amount(b)), b.imm(mask)));
const SH = (b: Builder): Expr => b.imm('SH');
const sh = (b: Builder): Expr => b.imm('sh');
const RB = (b: Builder): Expr => b.reg('RB');

/** Puts the rotated bits under the mask into RA and keeps the rest of RA. */
function insert(b: Builder, rotated: Expr, mask: string): void {
  const kept = b.and(b.reg('RA'), b.not(b.imm(mask)));
  finish(b, 'RA', b.or(b.and(rotated, b.imm(mask)), kept));
}

/** Shift by a register: the amount has one bit more than the width, so that a whole width shifts out. */
const shift =
  (width: 32 | 64, go: (b: Builder, rs: Expr, n: Expr) => Expr): Sem =>
  (b) => {
    const n = b.let('n', b.and(b.reg('RB'), b.const(BigInt(2 * width - 1))));
    finish(b, 'RA', b.select(b.ltU(n, b.const(BigInt(width))), go(b, b.reg('RS'), n), b.const(0n)));
  };

/** Algebraic right shift of a sign-extended value: CA and CA32 = negative and a 1 was shifted out. */
function shiftAlgebraic(b: Builder, value: Expr, n: Expr): void {
  const x = b.let('x', value);
  const wide = b.ltU(b.const(63n), n);
  const result = b.let('result', b.shrS(x, b.select(wide, b.const(63n), n)));
  const lost = b.either(wide, b.ne(b.shl(result, n), x));
  const carry = b.both(b.ltS(x, b.const(0n)), lost);
  b.setCa(carry, carry);
  finish(b, 'RA', result);
}
const registerAmount = (b: Builder, bits: bigint): Expr =>
  b.let('n', b.and(b.reg('RB'), b.const(bits)));

const logic = chapter('Book I 3.3.13 Fixed-Point Logical Instructions');
const shifting = chapter('Book I 3.3.14 Fixed-Point Rotate and Shift Instructions');
const V205 = { since: '2.05' } as const;
const V206 = { since: '2.06' } as const;
const V30 = { since: '3.0' } as const;

export const LOGICAL_ROWS: readonly Row[] = [
  logic('andi.', 'D', '011100 {RS} {RA} {UI}', 'RA,RS,UI', logicalImmediate(and, false, true)),
  logic('andis.', 'D', '011101 {RS} {RA} {UI}', 'RA,RS,UI', logicalImmediate(and, true, true)),
  logic('ori', 'D', '011000 {RS} {RA} {UI}', 'RA,RS,UI', logicalImmediate(or, false)),
  logic('oris', 'D', '011001 {RS} {RA} {UI}', 'RA,RS,UI', logicalImmediate(or, true)),
  logic('xori', 'D', '011010 {RS} {RA} {UI}', 'RA,RS,UI', logicalImmediate(xor, false)),
  logic('xoris', 'D', '011011 {RS} {RA} {UI}', 'RA,RS,UI', logicalImmediate(xor, true)),
  logic('and', 'X', '011111 {RS} {RA} {RB} 0000011100 {Rc}', 'RA,RS,RB', logical(and)),
  logic('or', 'X', '011111 {RS} {RA} {RB} 0110111100 {Rc}', 'RA,RS,RB', logical(or)),
  logic('xor', 'X', '011111 {RS} {RA} {RB} 0100111100 {Rc}', 'RA,RS,RB', logical(xor)),
  logic(
    'nand',
    'X',
    '011111 {RS} {RA} {RB} 0111011100 {Rc}',
    'RA,RS,RB',
    logical((b, x, y) => b.not(b.and(x, y))),
  ),
  logic(
    'nor',
    'X',
    '011111 {RS} {RA} {RB} 0001111100 {Rc}',
    'RA,RS,RB',
    logical((b, x, y) => b.not(b.or(x, y))),
  ),
  logic(
    'eqv',
    'X',
    '011111 {RS} {RA} {RB} 0100011100 {Rc}',
    'RA,RS,RB',
    logical((b, x, y) => b.not(b.xor(x, y))),
  ),
  logic(
    'andc',
    'X',
    '011111 {RS} {RA} {RB} 0000111100 {Rc}',
    'RA,RS,RB',
    logical((b, x, y) => b.and(x, b.not(y))),
  ),
  logic(
    'orc',
    'X',
    '011111 {RS} {RA} {RB} 0110011100 {Rc}',
    'RA,RS,RB',
    logical((b, x, y) => b.or(x, b.not(y))),
  ),
  logic(
    'extsb',
    'X',
    '011111 {RS} {RA} ----- 1110111010 {Rc}',
    'RA,RS',
    unary((b, x) => b.exts(x, 8)),
  ),
  logic(
    'extsh',
    'X',
    '011111 {RS} {RA} ----- 1110011010 {Rc}',
    'RA,RS',
    unary((b, x) => b.exts(x, 16)),
  ),
  logic(
    'extsw',
    'X',
    '011111 {RS} {RA} ----- 1111011010 {Rc}',
    'RA,RS',
    unary((b, x) => b.exts(x, 32)),
  ),
  logic(
    'cntlzw',
    'X',
    '011111 {RS} {RA} ----- 0000011010 {Rc}',
    'RA,RS',
    unary((b, x) => b.sub(b.clz(word(b, x)), b.const(32n))),
  ),
  logic(
    'cntlzd',
    'X',
    '011111 {RS} {RA} ----- 0000111010 {Rc}',
    'RA,RS',
    unary((b, x) => b.clz(x)),
  ),
  logic(
    'cnttzw',
    'X',
    '011111 {RS} {RA} ----- 1000011010 {Rc}',
    'RA,RS',
    unary((b, x) => b.ctz(b.or(x, b.const(1n << 32n)))),
    V30,
  ),
  logic(
    'cnttzd',
    'X',
    '011111 {RS} {RA} ----- 1000111010 {Rc}',
    'RA,RS',
    unary((b, x) => b.ctz(x)),
    V30,
  ),
  logic('cmpb', 'X', '011111 {RS} {RA} {RB} 0111111100 -', 'RA,RS,RB', logical(compareBytes), V205),
  // The PPC970 (2.02) lacks it, as POWER4 does.
  logic('popcntb', 'X', '011111 {RS} {RA} ----- 0001111010 -', 'RA,RS', unary(popcntBytes), {
    since: '2.03',
  }),
  logic(
    'popcntw',
    'X',
    '011111 {RS} {RA} ----- 0101111010 -',
    'RA,RS',
    unary((b, x) => perWord(b, x, (half) => b.popcnt(half))),
    V206,
  ),
  logic(
    'popcntd',
    'X',
    '011111 {RS} {RA} ----- 0111111010 -',
    'RA,RS',
    unary((b, x) => b.popcnt(x)),
    V206,
  ),
  logic(
    'prtyw',
    'X',
    '011111 {RS} {RA} ----- 0010011010 -',
    'RA,RS',
    unary((b, x) => perWord(b, x, (half) => parity(b, half))),
    V205,
  ),
  logic('prtyd', 'X', '011111 {RS} {RA} ----- 0010111010 -', 'RA,RS', unary(parity), V205),
  logic(
    'bpermd',
    'X',
    '011111 {RS} {RA} {RB} 0011111100 -',
    'RA,RS,RB',
    logical(permuteBits),
    V206,
  ),

  shifting('rlwinm', 'M', '010101 {RS} {RA} {SH} {MB} {ME} {Rc}', 'RA,RS,SH,MB,ME', rotateWord(SH)),
  shifting(
    'rlwnm',
    'M',
    '010111 {RS} {RA} {RB} {MB} {ME} {Rc}',
    'RA,RS,RB,MB,ME',
    rotateWord((b) => b.and(RB(b), b.const(31n))),
  ),
  shifting('rlwimi', 'M', '010100 {RS} {RA} {SH} {MB} {ME} {Rc}', 'RA,RS,SH,MB,ME', (b) =>
    insert(b, b.rotl(bothHalves(b, b.reg('RS')), SH(b)), 'MASK_M'),
  ),
  shifting(
    'rldicl',
    'MD',
    '011110 {RS} {RA} {sh:5} {mb} 000 {sh:1} {Rc}',
    'RA,RS,sh,mb',
    rotate(sh, 'MASK_MDL'),
  ),
  shifting(
    'rldicr',
    'MD',
    '011110 {RS} {RA} {sh:5} {me} 001 {sh:1} {Rc}',
    'RA,RS,sh,me',
    rotate(sh, 'MASK_MDR'),
  ),
  shifting(
    'rldic',
    'MD',
    '011110 {RS} {RA} {sh:5} {mb} 010 {sh:1} {Rc}',
    'RA,RS,sh,mb',
    rotate(sh, 'MASK_MDC'),
  ),
  shifting('rldimi', 'MD', '011110 {RS} {RA} {sh:5} {mb} 011 {sh:1} {Rc}', 'RA,RS,sh,mb', (b) =>
    insert(b, b.rotl(b.reg('RS'), sh(b)), 'MASK_MDC'),
  ),
  shifting(
    'rldcl',
    'MDS',
    '011110 {RS} {RA} {RB} {mb} 1000 {Rc}',
    'RA,RS,RB,mb',
    rotate(RB, 'MASK_MDL'),
  ),
  shifting(
    'rldcr',
    'MDS',
    '011110 {RS} {RA} {RB} {me} 1001 {Rc}',
    'RA,RS,RB,me',
    rotate(RB, 'MASK_MDR'),
  ),
  shifting(
    'slw',
    'X',
    '011111 {RS} {RA} {RB} 0000011000 {Rc}',
    'RA,RS,RB',
    shift(32, (b, x, n) => word(b, b.shl(x, n))),
  ),
  shifting(
    'srw',
    'X',
    '011111 {RS} {RA} {RB} 1000011000 {Rc}',
    'RA,RS,RB',
    shift(32, (b, x, n) => b.shrU(word(b, x), n)),
  ),
  shifting(
    'sld',
    'X',
    '011111 {RS} {RA} {RB} 0000011011 {Rc}',
    'RA,RS,RB',
    shift(64, (b, x, n) => b.shl(x, n)),
  ),
  shifting(
    'srd',
    'X',
    '011111 {RS} {RA} {RB} 1000011011 {Rc}',
    'RA,RS,RB',
    shift(64, (b, x, n) => b.shrU(x, n)),
  ),
  shifting('sraw', 'X', '011111 {RS} {RA} {RB} 1100011000 {Rc}', 'RA,RS,RB', (b) =>
    shiftAlgebraic(b, signedWord(b, b.reg('RS')), registerAmount(b, 63n)),
  ),
  shifting('srad', 'X', '011111 {RS} {RA} {RB} 1100011010 {Rc}', 'RA,RS,RB', (b) =>
    shiftAlgebraic(b, b.reg('RS'), registerAmount(b, 127n)),
  ),
  shifting('srawi', 'X', '011111 {RS} {RA} {SH} 1100111000 {Rc}', 'RA,RS,SH', (b) =>
    shiftAlgebraic(b, signedWord(b, b.reg('RS')), SH(b)),
  ),
  shifting('sradi', 'XS', '011111 {RS} {RA} {sh:5} 110011101 {sh:1} {Rc}', 'RA,RS,sh', (b) =>
    shiftAlgebraic(b, b.reg('RS'), sh(b)),
  ),
  shifting(
    'extswsli',
    'XS',
    '011111 {RS} {RA} {sh:5} 110111101 {sh:1} {Rc}',
    'RA,RS,sh',
    (b) => finish(b, 'RA', b.shl(signedWord(b, b.reg('RS')), sh(b))),
    V30,
  ),
];
