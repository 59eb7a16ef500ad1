// Where everything of the Machine view goes, from the size of its panel and the shape of the machine. Pure: the
// same machine and panel give the same picture. Units are user units of the SVG (1/12 of the font size).
import type { Place } from '../marks/roving.ts';
import { GAP, homesOf, PLAQUE } from './layout-homes.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface SlotBox extends Box {
  readonly thread: number;
  /** Text lines that fit. */
  readonly lines: number;
  /** Where the docked token stands. */
  readonly dock: Box;
  /** Where the tokens of tasks queued on this cpu stand; null where there is no room. */
  readonly queue: Box | null;
  /** The middle of the gutter at its right, in which arrows run up and down. */
  readonly gutter: number;
}

export interface CardBox extends Box {
  readonly core: number;
  readonly slots: readonly SlotBox[];
  /** Where the plaque of the vcore that runs on the core is put up; null where vcores do not run as a whole. */
  readonly plaque: Box | null;
}

/** A virtual core as the guest sees it: its vcpus' homes in a bracket. */
export interface GroupBox extends Box {
  readonly vm: number;
  readonly virtualCore: number;
  readonly homes: readonly HomeBox[];
  /** Where the plaques of its vcores hang while they run nowhere. */
  readonly plaques: readonly (Box & { readonly vcore: number })[];
}
export interface HomeBox extends Box {
  readonly vm: number;
  readonly vcpu: number;
  readonly token: Box;
  /** 1 = only the token, 3 = with state and reason. */
  readonly lines: number;
}

export interface MachineLayout {
  readonly width: number;
  readonly height: number;
  /** A large machine or a small panel: slots say little, and are painted instead of drawn. */
  readonly dense: boolean;
  readonly cards: readonly CardBox[];
  readonly groups: readonly GroupBox[];
  /** Height of the lane between cards and virtual cores in which arrows and tokens travel. */
  readonly lane: number;
}

/** What the layout depends on. */
export interface MachineShape {
  readonly cores: number;
  readonly threadsPerCore: number;
  /** Vcores run as a whole on a core: they have plaques. */
  readonly plaques: boolean;
  /** The vcpus and vcores by virtual core, in order. */
  readonly groups: readonly {
    readonly vm: number;
    readonly virtualCore: number;
    readonly vcpus: readonly number[];
    readonly vcores: readonly number[];
  }[];
}

/** Room for the notch of the next thread at the left of a slot, and for arrows at its right. */
const LEFT = 12;
const GUTTER = 20;
/** Threads from which a machine is large. */
const LARGE = 33;

/** Measures of the two forms. */
interface Form {
  readonly head: number;
  readonly left: number;
  readonly gutter: number;
  readonly slotGap: number;
  readonly slotLeast: number;
}
/** The smallest pointer target is 24 units (WCAG 2.5.8). */
const ROOMY: Form = { head: 20, left: LEFT, gutter: GUTTER, slotGap: 4, slotLeast: 28 };
const TIGHT: Form = { head: 24, left: 9, gutter: 11, slotGap: 2, slotLeast: 26 };

/** Lays the machine out in `width` x `height`; the result may be higher when the machine is large. */
export function layoutMachine(shape: MachineShape, width: number, height: number): MachineLayout {
  const large = shape.cores * shape.threadsPerCore >= LARGE;
  const roomy = large ? null : layoutIn(shape, width, height, ROOMY);
  const tells = roomy?.cards.every((c) => c.slots.every((s) => s.lines > 2));
  return roomy && tells ? roomy : layoutIn(shape, width, height, TIGHT);
}

function layoutIn(shape: MachineShape, width: number, height: number, plain: Form): MachineLayout {
  const dense = plain === TIGHT;
  const form = shape.plaques && !dense ? { ...plain, head: plain.head + PLAQUE.roomy } : plain;
  const homes = homesOf(shape, width, dense);
  const room = height - homes.height - 2 * GAP;
  const { columns, slotColumns, slotHeight } = arrange(shape, width, room, form);
  const cardWidth = Math.floor((width - GAP * (columns - 1) - 2) / columns);
  const rows = Math.ceil(shape.threadsPerCore / slotColumns);
  const cardHeight = form.head + rows * slotHeight + 4;
  const cards = Array.from({ length: shape.cores }, (_, core) =>
    card(core, shape, slotColumns, form, {
      x: 1 + (core % columns) * (cardWidth + GAP),
      y: 1 + Math.floor(core / columns) * (cardHeight + GAP),
      w: cardWidth,
      h: cardHeight,
    }),
  );
  const bottom = Math.max(...cards.map((c) => c.y + c.h), 0);
  const groups = homes.place(bottom + 2 * GAP);
  const end = Math.max(bottom, ...groups.map((g) => g.y + g.h));
  return {
    width,
    height: Math.max(height, Math.ceil(end) + 2),
    dense,
    cards,
    groups,
    lane: bottom + GAP,
  };
}

/** Columns of cards, columns of slots in a card, and height of a slot: the arrangement in which a slot says most. */
function arrange(shape: MachineShape, width: number, room: number, form: Form) {
  const least = { columns: 1, slotColumns: 1, slotHeight: form.slotLeast };
  let best = { ...least, score: Number.NEGATIVE_INFINITY };
  const most = form === TIGHT && shape.threadsPerCore > 2 ? 2 : 1;
  for (let columns = 1; columns <= shape.cores; columns++) {
    for (let slotColumns = 1; slotColumns <= most; slotColumns++) {
      const rows = Math.ceil(shape.cores / columns);
      const slotRows = Math.ceil(shape.threadsPerCore / slotColumns);
      const card = (width - GAP * (columns - 1)) / columns;
      const slotWidth = card / slotColumns - form.left - form.gutter;
      if (slotWidth < (form === TIGHT ? 36 : 96) && columns * slotColumns > 1) continue;
      if (form === TIGHT && card < headLeast(shape) && columns > 1) continue;
      const free = (room - (rows - 1) * GAP) / rows - form.head - 4;
      const slotHeight = Math.min(104, Math.max(form.slotLeast, Math.floor(free / slotRows)));
      // Overflow costs more than text gives.
      const overflow = Math.max(0, slotHeight * slotRows - free) * rows;
      const score = telling(slotWidth, slotHeight, form) - 20 * overflow;
      if (score > best.score) best = { columns, slotColumns, slotHeight, score };
    }
  }
  return best;
}

/** Left of the plaque in the head of a dense card stands the core's number. */
const CORE_NAME = 34;
/** Width of a dense card whose head has room for the core's number and the plaque with its pips. */
const headLeast = ({ plaques, threadsPerCore }: MachineShape): number =>
  plaques ? CORE_NAME + 28 + 6 * threadsPerCore : 0;

/** Width up to which a line says more: the length of a step title. */
const WIDE = 260;
/** Width that a line of a dense slot needs to say anything, and what its token takes of it. */
const WORDS = 40;
const BESIDE = 52;
/** Heights from which a dense slot has one and two lines below its token. */
export const TALL = [44, 58] as const;

/** How much a slot says: the useful width of its text lines together. */
function telling(width: number, height: number, form: Form): number {
  if (form !== TIGHT) return linesIn(height) * Math.min(width, WIDE);
  const below = TALL.filter((least) => height - form.slotGap >= least).length;
  const room = Math.min(width, WIDE) - (below > 0 ? 8 : BESIDE) - WORDS;
  return Math.max(0, room) * Math.max(1, below);
}

/** Least slot heights for 2, 3, 4 and 5 text lines. */
const LINE_STEPS = [38, 44, 64, 80] as const;
const linesIn = (slotHeight: number): number =>
  1 + LINE_STEPS.filter((least) => slotHeight >= least).length;

function card(
  core: number,
  shape: MachineShape,
  slotColumns: number,
  form: Form,
  box: Box,
): CardBox {
  const { threadsPerCore } = shape;
  const slotRows = Math.ceil(threadsPerCore / slotColumns);
  const height = (box.h - form.head - 4) / slotRows;
  const width = box.w / slotColumns;
  const slots = Array.from({ length: threadsPerCore }, (_, t) => {
    const x = box.x + Math.floor(t / slotRows) * width;
    return slot(core * threadsPerCore + t, form, x + width - form.gutter / 2, {
      x: x + form.left,
      y: box.y + form.head + (t % slotRows) * height,
      w: width - form.left - form.gutter,
      h: height - form.slotGap,
    });
  });
  return { ...box, core, slots, plaque: shape.plaques ? plaqueOn(box, form) : null };
}

const plaqueOn = ({ x, y, w }: Box, form: Form): Box =>
  form === TIGHT
    ? { x: x + CORE_NAME, y: y + 1, w: w - CORE_NAME - 1, h: PLAQUE.tight }
    : { x: x + 8, y: y + 18, w: w - 16, h: PLAQUE.roomy };

/** Width of the LPID band at the left edge of a slot: with its number, and of a dense one. */
export const BAND = 18;
export const THIN_BAND = 5;
/** Width below which a dense slot has no room for text beside its token. */
export const NARROW = 90;

function slot(thread: number, form: Form, gutter: number, box: Box): SlotBox {
  const lines = linesIn(box.h + form.slotGap);
  if (form === TIGHT) {
    const w = box.w < NARROW ? box.w - THIN_BAND - 2 : 44;
    const dock = { x: box.x + THIN_BAND + 1, y: box.y + 1, w, h: Math.min(box.h - 2, 26) };
    return { ...box, thread, lines, dock, queue: null, gutter };
  }
  const dockWidth = box.w < 160 ? 42 : box.w < 260 ? 58 : 68;
  const dock = { x: box.x + BAND + 3, y: box.y + 3, w: dockWidth, h: box.h - 6 };
  const queue =
    lines >= 4 && box.w >= 160
      ? { x: box.x + box.w - 54, y: box.y + box.h - 30, w: 50, h: 28 }
      : null;
  return { ...box, thread, lines, dock, queue, gutter };
}

/** The boxes that the keyboard visits, with their entity paths: slots, and the first `created` vcpus. */
export function placesOf(
  layout: MachineLayout,
  pathOfThread: (thread: number) => string,
  pathOfVcpu: (vm: number, vcpu: number) => string,
  created: number,
): Place[] {
  const homes = layout.groups.flatMap((g) => g.homes).filter((h) => h.vcpu < created);
  return [
    ...layout.cards.flatMap((c) =>
      c.slots.map((s) => ({ ...pick(s), path: pathOfThread(s.thread) })),
    ),
    ...homes.map((h) => ({ ...pick(h), path: pathOfVcpu(h.vm, h.vcpu) })),
  ];
}

const pick = ({ x, y, w, h }: Box): Box => ({ x, y, w, h });
