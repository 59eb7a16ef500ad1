// The route graph of one interrupt controller.
import type { MouseEvent } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { icpPath, sourcePath, threadPath } from '../entity.ts';
import { type Place, useRoving } from '../marks/roving.ts';
import { cutTo } from '../marks/text.ts';
import { vmColor, vmLetter } from '../theme/vm.ts';
import {
  byte,
  edgeOf,
  type IrqServer,
  irqNumber,
  isAsked,
  kindText,
  NO_PRIORITY,
  serverLabel,
  sourceLabel,
  targetText,
  XICS_IPI,
  xirrText,
} from './facts.ts';
import { Gates } from './Gates.tsx';
import {
  COLUMN,
  curve,
  type GraphLayout,
  type ServerBox,
  type SourceBox,
  WIDTH,
} from './layout.ts';

export interface GraphProps {
  readonly layout: GraphLayout;
  readonly vm: number;
  readonly title: string;
  readonly catalogue: Catalogue;
  readonly source: number;
  readonly server: number;
  /** The box of an entity was chosen: a source, a presentation controller, or what it interrupts. */
  readonly onPick: (path: string) => void;
  /** Opens the inject menu for the entity of a box. */
  readonly onInject: (path: string, x: number, y: number) => void;
}

export function Graph(props: GraphProps) {
  const { layout, vm, title, onPick, onInject } = props;
  const roving = useRoving(placesOf(layout, vm), {
    focus: onPick,
    inject: (path, box) => onInject(path, box.x + box.width / 2, box.y + box.height),
  });
  const onContextMenu = (event: MouseEvent) => {
    const path = (event.target as Element).closest<SVGElement>('[data-path]')?.dataset.path;
    if (path === undefined) return;
    event.preventDefault();
    onInject(path, event.clientX, event.clientY);
  };
  const tabOf = (path: string) => (path === roving.active ? 0 : -1);
  return (
    <fieldset
      className="irq-graph"
      aria-label={`Routes of the interrupts of ${title}`}
      onKeyDown={roving.onKeyDown}
      onContextMenu={onContextMenu}
    >
      <svg role="presentation" viewBox={`0 0 ${WIDTH} ${layout.height}`}>
        <g className="irq-heads">
          <text x={COLUMN.source.x} y="12">
            source (ICS)
          </text>
          <text x={COLUMN.server.x} y="12">
            server (ICP)
          </text>
          <text x={COLUMN.target.x} y="12">
            interrupts
          </text>
        </g>
        <Edges layout={layout} />
        {layout.sources.map((box) => (
          <SourceMark key={box.row.number} {...props} box={box} tabOf={tabOf} />
        ))}
        {layout.servers.map((box) => (
          <ServerMark key={box.row.server} {...props} box={box} tabOf={tabOf} />
        ))}
      </svg>
    </fieldset>
  );
}

const placesOf = ({ sources, servers }: GraphLayout, vm: number): Place[] => [
  ...sources.map(({ row, y, h }) => ({ path: sourcePath(vm, row.number), ...COLUMN.source, y, h })),
  ...servers.flatMap(({ row, y, h }) => [
    { path: icpPath(vm, row.server), ...COLUMN.server, y, h },
    { path: row.target, ...COLUMN.target, y, h },
  ]),
];

/** From each source to its server, and to another one that still presents it; from a server to what it interrupts. */
function Edges({ layout }: { readonly layout: GraphLayout }) {
  const at = (server: number) => layout.servers.find(({ row }) => row.server === server);
  const edges = layout.sources.flatMap(({ row, y, h }) => {
    const elsewhere = row.presented >= 0 && row.presented !== row.server;
    const routes = [
      { to: row.server, kind: elsewhere ? 'quiet' : edgeOf(row) },
      ...(elsewhere ? [{ to: row.presented, kind: 'presented' }] : []),
    ];
    return routes.map(({ to, kind }) => {
      const server = at(to);
      const end = server ? server.y + server.h / 2 : y;
      const from = COLUMN.source.x + COLUMN.source.w;
      return { key: `${row.number}-${to}`, kind, d: curve(from, y + h / 2, COLUMN.server.x, end) };
    });
  });
  return (
    <g>
      {edges.map(({ key, kind, d }) => (
        <path key={key} className={`irq-edge is-${kind}`} d={d} />
      ))}
      {layout.servers.map(({ row, y, h }) => {
        const from = COLUMN.server.x + COLUMN.server.w;
        const kind = row.xisr !== 0 ? 'presented' : 'quiet';
        const d = curve(from, y + h / 2, COLUMN.target.x, y + h / 2);
        return <path key={row.server} className={`irq-edge is-${kind}`} d={d} />;
      })}
    </g>
  );
}

/** What makes a box a button that is reached by arrow keys. */
const button = (
  path: string,
  label: string,
  tabOf: (path: string) => number,
  onPick: (path: string) => void,
  chosen?: boolean,
) => ({
  role: 'button',
  'data-path': path,
  'aria-label': label,
  ...(chosen === undefined ? {} : { 'aria-pressed': chosen }),
  tabIndex: tabOf(path),
  onClick: () => onPick(path),
});

type MarkProps<B> = GraphProps & {
  readonly box: B;
  readonly tabOf: (path: string) => number;
};

function SourceMark({ box, vm, source, tabOf, onPick }: MarkProps<SourceBox>) {
  const { row, y, h } = box;
  const { x, w } = COLUMN.source;
  const path = sourcePath(vm, row.number);
  const chosen = row.number === source;
  return (
    <g
      className={`irq-box is-${edgeOf(row)}${chosen ? ' is-chosen' : ''}`}
      {...button(path, sourceLabel(row), tabOf, onPick, chosen)}
    >
      <title>{sourceLabel(row)}</title>
      <rect x={x} y={y} width={w} height={h} />
      <text className="irq-name" x={x + 6} y={y + 15}>
        {irqNumber(row.number)}
      </text>
      <text x={x + 6} y={y + 30}>
        {cutTo(kindText(row), w - 8, 'sans', 11)}
      </text>
    </g>
  );
}

function ServerMark(props: MarkProps<ServerBox>) {
  const { box, vm, server, tabOf, onPick } = props;
  const { row, y, h, low } = box;
  const { x, w } = COLUMN.server;
  const path = icpPath(vm, row.server);
  const chosen = row.server === server;
  const raised = row.xisr !== 0;
  return (
    <>
      <g
        className={`irq-box is-server${raised ? ' is-presented' : ''}${chosen ? ' is-chosen' : ''}`}
        {...button(path, serverLabel(row), tabOf, onPick, chosen)}
      >
        <title>{serverLabel(row)}</title>
        <rect x={x} y={y} width={w} height={h} />
        <text className="irq-name" x={x + 6} y={y + 14}>
          {low ? `${row.server} · CPPR ${byte(row.cppr)}` : `server ${row.server}`}
        </text>
        {!low && (
          <>
            <text className="irq-mono" x={x + 6} y={y + 30}>
              XIRR {xirrText(row)}
            </text>
            <text className={`irq-mono${asksIpi(row) ? ' is-strong' : ''}`} x={x + 6} y={y + 45}>
              MFRR {byte(row.mfrr)} PP {byte(row.pending)}
            </text>
          </>
        )}
        {row.xisr === XICS_IPI && (
          <text className="irq-tag" x={x + w - 6} y={y + 14}>
            IPI
          </text>
        )}
      </g>
      <TargetMark {...props} />
    </>
  );
}

const asksIpi = ({ mfrr }: IrqServer): boolean => mfrr !== NO_PRIORITY;

/** The thread, or the vcpu with the edge of its VM. */
function TargetMark({ box, vm, catalogue, tabOf, onPick }: MarkProps<ServerBox>) {
  const { row, y, h, low } = box;
  const { x, w } = COLUMN.target;
  const name = row.vcpu < 0 ? row.target : `${vmLetter(vm)}${row.vcpu}`;
  const per = catalogue.topology.threadsPerCore;
  const on = row.thread < 0 ? 'on no thread' : `on ${threadPath(row.thread, per)}`;
  const more = row.vcpu < 0 ? `${row.handled} device interrupts` : on;
  const next = row.words === '' ? '' : `; ${row.words}`;
  const label = `${name}, ${more}: ${targetText(row)}${next}`;
  return (
    <g
      className={`irq-target${isAsked(row) ? ' is-presented' : ''}`}
      {...button(row.target, label, tabOf, onPick)}
    >
      <title>{label}</title>
      <rect x={x} y={y} width={w} height={h} />
      {vm > 0 && <rect className="irq-vm" x={x} y={y} width="5" height={h} fill={vmColor(vm)} />}
      <text className="irq-name" x={x + 10} y={y + 14}>
        {low && row.vcpu >= 0 ? `${name} ${on}` : name}
      </text>
      {!low && (
        <>
          <Gates row={row} x={x + 10} y={y + 18} />
          <text x={x + 10} y={y + 47}>
            {more}
          </text>
        </>
      )}
    </g>
  );
}
