// Paints the cells of the map onto a canvas: pixels where entries are small, marks where they are large.
import type { RowIn } from '../../workers/sections.ts';
import { SUMMARY } from '../../workers/sections.ts';
import { type Camera, type Grid, MARKS_FROM } from './camera.ts';

export type Cells = RowIn<'hpt', 'cells'>;

/** Colours as 'rgb(…)' texts, taken from the theme's tokens. */
export interface Inks {
  readonly empty: string;
  readonly used: string;
  /** On `used`. */
  readonly mark: string;
  readonly absent: string;
  readonly line: string;
  readonly text: string;
}

/** Share of the colour that a cell with a single entry gets: it must be seen. */
const LEAST = 0.4;

/** Red, green, blue of 'rgb(1, 2, 3)' or of Chromium's 'color(srgb …)'. */
export function channels(ink: string): readonly [number, number, number] {
  const numbers = (ink.match(/[\d.]+/g) ?? []).map(Number);
  const scale = ink.startsWith('color(') ? 255 : 1;
  const [r = 0, g = 0, b = 0] = numbers.map((n) => Math.round(n * scale));
  return [r, g, b];
}

const packed = ([r, g, b]: readonly number[]): number =>
  ((255 << 24) | ((b ?? 0) << 16) | ((g ?? 0) << 8) | (r ?? 0)) >>> 0;

/** Pixel by fill, from empty to full. */
function ramp(empty: string, full: string): Uint32Array {
  const [from, to] = [channels(empty), channels(full)];
  return Uint32Array.from({ length: 256 }, (_, fill) => {
    const share = fill === 0 ? 0 : LEAST + ((1 - LEAST) * fill) / 255;
    return packed(from.map((c, i) => Math.round(c + ((to[i] ?? 0) - c) * share)));
  });
}

/** One pixel per cell: hue = the partition's, grey = absent only, ink = something is locked. */
export function pixelsOf(cells: Pick<Cells, 'bits' | 'fill'>, inks: Inks): Uint32Array {
  const used = ramp(inks.empty, inks.used);
  const absent = ramp(inks.empty, inks.absent);
  const locked = packed(channels(inks.text));
  const pixels = new Uint32Array(cells.bits.length);
  for (let i = 0; i < pixels.length; i++) {
    const bits = cells.bits[i] ?? 0;
    const fill = cells.fill[i] ?? 0;
    if ((bits & SUMMARY.LOCKED) !== 0) pixels[i] = locked;
    else pixels[i] = ((bits & SUMMARY.VALID) !== 0 ? used : absent)[fill] ?? 0;
  }
  return pixels;
}

/** Draws the visible part of the table; `scratch` is a canvas for the pixels. */
export function paint(
  context: CanvasRenderingContext2D,
  scratch: HTMLCanvasElement,
  cells: Cells,
  camera: Camera,
  grid: Grid,
  inks: Inks,
): void {
  const { canvas } = context;
  const density = context.getTransform().a || 1;
  context.clearRect(0, 0, canvas.width / density, canvas.height / density);
  if (cells.w === 0 || cells.h === 0) return;
  scratch.width = cells.w;
  scratch.height = cells.h;
  const pixels = new Uint8ClampedArray(pixelsOf(cells, inks).buffer as ArrayBuffer);
  scratch.getContext('2d')?.putImageData(new ImageData(pixels, cells.w, cells.h), 0, 0);
  const size = 2 ** cells.level;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    scratch,
    (cells.x * size - camera.x) * camera.z,
    (cells.y * size - camera.y) * camera.z,
    cells.w * size * camera.z,
    cells.h * size * camera.z,
  );
  paintSparse(context, cells, pixels, camera);
  paintGroups(context, cells, camera, grid, inks);
  if (cells.level === 0 && camera.z >= MARKS_FROM) paintMarks(context, cells, camera, inks);
}

/** Used cells up to which each is drawn as a dot of at least DOT pixels: a few entries are found at a glance. */
const FEW = 1000;
const DOT = 4;

function paintSparse(
  context: CanvasRenderingContext2D,
  cells: Cells,
  pixels: Uint8ClampedArray,
  { x, y, z }: Camera,
): void {
  const side = 2 ** cells.level * z;
  if (side >= DOT) return;
  const used = usedCells(cells, FEW);
  for (const cell of used) {
    const left = (cells.x + (cell % cells.w)) * 2 ** cells.level;
    const top = (cells.y + Math.floor(cell / cells.w)) * 2 ** cells.level;
    const [r = 0, g = 0, b = 0] = pixels.subarray(4 * cell, 4 * cell + 3);
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect((left - x) * z + (side - DOT) / 2, (top - y) * z + (side - DOT) / 2, DOT, DOT);
  }
}

/** Numbers of the cells with entries; none when there are more than `most`. */
export function usedCells({ fill }: Pick<Cells, 'fill'>, most: number): number[] {
  const used: number[] = [];
  for (let i = 0; i < fill.length; i++) {
    if (fill[i] === 0) continue;
    if (used.length === most) return [];
    used.push(i);
  }
  return used;
}

const GROUP = 8;
/** Pixels of a group from which its border is drawn. */
const BORDER_FROM = 24;

/** Borders of the PTE groups. */
function paintGroups(
  context: CanvasRenderingContext2D,
  cells: Cells,
  { x, y, z }: Camera,
  grid: Grid,
  inks: Inks,
): void {
  if (GROUP * z < BORDER_FROM || z < 3) return;
  const [bottom, right] = [cells.y + cells.h, Math.min(grid.width, cells.x + cells.w)];
  context.strokeStyle = inks.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let row = cells.y; row <= bottom; row++) {
    const at = Math.round((row - y) * z) + 0.5;
    context.moveTo((cells.x - x) * z, at);
    context.lineTo((right - x) * z, at);
  }
  for (let column = cells.x - (cells.x % GROUP); column <= right; column += GROUP) {
    const at = Math.round((column - x) * z) + 0.5;
    context.moveTo(at, (cells.y - y) * z);
    context.lineTo(at, (bottom - y) * z);
  }
  context.stroke();
}

/** Marks of each entry: bolted, secondary, absent, locked, R and C. */
function paintMarks(
  context: CanvasRenderingContext2D,
  cells: Cells,
  camera: Camera,
  inks: Inks,
): void {
  for (let i = 0; i < cells.bits.length; i++) {
    const bits = cells.bits[i] ?? 0;
    if (bits === 0) continue;
    const x = (cells.x + (i % cells.w) - camera.x) * camera.z;
    const y = (cells.y + Math.floor(i / cells.w) - camera.y) * camera.z;
    paintEntry(context, bits, x, y, camera.z, inks);
  }
}

function paintEntry(
  context: CanvasRenderingContext2D,
  bits: number,
  x: number,
  y: number,
  z: number,
  inks: Inks,
): void {
  const has = (mask: number): boolean => (bits & mask) !== 0;
  const valid = has(SUMMARY.VALID);
  const locked = has(SUMMARY.LOCKED);
  const ink = locked ? inks.empty : valid ? inks.mark : inks.text;
  const unit = z / 12;
  context.fillStyle = ink;
  context.strokeStyle = ink;
  context.lineWidth = Math.max(1, unit);
  if (has(SUMMARY.ABSENT) && !valid && !locked) {
    // Absent: a dashed cell.
    context.fillStyle = inks.empty;
    context.fillRect(x + 1, y + 1, z - 1, z - 1);
    context.setLineDash([2 * unit + 1, 2 * unit]);
    context.strokeRect(x + 2 * unit, y + 2 * unit, 8 * unit, 8 * unit);
    context.setLineDash([]);
  }
  if (has(SUMMARY.BOLTED)) context.fillRect(x + 4.5 * unit, y + 2 * unit, 3 * unit, 3 * unit);
  if (has(SUMMARY.SECONDARY)) {
    context.beginPath();
    context.moveTo(x + 1, y + 1);
    context.lineTo(x + 4 * unit, y + 1);
    context.lineTo(x + 1, y + 4 * unit);
    context.fill();
  }
  if (locked) padlock(context, x + 4 * unit, y + 2 * unit, unit);
  if (has(SUMMARY.R)) context.fillRect(x + 1.5 * unit, y + 9 * unit, 3.5 * unit, 1.5 * unit);
  if (has(SUMMARY.C)) context.fillRect(x + 7 * unit, y + 9 * unit, 3.5 * unit, 1.5 * unit);
}

function padlock(context: CanvasRenderingContext2D, x: number, y: number, unit: number): void {
  context.fillRect(x, y + 2 * unit, 4 * unit, 3.5 * unit);
  context.beginPath();
  context.arc(x + 2 * unit, y + 2 * unit, 1.4 * unit, Math.PI, 0);
  context.stroke();
}
