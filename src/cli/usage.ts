// How command lines are read. What is wrong in one ends the program with code 2 and the usage text.

/** A mistake in how the command line was used. */
export class Usage extends Error {}

/** A command line taken apart. */
export interface Arguments {
  /** Last value of each option that takes one. */
  readonly values: ReadonlyMap<string, string>;
  /** Options without a value. */
  readonly flags: ReadonlySet<string>;
  /** What is no option, in order. */
  readonly operands: readonly string[];
}

/** Takes a command line apart, given the options that take a value and those that do not. */
export function readArguments(
  args: readonly string[],
  valued: readonly string[],
  flags: readonly string[] = [],
): Arguments {
  const values = new Map<string, string>();
  const given = new Set<string>();
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (valued.includes(arg)) {
      const value = args[++i];
      if (value === undefined) throw new Usage(`${arg} needs a value`);
      values.set(arg, value);
    } else if (flags.includes(arg)) given.add(arg);
    else if (arg.startsWith('-')) throw new Usage(`unknown option '${arg}'`);
    else operands.push(arg);
  }
  return { values, flags: given, operands };
}

/** The one file that a command works on. */
export function fileOperand(command: string, { operands }: Arguments): string {
  const [file] = operands;
  if (file === undefined) throw new Usage(`${command} needs a file`);
  if (operands.length > 1) throw new Usage(`one file at a time: '${operands.join("' and '")}'`);
  return file;
}

/** A hexadecimal option of up to 64 bits, with or without 0x; undefined when it is not given. */
export function hexOption({ values }: Arguments, name: string): bigint | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const digits = /^(?:0x)?([\da-f]{1,16})$/i.exec(text)?.[1];
  if (digits === undefined) throw new Usage(`${name} needs a hexadecimal number, not '${text}'`);
  return BigInt(`0x${digits}`);
}

/** A decimal option of `from`..`to`; undefined when it is not given. */
export function wholeOption(
  { values }: Arguments,
  name: string,
  from: number,
  to: number,
): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new Usage(`${name} needs a whole number from ${from} to ${to}, not '${text}'`);
}
