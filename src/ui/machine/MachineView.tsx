// The Machine view: what runs where, drawn from one frame. Props in, SVG out.
import { type MouseEvent, type SyntheticEvent, useMemo, useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { threadPath, vcpuPath } from '../entity.ts';
import { useRoving } from '../marks/roving.ts';
import { TwinButton } from '../marks/TwinTable.tsx';
import { longCount } from '../transport/speed.ts';
import { type Arrow, ArrowMark, shapeOf } from './Arrows.tsx';
import { slotFace, slotSentence, vcpuName } from './face.ts';
import { Bracket, Home } from './Homes.tsx';
import { layoutMachine, type MachineLayout, type MachineShape, placesOf } from './layout.ts';
import { MachineTable } from './MachineTable.tsx';
import { homePort, type Port, route, slotPort } from './route.ts';
import { Slot } from './Slot.tsx';
import { MovingToken, placeTokens } from './Tokens.tsx';
import './machine.css';

export interface MachineViewProps {
  readonly machine: Section<'machine'>;
  readonly catalogue: Catalogue;
  readonly focus: string;
  readonly hover: string;
  /** Size of the drawing in user units (1/12 of the font size). */
  readonly width: number;
  readonly height: number;
  /** Size of a user unit in CSS pixels. */
  readonly unit: number;
  /** It runs too fast to follow: counters instead of moves and arrows. */
  readonly fast: boolean;
  /** Totals of the run so far, by the command line's names. */
  readonly counters: Section<'checks'>['counters'];
  readonly onFocus: (path: string) => void;
  readonly onHover: (path: string) => void;
  /** Opens the inject menu for an entity at a place in the window (CSS pixels). */
  readonly onInject: (path: string, x: number, y: number) => void;
}

const HEAD = 28; // the line above the picture, in user units

export function MachineView(props: MachineViewProps) {
  const { machine, catalogue } = props;
  const [asTable, setAsTable] = useState(false);
  const { cpu, cores, threadsPerCore } = catalogue.topology;
  return (
    <div className="mach">
      <div className="mach-head">
        <span className="mach-what-is">
          {props.fast
            ? countersText(props.counters)
            : `${cpu} · ${cores} ${cores === 1 ? 'core' : 'cores'} of ${threadsPerCore} threads`}
        </span>
        <TwinButton on={asTable} onChange={setAsTable} />
      </div>
      {asTable ? (
        <MachineTable machine={machine} catalogue={catalogue} />
      ) : (
        <Picture {...props} height={props.height - HEAD} />
      )}
    </div>
  );
}

/** What a fast run does, in totals that can be read while it runs. */
function countersText(counters: MachineViewProps['counters']): string {
  const total = (name: string) => longCount(counters.find((c) => c.name === name)?.value ?? 0);
  return `${total('guestEntries')} entries · ${total('guestExits')} exits · ${total('ipis')} IPIs · ${total('partitionSwitches')} switches`;
}

function Picture(props: MachineViewProps) {
  const { machine, catalogue, focus, hover, width, unit, fast } = props;
  const layout = useLayout(machine, catalogue, width, props.height);
  const tpc = catalogue.topology.threadsPerCore;
  const created = machine.vcpus.length;
  const places = useMemo(
    () => placesOf(layout, (t) => threadPath(t, tpc), vcpuPath, created),
    [layout, tpc, created],
  );
  const roving = useRoving(places, {
    focus: props.onFocus,
    inject: (path, box) => props.onInject(path, box.x + box.width / 2, box.y + box.height / 2),
  });
  const highlight = (path: string) => ({ focused: path === focus, hovered: path === hover });
  const tokens = placeTokens(machine.vcpus, machine.threads, layout);
  return (
    <div
      role="tree"
      tabIndex={-1}
      aria-label="Machine: hardware threads and virtual cores"
      onKeyDown={roving.onKeyDown}
      {...pointer(props)}
    >
      <svg
        className="mach-picture"
        width={width * unit}
        height={layout.height * unit}
        viewBox={`0 0 ${width} ${layout.height}`}
        role="presentation"
      >
        <Cards {...props} layout={layout} highlight={highlight} active={roving.active} />
        {layout.groups.map((group) => (
          <Bracket
            key={`${group.vm}/${group.virtualCore}`}
            box={group}
            vmName={vmName(catalogue, group.vm)}
            created={machine.vcpus}
          />
        ))}
        {machine.vcpus.map((row, i) => {
          const path = vcpuPath(row.vm, row.vcpu);
          const box = homeOf(layout, row);
          return (
            box && (
              <Home
                key={path}
                row={row}
                box={box}
                path={path}
                threadsPerCore={tpc}
                away={tokens[i]?.at !== 'home'}
                tabStop={roving.active === path}
                {...highlight(path)}
              />
            )
          );
        })}
        <svg aria-hidden="true" className="mach-over">
          {!fast && <ArrowLayer machine={machine} catalogue={catalogue} layout={layout} />}
          {machine.vcpus.map((row, i) => {
            const path = vcpuPath(row.vm, row.vcpu);
            const place = tokens[i];
            return (
              place && (
                <MovingToken key={path} row={row} place={place} path={path} {...highlight(path)} />
              )
            );
          })}
        </svg>
      </svg>
    </div>
  );
}

/** Clicks, the context menu and hovering, for slots, homes and tokens alike. */
function pointer({ onFocus, onHover, onInject }: MachineViewProps) {
  const pathAt = (event: SyntheticEvent): string => {
    const item = (event.target as Element).closest<SVGElement>('[data-token], [data-path]');
    return item?.dataset.token ?? item?.dataset.path ?? '';
  };
  return {
    onClick: (event: MouseEvent<HTMLDivElement>) => {
      const path = pathAt(event);
      if (path !== '') onFocus(path);
      // A mouse user's arrow keys keep stepping the machine: only Tab puts the roving focus into the picture.
      (event.target as Element).closest<SVGElement>('[data-path]')?.blur();
      onHover(path);
    },
    onContextMenu: (event: MouseEvent<HTMLDivElement>) => {
      const path = pathAt(event);
      if (path === '') return;
      event.preventDefault();
      onInject(path, event.clientX, event.clientY);
    },
    onMouseOver: (event: MouseEvent<HTMLDivElement>) => onHover(pathAt(event)),
    onMouseLeave: () => onHover(''),
    // The roving focus highlights as the pointer does.
    onFocus: (event: SyntheticEvent) => onHover(pathAt(event)),
    onBlur: () => onHover(''),
  };
}

interface LayerProps {
  readonly machine: Section<'machine'>;
  readonly catalogue: Catalogue;
  readonly layout: MachineLayout;
}

function Cards(
  props: LayerProps & {
    readonly highlight: (path: string) => { focused: boolean; hovered: boolean };
    readonly active: string;
  },
) {
  const { machine, catalogue, layout, highlight, active } = props;
  return layout.cards.map((card) => (
    <g key={card.core}>
      <rect className="mach-card" x={card.x} y={card.y} width={card.w} height={card.h} />
      <text className="mach-dim" x={card.x + 8} y={card.y + 14}>
        LPID
      </text>
      <text className="mach-title" x={card.x + 44} y={card.y + 14}>
        {`core ${card.core}`}
      </text>
      {card.slots.map((box) => {
        const row = machine.threads[box.thread];
        if (!row) return null;
        const face = slotFace(row, catalogue, box.lines >= 3);
        const docked = row.vm > 0 && row.vcpu >= 0 ? `vcpu ${vcpuName(row)}` : '';
        return (
          <Slot
            key={face.path}
            face={face}
            box={box}
            sentence={slotSentence(face, docked)}
            tabStop={active === face.path}
            {...highlight(face.path)}
          />
        );
      })}
    </g>
  ));
}

function ArrowLayer({ machine, catalogue, layout }: LayerProps) {
  const ports = portsOf(layout, machine, catalogue.topology.threadsPerCore);
  const arrows = machine.arrows.flatMap((row, i): (Arrow & { key: string })[] => {
    const from = ports.get(row.from);
    const to = ports.get(row.to);
    if (!from || !to) return [];
    return [
      {
        key: `${i} ${row.kind} ${row.from} ${row.to}`,
        shape: shapeOf(catalogue.eventKinds[row.kind]?.name ?? ''),
        label: row.label,
        ghost: row.age > 0,
        points: route(from, to, layout, i),
      },
    ];
  });
  return (
    <g>
      {arrows.map(({ key, ...arrow }) => (
        <ArrowMark key={key} arrow={arrow} width={layout.width} />
      ))}
    </g>
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

/** The layout changes only with the panel and the shape of the machine, so slots keep their boxes. */
function useLayout(
  machine: Section<'machine'>,
  catalogue: Catalogue,
  width: number,
  height: number,
): MachineLayout {
  const { cores, threadsPerCore } = catalogue.topology;
  const shapeKey = virtualCores(machine, catalogue);
  return useMemo(() => {
    const shape = { cores, threadsPerCore, groups: groupsOf(shapeKey) };
    return layoutMachine(shape, width, height);
  }, [cores, threadsPerCore, shapeKey, width, height]);
}

/** 'vm:virtual core:vcpu ...': the vcpus that the scenario will create, and those that there are. */
function virtualCores(machine: Section<'machine'>, catalogue: Catalogue): string {
  const entries = new Map<number, string>();
  for (const vm of catalogue.topology.vms) {
    const first = entries.size;
    for (let i = 0; i < vm.vcpus; i++) {
      entries.set(first + i, `${vm.id}:${Math.floor(i / vm.virtualSmt)}:${first + i}`);
    }
  }
  for (const v of machine.vcpus) entries.set(v.vcpu, `${v.vm}:${v.virtual_core}:${v.vcpu}`);
  return [...entries.values()].join(' ');
}

/** Virtual cores from 'vm:virtual core:vcpu ...'. */
function groupsOf(shapeKey: string): MachineShape['groups'] {
  const groups = new Map<string, { vm: number; virtualCore: number; vcpus: number[] }>();
  for (const entry of shapeKey.split(' ').filter((e) => e !== '')) {
    const [vm = 0, virtualCore = 0, vcpu = 0] = entry.split(':').map(Number);
    const key = `${vm}:${virtualCore}`;
    const group = groups.get(key) ?? { vm, virtualCore, vcpus: [] };
    group.vcpus.push(vcpu);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const homeOf = (layout: MachineLayout, row: { vm: number; vcpu: number }) =>
  layout.groups.flatMap((g) => g.homes).find((h) => h.vm === row.vm && h.vcpu === row.vcpu);

const vmName = (catalogue: Catalogue, id: number): string =>
  catalogue.topology.vms.find((vm) => vm.id === id)?.name ?? '';
