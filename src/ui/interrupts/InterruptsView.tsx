// The Interrupts view: one controller as a route graph or as tables, what it waits for in words, and what can be done.
import { useState } from 'react';
import type { Catalogue, Inject } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { icpPath, irqPlaceOf, sourcePath } from '../entity.ts';
import { TwinButton } from '../marks/TwinTable.tsx';
import { Controls } from './Controls.tsx';
import { type IrqServer, type IrqSource, irqNumber, isAsked } from './facts.ts';
import { Graph } from './Graph.tsx';
import { layoutOf } from './layout.ts';
import { Twin } from './Twin.tsx';
import './interrupts.css';

export interface InterruptsViewProps {
  readonly interrupts: Section<'interrupts'>;
  readonly catalogue: Catalogue;
  readonly focus: string;
  readonly onFocus: (path: string) => void;
  readonly onInject: (input: Inject) => void;
  /** Opens the inject menu for a source, a presentation controller, a thread or a vcpu. */
  readonly onMenu: (path: string, x: number, y: number) => void;
}

export function InterruptsView(props: InterruptsViewProps) {
  const { controllers } = props.interrupts;
  const [asTable, setAsTable] = useState(false);
  const [wanted, setWanted] = useState(() => firstOf(props.interrupts, props.focus));
  const shown = controllers.find(({ vm }) => vm === wanted) ?? controllers[0];
  if (!shown)
    return (
      <p className="irq irq-dim">
        No interrupt controller yet: the host of {props.catalogue.topology.cpu} has no XICS of its
        own, and no VM has a cpu. Run on.
      </p>
    );
  return (
    <div className="irq">
      <div className="irq-head">
        <b>Interrupts of</b>
        <select
          className="field"
          aria-label="controller"
          value={shown.vm}
          onChange={(event) => setWanted(Number(event.target.value))}
        >
          {controllers.map(({ vm, title }) => (
            <option key={vm} value={vm}>
              {title}
            </option>
          ))}
        </select>
        <TwinButton on={asTable} onChange={setAsTable} />
      </div>
      {asTable ? (
        <Twin interrupts={props.interrupts} />
      ) : (
        <Controller key={shown.vm} {...props} vm={shown.vm} title={shown.title} />
      )}
    </div>
  );
}

/** The controller to begin with: that of the focus, else one with a device's interrupt on its way, or any, or the first. */
function firstOf({ icps, sources }: Section<'interrupts'>, focus: string): number {
  const focused = irqPlaceOf(focus)?.vm ?? Number(/^vm(\d+)/.exec(focus)?.[1] ?? -1);
  if (focused >= 0) return focused;
  const device = sources.find(({ status, presented }) => status !== 0 || presented >= 0);
  return (device ?? icps.find(isAsked))?.vm ?? 0;
}

function Controller(props: InterruptsViewProps & { readonly vm: number; readonly title: string }) {
  const { interrupts, catalogue, vm, title, focus, onFocus, onInject, onMenu } = props;
  const sources = interrupts.sources.filter((row) => row.vm === vm);
  const servers = interrupts.icps.filter((row) => row.vm === vm);
  const focused = (path: string) => ({
    source: sources.find((row) => sourcePath(vm, row.number) === path),
    icp: servers.find((row) => icpPath(vm, row.server) === path || row.target === path),
  });
  const last = focused(focus).source ?? sources.at(-1);
  const [number, setNumber] = useState(last?.number ?? 0);
  const [server, setServer] = useState(focused(focus).icp?.server ?? last?.server ?? 0);
  const onPick = (path: string) => {
    const { source, icp } = focused(path);
    if (source) setNumber(source.number);
    if (icp) setServer(icp.server);
    onFocus(path);
  };
  return (
    <>
      <Controls
        {...{ vm, sources, servers, onInject }}
        source={sources.find((row) => row.number === number)}
        server={servers.find((row) => row.server === server)}
        onSource={setNumber}
        onServer={setServer}
      />
      <Words sources={sources} servers={servers} />
      <Graph
        layout={layoutOf(servers, sources, server)}
        {...{ vm, title, catalogue, server, onPick }}
        source={number}
        onInject={onMenu}
      />
    </>
  );
}

/** What every interrupt on its way waits for. */
function Words(props: {
  readonly sources: readonly IrqSource[];
  readonly servers: readonly IrqServer[];
}) {
  const lines = [
    ...props.sources
      .filter(({ status, presented }) => status !== 0 || presented >= 0)
      .map(({ number, words }) => ({ who: irqNumber(number), words })),
    ...props.servers
      .filter(({ words }) => words !== '')
      .map(({ target, words }) => ({ who: target, words })),
  ];
  if (lines.length === 0) return <p className="irq-dim">No interrupt is on its way.</p>;
  return (
    <ul className="irq-words">
      {lines.map(({ who, words }) => (
        <li key={who}>
          <b>{who}</b> {words}
        </li>
      ))}
    </ul>
  );
}
