// Inputs about an interrupt source or a presentation controller.
import { useState } from 'react';
import type { Inject } from '../../workers/protocol.ts';
import type { IrqOp, Section } from '../../workers/sections.ts';
import { irqPlaceOf } from '../entity.ts';
import { endsOf, irqNumber, NO_PRIORITY, XICS_IPI } from '../interrupts/facts.ts';
import { Act, Pick } from './parts.tsx';

export interface IrqActsProps {
  /** 'irq/0x1000', 'vm1/icp/2'. */
  readonly path: string;
  readonly interrupts: Section<'interrupts'>;
  readonly onInject: (input: Inject) => void;
}

/** The group for the source or the server that the menu was opened for; nothing for any other entity. */
export function IrqActs(props: IrqActsProps) {
  const place = irqPlaceOf(props.path);
  if (!place) return null;
  const { vm, kind, number } = place;
  return kind === 'irq' ? (
    <SourceActs key={props.path} {...props} vm={vm} number={number} />
  ) : (
    <ServerActs key={props.path} {...props} vm={vm} server={number} />
  );
}

const whose = (vm: number): string => (vm === 0 ? 'the host' : `VM ${vm}`);

function SourceActs(props: IrqActsProps & { readonly vm: number; readonly number: number }) {
  const { vm, number, interrupts } = props;
  const row = interrupts.sources.find((s) => s.vm === vm && s.number === number);
  const [server, setServer] = useState(row?.server ?? 0);
  const [priority, setPriority] = useState(5);
  if (!row) return null;
  const act = (op: IrqOp) => () =>
    props.onInject({ kind: 'irq', vm: vm - 1, op, source: number, server, priority });
  const up = (row.status & 1) !== 0;
  const masked = row.priority === NO_PRIORITY;
  return (
    <fieldset className="inject-group">
      <legend>
        interrupt {irqNumber(number)} of {whose(vm)}
      </legend>
      {row.lsi ? (
        <Act
          id="irq-line"
          text={{
            title: up ? 'Drop its line' : 'Raise its line',
            says: 'A level: it is presented again after every EOI until the line drops.',
          }}
          onAct={act(up ? 'release' : 'trigger')}
        />
      ) : (
        <Act
          id="irq-trigger"
          text={{
            title: 'Trigger it',
            says: 'A message: presented once, or kept as rejected until its server takes it.',
          }}
          onAct={act('trigger')}
        />
      )}
      <Act
        id="irq-mask"
        text={
          masked
            ? { title: 'Unmask it', says: 'As ibm,int-on: the priority saved by ibm,int-off.' }
            : { title: 'Mask it', says: 'As ibm,int-off: what comes meanwhile waits.' }
        }
        onAct={act(masked ? 'unmask' : 'mask')}
      />
      <Act
        id="irq-route"
        text={{
          title: 'Re-route it',
          says: 'As ibm,set-xive, with the server and priority below.',
        }}
        onAct={act('route')}
      />
      <div className="inject-pick">
        <Pick
          label="to server"
          choices={interrupts.icps
            .filter((icp) => icp.vm === vm)
            .map((icp) => ({ value: icp.server, text: `${icp.server} (${icp.target})` }))}
          value={server}
          onPick={setServer}
        />
        <Level label="priority" value={priority} onChange={setPriority} />
      </div>
    </fieldset>
  );
}

function ServerActs(props: IrqActsProps & { readonly vm: number; readonly server: number }) {
  const { vm, server, interrupts } = props;
  const sources = interrupts.sources.filter((row) => row.vm === vm);
  const mine = sources.find((row) => row.server === server) ?? sources[0];
  const [source, setSource] = useState(mine?.number ?? XICS_IPI);
  const [cppr, setCppr] = useState(NO_PRIORITY);
  const act = (op: IrqOp) => () =>
    props.onInject({ kind: 'irq', vm: vm - 1, op, source, server, priority: cppr });
  return (
    <fieldset className="inject-group">
      <legend>
        presentation controller {server} of {whose(vm)}
      </legend>
      <div className="inject-pick">
        <Level label="CPPR" value={cppr} onChange={setCppr} />
        <Pick
          label="source"
          choices={endsOf(sources.map((row) => row.number)).map(([value, text]) => ({
            value,
            text,
          }))}
          value={source}
          onPick={setSource}
        />
      </div>
      <Act
        id="irq-cppr"
        text={{
          title: 'Set CPPR',
          says: 'Only more favoured (lower) priorities interrupt; what is presented and is not goes back.',
        }}
        onAct={act('cppr')}
      />
      <Act
        id="irq-eoi"
        text={{
          title: 'End the interrupt',
          says: 'EOI: writes XIRR with that CPPR and source; a level that is still up comes again.',
        }}
        onAct={act('eoi')}
      />
    </fieldset>
  );
}

/** A priority from 0, most favoured, to 255, none. */
function Level(props: {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <label className="inject-label">
      <span className="label">{props.label}</span>
      <input
        className="field inject-level"
        type="number"
        min={0}
        max={NO_PRIORITY}
        value={props.value}
        onChange={(event) => props.onChange(Number(event.target.value))}
      />
    </label>
  );
}
