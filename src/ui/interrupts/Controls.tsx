// What the user does to the controller: to the chosen source and to the chosen server.
import { useState } from 'react';
import type { Inject } from '../../workers/protocol.ts';
import type { IrqOp } from '../../workers/sections.ts';
import {
  endsOf,
  type IrqServer,
  type IrqSource,
  irqNumber,
  NO_PRIORITY,
  XICS_IPI,
} from './facts.ts';

export interface ControlsProps {
  /** 0 = the host. */
  readonly vm: number;
  readonly sources: readonly IrqSource[];
  readonly servers: readonly IrqServer[];
  readonly source: IrqSource | undefined;
  readonly server: IrqServer | undefined;
  readonly onSource: (number: number) => void;
  readonly onServer: (server: number) => void;
  readonly onInject: (input: Inject) => void;
}

/** Priority with which a source is routed when nothing else is asked for. */
const DEFAULT_PRIORITY = 5;

export function Controls(props: ControlsProps) {
  const { vm, sources, servers, source, server, onSource, onServer, onInject } = props;
  const [priority, setPriority] = useState(DEFAULT_PRIORITY);
  const [cppr, setCppr] = useState(NO_PRIORITY);
  const [ended, setEnded] = useState(source?.number ?? XICS_IPI);
  const act = (op: IrqOp, value = 0, number = source?.number ?? 0) =>
    onInject({
      ...{ kind: 'irq', vm: vm - 1, op, priority: value },
      ...{ source: number, server: server?.server ?? 0 },
    });
  const up = source?.lsi === 1 && (source.status & 1) !== 0;
  const masked = source?.priority === NO_PRIORITY;
  return (
    <div className="irq-controls">
      <fieldset>
        <legend>source</legend>
        <Pick
          label="source"
          value={source?.number ?? 0}
          choices={sources.map((s) => [s.number, irqNumber(s.number)])}
          onPick={onSource}
        />
        <Act
          text={source?.lsi ? (up ? 'Drop line' : 'Raise line') : 'Trigger'}
          onAct={() => act(up ? 'release' : 'trigger')}
        />
        <Act text={masked ? 'Unmask' : 'Mask'} onAct={() => act(masked ? 'unmask' : 'mask')} />
        <Level label="priority" value={priority} onChange={setPriority} />
        <Act text={`Route to server ${server?.server ?? 0}`} onAct={() => act('route', priority)} />
      </fieldset>
      <fieldset>
        <legend>server</legend>
        <Pick
          label="server"
          value={server?.server ?? 0}
          choices={servers.map((s) => [s.server, `${s.server} (${s.target})`])}
          onPick={onServer}
        />
        <Level label="CPPR" value={cppr} onChange={setCppr} />
        <Act text="Set CPPR" onAct={() => act('cppr', cppr)} />
        <Pick
          label="interrupt to end"
          value={ended}
          choices={endsOf(sources.map((s) => s.number))}
          onPick={setEnded}
        />
        <Act text="EOI" onAct={() => act('eoi', cppr, ended)} />
      </fieldset>
    </div>
  );
}

function Act({ text, onAct }: { readonly text: string; readonly onAct: () => void }) {
  return (
    <button type="button" className="button" onClick={onAct}>
      {text}
    </button>
  );
}

function Pick(props: {
  readonly label: string;
  readonly value: number;
  readonly choices: readonly (readonly [value: number, text: string])[];
  readonly onPick: (value: number) => void;
}) {
  const { label, value, choices, onPick } = props;
  return (
    <select
      className="field"
      aria-label={label}
      value={value}
      onChange={(event) => onPick(Number(event.target.value))}
    >
      {choices.map(([choice, text]) => (
        <option key={choice} value={choice}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** A priority from 0, most favoured, to 255, none. */
function Level(props: {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  const { label, value, onChange } = props;
  return (
    <label className="irq-level">
      {label}
      <input
        className="field"
        type="number"
        min={0}
        max={NO_PRIORITY}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </label>
  );
}
