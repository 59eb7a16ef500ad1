import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, layoutMachine, type MachineShape, placesOf } from './layout.ts';
import { homePort, labelPlace, type Point, route, routeFromOutside, slotPort } from './route.ts';

const shapeOf = (
  cores: number,
  threadsPerCore: number,
  vcpus: number,
  plaques: boolean,
): MachineShape => ({
  cores,
  threadsPerCore,
  plaques,
  groups: Array.from({ length: Math.ceil(vcpus / 4) }, (_, g) => ({
    vm: 1,
    virtualCore: g,
    vcpus: Array.from({ length: Math.min(4, vcpus - 4 * g) }, (_, i) => 4 * g + i),
    vcores: plaques ? [g] : [],
  })),
});

const anyMachine = fc.record({
  cores: fc.integer({ min: 1, max: 12 }),
  threadsPerCore: fc.integer({ min: 1, max: 8 }),
  vcpus: fc.integer({ min: 1, max: 24 }),
  plaques: fc.boolean(),
  width: fc.integer({ min: 300, max: 1400 }),
  height: fc.integer({ min: 200, max: 1200 }),
});

const inside = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x - 0.01 &&
  inner.y >= outer.y - 0.01 &&
  inner.x + inner.w <= outer.x + outer.w + 0.01 &&
  inner.y + inner.h <= outer.y + outer.h + 0.01;

const overlap = (a: Box, b: Box): boolean =>
  a.x + 0.01 < b.x + b.w &&
  b.x + 0.01 < a.x + a.w &&
  a.y + 0.01 < b.y + b.h &&
  b.y + 0.01 < a.y + a.h;

/** The box that a piece of a route covers, without thickness. */
const pieces = (points: readonly Point[]): Box[] =>
  points.slice(1).map(([x, y], i) => {
    const [px, py] = points[i] ?? [x, y];
    return { x: Math.min(x, px), y: Math.min(y, py), w: Math.abs(x - px), h: Math.abs(y - py) };
  });

const laidOut = (m: {
  cores: number;
  threadsPerCore: number;
  vcpus: number;
  plaques?: boolean;
  width: number;
  height: number;
}) =>
  layoutMachine(shapeOf(m.cores, m.threadsPerCore, m.vcpus, m.plaques === true), m.width, m.height);

describe('layout of the Machine view', () => {
  it('keeps slots in their cards, docks in their slots, everything in the picture, and nothing overlaps', () => {
    fc.assert(
      fc.property(anyMachine, (m) => {
        const layout = laidOut(m);
        const picture = { x: 0, y: 0, w: layout.width, h: layout.height };
        const items = placesOf(layout, String, (vm, vcpu) => `${vm}/${vcpu}`, m.vcpus);
        expect(items).toHaveLength(m.cores * m.threadsPerCore + m.vcpus);
        for (const card of layout.cards) {
          expect(inside(card, picture)).toBe(true);
          for (const slot of card.slots) {
            expect(inside(slot, card) && inside(slot.dock, slot)).toBe(true);
            expect(!slot.queue || inside(slot.queue, slot)).toBe(true);
          }
        }
        expect(layout.groups.every((group) => inside(group, picture))).toBe(true);
        items.forEach((a, i) => {
          for (const b of items.slice(i + 1)) expect(overlap(a, b)).toBe(false);
        });
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it('gives every item a pointer target of at least 24 units', () => {
    fc.assert(
      fc.property(anyMachine, (m) => {
        const items = placesOf(laidOut(m), String, (vm, vcpu) => `${vm}/${vcpu}`, m.vcpus);
        expect(Math.min(...items.map((p) => Math.min(p.w, p.h)))).toBeGreaterThanOrEqual(24);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  it.each([
    [1, 504, 524],
    [2, 504, 524],
    [4, 504, 524],
    [1, 352, 560],
    [4, 352, 560],
  ])('fits %i cores of 4 threads into %i x %i without scrolling', (cores, width, height) => {
    expect(laidOut({ cores, threadsPerCore: 4, vcpus: 4, width, height }).height).toBe(height);
  });

  it('shows timers and a queue for one core, and a line per thread for twelve cores of eight', () => {
    const one = laidOut({ cores: 1, threadsPerCore: 4, vcpus: 4, width: 504, height: 524 });
    expect(one.cards[0]?.slots[0]).toMatchObject({ lines: 5, queue: { w: 50 } });
    const many = laidOut({ cores: 12, threadsPerCore: 8, vcpus: 4, width: 504, height: 524 });
    expect(many.cards[0]?.slots[0]).toMatchObject({ lines: 1, queue: null });
  });
});

describe('the vcpus of a virtual core', () => {
  it('stand in their bracket, apart from each other', () => {
    const groups = [{ vm: 1, virtualCore: 0, vcpus: [0, 1, 2, 3, 4, 5, 6, 7], vcores: [0] }];
    fc.assert(
      fc.property(anyMachine, ({ cores, threadsPerCore, plaques, width, height }) => {
        const shape = { cores, threadsPerCore, plaques, groups };
        const [group] = layoutMachine(shape, width, height).groups;
        const tokens = group?.homes.map(({ token }) => token) ?? [];
        expect(tokens).toHaveLength(8);
        for (const [i, token] of tokens.entries()) {
          expect(group && inside(token, group)).toBe(true);
          for (const other of tokens.slice(i + 1)) expect(overlap(token, other)).toBe(false);
        }
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

describe('the head of a core', () => {
  it('has room for the plaque with a pip for each thread, beside its number', () => {
    fc.assert(
      fc.property(anyMachine, (m) => {
        const { cards, dense } = laidOut({ ...m, plaques: true });
        for (const { plaque, x, w } of cards) {
          expect(plaque?.w).toBeGreaterThanOrEqual(dense ? 27 + 6 * m.threadsPerCore : 80);
          expect((plaque?.x ?? 0) - x).toBeGreaterThanOrEqual(dense ? 34 : 0);
          expect((plaque?.x ?? 0) + (plaque?.w ?? 0)).toBeLessThanOrEqual(x + w);
        }
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});

describe('routes of arrows', () => {
  it('are orthogonal, join their ports, and never cross a slot', () => {
    fc.assert(
      fc.property(anyMachine, fc.nat(), fc.nat(), fc.nat(7), (m, a, b, track) => {
        const layout = laidOut(m);
        const slots = layout.cards.flatMap((c) => c.slots);
        const ports = [
          ...layout.cards.flatMap((c) => c.slots.map((s) => slotPort(s, c))),
          ...layout.groups.flatMap((g) => g.homes.map(homePort)),
        ];
        const from = ports[a % ports.length];
        const to = ports[b % ports.length];
        if (!from || !to) throw new Error('a machine has ports');
        const points = route(from, to, layout, track);
        for (const piece of pieces(points)) {
          expect(Math.min(piece.w, piece.h)).toBe(0);
          for (const slot of slots) expect(overlap(piece, slot)).toBe(false);
        }
        for (const piece of pieces(routeFromOutside(to, layout, track))) {
          expect(Math.min(piece.w, piece.h)).toBe(0);
          for (const slot of slots) expect(overlap(piece, slot)).toBe(false);
        }
        const [x = 0, y = 0] = points[0] ?? [];
        expect(Math.hypot(x - from.at[0], y - from.at[1])).toBeLessThan(10);
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it('loop at a slot whose thread acts on itself', () => {
    const { cards, ...rest } = laidOut({
      cores: 1,
      threadsPerCore: 4,
      vcpus: 4,
      width: 504,
      height: 524,
    });
    const [card] = cards;
    const [slot] = card?.slots ?? [];
    if (!card || !slot) throw new Error('a machine has slots');
    const port = slotPort(slot, card);
    const points = route(port, port, { cards, ...rest }, 0);
    expect(points).toHaveLength(4);
    expect(points.at(-1)).not.toEqual(points[0]);
  });

  it('carry their label on the longest piece, along it', () => {
    const bracket: Point[] = [
      [0, 0],
      [4, 0],
      [4, 50],
      [0, 50],
    ];
    expect(labelPlace(bracket)).toEqual({ at: [4, 25], upright: true });
    // Arrows of one step that run side by side have their labels one behind the other.
    const many = [0, 1, 2].map((track) =>
      labelPlace(
        bracket.map(([x, y]) => [x, 4 * y]),
        track,
      ),
    );
    expect(many.map(({ at }) => at)).toEqual([
      [4, 100],
      [4, 130],
      [4, 70],
    ]);
    expect(labelPlace(bracket.map(([x, y]) => [y, x]))).toEqual({ at: [25, 4], upright: false });
  });
});
