// The registers at the last entry and exit of a whole core, for the checks section.
import type { Registers, Runs } from '../../sim/scenario/anatomy-monitor.ts';
import { REGISTERS } from '../../sim/scenario/anatomy-registers.ts';
import type { RowIn } from '../sections.ts';

function text(registers: Registers, name: string): string {
  const value = registers[name];
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  const entries = value === undefined || value === '' ? 0 : value.split(', ').length;
  return `${entries} ${entries === 1 ? 'entry' : 'entries'}`;
}

/** A row for each register; none before the first vcpu has come out of the guest. */
export function anatomyRows(runs: Runs | undefined): RowIn<'checks', 'anatomy'>[] {
  const last = runs?.last.find(({ after }) => after.SDR1 !== undefined);
  if (!last) return [];
  return REGISTERS.filter((register) => last.after[register] !== undefined).map((register) => ({
    register,
    host: text(last.host, register),
    entered: text(last.entered, register),
    left: text(last.left, register),
    after: text(last.after, register),
  }));
}
