// The mix kernel as a Linux program under qemu-ppc64, for comparison.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  crcTable,
  INSTRUCTIONS_PER_ROUND,
  KERNEL,
  SEED,
} from '../../src/sim/engine/testing/mix-kernel.ts';
import { assemble } from '../../src/sim/isa/assemble.ts';

const QEMU = 'qemu-ppc64';
const FOLDER = '.cache/bench';
const ROUNDS = 20_000_000;
const RUNS = 5;

/** Million instructions per second of each run, start-up subtracted; empty when there is no qemu-ppc64. */
export function measureQemu(): number[] {
  if (spawnSync(QEMU, ['--version']).status !== 0) return [];
  const startUp = Math.min(...Array.from({ length: RUNS }, () => runFor(1)));
  return Array.from({ length: RUNS }, () => {
    const microseconds = 1000 * (runFor(ROUNDS) - startUp);
    return (ROUNDS * INSTRUCTIONS_PER_ROUND) / microseconds;
  });
}

/** Milliseconds of one run of so many rounds. */
function runFor(rounds: number): number {
  const program = `${FOLDER}/mix-kernel`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(program, elf(rounds), { mode: 0o755 });
  const start = performance.now();
  const { status, stderr } = spawnSync(QEMU, [program], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${QEMU} ends with status ${status}: ${stderr}`);
  return performance.now() - start;
}

// One segment: ELF header and program header, code, CRC table, the kernel's array.
const BASE = 0x1000_0000;
const HEADER = { file: 64, program: 56 } as const;
const CODE = 0x1000;
const TABLE = 0x2000;
const ARRAY = 0x4000;
const END = 0x8000;

/** A static big-endian ELF program that runs the kernel for so many rounds and exits. */
function elf(rounds: number): Uint8Array {
  const bytes = new Uint8Array(TABLE + 4 * 256);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value);
  const u32 = (at: number, value: number) => view.setUint32(at, value);
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value));
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]); // 64-bit, most significant byte first, version 1
  u16(16, 2); // ET_EXEC
  u16(18, 21); // EM_PPC64
  u32(20, 1);
  u64(24, BASE + CODE);
  u64(32, HEADER.file);
  u32(48, 2); // ELFv2 ABI: the entry point is code, not a function descriptor
  u16(52, HEADER.file);
  u16(54, HEADER.program);
  u16(56, 1);
  u32(HEADER.file, 1); // PT_LOAD
  u32(HEADER.file + 4, 7); // read, write, execute
  u64(HEADER.file + 16, BASE);
  u64(HEADER.file + 24, BASE);
  u64(HEADER.file + 32, bytes.length);
  u64(HEADER.file + 40, END);
  u64(HEADER.file + 48, 0x1000);
  bytes.set(code(rounds), CODE);
  for (const [i, crc] of crcTable().entries()) u32(TABLE + 4 * i, crc);
  return bytes;
}

function code(rounds: number): Uint8Array {
  const load = (register: string, value: number) =>
    `lis ${register}, ${value}@h\n ori ${register}, ${register}, ${value}@l`;
  const kernel = KERNEL.map(([, text]) => text).filter((text) => text !== 'b .');
  const program = assemble(`
    ${load('r3', Number(SEED >> 32n))}
    sldi r3, r3, 32
    oris r3, r3, ${(SEED >> 16n) & 0xffffn}
    ori r3, r3, ${SEED & 0xffffn}
    ${load('r4', rounds)}
    ${load('r5', BASE + TABLE)}
    ${load('r6', BASE + ARRAY)}
    ${kernel.join('\n')}
    li r0, 1     # exit
    li r3, 0
    sc
  `);
  if (!program.ok) throw new Error(program.errors.map((error) => error.message).join('; '));
  return program.image;
}
