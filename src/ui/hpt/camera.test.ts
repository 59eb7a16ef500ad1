import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bringIn,
  hold,
  levelFor,
  lookAtGroup,
  neighbourSlot,
  rectOf,
  slotAt,
  wholeTable,
  windowOf,
  zoomAt,
} from './camera.ts';

/** Orders 18 and 24. */
const SMALL = { width: 128, height: 128, levels: 8 };
const LARGE = { width: 1024, height: 1024, levels: 11 };
const BOX = { w: 300, h: 240 };

describe('the camera of the HPT map', () => {
  it('shows the whole table at first, centred', () => {
    const camera = wholeTable(SMALL, BOX);
    expect(camera.z).toBeCloseTo(240 / 128);
    expect(rectOf(0, 1, camera, SMALL).x).toBeCloseTo(30);
    expect(rectOf(128 * 128 - 1, 1, camera, SMALL).y).toBeCloseTo(240 - camera.z);
  });

  it('asks for cells of at least one pixel and less than two, a million entries included', () => {
    for (const [grid, level] of [
      [SMALL, 0],
      [LARGE, 3],
    ] as const) {
      const camera = wholeTable(grid, BOX);
      const window = windowOf(camera, grid, BOX);
      expect(window).toEqual({
        level,
        x: 0,
        y: 0,
        w: grid.width >> level,
        h: grid.height >> level,
      });
      expect(window.w * window.h).toBeLessThan(BOX.w * BOX.h);
    }
    expect(levelFor(0.51, LARGE)).toBe(1);
    expect(levelFor(0.5, LARGE)).toBe(1);
    expect(levelFor(0.49, LARGE)).toBe(2);
  });

  it('keeps what is under the pointer there when it zooms', () => {
    const start = zoomAt(wholeTable(LARGE, BOX), 20, 150, 120, LARGE, BOX);
    const law = fc.property(
      fc.double({ min: 0.7, max: 1.5, noNaN: true }),
      fc.integer({ min: 100, max: 200 }),
      fc.integer({ min: 80, max: 160 }),
      (factor, px, py) => {
        const before = slotAt(start, px + 0.01, py + 0.01, LARGE);
        const after = zoomAt(start, factor, px, py, LARGE, BOX);
        expect(slotAt(after, px + 0.01, py + 0.01, LARGE)).toBe(before);
      },
    );
    fc.assert(law, { seed: 5, numRuns: 200 });
  });

  it('never leaves the table, and never goes closer than one PTE group', () => {
    expect(hold({ x: -9, y: 1e9, z: 4 }, SMALL, BOX)).toEqual({ x: 0, y: 128 - 60, z: 4 });
    expect(hold({ x: 0, y: 0, z: 1e9 }, SMALL, BOX).z).toBe(BOX.w / 8);
    const camera = lookAtGroup(60 * 128 + 9, SMALL, BOX);
    expect(slotAt(camera, 1, BOX.h / 2, SMALL)).toBe(60 * 128 + 8);
    expect(slotAt(camera, BOX.w - 1, BOX.h / 2, SMALL)).toBe(60 * 128 + 15);
  });

  it('finds the entry at a pixel, and none beside the table', () => {
    const camera = wholeTable(SMALL, BOX);
    for (const slot of [0, 127, 8000, 16383]) {
      const { x, y, w, h } = rectOf(slot, 1, camera, SMALL);
      expect(slotAt(camera, x + w / 2, y + h / 2, SMALL)).toBe(slot);
    }
    expect(slotAt(camera, 2, 2, SMALL)).toBe(-1);
  });

  it('brings an entry into sight, and does not move for one that is', () => {
    const near = lookAtGroup(0, SMALL, BOX);
    expect(bringIn(near, 3, SMALL, BOX)).toEqual(near);
    const moved = bringIn(near, 9000, SMALL, BOX);
    const { x, y } = rectOf(9000, 1, moved, SMALL);
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThan(BOX.w);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThan(BOX.h);
  });

  it('goes by arrow keys to what can be told apart, and stops at the edges', () => {
    expect(neighbourSlot(0, 'ArrowRight', 0, SMALL)).toBe(1);
    expect(neighbourSlot(0, 'ArrowDown', 2, SMALL)).toBe(4 * 128);
    expect(neighbourSlot(127, 'ArrowRight', 0, SMALL)).toBe(127);
    expect(neighbourSlot(5, 'ArrowUp', 0, SMALL)).toBe(5);
  });
});
