// The picture of the machine: drawn as SVG where slots have room for several lines, painted where there are many.
import { type MouseEvent, type ReactNode, type SyntheticEvent, useMemo } from 'react';
import { threadPath, vcorePath, vcpuPath } from '../entity.ts';
import { useRoving } from '../marks/roving.ts';
import { ArrowLayer } from './Arrows.tsx';
import { CardHead, coreLpid } from './CardHead.tsx';
import { DensePicture } from './DensePicture.tsx';
import { Flights } from './Flights.tsx';
import { slotFace, slotSentence, vcpuName } from './face.ts';
import { Bracket, Home } from './Homes.tsx';
import { type HomeBox, type MachineLayout, placesOf } from './layout.ts';
import type { MachineViewProps } from './MachineView.tsx';
import { Plaque, plaquePlace } from './Plaque.tsx';
import { Slot } from './Slot.tsx';
import { useLayout } from './shape.ts';
import { MovingToken, placeTokens } from './Tokens.tsx';
import { sleepers } from './vcore-words.ts';

type Highlight = (path: string) => { focused: boolean; hovered: boolean };

/** What every part of the picture is drawn from. */
interface Parts extends MachineViewProps {
  readonly layout: MachineLayout;
  readonly highlight: Highlight;
  /** Path of the item that takes Tab. */
  readonly active: string;
  /** Of many cores: plaques have items of their own, and a fast run paints them. */
  readonly many: boolean;
}

export function Picture(props: MachineViewProps) {
  const { machine, catalogue, focus, hover, width, fast, unit } = props;
  const layout = useLayout(machine, catalogue, width, props.height);
  const tpc = catalogue.topology.threadsPerCore;
  const created = machine.vcpus.length;
  const places = useMemo(
    () => placesOf(layout, (t) => threadPath(t, tpc), vcpuPath, created),
    [layout, tpc, created],
  );
  const plaques = machine.vcores.flatMap((row) => {
    const box = plaquePlace(row, layout);
    return box ? [{ row, box, path: vcorePath(row.vm, row.vcore) }] : [];
  });
  const roving = useRoving([...places, ...plaques.map(({ box, path }) => ({ ...box, path }))], {
    focus: props.onFocus,
    inject: (path, box) => props.onInject(path, box.x + box.width / 2, box.y + box.height / 2),
  });
  const highlight: Highlight = (path) => ({ focused: path === focus, hovered: path === hover });
  const many = layout.dense && catalogue.topology.cores > 1;
  const parts: Parts = { ...props, layout, highlight, active: roving.active, many };
  const over = (
    <>
      {!(fast && many) &&
        plaques.map(({ row, box, path }) => (
          <Plaque
            key={path}
            row={row}
            box={box}
            threads={tpc}
            waits={sleepers(row, machine.vcpus)}
            tabStop={roving.active === path}
            covered={many}
            {...(many ? NO_MARKS : highlight(path))}
          />
        ))}
      {!fast && <ArrowLayer machine={machine} catalogue={catalogue} layout={layout} />}
    </>
  );
  return (
    <div
      role="tree"
      tabIndex={-1}
      aria-label="Machine: hardware threads and virtual cores"
      onKeyDown={roving.onKeyDown}
      {...pointer(props)}
    >
      {layout.dense ? (
        <DensePicture {...parts} plaques={many ? plaques : NO_PLAQUES}>
          <svg role="presentation" className="mach-picture is-over" {...frame(layout, unit)}>
            <Frames {...parts} />
            {over}
            {!fast && (
              <Flights
                vcpus={machine.vcpus}
                places={placeTokens(machine.vcpus, machine.threads, layout)}
                layout={layout}
              />
            )}
          </svg>
        </DensePicture>
      ) : (
        <svg role="presentation" className="mach-picture" {...frame(layout, unit)}>
          <Frames {...parts} />
          <Drawn {...parts}>{over}</Drawn>
        </svg>
      )}
    </div>
  );
}

/** The item over a plaque has the marks. */
const NO_MARKS = { focused: false, hovered: false } as const;
const NO_PLAQUES = [] as const;

const frame = ({ width, height }: MachineLayout, unit: number) => ({
  width: width * unit,
  height: height * unit,
  viewBox: `0 0 ${width} ${height}`,
});

/** Clicks, the context menu and hovering, for slots, homes, plaques and tokens alike. */
function pointer({ onFocus, onHover, onInject }: MachineViewProps) {
  const pathAt = (event: SyntheticEvent): string => {
    const item = (event.target as Element).closest<HTMLElement>('[data-token], [data-path]');
    return item?.dataset.token ?? item?.dataset.path ?? '';
  };
  return {
    onClick: (event: MouseEvent<HTMLDivElement>) => {
      const path = pathAt(event);
      if (path !== '') onFocus(path);
      // A mouse user's arrow keys keep stepping the machine: only Tab puts the roving focus into the picture.
      (event.target as Element).closest<HTMLElement>('[data-path]')?.blur();
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

/** Cards with their heads, and the brackets of the virtual cores. */
function Frames({ machine, catalogue, layout, fast, many }: Parts) {
  const { vms } = catalogue.topology;
  const vmOf = (lpid: number): number => vms.find((vm) => vm.lpid === lpid)?.id ?? 0;
  const docked = new Set(
    layout.dense ? machine.threads.map(({ vm, vcpu }) => `${vm} ${vcpu}`) : [],
  );
  return (
    <>
      {layout.cards.map((card) => (
        <g key={card.core}>
          {!layout.dense && (
            <rect className="mach-card" x={card.x} y={card.y} width={card.w} height={card.h} />
          )}
          <CardHead
            card={card}
            dense={layout.dense}
            {...coreLpid(
              card.slots.map((slot) => machine.threads[slot.thread]?.lpid ?? 0),
              vmOf,
            )}
          />
        </g>
      ))}
      {layout.groups.map((group) => (
        <Bracket
          key={`${group.vm}/${group.virtualCore}`}
          box={group}
          vmName={vms.find((vm) => vm.id === group.vm)?.name ?? ''}
          created={machine.vcpus.length}
          plaquesPainted={fast && many && machine.vcores.length > 0}
          isAway={({ vm, vcpu }) => docked.has(`${vm} ${vcpu}`)}
        />
      ))}
    </>
  );
}

/** Slots, homes and tokens as SVG; the tokens last, over the arrows and plaques. */
function Drawn(props: Parts & { readonly children: ReactNode }) {
  const { machine, catalogue, layout, highlight, active } = props;
  const tpc = catalogue.topology.threadsPerCore;
  const homes = new Map(layout.groups.flatMap((g) => g.homes).map((h) => [`${h.vm} ${h.vcpu}`, h]));
  const tokens = placeTokens(machine.vcpus, machine.threads, layout);
  const vcpus = machine.vcpus.flatMap((row, i) => {
    const box: HomeBox | undefined = homes.get(`${row.vm} ${row.vcpu}`);
    const place = tokens[i];
    return box && place ? [{ row, box, place, path: vcpuPath(row.vm, row.vcpu) }] : [];
  });
  return (
    <>
      {layout.cards
        .flatMap((card) => card.slots)
        .map((box) => {
          const row = machine.threads[box.thread];
          if (!row) return null;
          const face = slotFace(row, catalogue, true);
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
      {vcpus.map(({ row, box, place, path }) => (
        <Home
          key={path}
          row={row}
          box={box}
          path={path}
          threadsPerCore={tpc}
          away={place.at !== 'home'}
          tabStop={active === path}
          {...highlight(path)}
        />
      ))}
      {props.children}
      <svg aria-hidden="true" className="mach-over">
        {vcpus.map(({ row, place, path }) => (
          <MovingToken key={path} row={row} place={place} path={path} {...highlight(path)} />
        ))}
      </svg>
    </>
  );
}
