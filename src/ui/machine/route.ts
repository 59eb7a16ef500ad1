// Routes of arrows: along the gutters at the right of the slots and the lanes below them, never across a slot.
import type { CardBox, HomeBox, MachineLayout, SlotBox } from './layout.ts';

export type Point = readonly [number, number];

/** Where arrows of an entity start and end. */
export type Port =
  | { readonly at: Point; readonly kind: 'slot'; readonly gutter: number; readonly below: number }
  | { readonly at: Point; readonly kind: 'home' };

/** The port of a slot: the middle of its right edge, at its gutter. */
export const slotPort = (slot: SlotBox, card: CardBox): Port => ({
  at: [slot.x + slot.w, slot.y + slot.h / 2],
  kind: 'slot',
  gutter: slot.gutter,
  below: card.y + card.h + 4,
});

/** The port of a vcpu's home: the middle of its upper edge. */
export const homePort = (home: HomeBox): Port => ({
  at: [home.x + Math.min(home.w / 2, 30), home.y],
  kind: 'home',
});

/** The route of what comes from outside the picture: up the gutter of a slot, or from the lane to a home. */
export function routeFromOutside(
  { at, ...to }: Port,
  layout: MachineLayout,
  track: number,
): Point[] {
  const shift = shiftOf(track, layout);
  const [x, y] = [at[0], at[1] + shift];
  if (to.kind === 'home')
    return [
      [at[0] + shift, layout.lane],
      [at[0] + shift, at[1]],
    ];
  const gutter = to.gutter + shift;
  return [
    [gutter, to.below],
    [gutter, y],
    [x, y],
  ];
}

/** Keeps routes of one step apart. */
const shiftOf = (track: number, { dense }: MachineLayout): number =>
  ((track % 4) - 1.5) * (dense ? 2.4 : 4);

const LOOP = 14; // height of the loop of an arrow from a thread to itself

/** The orthogonal route from one port to another; `track` keeps routes of one step apart. */
export function route(from: Port, to: Port, layout: MachineLayout, track: number): Point[] {
  const shift = shiftOf(track, layout);
  const lane = laneOf(from, to, layout) + shift / 2;
  const [a, exitX] = leave(from, shift);
  const [end, entryX] = leave(to, shift);
  const self = from.at[0] === to.at[0] && from.at[1] === to.at[1];
  const b: Point = self && to.kind === 'slot' ? [end[0], end[1] + LOOP] : end;
  const straight = from.kind === 'slot' && to.kind === 'slot' && from.gutter === to.gutter;
  const middle: Point[] = straight
    ? [
        [exitX, a[1]],
        [exitX, b[1]],
      ]
    : [
        [exitX, a[1]],
        [exitX, lane],
        [entryX, lane],
        [entryX, b[1]],
      ];
  return [a, ...middle, b].filter(
    ([x, y], i, all) => i === 0 || x !== all[i - 1]?.[0] || y !== all[i - 1]?.[1],
  );
}

function laneOf(from: Port, to: Port, layout: MachineLayout): number {
  if (from.kind === 'home' || to.kind === 'home') return layout.lane;
  return Math.min(from.below, to.below);
}

/** Start point and the column in which the route leaves it. An entity's own arrow starts and ends apart. */
function leave(port: Port, shift: number): [Point, number] {
  if (port.kind === 'slot') return [[port.at[0], port.at[1] + shift], port.gutter + shift];
  return [[port.at[0] + shift, port.at[1]], port.at[0] + shift];
}

/** Room that a label takes along its route. */
const LABEL = 30;

/**
 * Where the label of a route goes: on its longest piece, turned if that runs up or down; about the middle, so that
 * routes of one step, which run side by side, have theirs one behind the other.
 */
export function labelPlace(points: readonly Point[], track = 0): { at: Point; upright: boolean } {
  const first = points[0] ?? ([0, 0] as const);
  let best = { length: -1, from: first, to: first };
  points.forEach(([x, y], i) => {
    const [px, py] = points[i - 1] ?? [x, y];
    const length = Math.abs(x - px) + Math.abs(y - py);
    if (length > best.length) best = { length, from: [px, py], to: [x, y] };
  });
  const { length, from, to } = best;
  const most = Math.max(0, length - LABEL) / 2;
  const off = Math.min(most, Math.max(-most, (((track + 1) % 3) - 1) * LABEL));
  const share = length > 0 ? 0.5 + off / length : 0.5;
  return {
    at: [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share],
    upright: from[0] === to[0],
  };
}
