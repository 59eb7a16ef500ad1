// Where the map of a hashed page table is looked at from: scale and corner, in entries. Pure geometry.
import type { HptWindow } from '../../workers/protocol.ts';
import { SLOTS } from '../../workers/sections.ts';

/** The whole table as a grid of entries: PTE groups lie side by side, eight entries each. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly levels: number;
}

/** Size of the canvas, in CSS pixels. */
export interface Box {
  readonly w: number;
  readonly h: number;
}

/** Entry at the upper left corner, and pixels per entry. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A rectangle in pixels of the canvas. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Pixels per entry from which entries are drawn with their marks. */
export const MARKS_FROM = 12;

/** The whole table, centred. */
export function wholeTable(grid: Grid, box: Box): Camera {
  const z = Math.min(box.w / grid.width, box.h / grid.height) || 1;
  return hold({ x: 0, y: 0, z }, grid, box);
}

/** The scale at which one PTE group fills the width. */
const largest = (box: Box): number => box.w / SLOTS;

/** Within the limits of zoom; no empty space on one side only. Before the size is known: as if one pixel each. */
export function hold(camera: Camera, grid: Grid, box: Box): Camera {
  if (box.w === 0 || box.h === 0) return { x: 0, y: 0, z: 1 };
  const least = Math.min(box.w / grid.width, box.h / grid.height);
  const z = Math.max(least, Math.min(Math.max(least, largest(box)), camera.z));
  return {
    x: within(camera.x, grid.width, box.w / z),
    y: within(camera.y, grid.height, box.h / z),
    z,
  };
}

/** Start of a range of `seen` in a length of `whole`: inside it, or centred where it is longer. */
function within(start: number, whole: number, seen: number): number {
  return seen >= whole ? (whole - seen) / 2 : Math.max(0, Math.min(whole - seen, start));
}

/** Zooms by a factor; what is at pixel (px, py) stays there. */
export function zoomAt(
  camera: Camera,
  factor: number,
  px: number,
  py: number,
  grid: Grid,
  box: Box,
): Camera {
  const { z } = hold({ ...camera, z: camera.z * factor }, grid, box);
  const [x, y] = [camera.x + px / camera.z - px / z, camera.y + py / camera.z - py / z];
  return hold({ x, y, z }, grid, box);
}

/** The entry at a pixel, -1 outside the table. */
export function slotAt(camera: Camera, px: number, py: number, grid: Grid): number {
  const x = Math.floor(camera.x + px / camera.z);
  const y = Math.floor(camera.y + py / camera.z);
  const inside = x >= 0 && y >= 0 && x < grid.width && y < grid.height;
  return inside ? y * grid.width + x : -1;
}

/** Where `count` entries from `slot` on (in one row) lie, at least `least` pixels each way. */
export function rectOf(slot: number, count: number, camera: Camera, grid: Grid, least = 0): Rect {
  const x = ((slot % grid.width) - camera.x) * camera.z;
  const y = (Math.floor(slot / grid.width) - camera.y) * camera.z;
  const [w, h] = [Math.max(least, count * camera.z), Math.max(least, camera.z)];
  return { x: x - (w - count * camera.z) / 2, y: y - (h - camera.z) / 2, w, h };
}

/** The level whose cells have at least one pixel, and at most two but for level 0. */
export const levelFor = (z: number, grid: Grid): number =>
  Math.max(0, Math.min(grid.levels - 1, Math.ceil(-Math.log2(z))));

/** The cells that can be seen. */
export function windowOf(camera: Camera, grid: Grid, box: Box): HptWindow {
  const level = levelFor(camera.z, grid);
  const cell = 2 ** level;
  const x = Math.max(0, Math.floor(camera.x / cell));
  const y = Math.max(0, Math.floor(camera.y / cell));
  const right = Math.min(grid.width, camera.x + box.w / camera.z);
  const bottom = Math.min(grid.height, camera.y + box.h / camera.z);
  return { level, x, y, w: Math.ceil(right / cell) - x, h: Math.ceil(bottom / cell) - y };
}

/** The camera moved as little as needed to have an entry well inside. */
export function bringIn(camera: Camera, slot: number, grid: Grid, box: Box): Camera {
  const along = (at: number, start: number, seen: number): number => {
    const margin = Math.min(seen / 4, 2);
    return Math.max(at + 1 + margin - seen, Math.min(at - margin, start));
  };
  const x = along(slot % grid.width, camera.x, box.w / camera.z);
  const y = along(Math.floor(slot / grid.width), camera.y, box.h / camera.z);
  return hold({ ...camera, x, y }, grid, box);
}

/** The PTE group of an entry at the largest scale, in the middle. */
export function lookAtGroup(slot: number, grid: Grid, box: Box): Camera {
  const z = largest(box);
  const group = slot - (slot % SLOTS);
  const y = Math.floor(slot / grid.width) + 0.5 - box.h / z / 2;
  return hold({ x: group % grid.width, y, z }, grid, box);
}

/** The entry to which an arrow key goes from `slot`: the next one that can be told apart at this zoom. */
export function neighbourSlot(slot: number, key: string, level: number, grid: Grid): number {
  const step = 2 ** level;
  const x = slot % grid.width;
  const y = Math.floor(slot / grid.width);
  const to = {
    ArrowLeft: [x - step, y],
    ArrowRight: [x + step, y],
    ArrowUp: [x, y - step],
    ArrowDown: [x, y + step],
  }[key];
  const [nx = x, ny = y] = to ?? [];
  const inside = nx >= 0 && ny >= 0 && nx < grid.width && ny < grid.height;
  return inside ? ny * grid.width + nx : slot;
}
