// Names, numbers and text that must fit a given width. SVG does not cut text, so the widths are estimated from
// the em widths of the usual fonts; what is cut stays whole in the tooltip and in the table twin.

import { longCount } from '../transport/speed.ts';

/** Advance of one character in em. Sans is an average over English text in a wide font (DejaVu Sans). */
export const EM = { mono: 0.605, sans: 0.56 } as const;
/** Font sizes of a picture, in its user units. */
export const FONT = { normal: 12, small: 11 } as const;

/** Cuts `text` so that it fits `width` units, with an ellipsis. */
export function cutTo(text: string, width: number, font: keyof typeof EM, size = 12): string {
  const room = Math.floor(width / (EM[font] * size));
  if (text.length <= room) return text;
  return room < 2 ? '' : `${text.slice(0, room - 1).trimEnd()}…`;
}

/** Breaks `text` at spaces into at most `lines` lines of `width` units; the last one is cut. */
export function wrapTo(
  text: string,
  width: number,
  font: keyof typeof EM,
  lines: number,
): string[] {
  const room = Math.floor(width / (EM[font] * FONT.normal));
  const space = text.lastIndexOf(' ', room);
  if (lines === 1 || text.length <= room || space < 1) return [cutTo(text, width, font)];
  return [text.slice(0, space), ...wrapTo(text.slice(space + 1), width, font, lines - 1)];
}

/** Estimated width of `text` in units. */
export const textWidth = (text: string, font: keyof typeof EM, size = 12): number =>
  text.length * EM[font] * size;

/** Ticks and counts: exact up to five digits, then two to three digits and a unit. */
export function compact(n: number): string {
  const size = Math.abs(n);
  if (size < 100_000) return longCount(n).replace('-', '−');
  const unit = size < 1e9 ? 1e6 : 1e9;
  return `${(n / unit).toFixed(Math.abs(n / unit) < 10 ? 2 : 0).replace('-', '−')}${unit === 1e6 ? 'M' : 'G'}`;
}

/** A register value: 0x and the digits that matter. */
export const hex = (value: bigint | number): string => `0x${value.toString(16).toUpperCase()}`;
