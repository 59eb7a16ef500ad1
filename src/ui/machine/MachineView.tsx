// The Machine view: what runs where, drawn from one frame. Props in, picture or tables out.
import { useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { TwinButton } from '../marks/TwinTable.tsx';
import { longCount } from '../transport/speed.ts';
import { MachineTable } from './MachineTable.tsx';
import { Picture } from './Picture.tsx';
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
            : `${cpu} · ${cores} ${cores === 1 ? 'core' : 'cores'} of ${threadsPerCore} ${threadsPerCore === 1 ? 'thread' : 'threads'}`}
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
