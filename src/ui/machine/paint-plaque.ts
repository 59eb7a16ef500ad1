// Paints the plaques of a large machine that runs fast: each place where one can be, with the vcore that is there.
import { FONT, textWidth } from '../marks/text.ts';
import { vmHue, vmLetter } from '../theme/vm.ts';
import type { VcoreRow } from './face.ts';
import type { Box } from './layout.ts';
import { BAND, pipShapes, pipsWidth, shortWords } from './Plaque.tsx';
import { type Brush, type Hue, inkOf, paintText, strokeBox } from './paint.ts';

/** Where a plaque can be. */
export interface PlaquePlace {
  readonly box: Box;
  /** Whose home it is, '' on a card. */
  readonly belongs: string;
  /** Pips in a row. */
  readonly threads: number;
}

/** A plaque of one line; `row` null leaves the place empty: the colour of the card, at home a dashed ghost with its name. */
export function paintPlaque(b: Brush, place: PlaquePlace, row: VcoreRow | null): void {
  const { to, inks } = b;
  const { box, belongs, threads } = place;
  const { x, y, w, h } = box;
  if (row) to.fillStyle = inks.panel;
  else if (belongs === '') to.fillStyle = inks['panel-2'];
  else {
    to.clearRect(x, y, w, h);
    to.setLineDash([3, 3]);
    strokeBox(b, box, inks['line-strong']);
    to.setLineDash([]);
    const left = x + (w - textWidth(belongs, 'mono', FONT.small)) / 2;
    paintText(b, belongs, { x: left, y, w, h }, FONT.small, 'text-dim');
    return;
  }
  to.fillRect(x, y, w, h);
  if (!row) return;
  to.fillStyle = inkOf(b, row.vm);
  to.fillRect(x, y, BAND, h);
  const hue = `vm${vmHue(row.vm)}` as Hue;
  const letter = { x: x + BAND / 2 - 4.3, y, w: BAND, h };
  paintText(b, vmLetter(row.vm), letter, FONT.small, `${hue}-ink`, true);
  const words = shortWords(row, w - pipsWidth(threads, false, false) - BAND - 6);
  paintText(b, words, { x: x + BAND + 3, y, w, h }, FONT.normal, 'text', true);
  paintPips(b, row, threads, box);
  const inGuest = row.in_guest === 1;
  strokeBox(b, box, inGuest ? inks.text : inks['line-strong'], inGuest ? 2 : 1);
}

function paintPips({ to, inks }: Brush, row: VcoreRow, threads: number, { x, y, w }: Box): void {
  const left = x + w - pipsWidth(threads, false, false);
  const { on, off } = pipShapes(row, threads, { left, top: y + 3, roomy: false });
  to.lineWidth = 1;
  to.strokeStyle = inks['line-strong'];
  to.stroke(new Path2D(off));
  to.strokeStyle = inks.text;
  to.fillStyle = inks.text;
  const lit = new Path2D(on);
  to.fill(lit);
  to.stroke(lit);
}
