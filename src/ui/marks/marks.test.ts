import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbour, type Place } from './roving.ts';
import { compact, cutTo, type EM, hex, textWidth, wrapTo } from './text.ts';

describe('text that must fit', () => {
  it('never grows wider than its room, and is whole when there is room', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(400),
        fc.constantFrom('mono', 'sans'),
        (text, width, font) => {
          const cut = cutTo(text, width, font as keyof typeof EM);
          expect(textWidth(cut, font as keyof typeof EM)).toBeLessThanOrEqual(width + 1e-9);
          if (textWidth(text, font as keyof typeof EM) <= width) expect(cut).toBe(text);
        },
      ),
      { seed: 3 },
    );
  });

  it('breaks at spaces, loses nothing that fits, and cuts the last line', () => {
    expect(wrapTo('write LPIDR and LPCR', 84, 'sans', 2)).toEqual(['write LPIDR', 'and LPCR']);
    expect(wrapTo('write LPIDR and LPCR of the guest', 84, 'sans', 2)[1]).toBe('and LPCR of…');
    expect(wrapTo('write LPIDR', 84, 'sans', 1)).toEqual(['write LPIDR']);
  });

  it('keeps counts exact up to five digits', () => {
    expect(compact(51_200)).toBe('51,200');
    expect(compact(-20)).toBe('−20');
    expect(compact(4_211_204)).toBe('4.21M');
    expect(compact(2_147_483_647)).toBe('2.15G');
  });

  it('writes registers with the digits that matter', () => {
    expect(hex(0x1a3cn)).toBe('0x1A3C');
  });
});

describe('arrow keys in a picture', () => {
  const grid: Place[] = [0, 1, 2].flatMap((y) =>
    [0, 1, 2].map((x) => ({ path: `${x},${y}`, x: x * 50, y: y * 30, w: 40, h: 24 })),
  );

  it('go to the next item in their direction and stop at the edge', () => {
    expect(neighbour(grid, '1,1', 'ArrowRight')).toBe('2,1');
    expect(neighbour(grid, '1,1', 'ArrowUp')).toBe('1,0');
    expect(neighbour(grid, '2,1', 'ArrowRight')).toBe('2,1');
  });

  it('lead back where they came from in a grid', () => {
    const back = {
      ArrowLeft: 'ArrowRight',
      ArrowRight: 'ArrowLeft',
      ArrowUp: 'ArrowDown',
      ArrowDown: 'ArrowUp',
    };
    for (const { path } of grid) {
      for (const [there, home] of Object.entries(back)) {
        const next = neighbour(grid, path, there);
        if (next !== path) expect(neighbour(grid, next, home)).toBe(path);
      }
    }
  });
});
