// `sim bare IMAGE`: runs a program on one thread with no hypervisor and prints the registers at its end. Standard output
// carries what the program sends over the serial port and then, on lines of its own, the result.
// Exit codes: 0 the program ran to a stop, 1 errors in the image or registers or an access outside memory, 2 bad usage
// or a file that cannot be read.
import { readFileSync } from 'node:fs';
import { type Image, loadImage } from '../sim/guest/image.ts';
import { MSR } from '../sim/hardware/bits.ts';
import { CPU_MODELS, type CpuModel } from '../sim/hardware/cpu-model.ts';
import { BareMachine, type BareStop } from '../sim/machine/bare.ts';
import { type BareInput, readBareInput } from '../sim/machine/bare-state.ts';
import { bareJson, bareText } from './bare-output.ts';
import { attempt } from './files.ts';
import { fileOperand, hexOption, readArguments, Usage, wholeOption } from './usage.ts';

interface Options {
  readonly file: string;
  readonly model: CpuModel;
  readonly realBytes: number;
  readonly base: bigint | undefined;
  readonly entry: bigint | undefined;
  readonly msr: bigint | undefined;
  readonly littleEndian: boolean;
  readonly regsIn: string | undefined;
  readonly max: number;
  readonly stopPc: bigint | undefined;
  readonly uart: bigint | undefined;
  readonly json: boolean;
}

const MIB = 1 << 20;
const DEFAULTS = { cpu: 'p9', mem: 64, max: 1_000_000_000 } as const;
const UART_PAGE = 4096n;

/** Runs an image; returns the exit code. Bad usage throws. */
export function bare(args: readonly string[]): number {
  const options = parse(args);
  const input = readRegisters(options.regsIn);
  if (typeof input === 'number') return input;
  const image = readImage(options);
  if (typeof image === 'number') return image;
  const output = new LineOutput();
  const machine = makeMachine(options, image, input, output);
  const stop = machine.run(options.max, options.stopPc);
  output.end();
  process.stdout.write(options.json ? bareJson(machine, stop) : bareText(machine, stop));
  return reportStop(options.file, machine, stop);
}

function parse(args: readonly string[]): Options {
  const valued = ['--base', '--entry', '--cpu', '--msr', '--mem', '--regs-in', '--max'];
  const read = readArguments(args, [...valued, '--stop-pc', '--uart'], ['--le', '--json']);
  const cpu = read.values.get('--cpu') ?? DEFAULTS.cpu;
  const model = CPU_MODELS.get(cpu);
  if (model === undefined) {
    throw new Usage(`there is no CPU '${cpu}'; known: ${[...CPU_MODELS.keys()].join(', ')}`);
  }
  return {
    file: fileOperand('bare', read),
    model,
    realBytes: (wholeOption(read, '--mem', 1, 1024) ?? DEFAULTS.mem) * MIB,
    base: hexOption(read, '--base'),
    entry: hexOption(read, '--entry'),
    msr: hexOption(read, '--msr'),
    littleEndian: read.flags.has('--le'),
    regsIn: read.values.get('--regs-in'),
    max: wholeOption(read, '--max', 0, Number.MAX_SAFE_INTEGER) ?? DEFAULTS.max,
    stopPc: hexOption(read, '--stop-pc'),
    uart: hexOption(read, '--uart'),
    json: read.flags.has('--json'),
  };
}

/** The image, or the exit code when there is none. */
function readImage({ file, realBytes, base, entry, littleEndian, uart }: Options): Image | number {
  const bytes = attempt(`cannot read ${file}`, () => readFileSync(file));
  if (bytes === null) return 2;
  const places = { ...(base !== undefined && { base }), ...(entry !== undefined && { entry }) };
  const loaded = loadImage(bytes, { realBytes, ...places });
  if (!loaded.ok) {
    const { offset, message, hint } = loaded.error;
    return complain(`${file}:0x${offset.toString(16)}`, message, hint);
  }
  const image = loaded.value;
  if (littleEndian && image.format === 'elf' && !image.littleEndian) {
    return complain(`${file}:0x5`, 'the file says that it is big-endian', 'leave out --le');
  }
  const inUart = image.segments.find(
    ({ real, size }) =>
      uart !== undefined &&
      BigInt(real) < (uart & -UART_PAGE) + UART_PAGE &&
      BigInt(real + size) > (uart & -UART_PAGE),
  );
  if (inUart === undefined) return image;
  const where = `0x${inUart.real.toString(16)}`;
  return complain(file, `the segment at ${where} lies in the serial port's page`, 'move --uart');
}

/** What --regs-in sets, or the exit code when the file is not usable. */
function readRegisters(file: string | undefined): BareInput | number {
  if (file === undefined) return { registers: [], instructions: 0 };
  const text = attempt(`cannot read ${file}`, () => readFileSync(file, 'utf8'));
  if (text === null) return 2;
  const json = parseJson(file, text);
  if (json === null) return 1;
  const input = readBareInput(json.value);
  if (!('errors' in input)) return input;
  for (const { path, message } of input.errors) complain(`${file}:${path}`, message);
  return 1;
}

function parseJson(file: string, text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /position (\d+)/.exec(message)?.[1] ?? text.length;
    const line = text.slice(0, Number(position)).split('\n').length;
    complain(`${file}:${line}`, `this is not JSON: ${message}`);
    return null;
  }
}

/** Options on the command line win over the registers of the file. */
function makeMachine(
  { model, realBytes, entry, msr, littleEndian, uart }: Options,
  image: Image,
  { registers, instructions }: BareInput,
  output: LineOutput,
): BareMachine {
  const machine = new BareMachine({
    model,
    image,
    realBytes,
    ...(uart !== undefined && { uart: { real: uart, send: (byte: number) => output.put(byte) } }),
  });
  const { hw } = machine;
  for (const [register, value] of registers) register.set(hw, value);
  if (entry !== undefined) hw.arena.setNia(0, entry);
  hw.setMsr(0, startingMsr(model, (msr ?? hw.msr(0)) | (littleEndian ? MSR.LE : 0n)));
  machine.instructions = instructions;
  return machine;
}

function startingMsr({ title, msr: exists }: CpuModel, msr: bigint): bigint {
  const lacking = msr & ~exists;
  if (lacking === 0n) return msr;
  const what = lacking === MSR.LE ? 'no little-endian mode' : 'no such bits';
  throw new Usage(`MSR 0x${lacking.toString(16)}: the ${title} has ${what}`);
}

/** An access outside memory is an error of the program: its place is the address of the instruction. */
function reportStop(file: string, { hw }: BareMachine, stop: BareStop): number {
  if (stop.reason !== 'outside-memory') return 0;
  const pc = hw.arena.nia(0).toString(16);
  const address = stop.address.toString(16);
  const message = `at pc 0x${pc}: a ${stop.access} at real address 0x${address}, which has no memory`;
  return complain(file, message, 'give more with --mem, or a serial port with --uart');
}

function complain(place: string, message: string, hint?: string): 1 {
  process.stderr.write(`${place}: error: ${message}${hint === undefined ? '' : ` (${hint})`}\n`);
  return 1;
}

/** Standard output for single bytes: written by line, so that a program's output is seen while it runs. */
class LineOutput {
  #bytes: number[] = [];
  #lineStart = true;

  put(byte: number): void {
    this.#bytes.push(byte);
    if (byte === 0x0a || this.#bytes.length >= 4096) this.#flush();
  }

  /** Writes the rest, and ends the line. */
  end(): void {
    if (this.#bytes.length > 0 || !this.#lineStart) this.put(0x0a);
  }

  #flush(): void {
    this.#lineStart = this.#bytes.at(-1) === 0x0a;
    process.stdout.write(Uint8Array.from(this.#bytes));
    this.#bytes = [];
  }
}
