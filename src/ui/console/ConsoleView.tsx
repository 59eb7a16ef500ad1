// Console: what the guests have printed, and the event log as sentences.
import { Consoles } from './Consoles.tsx';
import './console.css';
import type { RowIn } from '../../workers/sections.ts';
import { EventLog, type EventLogProps } from './EventLog.tsx';

export interface ConsoleViewProps extends EventLogProps {
  /** Output of each VM's console up to this position. */
  readonly consoles: readonly RowIn<'log', 'console'>[];
}

export function ConsoleView({ consoles, ...log }: ConsoleViewProps) {
  return (
    <div className="console">
      <Consoles consoles={consoles} />
      <EventLog {...log} />
    </div>
  );
}
