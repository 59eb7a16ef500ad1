// Bit fields of a hashed page table entry in both layouts, with what their values mean.
// Source: Power ISA v2.06 and v3.0B Book III, "Hashed Page Table Entry"; HVLOCK and ABSENT: asm/kvm_book3s_64.h.
import {
  fromLayout,
  HPTE_R_3_0_RPN,
  HPTE_R_RPN,
  type Hpte,
  type HpteLayout,
  hpteKey,
  hptePageSize,
  pageShifts,
} from '../../sim/hardware/mmu/hpte.ts';
import type { RowIn } from '../sections.ts';

export type FieldRow = RowIn<'hpt', 'fields'>;

/** A field of a doubleword. `lo` counts from the least significant bit. */
interface Field {
  readonly name: string;
  readonly lo: number;
  readonly width: number;
  /** Words by value, or made from the value and the entry. */
  readonly says: readonly string[] | ((value: bigint, hpte: Hpte) => string);
}

const bit = (name: string, lo: number, set: string, clear = ''): Field => ({
  name,
  lo,
  width: 1,
  says: [clear, set],
});
const hex = (value: bigint): string => `0x${value.toString(16)}`;

const segment = (lo: number): Field => ({
  name: 'B',
  lo,
  width: 2,
  says: ['256 MB segment', '1 TB segment', 'reserved', 'reserved'],
});
const avpn = (width: number): Field => ({
  name: 'AVPN',
  lo: 7,
  width,
  says: (value) => `virtual addresses from ${hex(value << 23n)} on`,
});
/** Doubleword 0 from bit 6 down, in both layouts. */
const LOW_0: readonly Field[] = [
  bit('HVLOCK', 6, 'locked by the hypervisor', 'not locked'),
  bit('ABSENT', 5, 'the guest has it, hardware must not see it'),
  bit('BOLTED', 4, 'the guest never evicts it'),
  bit('LOCK', 3, "the guest's own lock"),
  bit('L', 2, 'large page', '4 KB page'),
  bit('H', 1, 'placed by the secondary hash', 'placed by the primary hash'),
  bit('V', 0, 'valid', 'not valid'),
];

/** Doubleword 1 above and below B and the real page number. */
const HIGH_1: readonly Field[] = [
  bit('PP0', 63, 'with PP = 2: read only for key 0, nothing for key 1'),
  bit('TS', 62, 'tags'),
  { name: 'KEY', lo: 60, width: 2, says: (_, { r }) => keyText(r) },
];
const KEY_LOW: Field = { name: 'KEY', lo: 9, width: 3, says: (_, { r }) => keyText(r) };
const LOW_1: readonly Field[] = [
  KEY_LOW,
  bit('R', 8, 'referenced', 'not referenced'),
  bit('C', 7, 'changed', 'not changed'),
  bit('W', 6, 'write through'),
  bit('I', 5, 'caching inhibited'),
  bit('M', 4, 'memory coherent'),
  bit('G', 3, 'guarded: no fetches'),
  bit('N', 2, 'no execute'),
  {
    name: 'PP',
    lo: 0,
    width: 2,
    says: [
      'key 0 reads and writes; key 1 nothing',
      'key 0 reads and writes; key 1 reads',
      'both keys read and write',
      'both keys read',
    ],
  },
];
const keyText = (r: bigint): string => `storage key ${hpteKey(r)}, of high and low bits`;
const rpn = (width: number): Field => ({
  name: 'RPN, LP',
  lo: 12,
  width,
  says: (_, hpte) => {
    const size = pageText(hpte);
    return size === '' ? 'an encoding that no page size has' : `a page of ${size}`;
  },
});

const FIELDS: Readonly<Record<HpteLayout, readonly [readonly Field[], readonly Field[]]>> = {
  old: [
    [segment(62), avpn(55), ...LOW_0],
    [...HIGH_1, rpn(48), ...LOW_1],
  ],
  new: [
    [avpn(45), ...LOW_0],
    [...HIGH_1, segment(58), rpn(45), ...LOW_1],
  ],
};

/** The fields of an entry of that layout, doubleword 0 first, from the most significant bit. */
export function fieldsOf(view: 'real' | 'guest', layout: HpteLayout, hpte: Hpte): FieldRow[] {
  return FIELDS[layout].flatMap((fields, dword) =>
    fields.map(({ name, lo, width, says }) => {
      const held = dword === 0 ? hpte.v : hpte.r;
      const value = (held >> BigInt(lo)) & ((1n << BigInt(width)) - 1n);
      const text = typeof says === 'function' ? says(value, hpte) : (says[Number(value)] ?? '');
      const shown = width > 3 ? hex(value) : value.toString();
      return { view, dword, name, lo, width, value: shown, text };
    }),
  );
}

/** '16 MB', '64 KB in 4 KB pages' (of the hash); '' when no size has that encoding. */
export function pageText(hpte: Hpte): string {
  const shifts = pageShifts(hpte);
  if (!shifts) return '';
  const { base, actual } = shifts;
  return base === actual ? sizeText(actual) : `${sizeText(actual)}, hashed by ${sizeText(base)}`;
}

/** '64 KB' for 16. */
export function sizeText(shift: number): string {
  const unit = Math.floor(shift / 10);
  return `${2 ** (shift - 10 * unit)} ${['bytes', 'KB', 'MB', 'GB', 'TB'][unit] ?? ''}`;
}

/** First real address and bytes of the page that an entry maps; 0 bytes when no size has that encoding. */
export function pageOf(
  layout: HpteLayout,
  hpte: Hpte,
): { readonly at: number; readonly bytes: number } {
  const bytes = hptePageSize(hpte);
  const { r } = fromLayout(layout, hpte);
  const frame = Number(r & (layout === 'old' ? HPTE_R_RPN : HPTE_R_3_0_RPN));
  return { at: bytes === 0 ? frame : frame - (frame % bytes), bytes };
}
