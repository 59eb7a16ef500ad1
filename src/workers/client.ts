// The page's end of the worker: the only place that creates it, and the decoding of what it sends.
import { type Remote, transfer, wrap } from 'comlink';
import { decodeTable } from '../sim/trace/columns.ts';
import type { Commands } from './protocol.ts';
import { SECTIONS, type Section, type SectionName } from './sections.ts';
// The build for one file turns this import into an inlined classic worker (vite.config.ts).
import SimWorker from './worker.ts?worker';

/** The sentence of an event, the same in the page and in the worker. */
export { type EventNames, eventText } from '../sim/trace/event-text.ts';

/** A running worker: its commands, the port on which frames are pulled, and the way to end it. */
export interface Client {
  readonly commands: Remote<Commands>;
  readonly frames: MessagePort;
  end(): void;
}

/** Starts a worker. `onCrash` is told when it dies or cannot start, with a sentence saying why. */
export function connect(onCrash: (why: string) => void): Client {
  const worker = new SimWorker();
  worker.onerror = (event) => onCrash(event.message || 'The worker could not be started.');
  const commands = wrap<Commands>(worker);
  const { port1, port2 } = new MessageChannel();
  commands
    .connectFrames(transfer(port2, [port2]))
    .catch((reason: unknown) => onCrash(String(reason)));
  return { commands, frames: port1, end: () => worker.terminate() };
}

/** Rows of a section's tables as they came in a frame. */
export function decodeSection<N extends SectionName>(
  name: N,
  tables: Readonly<Record<string, ArrayBuffer>>,
): Section<N> {
  const rows = Object.entries(SECTIONS[name]).map(([table, schema]) => {
    const buffer = tables[table];
    return [table, buffer ? decodeTable(schema, buffer) : []];
  });
  return Object.fromEntries(rows) as Section<N>;
}
