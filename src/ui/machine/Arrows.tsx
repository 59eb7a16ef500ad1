// Arrows of the last step and ghosts of the step before: what crossed agents. IPI, doorbell, interrupt and move
// differ by line and head, not by hue.

import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { threadPath, vcpuPath } from '../entity.ts';
import { Bell } from '../marks/marks.tsx';
import { FONT, textWidth } from '../marks/text.ts';
import type { MachineLayout } from './layout.ts';
import {
  homePort,
  labelPlace,
  type Point,
  type Port,
  route,
  routeFromOutside,
  slotPort,
} from './route.ts';

/** Shape of an arrow. */
export type ArrowShape = 'ipi' | 'doorbell' | 'interrupt' | 'move';

const SHAPES: Readonly<Record<string, ArrowShape>> = {
  msgsnd: 'ipi',
  ipi: 'ipi',
  smp_message: 'ipi',
  smp_call_function: 'ipi',
  msgsndp: 'doorbell',
  msgclrp: 'doorbell',
  doorbell_request: 'doorbell',
  dpdes_deliver: 'doorbell',
  dpdes_read_begin: 'doorbell',
  dpdes_read_end: 'doorbell',
  interrupt: 'interrupt',
  irq: 'interrupt',
  kvm_interrupt: 'interrupt',
};
/** What sends an arrow that no thread and no vcpu sent. */
const OUTSIDE = 'outside';

/** The shape of an event kind's arrow. */
export const shapeOf = (kind: string): ArrowShape => SHAPES[kind] ?? 'move';

interface Arrow {
  readonly shape: ArrowShape;
  /** '' = none: a ghost is known from the step before. */
  readonly label: string;
  readonly ghost: boolean;
  readonly points: readonly Point[];
}

interface LayerProps {
  readonly machine: Section<'machine'>;
  readonly catalogue: Catalogue;
  readonly layout: MachineLayout;
}

/** All arrows of a picture whose ends are in it. */
export function ArrowLayer({ machine, catalogue, layout }: LayerProps) {
  if (machine.arrows.length === 0) return null;
  const ports = portsOf(layout, machine, catalogue.topology.threadsPerCore);
  const arrows = machine.arrows.flatMap((row, i) => {
    const from = ports.get(row.from);
    const to = ports.get(row.to);
    if (!to || (!from && row.from !== OUTSIDE)) return [];
    const arrow: Arrow = {
      shape: shapeOf(catalogue.eventKinds[row.kind]?.name ?? ''),
      label: row.age > 0 ? '' : row.label,
      ghost: row.age > 0,
      points: from ? route(from, to, layout, i) : routeFromOutside(to, layout, i),
    };
    return [{ key: `${i} ${row.kind} ${row.from} ${row.to}`, arrow, track: i }];
  });
  return (
    <svg aria-hidden="true" className="mach-over">
      {arrows.map(({ key, arrow }) => (
        <ArrowMark key={key} {...arrow} />
      ))}
      {arrows
        .filter(({ arrow }) => arrow.label !== '')
        .map(({ key, arrow, track }) => (
          <Label
            key={key}
            {...labelPlace(arrow.points, track)}
            text={arrow.label}
            width={layout.width}
          />
        ))}
    </svg>
  );
}

/** Ports by entity path. A docked vcpu's arrows start and end at its slot. */
function portsOf(
  layout: MachineLayout,
  machine: Section<'machine'>,
  tpc: number,
): Map<string, Port> {
  const ports = new Map<string, Port>();
  for (const group of layout.groups) {
    for (const home of group.homes) ports.set(vcpuPath(home.vm, home.vcpu), homePort(home));
  }
  for (const card of layout.cards) {
    for (const slot of card.slots) {
      const port = slotPort(slot, card);
      const row = machine.threads[slot.thread];
      ports.set(threadPath(slot.thread, tpc), port);
      if (row && row.vm > 0 && row.vcpu >= 0) ports.set(vcpuPath(row.vm, row.vcpu), port);
    }
  }
  return ports;
}

/** One arrow with its head. Labels are drawn after all arrows: none crosses a word. */
function ArrowMark({ points, shape, ghost }: Arrow) {
  const line = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  return (
    <g className={`mach-arrow is-${shape}${ghost ? ' is-ghost' : ''}`}>
      <path className="mach-arrow-line" d={line} />
      {shape === 'ipi' && !ghost && <path className="mach-arrow-core" d={line} />}
      <Head points={points} shape={shape} />
    </g>
  );
}

/** The head points along the last piece. A doorbell ends in a bell, an IPI in a full triangle, others open. */
function Head({
  points,
  shape,
}: {
  readonly points: readonly Point[];
  readonly shape: ArrowShape;
}) {
  const [x, y] = points.at(-1) ?? [0, 0];
  const [px, py] = points.at(-2) ?? [x + 1, y];
  const turn = (Math.atan2(y - py, x - px) * 180) / Math.PI;
  return (
    <>
      <path
        className="mach-arrow-head"
        transform={`translate(${x} ${y}) rotate(${turn})`}
        d={shape === 'ipi' ? 'M0 0L-10 -5V5Z' : 'M-8 -5L0 0L-8 5'}
      />
      {shape === 'doorbell' && (
        <g
          transform={`translate(${x + (px > x ? 4 : px < x ? -16 : -6)} ${y - (py === y ? 16 : 20)})`}
        >
          <rect className="mach-label-back" width="14" height="13" x="-1" />
          <Bell x={0} y={0} on />
        </g>
      )}
    </>
  );
}

/** The label on the line; along the line where that runs up or down, so that it stays in the gutter. */
function Label(props: { at: Point; upright: boolean; text: string; width: number }) {
  const { at, upright, text, width } = props;
  const w = textWidth(text, 'mono', FONT.small) + 8;
  const x = upright ? at[0] : Math.min(Math.max(w / 2 + 2, at[0]), width - w / 2 - 2);
  return (
    <g transform={`translate(${x} ${at[1]})${upright ? ' rotate(-90)' : ''}`}>
      <rect className="mach-label-back" x={-w / 2} y={-8} width={w} height={16} />
      <text className="mach-value is-middle" y={4}>
        {text}
      </text>
    </g>
  );
}
