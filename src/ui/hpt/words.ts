// Sentences and short words for entries of a hashed page table.
import { type RowIn, SUMMARY, slotName } from '../../workers/sections.ts';

export type HptVm = RowIn<'hpt', 'vms'>;
export type SlotRow = RowIn<'hpt', 'slots'>;
export type FieldRow = RowIn<'hpt', 'fields'>;

const WORDS = [
  [SUMMARY.VALID, 'valid'],
  [SUMMARY.ABSENT, 'absent'],
  [SUMMARY.LOCKED, 'locked'],
  [SUMMARY.BOLTED, 'bolted'],
  [SUMMARY.SECONDARY, 'by the secondary hash'],
  [SUMMARY.LARGE, 'large page'],
  [SUMMARY.R, 'referenced'],
  [SUMMARY.C, 'changed'],
] as const;

/** 'valid, bolted, large page, referenced'; 'empty' for none. */
export function stateText(bits: number): string {
  const words = WORDS.filter(([mask]) => (bits & mask) !== 0).map(([, word]) => word);
  const used = (bits & (SUMMARY.VALID | SUMMARY.ABSENT)) !== 0;
  if (words.length === 0) return 'empty';
  return used ? words.join(', ') : `not valid: ${words.join(', ')}`;
}

const LETTERS = [
  [SUMMARY.VALID, 'V'],
  [SUMMARY.ABSENT, 'A'],
  [SUMMARY.BOLTED, 'B'],
  [SUMMARY.LARGE, 'L'],
  [SUMMARY.SECONDARY, 'H'],
  [SUMMARY.R, 'R'],
  [SUMMARY.C, 'C'],
] as const;

/** 'V·BL·RC': a letter for each bit that is set, a dot for each that is not. */
export const letters = (bits: number): string =>
  LETTERS.map(([mask, letter]) => ((bits & mask) !== 0 ? letter : '·')).join('');

export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
/** All sixteen digits in groups of four. */
export const dword = (value: bigint): string =>
  value
    .toString(16)
    .padStart(16, '0')
    .replace(/(....)(?=.)/g, '$1 ');

/** What the map says of an entry: for screen readers and under the pointer. */
export const entrySentence = (slot: number, bits: number | undefined): string =>
  bits === undefined ? slotName(slot) : `${slotName(slot)}: ${stateText(bits)}`;

/** Label of the map. */
export const mapSentence = (vm: HptVm): string =>
  `Hashed page table of VM ${vm.vm}: ${vm.entries.toLocaleString('en')} entries, ${vm.valid} valid, ${vm.absent} absent. Arrow keys move, plus and minus zoom, Enter puts the entry in focus.`;

/** '256 KB', '16 MB' for an order. */
export const orderSize = (order: number): string =>
  order >= 20 ? `${2 ** (order - 20)} MB` : `${2 ** (order - 10)} KB`;

/** The number of a hexadecimal text, with or without 0x and spaces; null when it is none. */
export function parseHexNumber(text: string): bigint | null {
  const digits = text.replace(/[\s_]/g, '').replace(/^0x/i, '');
  return /^[\da-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : null;
}
