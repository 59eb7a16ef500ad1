// worker-wide with the rows of the Machine view replaced by busier ones.
import './worker-wide.ts';
import { encodeTable, type TableSchema } from '../../../src/sim/trace/columns.ts';
import { SECTIONS } from '../../../src/workers/sections.ts';
import { Session } from '../../../src/workers/session.ts';
import { busyMachine } from './busy-rows.ts';

let pictures = 0;

const { frame } = Session.prototype;
Session.prototype.frame = function (pull) {
  const made = frame.call(this, pull);
  const { machine } = made.sections;
  if (!machine) return made;
  const start = performance.now();
  const rows: Readonly<Record<string, readonly never[]>> = busyMachine(pictures++) as never;
  const tables = Object.fromEntries(
    Object.entries<TableSchema>(SECTIONS.machine).map(([name, schema]) => [
      name,
      encodeTable(schema, rows[name] ?? []),
    ]),
  );
  performance.measure('busy rows', { start });
  return { ...made, sections: { ...made.sections, machine: { ...machine, tables } } };
};
