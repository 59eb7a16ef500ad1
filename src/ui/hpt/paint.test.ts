import { describe, expect, it } from 'vitest';
import { SUMMARY } from '../../workers/sections.ts';
import { channels, pixelsOf, usedCells } from './paint.ts';

const INKS = {
  empty: 'rgb(255, 255, 255)',
  used: 'rgb(0, 0, 200)',
  mark: 'rgb(255, 255, 255)',
  absent: 'rgb(128, 128, 128)',
  line: 'rgb(200, 200, 200)',
  text: 'rgb(1, 2, 3)',
};
/** Red, green and blue of one cell. */
function pixel(bits: number, fill: number): number[] {
  const [value = 0] = pixelsOf({ bits: Uint8Array.of(bits), fill: Uint8Array.of(fill) }, INKS);
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255];
}

describe('a pixel of the HPT map', () => {
  it('has the hue of the partition when it is full, and paper when it is empty', () => {
    expect(pixel(SUMMARY.VALID, 255)).toEqual([0, 0, 200]);
    expect(pixel(0, 0)).toEqual([255, 255, 255]);
  });

  it('shows a single entry among thousands', () => {
    const [red = 255] = pixel(SUMMARY.VALID, 1);
    expect(red).toBeLessThan(160);
  });

  it('is grey when there are only absent entries, ink when one is locked', () => {
    expect(pixel(SUMMARY.ABSENT, 255)).toEqual([128, 128, 128]);
    expect(pixel(SUMMARY.VALID | SUMMARY.LOCKED, 10)).toEqual([1, 2, 3]);
  });
});

it('a few entries become dots, many do not', () => {
  const fill = Uint8Array.of(0, 9, 0, 255);
  expect(usedCells({ fill }, 2)).toEqual([1, 3]);
  expect(usedCells({ fill }, 1)).toEqual([]);
});

it('colours are read as browsers write them', () => {
  expect(channels('rgb(1, 2, 3)')).toEqual([1, 2, 3]);
  expect(channels('color(srgb 1 0.5 0)')).toEqual([255, 128, 0]);
});
