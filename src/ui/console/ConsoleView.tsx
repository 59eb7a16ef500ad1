// Console: what the guest has printed, and the event log as sentences.
import { Terminal } from './Terminal.tsx';
import './console.css';
import { EventLog, type EventLogProps } from './EventLog.tsx';

export interface ConsoleViewProps extends EventLogProps {
  /** Output of the guest's console up to this position. */
  readonly text: string;
}

export function ConsoleView({ text, ...log }: ConsoleViewProps) {
  return (
    <div className="console">
      <Terminal text={text} />
      <EventLog {...log} />
    </div>
  );
}
