// The plaque of a vcore that runs as a whole: up on the core that it has, else at its virtual core. It says its state,
// who executes it and who sleeps, and as pips how many threads entered the guest, began to leave, and nap.
import { memo } from 'react';
import { vcorePath } from '../entity.ts';
import { cutTo, FONT, textWidth } from '../marks/text.ts';
import { vmFill, vmInk, vmLetter } from '../theme/vm.ts';
import { sameFace, type VcoreRow } from './face.ts';
import type { Box, MachineLayout } from './layout.ts';
import { PLAQUE } from './layout-homes.ts';
import { vcoreSentence } from './vcore-words.ts';

/** Where a plaque is: on its core, else at home; null while its virtual core is not in the picture. */
export function plaquePlace(row: VcoreRow, layout: MachineLayout): Box | null {
  const docked = layout.cards[row.core]?.plaque;
  if (docked) return docked;
  const homes = layout.groups.flatMap((g) => (g.vm === row.vm ? g.plaques : []));
  return homes.find((home) => home.vcore === row.vcore) ?? null;
}

export interface PlaqueProps {
  readonly row: VcoreRow;
  readonly box: Box;
  readonly waits: string;
  /** Pips in a row. */
  readonly threads: number;
  readonly focused: boolean;
  readonly hovered: boolean;
  readonly tabStop: boolean;
  /** An item of its own over it takes pointer and keyboard. */
  readonly covered?: boolean;
}

export const Plaque = memo(
  drawPlaque,
  (a, b) =>
    a.waits === b.waits &&
    a.threads === b.threads &&
    a.focused === b.focused &&
    a.hovered === b.hovered &&
    a.tabStop === b.tabStop &&
    a.covered === b.covered &&
    sameFace(a.box, b.box) &&
    sameFace(a.row, b.row),
);

export const BAND = 13;

function drawPlaque(props: PlaqueProps) {
  const { row, box, waits, threads, focused, hovered, tabStop, covered } = props;
  const { w, h } = box;
  const roomy = h >= PLAQUE.roomy;
  const sentence = vcoreSentence(row, waits);
  const marks = `${focused ? ' is-focus' : ''}${hovered ? ' is-hover' : ''}`;
  return (
    <g className="mach-across" style={{ transform: `translateX(${box.x}px)` }}>
      <g className="mach-updown" style={{ transform: `translateY(${box.y}px)` }}>
        <g
          className={`mach-item mach-plaque${row.in_guest ? ' is-in' : ''}${marks}`}
          {...(!covered && {
            role: 'treeitem',
            tabIndex: tabStop ? 0 : -1,
            'aria-label': sentence,
            'aria-selected': focused,
            'data-path': vcorePath(row.vm, row.vcore),
          })}
        >
          {!covered && <title>{sentence}</title>}
          <rect className="mach-plaque-body" width={w} height={h} />
          <rect width={BAND} height={h} fill={vmFill(row.vm)} />
          <text
            className="mach-plaque-vm"
            x={BAND / 2}
            y={h / 2 + 4}
            style={{ fill: vmInk(row.vm) }}
          >
            {vmLetter(row.vm)}
          </text>
          <Words
            row={row}
            waits={waits}
            width={w - pipsWidth(threads, roomy, w >= NAMED) - BAND - 6}
            roomy={roomy}
          />
          <Pips row={row} threads={threads} x={w - 2} roomy={roomy} named={w >= NAMED} />
          <rect className="mach-outline" width={w} height={h} />
        </g>
      </g>
    </g>
  );
}

function Words(props: { row: VcoreRow; waits: string; width: number; roomy: boolean }) {
  const { row, waits, width, roomy } = props;
  const x = BAND + 4;
  if (!roomy) {
    return (
      <text className="mach-label" x={x} y={15}>
        {shortWords(row, width)}
      </text>
    );
  }
  const state = stateWord(row);
  const inGuest = row.in_guest ? ' · in_guest' : '';
  const counts = `${state} · run ${row.n_runnable} busy ${row.n_busy}`;
  const long = `vcore ${row.vcore}`;
  const name = textWidth(long, 'mono') <= width ? long : `vc${row.vcore}`;
  const beside = textWidth(name, 'mono') + 12;
  return (
    <>
      <text className="mach-label" x={x} y={15}>
        {name}
      </text>
      <text className="mach-dim is-mono" x={x + beside} y={15}>
        {fitting([counts + inGuest, counts, state], width - beside)}
      </text>
      <text className="mach-dim is-mono" x={x} y={32}>
        {cutTo(waits, width, 'mono', FONT.small)}
      </text>
    </>
  );
}

const stateWord = ({ state }: VcoreRow): string => state.replace('VCORE_', '');

/** What a plaque of one line says in so much room. */
export const shortWords = (row: VcoreRow, width: number): string =>
  fitting(
    [`vc${row.vcore} ${stateWord(row)}`, `vc${row.vcore}`, String(row.vcore)],
    width,
    FONT.normal,
  );

/** The first text that is not wider, '' if all are. */
const fitting = (texts: readonly string[], width: number, size: number = FONT.small): string =>
  texts.find((text) => textWidth(text, 'mono', size) <= width) ?? '';

const PIP = { roomy: { w: 6, h: 7, x: 9, y: 11 }, tight: { w: 4, h: 4, x: 6, y: 6 } } as const;
const ROWS = ['in', 'out', 'nap'] as const;
const LABELS = 26;
/** Width from which a plaque names its rows of pips. */
const NAMED = 150;

export const pipsWidth = (threads: number, roomy: boolean, named: boolean): number =>
  threads * PIP[roomy ? 'roomy' : 'tight'].x + (roomy && named ? LABELS : 0) + 2;

/** Three rows of pips: entered, began to leave, and the moons of napping_threads. Two paths in all. */
function Pips(props: {
  row: VcoreRow;
  threads: number;
  x: number;
  roomy: boolean;
  named: boolean;
}) {
  const { row, threads, roomy } = props;
  const pip = PIP[roomy ? 'roomy' : 'tight'];
  const left = props.x - threads * pip.x;
  const top = roomy ? 5 : 3;
  const shapes = pipShapes(row, threads, { left, top, roomy });
  return (
    <>
      <path className="mach-pip is-on" d={shapes.on} />
      <path className="mach-pip" d={shapes.off} />
      {roomy &&
        props.named &&
        ROWS.map((name, r) => (
          <text key={name} className="mach-pip-name" x={left - 4} y={top + r * pip.y + 7}>
            {name}
          </text>
        ))}
    </>
  );
}

/** The pips that are on and those that are off, as two paths in SVG's notation. */
export function pipShapes(
  row: VcoreRow,
  threads: number,
  { left, top, roomy }: { left: number; top: number; roomy: boolean },
): { readonly on: string; readonly off: string } {
  const pip = PIP[roomy ? 'roomy' : 'tight'];
  const maps = [row.entered, row.left, row.napping];
  const shapes = { on: '', off: '' };
  maps.forEach((map, r) => {
    for (let i = 0; i < threads; i++) {
      const [x, y] = [left + i * pip.x, top + r * pip.y];
      const on = ((map >> i) & 1) === 1;
      if (r < 2) shapes[on ? 'on' : 'off'] += `M${x} ${y}h${pip.w}v${pip.h}h${-pip.w}Z`;
      else if (on) shapes.on += crescent(x, y, pip.h);
      else shapes.off += `M${x + 1} ${y + pip.h / 2}h${pip.w - 2}`;
    }
  });
  return shapes;
}

/** A moon in a box of that height. */
const crescent = (x: number, y: number, h: number): string => {
  const r = h / 2;
  return `M${x + r * 1.3} ${y}a${r} ${r} 0 1 0 ${r * 0.7} ${h * 0.85}a${r * 0.9} ${r * 0.9} 0 0 1 ${-r * 0.7} ${-h * 0.85}Z`;
};
