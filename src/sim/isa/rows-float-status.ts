// Power ISA v3.0B Book I 4.6.10: Floating-Point Status and Control Register instructions.
import type { Builder, Expr } from './builder.ts';
import { chapter } from './chapter.ts';
import { EXCEPTIONS, FPSCR } from './fpscr.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

const unsigned = (mask: number) => BigInt(mask >>> 0);
const CAUSES = unsigned(EXCEPTIONS);
const FX = unsigned(FPSCR.FX);
const ENABLES = 0xf8n;
/** DRN with the enables, NI and RN; and with FR, FI and FPRF. */
const CONTROLS = 0x7_0000_00ffn;
const CONTROLS_AND_RESULT = 0x7_0007_f0ffn;
const RN = 3n;
const DRN = 0x7_0000_0000n;

const read: Sem = (b) => {
  b.fp.setReg('FRT', b.fp.status());
  if (b.flag('Rc')) b.fp.record();
};
const readPart =
  (mask: bigint): Sem =>
  (b) =>
    b.fp.setReg('FRT', b.and(b.fp.status(), b.const(mask)));

/** FRT := part of the FPSCR, then the bits of `mask` := those of `value`. */
const exchange =
  (read: bigint, mask: bigint, value: (b: Builder) => Expr): Sem =>
  (b) => {
    const old = b.let('old', b.fp.status());
    const fresh = b.let('new', b.and(value(b), b.const(mask)));
    b.fp.setReg('FRT', b.and(old, b.const(read)));
    b.fp.setStatus(b.or(b.and(old, b.not(b.const(mask))), fresh));
  };
const frB = (b: Builder) => b.fp.reg('FRB');

/** Distance of a 4-bit field from the low end of the FPSCR's low word. */
const shiftOf = (b: Builder, field: string) =>
  b.sub(b.const(28n), b.shl(b.imm(field), b.const(2n)));

/** CR field BF := FPSCR field BFA; the exception bits among those become 0, but not FEX and VX. */
const moveField: Sem = (b) => {
  const old = b.let('old', b.fp.status());
  const shift = b.let('shift', shiftOf(b, 'BFA'));
  b.setCrField('BF', b.and(b.shrU(old, shift), b.const(15n)));
  const copied = b.shl(b.const(15n), shift);
  b.fp.setStatus(b.and(old, b.not(b.and(copied, b.const(CAUSES | FX)))));
};

const setField: Sem = (b) => {
  const upper = b.shl(b.imm('W'), b.const(5n));
  const shift = b.let('shift', b.add(shiftOf(b, 'BF'), upper));
  const others = b.and(b.fp.status(), b.not(b.shl(b.const(15n), shift)));
  b.fp.setStatus(b.or(others, b.shl(b.imm('U'), shift)));
};

const setFields: Sem = (b) => {
  const mask = b.let('mask', b.imm('MASK_FSF'));
  b.fp.setStatus(b.or(b.and(b.fp.status(), b.not(mask)), b.and(frB(b), mask)));
};

const clearBit: Sem = (b) => b.fp.setStatus(b.and(b.fp.status(), b.not(b.imm('MASK_BT'))));
/** An exception bit that becomes 1 sets FX. */
const setBit: Sem = (b) => {
  const bit = b.let('bit', b.imm('MASK_BT'));
  const old = b.let('old', b.fp.status());
  const caused = b.and(b.and(bit, b.const(CAUSES)), b.not(old));
  const fx = b.select(b.ne(caused, b.const(0n)), b.const(FX), b.const(0n));
  b.fp.setStatus(b.or(b.or(old, bit), fx));
};

const status = chapter('Book I 4.6.10 Floating-Point Status and Control Register Instructions', {
  facility: 'FP',
});
const V30 = { since: '3.0' } as const;
const MFFS = (kind: string, operand = '-----') => `111111 {FRT} ${kind} ${operand} 1001000111 -`;

export const FLOAT_STATUS_ROWS: readonly Row[] = [
  status('mffs', 'X', '111111 {FRT} ----- ----- 1001000111 {Rc}', 'FRT', read),
  status(
    'mffsce',
    'X',
    MFFS('00001'),
    'FRT',
    exchange((1n << 64n) - 1n, ENABLES, (b) => b.const(0n)),
    V30,
  ),
  status('mffscdrn', 'X', MFFS('10100', '{FRB}'), 'FRT,FRB', exchange(CONTROLS, DRN, frB), V30),
  status(
    'mffscdrni',
    'X',
    MFFS('10101', '-- {DRM}'),
    'FRT,DRM',
    exchange(CONTROLS, DRN, (b) => b.shl(b.imm('DRM'), b.const(32n))),
    V30,
  ),
  status('mffscrn', 'X', MFFS('10110', '{FRB}'), 'FRT,FRB', exchange(CONTROLS, RN, frB), V30),
  status(
    'mffscrni',
    'X',
    MFFS('10111', '--- {RM}'),
    'FRT,RM',
    exchange(CONTROLS, RN, (b) => b.imm('RM')),
    V30,
  ),
  status('mffsl', 'X', MFFS('11000'), 'FRT', readPart(CONTROLS_AND_RESULT), V30),
  status('mcrfs', 'X', '111111 {BF} -- {BFA} -- ----- 0001000000 -', 'BF,BFA', moveField),
  status('mtfsfi', 'X', '111111 {BF} -- ---- {W} {U} - 0010000110 {Rc}', 'BFF,U[,W]', setField),
  status(
    'mtfsf',
    'XFL',
    '111111 {L_FSF} {FLM} {W} {FRB} 1011000111 {Rc}',
    'FLM,FRB[,L_FSF,W]',
    setFields,
  ),
  status('mtfsb0', 'X', '111111 {BT_F} ----- ----- 0001000110 {Rc}', 'BT_F', clearBit),
  status('mtfsb1', 'X', '111111 {BT_F} ----- ----- 0000100110 {Rc}', 'BT_F', setBit),
];

/** mffs ignores the bits that name the forms of 3.0. */
export const FLOAT_STATUS_OVERLAPS: readonly (readonly [string, string])[] = [
  ...['ce', 'cdrn', 'cdrni', 'crn', 'crni', 'l'].map((kind) => ['mffs', `mffs${kind}`] as const),
];
