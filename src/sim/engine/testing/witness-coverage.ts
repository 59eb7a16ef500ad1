// What the witness's cases have shown of each row: how many there are, and which status bits ended as 0 and as 1.
import { type Flags, VARIANTS, type Variant, variantOfWord } from '../../isa/decode.ts';
import type { Row } from '../../isa/row.ts';
import { describe } from '../../isa/rtl.ts';
import { casesOf, subjectOf } from './witness-cases.ts';
import type { Changes, WitnessResults } from './witness-file.ts';
import { PLACE, type WitnessMode, type WitnessState } from './witness-state.ts';

/** A status bit by its group ('CR0', 'XER' or 'FPSCR') and name. */
export interface StatusBit {
  readonly group: 'CR0' | 'XER' | 'FPSCR';
  readonly name: string;
}

export interface RowCoverage {
  readonly row: Row;
  readonly bigEndian: number;
  readonly littleEndian: number;
  /** Bits that the row can write, with the values that they had after some case. */
  readonly bits: readonly {
    readonly bit: StatusBit;
    readonly zero: boolean;
    readonly one: boolean;
  }[];
}

const CR0 = ['LT', 'GT', 'EQ', 'SO'];
/** Bit numbers from the low end of the register. */
const XER: Readonly<Record<string, number>> = { SO: 31, OV: 30, CA: 29, OV32: 19, CA32: 18 };
const FPSCR: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ...['RN1', 'RN0', 'NI', 'XE', 'ZE', 'UE', 'OE', 'VE', 'VXCVI', 'VXSQRT', 'VXSOFT', '-'],
    ...['FU', 'FE', 'FG', 'FL', 'C', 'FI', 'FR', 'VXVC', 'VXIMZ', 'VXZDZ', 'VXIDI', 'VXISI'],
    ...['VXSNAN', 'XX', 'ZX', 'UX', 'OX', 'VX', 'FEX', 'FX', 'DRN2', 'DRN1', 'DRN0'],
  ].map((name, bit) => [name, bit]),
);

const CLASS = 'C FL FG FE FU';
const INVALID = 'FX FEX VX VXSNAN';
const ROUNDED = `${CLASS} FR FI OX UX XX ${INVALID}`;
const STICKY = 'FX OX UX ZX XX VXSNAN VXISI VXIDI VXZDZ VXIMZ VXVC VXSOFT VXSQRT VXCVI';
const EVERY = `${STICKY} FR FI ${CLASS} VE OE UE ZE XE NI RN0 RN1`;

/** "Special Registers Altered" of Book I 4.6, with the summaries VX and FEX. */
const FPSCR_BITS: readonly (readonly [rows: RegExp, bits: string])[] = [
  [/^f(add|sub)s?$/, `${ROUNDED} VXISI`],
  [/^fmuls?$/, `${ROUNDED} VXIMZ`],
  [/^fdivs?$/, `${ROUNDED} ZX VXIDI VXZDZ`],
  [/^fn?m(add|sub)s?$/, `${ROUNDED} VXISI VXIMZ`],
  [/^frsp$/, ROUNDED],
  [/^fsqrts?$/, `${CLASS} FR FI XX ${INVALID} VXSQRT`],
  [/^fres?$/, `${CLASS} OX UX ZX ${INVALID}`],
  [/^frsqrtes?$/, `${CLASS} ZX ${INVALID} VXSQRT`],
  [/^fcti/, `FR FI XX ${INVALID} VXCVI`],
  [/^fcfid/, `${CLASS} FR FI XX FX FEX`],
  [/^fri[nzpm]$/, `${CLASS} ${INVALID}`],
  [/^fcmpu$/, `FL FG FE FU ${INVALID}`],
  [/^fcmpo$/, `FL FG FE FU ${INVALID} VXVC`],
  [/^mcrfs$/, STICKY],
  [/^mtfsf$/, `${EVERY} VX FEX DRN0 DRN1 DRN2`],
  [/^mtfs(fi|b0|b1)$/, `${EVERY} VX FEX`],
  [/^mffsce$/, 'VE OE UE ZE XE'],
  [/^mffscdrni?$/, 'DRN0 DRN1 DRN2'],
  [/^mffscrni?$/, 'RN0 RN1'],
];

const bitsOf = (group: StatusBit['group'], names: readonly string[]): StatusBit[] =>
  names.map((name) => ({ group, name }));

/** Status bits that the row writes under the flags. */
function writtenBits(row: Row, flags: Flags): StatusBit[] {
  const written = describe(row, flags).writes.flatMap((place) =>
    'name' in place ? [place.name] : [],
  );
  const xer = written.includes('XER')
    ? Object.keys(XER)
    : Object.keys(XER).filter((name) => written.includes(name));
  const fpscr = written.includes('FPSCR')
    ? (FPSCR_BITS.find(([rows]) => rows.test(row.name))?.[1].split(' ') ?? ['unknown'])
    : [];
  return [
    ...bitsOf('CR0', written.includes('cr0') ? CR0 : []),
    ...bitsOf('XER', xer),
    ...bitsOf('FPSCR', fpscr),
  ];
}

function isSet({ group, name }: StatusBit, state: WitnessState): boolean {
  if (group === 'CR0') return bit(state[PLACE.CR] as bigint, 31 - CR0.indexOf(name));
  if (group === 'XER') return bit(state[PLACE.XER] as bigint, XER[name] ?? 0);
  return bit(state[PLACE.FPSCR] as bigint, FPSCR[name] ?? 63);
}

const bit = (value: bigint, n: number) => ((value >> BigInt(n)) & 1n) === 1n;

/** State after each case of a row, with its instruction word. */
function* statesOf(row: Row, mode: WitnessMode, recorded: readonly Changes[]) {
  let state: WitnessState | undefined;
  for (const [i, { words, target, start }] of casesOf(subjectOf(row), mode).entries()) {
    state = (start ?? state)?.slice();
    if (state === undefined) return;
    for (const [dword, value] of recorded[i] ?? []) state[dword] = value;
    yield { word: words[target] as number, state };
  }
}

/** Coverage of a row by the recorded results of both byte orders. */
export function coverageOf(row: Row, big: WitnessResults, little: WitnessResults): RowCoverage {
  const seen = new Map<string, { bit: StatusBit; zero: boolean; one: boolean }>();
  const written = new Map<Variant, StatusBit[]>();
  for (const variant of VARIANTS.filter((one) => one.row === row)) {
    const bits = writtenBits(row, variant.flags);
    written.set(variant, bits);
    for (const one of bits) seen.set(one.group + one.name, { bit: one, zero: false, one: false });
  }
  const recorded = [big.get(row.name), little.get(row.name)];
  for (const [order, changes] of recorded.entries()) {
    if (changes === undefined || seen.size === 0) continue;
    for (const { word, state } of statesOf(
      row,
      order === 0 ? 'big-endian' : 'little-endian',
      changes,
    )) {
      for (const one of written.get(VARIANTS[variantOfWord(word)] as Variant) ?? []) {
        const entry = seen.get(one.group + one.name);
        if (entry !== undefined) entry[isSet(one, state) ? 'one' : 'zero'] = true;
      }
    }
  }
  const [bigEndian = 0, littleEndian = 0] = recorded.map((changes) => changes?.length ?? 0);
  return { row, bigEndian, littleEndian, bits: [...seen.values()] };
}
