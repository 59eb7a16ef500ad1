// The Interrupts view: one controller as a route graph or as tables, what it waits for in words, and what can be done.
import { useState } from 'react';
import type { Catalogue, Inject } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { TwinButton } from '../marks/TwinTable.tsx';
import { Controls } from './Controls.tsx';
import { type IrqServer, type IrqSource, irqNumber } from './facts.ts';
import { Graph, serverPath, sourcePath } from './Graph.tsx';
import { layoutOf } from './layout.ts';
import { Twin } from './Twin.tsx';
import './interrupts.css';

export interface InterruptsViewProps {
  readonly interrupts: Section<'interrupts'>;
  readonly catalogue: Catalogue;
  readonly onFocus: (path: string) => void;
  readonly onInject: (input: Inject) => void;
  /** Opens the inject menu for a thread or vcpu. */
  readonly onMenu: (path: string, x: number, y: number) => void;
}

export function InterruptsView(props: InterruptsViewProps) {
  const { controllers } = props.interrupts;
  const [asTable, setAsTable] = useState(false);
  const [wanted, setWanted] = useState(0);
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

function Controller(props: InterruptsViewProps & { readonly vm: number; readonly title: string }) {
  const { interrupts, catalogue, vm, title, onFocus, onInject, onMenu } = props;
  const sources = interrupts.sources.filter((row) => row.vm === vm);
  const servers = interrupts.icps.filter((row) => row.vm === vm);
  const [number, setNumber] = useState(sources.at(-1)?.number ?? 0);
  const [server, setServer] = useState(sources.at(-1)?.server ?? 0);
  const onPick = (path: string) => {
    const source = sources.find((row) => sourcePath(row.number) === path);
    const icp = servers.find((row) => serverPath(row.server) === path);
    if (source) setNumber(source.number);
    if (!icp) return;
    setServer(icp.server);
    onFocus(icp.target);
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
