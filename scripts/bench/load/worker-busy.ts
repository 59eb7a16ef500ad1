// worker-wide with the rows of the Machine view replaced by busier ones.
import './worker-wide.ts';
import { succeed } from '../../../src/sim/state/user-error.ts';
import { encodeTable, type TableSchema } from '../../../src/sim/trace/columns.ts';
import { SECTIONS } from '../../../src/workers/sections.ts';
import { Session } from '../../../src/workers/session.ts';
import { busyMachine } from './busy-rows.ts';

let pictures = 0;

/** Its vcores run as a whole, as on POWER8: the picture puts them up on their cores. */
const { open, load } = Session.prototype;
async function whole(from: ReturnType<typeof load>): ReturnType<typeof load> {
  const answer = await from;
  if (!answer.ok) return answer;
  const topology = { ...answer.value.topology, wholeVcores: true };
  return succeed({ ...answer.value, topology });
}
Session.prototype.open = function (fragment) {
  return whole(open.call(this, fragment));
};
Session.prototype.load = function (page) {
  return whole(load.call(this, page));
};

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
