// Makes src/sim/engine/golden/*.json: random instruction sequences with the results of qemu-ppc64 and qemu-ppc64le
// (-cpu power9). Needs those and the powerpc64-linux-gnu binutils. Usage: npx tsx scripts/engine-golden.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BUFFER_BASE,
  BUFFER_BYTES,
  CODE_BASE,
  CODE_STRIDE,
  checksum,
  EXIT,
  type GoldenFile,
  goldenBuffer,
  goldenInput,
  REGISTERS,
} from '../src/sim/engine/testing/golden.ts';
import { randomSequence } from './engine-golden-sequence.ts';

const CASES = 640;
const GOLDEN = 'src/sim/engine/golden';
const SAVED = BUFFER_BYTES + REGISTERS * 8;
const half = (address: number) => `0x${(address >>> 16).toString(16)}`;
const INPUT_BASE = 0x1800_0000;

/** Loads each case's registers, jumps to its sequence, writes buffer and registers to standard output. */
const HARNESS = `
.abiversion 2
.globl _start
_start: lis 1,${half(BUFFER_BASE)}
  li 2,0
  std 2,2048(1)
loop: ld 2,2048(1)
  cmpdi 2,${CASES}
  bge done
  lis 4,${half(INPUT_BASE)}
  li 5,${BUFFER_BYTES / 8}
  mtctr 5
  li 6,0
1: ldx 7,4,6
  stdx 7,1,6
  addi 6,6,8
  bdnz 1b
  mulli 3,2,${REGISTERS * 8}
  add 3,3,4
  addi 3,3,${BUFFER_BYTES}
  li 5,2056
  stdcx. 2,5,1
  mulli 5,2,${CODE_STRIDE}
  lis 4,${half(CODE_BASE)}
  add 5,5,4
  mtspr 815,5
  addi 2,2,1
  std 2,2048(1)
  ld 4,256(3)
  mtcr 4
  ld 4,264(3)
  mtxer 4
  ld 4,272(3)
  mtlr 4
  ld 4,280(3)
  mtctr 4
${registers((n) => (n === 1 || n === 3 ? '' : `  ld ${n},${8 * n}(3)`))}
  ld 3,24(3)
  bctar 20,0,0
.org ${EXIT & 0xffff}
${registers((n) => `  std ${n},${BUFFER_BYTES + 8 * n}(1)`)}
  mfcr 0
  std 0,${BUFFER_BYTES + 256}(1)
  mfxer 0
  std 0,${BUFFER_BYTES + 264}(1)
  mflr 0
  std 0,${BUFFER_BYTES + 272}(1)
  mfctr 0
  std 0,${BUFFER_BYTES + 280}(1)
  li 0,4
  li 3,1
  mr 4,1
  li 5,${SAVED}
  sc
  b loop
done: li 0,1
  li 3,0
  sc
.section .cases,"ax"
.incbin "cases"
.section .inputs,"a"
.incbin "inputs"
.section .buffer,"aw",@progbits
.space 4096
`;

function registers(line: (n: number) => string): string {
  return Array.from({ length: 32 }, (_, n) => line(n)).join('\n');
}

function caseBytes(sequences: readonly number[][], littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(CASES * CODE_STRIDE));
  for (const [i, words] of sequences.entries()) {
    if (words.length * 4 > CODE_STRIDE) throw new Error(`case ${i} is too long`);
    for (const [j, word] of words.entries()) {
      view.setUint32(i * CODE_STRIDE + 4 * j, word, littleEndian);
    }
  }
  return new Uint8Array(view.buffer);
}

function inputBytes(littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(BUFFER_BYTES + CASES * REGISTERS * 8));
  new Uint8Array(view.buffer).set(goldenBuffer());
  for (let i = 0; i < CASES; i++) {
    for (const [n, value] of goldenInput(i).entries()) {
      view.setBigUint64(BUFFER_BYTES + (i * REGISTERS + n) * 8, value, littleEndian);
    }
  }
  return new Uint8Array(view.buffer);
}

/** Runs the sequences under QEMU; the output is SAVED bytes per case. */
function runUnderQemu(sequences: readonly number[][], littleEndian: boolean): Uint8Array {
  const cwd = mkdtempSync(join(tmpdir(), 'engine-golden-'));
  const run = (file: string, ...args: string[]) =>
    execFileSync(file, args, { cwd, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    writeFileSync(join(cwd, 'harness.s'), HARNESS);
    writeFileSync(join(cwd, 'cases'), caseBytes(sequences, littleEndian));
    writeFileSync(join(cwd, 'inputs'), inputBytes(littleEndian));
    const [order, emulation] = littleEndian ? ['-mlittle', 'elf64lppc'] : ['-mbig', 'elf64ppc'];
    run('powerpc64-linux-gnu-as', order, '-mpower9', '-mregnames', 'harness.s', '-o', 'harness.o');
    const sections = [
      `.text=0x${(EXIT & ~0xffff).toString(16)}`,
      `.cases=0x${CODE_BASE.toString(16)}`,
      `.inputs=0x${INPUT_BASE.toString(16)}`,
      `.buffer=0x${BUFFER_BASE.toString(16)}`,
    ].flatMap((place) => ['--section-start', place]);
    run('powerpc64-linux-gnu-ld', '-m', emulation, ...sections, 'harness.o', '-o', 'harness');
    return run(littleEndian ? 'qemu-ppc64le' : 'qemu-ppc64', '-cpu', 'power9', './harness');
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function make(littleEndian: boolean): GoldenFile {
  const sequences = Array.from({ length: CASES }, (_, i) =>
    randomSequence(i + (littleEndian ? CASES : 0)),
  );
  const output = runUnderQemu(sequences, littleEndian);
  if (output.length !== CASES * SAVED) throw new Error(`qemu wrote ${output.length} bytes`);
  const cases = sequences.map((words, i) => {
    const saved = output.subarray(i * SAVED, (i + 1) * SAVED);
    const view = new DataView(saved.buffer, saved.byteOffset, saved.length);
    const values = Array.from({ length: REGISTERS }, (_, n) =>
      view.getBigUint64(BUFFER_BYTES + 8 * n, littleEndian).toString(16),
    );
    return {
      words: words.map((word) => word.toString(16)).join(' '),
      registers: values.join(' '),
      buffer: checksum(saved.subarray(0, BUFFER_BYTES)),
    };
  });
  return { about: 'made by scripts/engine-golden.ts with QEMU user mode, -cpu power9', cases };
}

for (const littleEndian of [false, true]) {
  const file = `${GOLDEN}/${littleEndian ? 'little' : 'big'}-endian.json`;
  const { about, cases } = make(littleEndian);
  const lines = cases.map((one) => JSON.stringify(one)).join(',\n');
  writeFileSync(file, `{"about":${JSON.stringify(about)},"cases":[\n${lines}\n]}\n`);
  console.log(`${file}: ${readFileSync(file).length} bytes`);
}
