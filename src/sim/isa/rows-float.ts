// Power ISA v3.0B Book I 4.6.5 to 4.6.9: floating-point moves, arithmetic, conversions, comparisons, selection.
import type { Builder, Cond, Expr } from './builder.ts';
import type { FloatOperator, IntegerFormat, IntegralMode, Precision } from './builder-float.ts';
import { chapter } from './chapter.ts';
import type { Row, Version } from './row.ts';
import type { Sem } from './semantics.ts';

const SIGN = 1n << 63n;
const INFINITE = 0x7ffn << 52n;
const LOW_WORD = 0xffff_ffffn;

const frA = (b: Builder) => b.fp.reg('FRA');
const frB = (b: Builder) => b.fp.reg('FRB');
const frC = (b: Builder) => b.fp.reg('FRC');
const sign = (b: Builder, x: Expr) => b.and(x, b.const(SIGN));
const magnitude = (b: Builder, x: Expr) => b.and(x, b.const(SIGN - 1n));

/** Copies bits: no exception, and the FPSCR stays as it is. */
const move =
  (value: (b: Builder) => Expr): Sem =>
  (b) => {
    b.fp.setReg('FRT', value(b));
    if (b.flag('Rc')) b.fp.record();
  };

const result =
  (operator: FloatOperator, precision: Precision, of: readonly ((b: Builder) => Expr)[]): Sem =>
  (b) =>
    b.fp.setResult('FRT', operator, precision, ...of.map((operand) => operand(b)));

const integer =
  (width: 32 | 64, kind: Partial<IntegerFormat> = {}): Sem =>
  (b) =>
    b.fp.setInteger('FRT', frB(b), { width, unsigned: false, truncate: false, ...kind });
const integral =
  (mode: IntegralMode): Sem =>
  (b) =>
    b.fp.setIntegral('FRT', frB(b), mode);
const compare =
  (form: 'ordered' | 'unordered'): Sem =>
  (b) =>
    b.fp.compare('BF', frA(b), frB(b), form);

/** FRA at least 0.0: not a NaN, and positive or a zero. */
const select: Sem = (b) => {
  const size = b.let('magnitude', magnitude(b, frA(b)));
  const positive = b.either(b.geU(b.const(INFINITE), frA(b)), b.eq(size, b.const(0n)));
  b.fp.setReg('FRT', b.select(positive, frC(b), frB(b)));
  if (b.flag('Rc')) b.fp.record();
};

/** The biased exponent; the tests below name unbiased ones. */
const BIAS = 1023n;
const exponent = (b: Builder, name: string, x: Expr) =>
  b.let(name, b.and(b.shrU(x, b.const(52n)), b.const(0x7ffn)));
const isSpecial = (b: Builder, e: Expr) => b.eq(e, b.const(0x7ffn));
const isZero = (b: Builder, x: Expr) => b.eq(magnitude(b, x), b.const(0n));
const isInfinite = (b: Builder, x: Expr) => b.eq(magnitude(b, x), b.const(INFINITE));
const atMost = (b: Builder, e: Expr, unbiased: bigint) => b.ltS(e, b.const(unbiased + 1n));
const anyOf = (b: Builder, first: Cond, ...rest: readonly Cond[]) =>
  rest.reduce((all, one) => b.either(all, one), first);

/** CR field BF := 1 || fg || fe || 0. */
const setTest = (b: Builder, fg: Cond, fe: Cond) => {
  const [fgFlag, feFlag] = [b.let('fg_flag', b.asValue(fg)), b.let('fe_flag', b.asValue(fe))];
  const flags = b.or(b.shl(fgFlag, b.const(2n)), b.shl(feFlag, b.const(1n)));
  b.setCrField('BF', b.or(b.const(8n), flags));
};

/** True for zeros, denormals and infinities: those that a software quotient or root cannot scale. */
const isExtreme = (b: Builder, x: Expr, e: Expr) =>
  b.either(b.eq(e, b.const(0n)), isInfinite(b, x));

const testDivide: Sem = (b) => {
  const [ea, eb] = [exponent(b, 'ea', frA(b)), exponent(b, 'eb', frB(b))];
  const distance = b.let('ea-eb', b.sub(ea, eb));
  const risky = anyOf(
    b,
    b.ltS(b.const(1022n), distance),
    atMost(b, distance, -1021n),
    atMost(b, ea, BIAS - 970n),
  );
  const fe = anyOf(
    b,
    isSpecial(b, ea),
    atMost(b, eb, BIAS - 1022n),
    b.ltS(b.const(BIAS + 1020n), eb),
    b.both(b.negate(isZero(b, frA(b))), risky),
  );
  setTest(b, b.either(isInfinite(b, frA(b)), isExtreme(b, frB(b), eb)), fe);
};

const testSquareRoot: Sem = (b) => {
  const eb = exponent(b, 'eb', frB(b));
  const fe = anyOf(b, isSpecial(b, eb), b.ltS(frB(b), b.const(0n)), atMost(b, eb, BIAS - 970n));
  setTest(b, isExtreme(b, frB(b), eb), fe);
};

const moving = chapter('Book I 4.6.5 Floating-Point Move Instructions', { facility: 'FP' });
const computing = chapter('Book I 4.6.6 Floating-Point Arithmetic Instructions', {
  facility: 'FP',
});
const converting = chapter('Book I 4.6.7 Floating-Point Rounding and Conversion Instructions', {
  facility: 'FP',
});
const comparing = chapter('Book I 4.6.8 Floating-Point Compare Instructions', { facility: 'FP' });
const selecting = chapter('Book I 4.6.9 Floating-Point Select Instruction', { facility: 'FP' });
const V202 = { since: '2.02' } as const;
const V205 = { since: '2.05' } as const;
const V206 = { since: '2.06' } as const;
const V207 = { since: '2.07' } as const;

const X = (xo: string) => `111111 {FRT} ----- {FRB} ${xo} {Rc}`;
const X_SINGLE = (xo: string) => `111011 {FRT} ----- {FRB} ${xo} {Rc}`;
const AB = (xo: string) => `111111 {FRT} {FRA} {FRB} ${xo} {Rc}`;

/** The double and the single form of an A-form instruction: '63' and '59' in decimal. */
const pair = (
  name: string,
  fields: string,
  asm: string,
  operator: FloatOperator,
  since: { double?: Version; single?: Version } = {},
): Row[] => {
  const operands = asm.split(',').slice(1);
  const row = (suffix: string, opcode: string, precision: Precision, version: Version = 'P1') =>
    computing(
      name + suffix,
      'A',
      `${opcode} {FRT} ${fields} {Rc}`,
      asm,
      result(
        operator,
        precision,
        operands.map((operand) => (b: Builder) => b.fp.reg(operand)),
      ),
      { since: version },
    );
  return [row('', '111111', 'double', since.double), row('s', '111011', 'single', since.single)];
};

export const FLOAT_ROWS: readonly Row[] = [
  moving('fmr', 'X', X('0001001000'), 'FRT,FRB', move(frB)),
  moving(
    'fneg',
    'X',
    X('0000101000'),
    'FRT,FRB',
    move((b) => b.xor(frB(b), b.const(SIGN))),
  ),
  moving(
    'fabs',
    'X',
    X('0100001000'),
    'FRT,FRB',
    move((b) => magnitude(b, frB(b))),
  ),
  moving(
    'fnabs',
    'X',
    X('0010001000'),
    'FRT,FRB',
    move((b) => b.or(frB(b), b.const(SIGN))),
  ),
  moving(
    'fcpsgn',
    'X',
    AB('0000001000'),
    'FRT,FRA,FRB',
    move((b) => b.or(sign(b, frA(b)), magnitude(b, frB(b)))),
    V205,
  ),
  moving(
    'fmrgew',
    'X',
    '111111 {FRT} {FRA} {FRB} 1111000110 -',
    'FRT,FRA,FRB',
    move((b) => b.or(b.and(frA(b), b.not(b.const(LOW_WORD))), b.shrU(frB(b), b.const(32n)))),
    V207,
  ),
  moving(
    'fmrgow',
    'X',
    '111111 {FRT} {FRA} {FRB} 1101000110 -',
    'FRT,FRA,FRB',
    move((b) => b.or(b.shl(frA(b), b.const(32n)), b.extz(frB(b), 32))),
    V207,
  ),

  ...pair('fadd', '{FRA} {FRB} ----- 10101', 'FRT,FRA,FRB', 'add'),
  ...pair('fsub', '{FRA} {FRB} ----- 10100', 'FRT,FRA,FRB', 'sub'),
  ...pair('fmul', '{FRA} ----- {FRC} 11001', 'FRT,FRA,FRC', 'mul'),
  ...pair('fdiv', '{FRA} {FRB} ----- 10010', 'FRT,FRA,FRB', 'div'),
  ...pair('fsqrt', '----- {FRB} ----- 10110', 'FRT,FRB', 'sqrt'),
  ...pair('fre', '----- {FRB} ----- 11000', 'FRT,FRB', 're', { double: '2.02' }),
  ...pair('frsqrte', '----- {FRB} ----- 11010', 'FRT,FRB', 'rsqrte', { single: '2.02' }),
  ...pair('fmadd', '{FRA} {FRB} {FRC} 11101', 'FRT,FRA,FRC,FRB', 'madd'),
  ...pair('fmsub', '{FRA} {FRB} {FRC} 11100', 'FRT,FRA,FRC,FRB', 'msub'),
  ...pair('fnmadd', '{FRA} {FRB} {FRC} 11111', 'FRT,FRA,FRC,FRB', 'nmadd'),
  ...pair('fnmsub', '{FRA} {FRB} {FRC} 11110', 'FRT,FRA,FRC,FRB', 'nmsub'),
  computing(
    'ftdiv',
    'X',
    '111111 {BF} -- {FRA} {FRB} 0010000000 -',
    'BF,FRA,FRB',
    testDivide,
    V206,
  ),
  computing(
    'ftsqrt',
    'X',
    '111111 {BF} -- ----- {FRB} 0010100000 -',
    'BF,FRB',
    testSquareRoot,
    V206,
  ),

  converting('frsp', 'X', X('0000001100'), 'FRT,FRB', result('round', 'single', [frB])),
  converting('fctid', 'X', X('1100101110'), 'FRT,FRB', integer(64)),
  converting('fctidz', 'X', X('1100101111'), 'FRT,FRB', integer(64, { truncate: true })),
  converting('fctidu', 'X', X('1110101110'), 'FRT,FRB', integer(64, { unsigned: true }), V206),
  converting(
    'fctiduz',
    'X',
    X('1110101111'),
    'FRT,FRB',
    integer(64, { unsigned: true, truncate: true }),
    V206,
  ),
  converting('fctiw', 'X', X('0000001110'), 'FRT,FRB', integer(32)),
  converting('fctiwz', 'X', X('0000001111'), 'FRT,FRB', integer(32, { truncate: true })),
  converting('fctiwu', 'X', X('0010001110'), 'FRT,FRB', integer(32, { unsigned: true }), V206),
  converting(
    'fctiwuz',
    'X',
    X('0010001111'),
    'FRT,FRB',
    integer(32, { unsigned: true, truncate: true }),
    V206,
  ),
  converting('fcfid', 'X', X('1101001110'), 'FRT,FRB', result('fromSigned', 'double', [frB])),
  converting(
    'fcfidu',
    'X',
    X('1111001110'),
    'FRT,FRB',
    result('fromUnsigned', 'double', [frB]),
    V206,
  ),
  converting(
    'fcfids',
    'X',
    X_SINGLE('1101001110'),
    'FRT,FRB',
    result('fromSigned', 'single', [frB]),
    V206,
  ),
  converting(
    'fcfidus',
    'X',
    X_SINGLE('1111001110'),
    'FRT,FRB',
    result('fromUnsigned', 'single', [frB]),
    V206,
  ),
  converting('frin', 'X', X('0110001000'), 'FRT,FRB', integral('away'), V202),
  converting('friz', 'X', X('0110101000'), 'FRT,FRB', integral('zero'), V202),
  converting('frip', 'X', X('0111001000'), 'FRT,FRB', integral('up'), V202),
  converting('frim', 'X', X('0111101000'), 'FRT,FRB', integral('down'), V202),

  comparing(
    'fcmpu',
    'X',
    '111111 {BF} -- {FRA} {FRB} 0000000000 -',
    'BF,FRA,FRB',
    compare('unordered'),
  ),
  comparing(
    'fcmpo',
    'X',
    '111111 {BF} -- {FRA} {FRB} 0000100000 -',
    'BF,FRA,FRB',
    compare('ordered'),
  ),
  selecting('fsel', 'A', '111111 {FRT} {FRA} {FRB} {FRC} 10111 {Rc}', 'FRT,FRA,FRC,FRB', select),
];
