// Paints slots, tokens and homes of a large machine onto a canvas, in the visual language of marks.tsx. Every piece
// covers its own box alone, so that one can be painted again without the others.
import type { InksOf } from '../marks/inks.ts';
import { cutTo, FONT, textWidth } from '../marks/text.ts';
import { vmHue, vmLetter } from '../theme/vm.ts';
import type { SlotFace, TokenFace } from './face.ts';
import { type Box, type HomeBox, NARROW, type SlotBox, TALL, THIN_BAND } from './layout.ts';

/** Colours that the picture needs, by token. */
export const INK_TOKENS = [
  'panel',
  'panel-2',
  'line',
  'line-strong',
  'text',
  'text-dim',
  'host',
  'host-fill',
  'real-edge',
  'vm0',
  'vm1',
  'vm2',
  'vm3',
  'vm4',
  'vm5',
  'vm0-ink',
  'vm1-ink',
  'vm2-ink',
  'vm3-ink',
  'vm4-ink',
  'vm5-ink',
] as const;
export type Inks = InksOf<(typeof INK_TOKENS)[number]>;

/** A canvas with the theme's colours and fonts. */
export interface Brush {
  readonly to: CanvasRenderingContext2D;
  readonly inks: Inks;
  readonly mono: string;
}

export type Hue = `vm${0 | 1 | 2 | 3 | 4 | 5}`;
export const inkOf = ({ inks }: Brush, vm: number): string =>
  vm < 1 ? inks.host : inks[`vm${vmHue(vm)}` as Hue];

/** The card of a core, without its slots. */
export function paintCard(b: Brush, box: Box): void {
  b.to.fillStyle = b.inks['panel-2'];
  b.to.fillRect(box.x, box.y, box.w, box.h);
  strokeBox(b, box, b.inks['line-strong']);
}

/** A thread's slot with the token that is docked on it. */
export function paintSlot(b: Brush, box: SlotBox, face: SlotFace, docked: TokenFace | null): void {
  const { to, inks } = b;
  to.fillStyle = inks['panel-2'];
  to.fillRect(box.x - 8, box.y, box.w + 8, box.h); // with the notch
  to.fillStyle = inks.panel;
  to.fillRect(box.x, box.y, box.w, box.h);
  strokeBox(b, box, inks.line);
  to.fillStyle = face.lpidVm < 1 ? inks['host-fill'] : inkOf(b, face.lpidVm);
  to.fillRect(box.x, box.y, THIN_BAND, box.h);
  if (face.next) notch(b, box);
  const tall = box.h >= TALL[0];
  const narrow = box.w < NARROW;
  const mode = tall ? { ...box.dock, w: box.x + box.w - box.dock.x - 1 } : box.dock;
  paintMode(b, mode, face, docked !== null);
  if (docked) paintPlate(b, mode, docked, face.mode === 'nap');
  else if (narrow && !tall) paintText(b, face.label, mode, FONT.small, 'text-dim');
  if (tall) paintLines(b, box, face);
  else if (!narrow) paintBeside(b, box, face);
  if (face.pending !== '') flag(b, box);
  if (face.dpdes > 0) bell(b, box.x + box.w - 12, box.y + box.h - 12);
}

/** Width up to which a moon stands at the right end of a dock, and what a token leaves to it there. */
const SMALL_DOCK = 60;
const MOON_ROOM = 8;

/** A docked token: its name on a plate in the middle of the mode, framed when its task executes the vcore. */
function paintPlate(b: Brush, dock: Box, { vm, vcpu, runner }: TokenFace, naps: boolean): void {
  const name = `${vmLetter(vm)}${vcpu}`;
  const room = dock.w - (naps && dock.w <= SMALL_DOCK ? MOON_ROOM : 0);
  const size = textWidth(name, 'mono') + 8 <= room ? FONT.normal : FONT.small;
  const w = Math.min(room, textWidth(name, 'mono', size) + 8);
  const h = Math.min(16, dock.h - 6);
  const plate = { x: dock.x + (room - w) / 2, y: dock.y + (dock.h - h) / 2, w, h };
  b.to.fillStyle = b.inks.panel;
  b.to.fillRect(plate.x, plate.y, w, h);
  b.to.fillStyle = inkOf(b, vm);
  b.to.fillRect(plate.x, plate.y, 3, h);
  paintText(b, name, { ...plate, x: plate.x + 4 }, size, 'text', true);
  if (runner)
    strokeBox(b, { x: plate.x - 1, y: plate.y - 1, w: w + 2, h: h + 2 }, b.inks.text, 1.5);
}

export function strokeBox({ to }: Brush, { x, y, w, h }: Box, ink: string, width = 1): void {
  to.strokeStyle = ink;
  to.lineWidth = width;
  to.strokeRect(x + width / 2, y + width / 2, w - width, h - width);
}

function notch({ to, inks }: Brush, { x, y, h }: Box): void {
  to.fillStyle = inks.text;
  to.beginPath();
  to.moveTo(x - 7, y + h / 2 - 6);
  to.lineTo(x - 1, y + h / 2);
  to.lineTo(x - 7, y + h / 2 + 6);
  to.fill();
}

/** Guest solid, real mode hatched with a red edge, virtual mode outlined, host grey, nap a moon, offline crossed, dead crossed on black. */
function paintMode(
  b: Brush,
  box: Box,
  { mode, vm }: Pick<SlotFace, 'mode' | 'vm'>,
  docked: boolean,
): void {
  const { to, inks } = b;
  const { x, y, w, h } = box;
  switch (mode) {
    case 'guest':
      to.fillStyle = inkOf(b, vm);
      to.fillRect(x, y, w, h);
      break;
    case 'host':
      to.fillStyle = inks['host-fill'];
      to.fillRect(x, y, w, h);
      break;
    case 'virt':
      strokeBox(b, box, inks.text, 2);
      break;
    case 'real':
      hatch(b, box, inks['real-edge']);
      strokeBox(b, box, inks['real-edge'], 2);
      break;
    case 'nap':
      strokeBox(b, box, inks['line-strong']);
      if (w > SMALL_DOCK) moon(b, x + 14, y + h / 2, 5);
      else if (docked) moon(b, x + w - MOON_ROOM / 2 - 0.5, y + h / 2, 3.5);
      else moon(b, x + w - 8, y + h / 2, 5);
      break;
    case 'dead':
      to.fillStyle = inks.text;
      to.fillRect(x, y, w, h);
      cross(b, box, inks.panel);
      break;
    case 'offline':
      cross(b, box, inks['line-strong']);
  }
}

function cross({ to }: Brush, { x, y, w, h }: Box, ink: string): void {
  to.strokeStyle = ink;
  to.lineWidth = 1;
  to.beginPath();
  to.moveTo(x, y);
  to.lineTo(x + w, y + h);
  to.moveTo(x + w, y);
  to.lineTo(x, y + h);
  to.stroke();
}

const HATCH = 6;

/** Diagonal lines, cut at the box by arithmetic: clipping costs more. */
function hatch({ to }: Brush, { x, y, w, h }: Box, ink: string): void {
  to.strokeStyle = ink;
  to.lineWidth = 1.2;
  to.beginPath();
  for (let c = HATCH; c < w + h; c += HATCH) {
    const [fromX, toX] = [Math.min(c, w), Math.max(0, c - h)];
    to.moveTo(x + fromX, y + c - fromX);
    to.lineTo(x + toX, y + c - toX);
  }
  to.stroke();
}

function moon({ to, inks }: Brush, x: number, y: number, r: number): void {
  to.fillStyle = inks['text-dim'];
  to.beginPath();
  to.arc(x, y, r, 0.35, 5.2);
  to.arc(x + 0.45 * r, y - 0.3 * r, 0.8 * r, 4.9, 0.75, true);
  to.fill();
}

/** Something is pending: a corner; which vectors, the label and the table say. */
function flag({ to, inks }: Brush, { x, y, w }: Box): void {
  to.fillStyle = inks.text;
  to.beginPath();
  to.moveTo(x + w - 8, y);
  to.lineTo(x + w, y);
  to.lineTo(x + w, y + 8);
  to.fill();
}

/** A doorbell is here: DPDES is set. */
function bell({ to, inks }: Brush, x: number, y: number): void {
  to.fillStyle = inks.panel;
  to.fillRect(x - 1, y - 1, 12, 12);
  to.fillStyle = inks.text;
  to.beginPath();
  to.moveTo(x + 1, y + 8);
  to.quadraticCurveTo(x + 3, y + 6, x + 3, y + 4);
  to.arc(x + 5.5, y + 3.5, 2.5, Math.PI, 0);
  to.quadraticCurveTo(x + 8, y + 6, x + 10, y + 8);
  to.fill();
  to.fillRect(x + 4.5, y + 8.6, 2, 1.4);
}

type TextInk = 'text' | 'text-dim' | `${Hue}-ink`;

/** One line of text in the middle of a box's height, cut to its width. */
export function paintText(
  { to, inks, mono }: Brush,
  text: string,
  { x, y, w, h }: Box,
  size: number,
  ink: TextInk,
  bold = false,
): void {
  to.font = `${bold ? 700 : 400} ${size}px ${mono}`;
  to.fillStyle = inks[ink];
  to.fillText(cutTo(text, w, 'mono', size), x + 1, y + h / 2 + 0.35 * size);
}

/** What the thread does: the instruction, what it waits for, or the routine. */
const doing = (face: SlotFace): string =>
  face.waiting
    ? face.what.replace(/^\w+: waiting for |^waiting for /, '')
    : face.mode === 'guest' && face.what !== ''
      ? face.what
      : face.where;

/** The form of one line: thread number and what it does, at the right of the dock. */
function paintBeside(b: Brush, box: SlotBox, face: SlotFace): void {
  const x = box.dock.x + box.dock.w + 4;
  const line = { x, y: box.y, w: box.x + box.w - x - 3, h: box.h };
  const label = line.w >= 70 ? 17 : 0;
  if (label > 0) paintText(b, face.label, line, FONT.small, 'text-dim');
  paintWait(b, face, { ...line, x: x + label, w: line.w - label });
}

/** The form of several lines: thread number beside the dock, where it is and what it does below. */
function paintLines(b: Brush, box: SlotBox, face: SlotFace): void {
  const x = box.x + THIN_BAND + 2;
  const top = box.dock.y + box.dock.h;
  const room = box.y + box.h - top;
  const lines = box.h >= TALL[1] ? 2 : 1;
  const at = (n: number): Box => ({
    x,
    y: top + (n * room) / lines,
    w: box.w - THIN_BAND - 4,
    h: room / lines,
  });
  const right = { ...box.dock, x: box.x + box.w - 20, w: 18 };
  b.to.fillStyle = b.inks.panel;
  b.to.fillRect(right.x - 2, right.y + 5, 20, right.h - 10);
  paintText(b, face.label, right, FONT.small, 'text');
  if (lines === 2) paintText(b, face.where, at(0), FONT.small, 'text-dim');
  paintWait(
    b,
    lines === 2 && !face.waiting && face.what !== '' ? { ...face, where: face.what } : face,
    at(lines - 1),
  );
}

/** What it does; an hourglass before what it waits for. */
function paintWait(b: Brush, face: SlotFace, line: Box): void {
  const inset = face.waiting ? 10 : 0;
  if (face.waiting) hourglass(b, line.x + 1, line.y + line.h / 2);
  paintText(b, doing(face), { ...line, x: line.x + inset, w: line.w - inset }, FONT.small, 'text');
}

function hourglass({ to, inks }: Brush, x: number, y: number): void {
  to.strokeStyle = inks['text-dim'];
  to.lineWidth = 1;
  to.beginPath();
  to.moveTo(x, y - 4);
  to.lineTo(x + 7, y - 4);
  to.lineTo(x, y + 4);
  to.lineTo(x + 7, y + 4);
  to.closePath();
  to.stroke();
}

// --- tokens and homes

/** A vcpu: strip in the hue of its VM, name, state as pattern; the runner of a vcore has a second edge. */
export function paintToken(b: Brush, box: Box, { vm, vcpu, state, runner }: TokenFace): void {
  const { to, inks } = b;
  const { x, y, w, h } = box;
  if (runner) strokeBox(b, { x: x - 2, y: y - 2, w: w + 4, h: h + 4 }, inks.text, 1.5);
  to.fillStyle = state === 'ceded' || state === 'off' ? inks['panel-2'] : inks.panel;
  to.fillRect(x, y, w, h);
  to.fillStyle = inkOf(b, vm);
  to.fillRect(x, y, 4, h);
  if (state === 'created') to.setLineDash([4, 3]);
  strokeBox(b, box, inkOf(b, vm), 1.5);
  if (state === 'created') to.setLineDash([]);
  if (state === 'preempted') dots(b, box);
  const name = `${vmLetter(vm)}${vcpu}`;
  paintText(b, name, { x: x + 5, y, w: w - 4, h }, FONT.normal, 'text', true);
  if (state === 'ceded' && w - textWidth(name, 'mono') >= 18) moon(b, x + w - 6, y + h / 2, 4);
  if (state === 'off') {
    to.strokeStyle = inks.text;
    to.beginPath();
    to.moveTo(x, y);
    to.lineTo(x + w, y + h);
    to.stroke();
  }
}

function dots({ to, inks }: Brush, { x, y, w, h }: Box): void {
  to.fillStyle = inks['text-dim'];
  for (let i = 6; i < w - 2; i += 5) {
    to.fillRect(x + i, y + 2, 1.6, 1.6);
    to.fillRect(x + i, y + h - 4, 1.6, 1.6);
  }
}

/** A home: the token, or the dashed place of one that is away. */
export function paintHome(b: Brush, box: HomeBox, face: TokenFace, away: boolean): void {
  b.to.clearRect(box.x, box.y, box.w, box.h);
  if (away) {
    b.to.setLineDash([3, 3]);
    strokeBox(b, box.token, b.inks['line-strong']);
    b.to.setLineDash([]);
  } else paintToken(b, box.token, face);
}
