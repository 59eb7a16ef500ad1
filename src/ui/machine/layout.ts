// Where everything of the Machine view goes, from the size of its panel and the shape of the machine. Pure: the
// same machine and panel give the same picture. Units are user units of the SVG (1/12 of the font size).
import type { Place } from '../marks/roving.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface SlotBox extends Box {
  readonly thread: number;
  /** Text lines that fit: 1 and 2 are the dense forms for large machines. */
  readonly lines: number;
  /** Where the docked token stands. */
  readonly dock: Box;
  /** Where the tokens of tasks queued on this cpu stand; null in the dense forms. */
  readonly queue: Box | null;
}

export interface CardBox extends Box {
  readonly core: number;
  readonly slots: readonly SlotBox[];
}

/** A virtual core as the guest sees it: its vcpus' homes in a bracket. */
export interface GroupBox extends Box {
  readonly vm: number;
  readonly virtualCore: number;
  readonly homes: readonly HomeBox[];
}
export interface HomeBox extends Box {
  readonly vm: number;
  readonly vcpu: number;
  readonly token: { readonly x: number; readonly y: number };
  /** 1 = only the token, 3 = with state and reason. */
  readonly lines: number;
}

export interface MachineLayout {
  readonly width: number;
  readonly height: number;
  readonly cards: readonly CardBox[];
  readonly groups: readonly GroupBox[];
  /** Height of the lane between cards and virtual cores in which arrows and tokens travel. */
  readonly lane: number;
}

/** What the layout depends on. */
export interface MachineShape {
  readonly cores: number;
  readonly threadsPerCore: number;
  /** The vcpus by virtual core, in order. */
  readonly groups: readonly {
    readonly vm: number;
    readonly virtualCore: number;
    readonly vcpus: readonly number[];
  }[];
}

const GAP = 8;
/** Gutter at the right edge of a card in which arrows run up and down. */
export const GUTTER = 20;
const CARD_HEAD = 20;
const LEFT = 12; // room for the notch of the next thread
const GROUP_FOOT = 18;
const SLOT_LEAST = 28; // with the gap of 4, the smallest pointer target (WCAG 2.5.8)

/** Lays the machine out in `width` x `height`; the result may be higher when the machine is large. */
export function layoutMachine(shape: MachineShape, width: number, height: number): MachineLayout {
  const groupRows = rowsOfGroups(shape, width);
  const homeHeight = groupRows.length > 2 ? 34 : 68;
  const groupsHeight = groupRows.length * (GROUP_FOOT + homeHeight + GAP);
  const room = height - groupsHeight - 2 * GAP;
  const { columns, slotHeight } = arrange(shape, width, room);
  const cardWidth = Math.floor((width - GAP * (columns - 1) - 2) / columns);
  const cardHeight = CARD_HEAD + shape.threadsPerCore * slotHeight + 4;
  const cards = Array.from({ length: shape.cores }, (_, core) =>
    card(core, shape.threadsPerCore, {
      x: 1 + (core % columns) * (cardWidth + GAP),
      y: 1 + Math.floor(core / columns) * (cardHeight + GAP),
      w: cardWidth,
      h: cardHeight,
    }),
  );
  const bottom = Math.max(...cards.map((c) => c.y + c.h), 0);
  const top = bottom + 2 * GAP;
  const groups = groupRows.flatMap((row, r) =>
    row.map((group, i) => {
      const w = (width - 2 - GAP * (row.length - 1)) / row.length;
      const y = top + r * (GROUP_FOOT + homeHeight + GAP);
      return groupBox(group, { x: 1 + i * (w + GAP), y, w, h: GROUP_FOOT + homeHeight });
    }),
  );
  const end = Math.max(bottom, ...groups.map((g) => g.y + g.h));
  return { width, height: Math.max(height, end + 2), cards, groups, lane: bottom + GAP };
}

/** Number of card columns and height of a slot: the arrangement in which a slot says most. */
function arrange(shape: MachineShape, width: number, room: number) {
  let best = { columns: 1, slotHeight: SLOT_LEAST, score: Number.NEGATIVE_INFINITY };
  for (let columns = 1; columns <= shape.cores; columns++) {
    const rows = Math.ceil(shape.cores / columns);
    const slotWidth = (width - GAP * (columns - 1)) / columns - LEFT - GUTTER;
    if (slotWidth < 96 && columns > 1) break;
    const free = (room - (rows - 1) * GAP) / rows - CARD_HEAD - 4;
    const slotHeight = Math.min(104, Math.max(SLOT_LEAST, Math.floor(free / shape.threadsPerCore)));
    // A text line is worth its width up to the length of a step title; overflow costs more than it gives.
    const overflow = Math.max(0, slotHeight * shape.threadsPerCore - free) * rows;
    const score = linesIn(slotHeight) * Math.min(slotWidth, 260) - 20 * overflow;
    if (score > best.score) best = { columns, slotHeight, score };
  }
  return best;
}

/** Least slot heights for 2, 3, 4 and 5 text lines. */
const LINE_STEPS = [38, 44, 64, 80] as const;
const linesIn = (slotHeight: number): number =>
  1 + LINE_STEPS.filter((least) => slotHeight >= least).length;

function card(core: number, threadsPerCore: number, box: Box): CardBox {
  const slotHeight = (box.h - CARD_HEAD - 4) / threadsPerCore;
  const slots = Array.from({ length: threadsPerCore }, (_, t) =>
    slot(core * threadsPerCore + t, {
      x: box.x + LEFT,
      y: box.y + CARD_HEAD + t * slotHeight,
      w: box.w - LEFT - GUTTER,
      h: slotHeight - 4,
    }),
  );
  return { ...box, core, slots };
}

/** Width of the LPID band at the left edge of a slot. */
export const BAND = 18;

function slot(thread: number, box: Box): SlotBox {
  const lines = linesIn(box.h + 4);
  const dockWidth = box.w < 160 ? 42 : box.w < 260 ? 58 : 68;
  const dock = { x: box.x + BAND + 3, y: box.y + 3, w: dockWidth, h: box.h - 6 };
  const queue =
    lines >= 4 && box.w >= 160
      ? { x: box.x + box.w - 54, y: box.y + box.h - 30, w: 50, h: 28 }
      : null;
  return { ...box, thread, lines, dock, queue };
}

/** Rows of virtual cores that fit side by side; a home needs 80 units. */
function rowsOfGroups(shape: MachineShape, width: number) {
  const most = Math.max(1, ...shape.groups.map((g) => g.vcpus.length));
  const perRow = Math.max(1, Math.floor((width + GAP) / (most * 80 + GAP)));
  const rows: MachineShape['groups'][] = [];
  for (let i = 0; i < shape.groups.length; i += perRow)
    rows.push(shape.groups.slice(i, i + perRow));
  return rows;
}

function groupBox(group: MachineShape['groups'][number], box: Box): GroupBox {
  const w = (box.w - 8) / group.vcpus.length;
  const homes = group.vcpus.map((vcpu, i) => {
    const home = { x: box.x + 4 + i * w, y: box.y, w, h: box.h - GROUP_FOOT };
    const lines = home.h > 50 ? 3 : 1;
    return {
      ...home,
      vm: group.vm,
      vcpu,
      lines,
      token: { x: home.x + 6, y: home.y + (lines === 3 ? 20 : 3) },
    };
  });
  return { ...box, vm: group.vm, virtualCore: group.virtualCore, homes };
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
