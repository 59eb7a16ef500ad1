// What `sim bare` prints at the end of a run: every register, the instruction count and why it stopped.
import type { BareMachine, BareStop } from '../sim/machine/bare.ts';
import { BARE_REGISTERS, registerText } from '../sim/machine/bare-state.ts';

/** Columns of the text, by width of the values. */
const COLUMNS = { 32: 4, 64: 4, 128: 2 } as const;

/** One object, which --regs-in of another run takes. */
export function bareJson({ hw, instructions }: BareMachine, stop: BareStop): string {
  const registers = BARE_REGISTERS.map((register) => [register.name, registerText(register, hw)]);
  const why =
    stop.reason === 'outside-memory'
      ? { ...stop, address: `0x${stop.address.toString(16)}` }
      : stop;
  return `${JSON.stringify({ ...Object.fromEntries(registers), instructions, stop: why }, null, 2)}\n`;
}

/** The same for people. */
export function bareText({ hw, instructions }: BareMachine, stop: BareStop): string {
  const lines = [`stop ${stop.reason} after ${instructions} instructions`];
  let row: string[] = [];
  for (const [i, register] of BARE_REGISTERS.entries()) {
    row.push(`${register.name.padEnd(5)} ${registerText(register, hw)}`);
    const next = BARE_REGISTERS[i + 1];
    const group = (name = '') => /^(r|fpr|vr)\d/.exec(name)?.[1] ?? '';
    if (row.length < COLUMNS[register.bits] && group(next?.name) === group(register.name)) continue;
    lines.push(row.join('  '));
    row = [];
  }
  if (row.length > 0) lines.push(row.join('  '));
  return `${lines.join('\n')}\n`;
}
