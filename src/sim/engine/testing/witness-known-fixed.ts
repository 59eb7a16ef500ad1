// Known differences of fixed-point, storage and vector rows.
import { field } from '../../isa/fields.ts';
import type { Known } from './witness-known.ts';
import { ALL, CR0, dword1, gpr, known, named, UPPER } from './witness-known-places.ts';
import type { Replayed } from './witness-replay.ts';

const ARITHMETIC = 'Book I 3.3.9';

const operand = (name: string, { word, atTarget }: Replayed) =>
  atTarget()[gpr(name)(word)] as bigint;

/** The quotient does not fit, or the divisor is 0; operands have the given width. */
const overflows =
  (bits: 32 | 64, signed: boolean, extended: boolean) =>
  (one: Replayed): boolean => {
    const narrow = (value: bigint) => (signed ? BigInt.asIntN : BigInt.asUintN)(bits, value);
    const divisor = narrow(operand('RB', one));
    if (divisor === 0n) return true;
    const dividend = narrow(operand('RA', one));
    const quotient = (extended ? dividend << BigInt(bits) : dividend) / divisor;
    return quotient !== narrow(quotient);
  };

/** Divisions for which QEMU does not have 0. */
const DIVISIONS: readonly (readonly [name: string, overflows: (one: Replayed) => boolean])[] = [
  ['divw', overflows(32, true, false)],
  ['divwu', overflows(32, false, false)],
  ['divd', overflows(64, true, false)],
  ['divdu', overflows(64, false, false)],
  ['divde', overflows(64, true, true)],
];

export const FIXED_KNOWN: readonly Known[] = [
  known(/^mulhwu?$/, gpr('RT'), UPPER, [
    ARITHMETIC,
    'undefined upper half: POWER9 repeats the word, QEMU clears it',
  ]),
  known(/^divweu?$/, gpr('RT'), UPPER, [
    ARITHMETIC,
    'undefined upper half: POWER9 clears it, QEMU keeps what its division left',
  ]),
  known(/^(mulhwu?|divweu?)$/, named('CR'), CR0, [
    ARITHMETIC,
    'CR0 follows the upper half, which is undefined',
  ]),
  ...DIVISIONS.flatMap(([name, when]) => [
    known(
      new RegExp(`^${name}$`),
      gpr('RT'),
      ALL,
      [ARITHMETIC, 'undefined quotient: POWER9 has 0, QEMU something of the operands'],
      when,
    ),
    known(
      new RegExp(`^${name}$`),
      named('CR'),
      CR0,
      [ARITHMETIC, 'LT, GT and EQ are undefined with the quotient'],
      when,
    ),
  ]),
  known(
    /^divde$/,
    named('XER'),
    0xc008_0000n,
    [ARITHMETIC, 'QEMU misses some overflows of a negative dividend'],
    overflows(64, true, true),
  ),
  known(/^mtxer$/, named('XER'), 0x1ff3_0000n, [
    'Book I 3.2.2',
    'reserved bits: POWER9 keeps the low 18 only, QEMU all',
  ]),
  known(
    /^l[wd]at$/,
    gpr('RT'),
    ALL,
    ['Book II 4.5.1', 'the value of a refused bounded increment: QEMU has the word with its sign'],
    ({ word }) => [24, 25].includes(Number(field('FC').get(word))),
  ),
  known(/^mtvscr$/, named('VSCR'), 0xfffe_fffen, [
    'Book I 6.3.2',
    'reserved bits: QEMU keeps what is written',
  ]),
  known(/^(lxs(d|iwa|iwz|ihz|ibz|sp)x|mtvsr(d|wa|wz))$/, dword1('XT'), ALL, [
    'Book I 7.6.3',
    'undefined doubleword 1: the model clears it, QEMU keeps it',
  ]),
  ...(['h', 'w'] as const).map((size) =>
    known(
      new RegExp(`^vextu${size}[lr]x$`),
      gpr('RT'),
      ALL,
      ['Book I 6.8.7', 'undefined when the element reaches beyond the register'],
      (one) => (operand('RA', one) & 15n) > (size === 'h' ? 14n : 12n),
    ),
  ),
];
