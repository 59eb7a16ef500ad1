// Machine code of ours as a Linux program under qemu-ppc64, for comparison.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  crcTable,
  INSTRUCTIONS_PER_ROUND,
  KERNEL,
  SEED,
} from '../../src/sim/engine/testing/mix-kernel.ts';
import { writeElf } from '../../src/sim/guest/testing/elf-writer.ts';
import { assemble } from '../../src/sim/isa/assemble.ts';
import type { BenchProgram } from './load/programs.ts';

const QEMU = 'qemu-ppc64';
const FOLDER = '.cache/bench';
const RUNS = 5;

/** A program whose length is given in rounds. */
export interface Rounds {
  readonly name: string;
  /** A big-endian ELF program that does so many rounds and exits. */
  readonly elf: (rounds: number) => Uint8Array;
  /** Rounds of one measurement: some tenths of a second. */
  readonly rounds: number;
  readonly instructionsPerRound: number;
}

/** False when there is no qemu-ppc64 to compare with. */
export function hasQemu(): boolean {
  return spawnSync(QEMU, ['--version']).status === 0;
}

/** Million instructions per second of each run, start-up subtracted. */
export function measureQemu({ name, elf, rounds, instructionsPerRound }: Rounds): number[] {
  const [short, long] = [`${name}-1`, name];
  writeProgram(short, elf(1));
  writeProgram(long, elf(rounds + 1));
  const startUp = Math.min(...Array.from({ length: RUNS }, () => timeQemu(short)));
  return Array.from({ length: RUNS }, () => {
    const microseconds = 1000 * (timeQemu(long) - startUp);
    return (rounds * instructionsPerRound) / microseconds;
  });
}

/** The checksum of so many rounds of a program. */
export function checksumByQemu(program: BenchProgram, rounds: number): bigint {
  writeProgram(program.id, benchElf(program, rounds));
  return runQemu(program.id).readBigUInt64BE(0);
}

function writeProgram(name: string, elf: Uint8Array): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${name}`, elf, { mode: 0o755 });
}

function timeQemu(name: string): number {
  const start = performance.now();
  runQemu(name);
  return performance.now() - start;
}

/** Standard output of a program. */
function runQemu(name: string): Buffer {
  const { status, stdout, stderr } = spawnSync(QEMU, ['-cpu', 'power9', `${FOLDER}/${name}`]);
  if (status !== 0) throw new Error(`${QEMU} ends with status ${status}: ${stderr}`);
  return stdout;
}

// One segment: code, then data.
const BASE = 0x1000_0000;
const CODE = 0x1000;
const DATA = 0x2_0000;
const DATA_BYTES = 0x2_0000;
/** The mix kernel's parts of the data. */
const TABLE = DATA;
const ARRAY = DATA + 0x1000;

function elfOf(text: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(DATA + data.length);
  bytes.set(assembled(text), CODE);
  bytes.set(data, DATA);
  const segment = { vaddr: BigInt(BASE), bytes, memBytes: DATA + DATA_BYTES };
  return writeElf({ entry: BigInt(BASE + CODE), segments: [segment], align: 4096 });
}

function assembled(text: string): Uint8Array {
  const program = assemble(text);
  if (!program.ok) throw new Error(program.errors.map((error) => error.message).join('; '));
  return program.image;
}

const load = (register: string, value: number) =>
  `lis ${register}, ${value}@h\n ori ${register}, ${register}, ${value}@l\n`;
const EXIT = 'li r0, 1\n li r3, 0\n sc\n';

/** One of the three programs; its checksum goes to standard output. */
export function benchElf({ text }: BenchProgram, rounds: number): Uint8Array {
  const print = `${load('r4', BASE + DATA)} std r3, 0(r4)\n li r0, 4\n li r3, 1\n li r5, 8\n sc\n`;
  return elfOf(`${load('r3', rounds)} ${load('r4', BASE + DATA)} ${text} ${print} ${EXIT}`);
}

/** The mix kernel. */
export const MIX_KERNEL: Rounds = {
  name: 'mix-kernel',
  rounds: 20_000_000,
  instructionsPerRound: INSTRUCTIONS_PER_ROUND,
  elf: (rounds) => {
    const table = new Uint8Array(4 * 256);
    for (const [i, crc] of crcTable().entries()) new DataView(table.buffer).setUint32(4 * i, crc);
    const kernel = KERNEL.map(([, text]) => text).filter((text) => text !== 'b .');
    const seed = `${load('r3', Number(SEED >> 32n))} sldi r3, r3, 32
      oris r3, r3, ${(SEED >> 16n) & 0xffffn}
      ori r3, r3, ${SEED & 0xffffn}\n`;
    const places = `${load('r5', BASE + TABLE)} ${load('r6', BASE + ARRAY)}`;
    return elfOf(`${seed} ${load('r4', rounds)} ${places} ${kernel.join('\n')}\n ${EXIT}`, table);
  },
};
