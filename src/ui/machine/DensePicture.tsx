// The picture of a large machine: slots, tokens and homes painted on a canvas, of which only what has changed is
// painted again, and over it an invisible item for each, for pointer, keyboard and screen reader.
import { memo, type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { vcpuPath } from '../entity.ts';
import { useInks } from '../marks/inks.ts';
import {
  type SlotFace,
  sameFace,
  slotFace,
  slotSentence,
  type TokenFace,
  tokenFace,
  type VcoreRow,
  type VcpuRow,
  vcpuName,
  vcpuSentence,
} from './face.ts';
import type { Box, HomeBox, MachineLayout, SlotBox } from './layout.ts';
import { type Brush, INK_TOKENS, paintCard, paintHome, paintSlot } from './paint.ts';
import { paintPlaque } from './paint-plaque.ts';
import { sleepers, vcoreSentence } from './vcore-words.ts';

export interface DenseProps {
  readonly machine: Section<'machine'>;
  readonly catalogue: Catalogue;
  readonly layout: MachineLayout;
  readonly unit: number;
  /** Labels stay as they are while it runs too fast to read them. */
  readonly fast: boolean;
  readonly active: string;
  readonly highlight: (path: string) => { focused: boolean; hovered: boolean };
  /** Plaques that have items here; in a fast run they are painted. */
  readonly plaques: readonly PlacedPlaque[];
  /** What is drawn over the canvas. */
  readonly children: ReactNode;
}

export interface PlacedPlaque {
  readonly row: VcoreRow;
  readonly box: Box;
  readonly path: string;
}

/** A slot, a home or the place of a plaque with what it shows now. */
interface Piece {
  readonly path: string;
  readonly box: Box;
  readonly shows: SlotFace | TokenFace | VcoreRow | null;
  readonly token: TokenFace | null;
  readonly paint: (brush: Brush) => void;
  readonly sentence: () => string;
  /** Path of the vcpu that is docked here, and where its token is. */
  readonly docked: { readonly path: string; readonly box: Box } | null;
}

export function DensePicture(props: DenseProps) {
  const { machine, layout, unit, fast, active, highlight, plaques, children } = props;
  const pieces = piecesOf(props);
  const canvas = useRef<HTMLCanvasElement>(null);
  usePainting(canvas, fast ? [...pieces, ...plaquePieces(props)] : pieces, layout, unit);
  const labels = useRef(new Map<string, string>());
  return (
    <div
      className="mach-dense"
      style={{ width: layout.width * unit, height: layout.height * unit }}
    >
      <canvas ref={canvas} />
      {children}
      {[...pieces, ...plaques.map((plaque) => plaqueItem(plaque, machine.vcpus))].map((piece) => {
        const { path, box, docked, sentence } = piece;
        if (!fast || !labels.current.has(path)) labels.current.set(path, sentence());
        return (
          <Item
            key={path}
            path={path}
            label={labels.current.get(path) ?? ''}
            box={box}
            docked={docked?.path ?? ''}
            dock={docked?.box ?? box}
            unit={unit}
            tabStop={active === path}
            {...highlight(path)}
            inside={docked !== null && highlight(docked.path).focused}
          />
        );
      })}
    </div>
  );
}

function piecesOf({ machine, catalogue, layout }: DenseProps): Piece[] {
  const docked = new Map(machine.threads.map((row) => [`${row.vm} ${row.vcpu}`, row.thread]));
  const vcpus = new Map(machine.vcpus.map((row) => [`${row.vm} ${row.vcpu}`, row]));
  const slots = layout.cards.flatMap((card) =>
    card.slots.flatMap((box): Piece[] => {
      const row = machine.threads[box.thread];
      if (!row) return [];
      const vcpu = vcpus.get(`${row.vm} ${row.vcpu}`);
      return [slotPiece(box, slotFace(row, catalogue, false), vcpu ? tokenFace(vcpu) : null)];
    }),
  );
  const homes = layout.groups.flatMap((group) =>
    group.homes.flatMap((box): Piece[] => {
      const row = vcpus.get(`${box.vm} ${box.vcpu}`);
      if (!row) return [];
      const away = docked.has(`${row.vm} ${row.vcpu}`);
      const sentence = () => vcpuSentence(row, catalogue.topology.threadsPerCore);
      return [homePiece(box, tokenFace(row), away, sentence)];
    }),
  );
  return [...slots, ...homes];
}

function slotPiece(box: SlotBox, face: SlotFace, token: TokenFace | null): Piece {
  const name = token ? `vcpu ${vcpuName(token)}` : '';
  return {
    path: face.path,
    box,
    shows: face,
    token,
    paint: (brush) => paintSlot(brush, box, face, token),
    sentence: () => slotSentence(face, name),
    docked: token && { path: vcpuPath(token.vm, token.vcpu), box: box.dock },
  };
}

function homePiece(box: HomeBox, face: TokenFace, away: boolean, sentence: () => string): Piece {
  return {
    path: vcpuPath(face.vm, face.vcpu),
    box,
    shows: face,
    token: away ? null : face,
    paint: (brush) => paintHome(brush, box, face, away),
    sentence,
    docked: null,
  };
}

/** What the item of a plaque needs. */
const plaqueItem = ({ row, box, path }: PlacedPlaque, vcpus: readonly VcpuRow[]) => ({
  path,
  box,
  docked: null,
  sentence: () => vcoreSentence(row, sleepers(row, vcpus)),
});

/** The places of plaques, on cards and at virtual cores, each with the vcore that is there. */
function plaquePieces({ layout, plaques, catalogue }: DenseProps): Piece[] {
  if (plaques.length === 0) return [];
  const rows = new Map(plaques.map(({ row, box }) => [box, row]));
  const threads = catalogue.topology.threadsPerCore;
  const piece = (box: Box, belongs: string): Piece => {
    const row = rows.get(box) ?? null;
    return {
      path: '',
      box,
      shows: row,
      token: null,
      paint: (brush) => paintPlaque(brush, { box, belongs, threads }, row),
      sentence: () => '',
      docked: null,
    };
  };
  return [
    ...layout.cards.flatMap(({ plaque }) => (plaque ? [piece(plaque, '')] : [])),
    ...layout.groups.flatMap((group) =>
      group.plaques.map((place) => piece(place, `vcore ${place.vcore}`)),
    ),
  ];
}

/** Paints after each render: all when size, colours or layout have changed, else what shows something else. */
function usePainting(
  canvas: RefObject<HTMLCanvasElement | null>,
  pieces: readonly Piece[],
  layout: MachineLayout,
  unit: number,
): void {
  const inks = useInks(canvas, INK_TOKENS);
  const brush = useRef<Brush | null>(null); // asking for the font would make the browser work out all styles
  const seen = useRef<{ key: readonly unknown[]; pieces: readonly Piece[] }>({
    key: [],
    pieces: [],
  });
  useLayoutEffect(() => {
    const { current } = canvas;
    const to = current?.getContext('2d');
    if (!current || !to) return;
    const scale = unit * (window.devicePixelRatio || 1);
    const key = [layout, scale, inks(), pieces.length];
    const afresh = key.some((part, i) => part !== seen.current.key[i]);
    if (afresh) {
      current.width = Math.round(layout.width * scale);
      current.height = Math.round(layout.height * scale);
      to.setTransform(scale, 0, 0, scale, 0, 0);
      brush.current = { to, inks: inks(), mono: getComputedStyle(current).fontFamily };
      for (const card of layout.cards) paintCard(brush.current, card);
    }
    const before = afresh ? [] : seen.current.pieces;
    pieces.forEach((piece, i) => {
      if (brush.current && !looksSame(piece, before[i])) piece.paint(brush.current);
    });
    seen.current = { key, pieces };
  });
}

const looksSame = (a: Piece, b: Piece | undefined): boolean =>
  b !== undefined &&
  a.path === b.path &&
  sameOrNone(a.shows, b.shows) &&
  sameOrNone(a.token, b.token);

const sameOrNone = <T extends object>(a: T | null, b: T | null): boolean =>
  a === null || b === null ? a === b : sameFace(a, b);

interface ItemProps {
  readonly path: string;
  readonly label: string;
  readonly box: Box;
  /** Path of the vcpu docked here, '' if none, and its place. */
  readonly docked: string;
  readonly dock: Box;
  readonly unit: number;
  readonly tabStop: boolean;
  readonly focused: boolean;
  readonly hovered: boolean;
  /** The docked vcpu is in focus. */
  readonly inside: boolean;
}

const Item = memo((props: ItemProps) => {
  const { path, label, box, docked, dock, unit, tabStop, focused, hovered, inside } = props;
  const at = { left: box.x * unit, top: box.y * unit, width: box.w * unit, height: box.h * unit };
  const marks = `${focused ? ' is-focus' : ''}${hovered ? ' is-hover' : ''}`;
  return (
    <div
      className={`mach-spot${marks}`}
      role="treeitem"
      tabIndex={tabStop ? 0 : -1}
      aria-label={label}
      aria-selected={focused}
      title={hovered ? label : undefined}
      data-path={path}
      style={at}
    >
      {docked !== '' && (
        <span
          className={`mach-spot-token${inside ? ' is-focus' : ''}`}
          data-token={docked}
          style={{
            left: (dock.x - box.x) * unit,
            top: (dock.y - box.y) * unit,
            width: dock.w * unit,
            height: dock.h * unit,
          }}
        />
      )}
    </div>
  );
});
