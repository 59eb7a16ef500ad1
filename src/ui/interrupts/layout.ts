// Where the boxes of the route graph are: sources at the left, presentation controllers in the middle, what they interrupt
// at the right. A server with nothing to tell is one line high where there are many.
import { type IrqServer, type IrqSource, isQuiet } from './facts.ts';

export const COLUMN = {
  source: { x: 2, w: 96 },
  server: { x: 140, w: 118 },
  target: { x: 288, w: 142 },
} as const;
export const WIDTH = 432;
const TALL = 52;
const LOW = 20;
const SOURCE = 38;
const GAP = 8;
const TOP = 20;
/** Up to so many servers are all drawn whole. */
const FEW = 4;

export interface ServerBox {
  readonly row: IrqServer;
  readonly y: number;
  readonly h: number;
  readonly low: boolean;
}
export interface SourceBox {
  readonly row: IrqSource;
  readonly y: number;
  readonly h: number;
}
export interface GraphLayout {
  readonly servers: readonly ServerBox[];
  readonly sources: readonly SourceBox[];
  readonly height: number;
}

/** Boxes for the rows of one controller; the chosen server is drawn whole. */
export function layoutOf(
  rows: readonly IrqServer[],
  sources: readonly IrqSource[],
  chosen: number,
): GraphLayout {
  let y = TOP;
  const servers = rows.map((row) => {
    const low = rows.length > FEW && row.server !== chosen && isQuiet(row, sources);
    const box = { row, y, h: low ? LOW : TALL, low };
    y += box.h + (low ? GAP / 4 : GAP);
    return box;
  });
  let next = TOP;
  const placed = [...sources]
    .sort((a, b) => a.server - b.server || a.number - b.number)
    .map((row) => {
      const beside = servers.find((box) => box.row.server === row.server)?.y ?? TOP;
      const box = { row, y: Math.max(next, beside), h: SOURCE };
      next = box.y + box.h + GAP;
      return box;
    });
  return { servers, sources: placed, height: Math.max(y, next) };
}

/** A curve from the right edge of one column to the left edge of the next. */
export function curve(x1: number, y1: number, x2: number, y2: number): string {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
