// The program that runs the witness's cases under QEMU user mode, and the files that it reads and writes.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WitnessCase } from '../src/sim/engine/testing/witness-cases.ts';
import {
  CODE,
  DWORDS,
  EXIT,
  PLACE,
  STATE,
  VSR_AT,
  type WitnessState,
} from '../src/sim/engine/testing/witness-state.ts';

/** Bytes of a case in the input: instruction words, then a doubleword that is 1 when a new state follows. */
const SLOT = 256;
const STATE_BYTES = DWORDS * 8;
const STORAGE = 0x2800; // the harness's own variables
const CASES = 0x10_0000;
const STACK = 0x9_0000;
/** Of struct ucontext: where QEMU and Linux keep the address of the interrupted instruction. */
const UCONTEXT_NIP = 488;

const at = (dword: number) => `${STATE + 8 * dword}(0)`;
const each = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `  ${line(n)}`).join('\n');
const special = (move: string, operation: 'load' | 'store', place: number) =>
  operation === 'load' ? `  ld 3,${at(place)}\n  ${move} 3` : `  ${move} 3\n  std 3,${at(place)}`;

/**
 * Addresses below 32 KiB are reached with RA = 0, so that no register is lost. TAR is new in POWER8.
 */
const source = (hasTar: boolean) => `
.abiversion 2
exit:
${each(32, (n) => `std ${n},${at(n)}`)}
${special('mfcr', 'store', PLACE.CR)}
${special('mfxer', 'store', PLACE.XER)}
${special('mflr', 'store', PLACE.LR)}
${special('mfctr', 'store', PLACE.CTR)}
${hasTar ? special('mfspr 3,815 #', 'store', PLACE.TAR) : ''}
  li 3,${STATE + 8 * VSR_AT}
${each(64, (n) => `stxvd2x ${n},0,3\n  addi 3,3,16`)}
  mffs 0
  stfd 0,${at(PLACE.FPSCR)}
  mfvscr 0
  li 3,${STORAGE + 32}
  stxvd2x 32,0,3
  ld 3,${STORAGE + 40}(0)
  std 3,${at(PLACE.VSCR)}
  li 0,4
  li 3,1
  li 4,${STATE}
  li 5,${STATE_BYTES}
  sc
next:
  ld 3,${STORAGE}(0)
  ld 4,${STORAGE + 8}(0)
  cmpld 3,4
  bge done
  ld 5,${SLOT - 8}(3)
  cmpdi 5,0
  beq 1f
  li 3,0
  li 4,${STATE}
  li 5,${STATE_BYTES}
  li 0,3
  sc
1: ld 3,${STORAGE}(0)
  li 5,${SLOT / 8 - 1}
  mtctr 5
  addi 6,3,-8
  li 7,${CODE - 8}
2: ldu 8,8(6)
  stdu 8,8(7)
  bdnz 2b
  addi 3,3,${SLOT}
  std 3,${STORAGE}(0)
  li 3,${CODE}
  dcbst 0,3
  sync
  icbi 0,3
  isync
  li 0,0
  std 0,${at(PLACE.SIGNAL)}
  li 3,${STORAGE + 48}
  stdcx. 3,0,3
  li 3,${STATE + 8 * PLACE.FPSCR}
  lxvd2x 32,0,3
  mtvscr 0
  lfd 0,${at(PLACE.FPSCR)}
  mtfsf 255,0,1,0
  li 3,${STATE + 8 * VSR_AT}
${each(64, (n) => `lxvd2x ${n},0,3\n  addi 3,3,16`)}
${special('mtcr', 'load', PLACE.CR)}
${special('mtxer', 'load', PLACE.XER)}
${special('mtlr', 'load', PLACE.LR)}
${special('mtctr', 'load', PLACE.CTR)}
${hasTar ? special('mtspr 815,', 'load', PLACE.TAR) : ''}
${each(32, (n) => `ld ${n},${at(n)}`)}
  ba ${CODE}

done: li 0,1
  li 3,0
  sc

# A signal in the case's code is noted and ends the case. Any other is a fault of the harness.
handler:
  ld 6,${UCONTEXT_NIP}(5)
  srdi 7,6,12
  cmpldi 7,${CODE >> 12}
  bne 1f
  std 3,${at(PLACE.SIGNAL)}
  li 6,${EXIT}
  std 6,${UCONTEXT_NIP}(5)
  blr
1: li 0,1
  li 3,99
  sc

.globl _start
_start:
  li 3,${STORAGE + 64}
  lis 4,${STACK >> 16}
  std 4,0(3)
  li 4,0
  std 4,8(3)
  lis 4,1
  std 4,16(3)
  li 4,0
  li 0,185
  sc
  lis 4,handler@h
  ori 4,4,handler@l
  std 4,${STORAGE + 96}(0)
  lis 4,0x4800
  ori 4,4,4
  std 4,${STORAGE + 104}(0)
${[4, 5, 7, 8, 11].map(
  (signal) => `  li 3,${signal}
  li 4,${STORAGE + 96}
  li 5,0
  li 6,8
  li 0,173
  sc`,
).join('\n')}
  li 3,0
  li 4,${STORAGE + 8}
  li 5,8
  li 0,3
  sc
  ld 5,${STORAGE + 8}(0)
  lis 4,${CASES >> 16}
  std 4,${STORAGE}(0)
  add 3,4,5
  std 3,${STORAGE + 8}(0)
  li 3,0
  li 0,3
  sc
  b next
.section .state,"aw",@nobits
.space ${STORAGE + 256 - (STATE & ~0xfff)}
.section .code,"awx",@nobits
.space ${SLOT}
.section .stack,"aw",@nobits
.space 0x10000
.section .cases,"aw",@nobits
.space 0x40000
`;

/** Builds harnesses and runs cases in a directory of its own. */
export class Harness {
  readonly #directory = mkdtempSync(join(tmpdir(), 'witness-'));
  readonly #built = new Set<string>();

  /** The states after each case. QEMU's failure throws. */
  run(cases: readonly WitnessCase[], littleEndian: boolean, cpu: string): WitnessState[] {
    const program = this.#build(littleEndian, cpu !== 'power7');
    writeFileSync(join(this.#directory, 'input'), input(cases, littleEndian));
    const stdin = openSync(join(this.#directory, 'input'), 'r');
    try {
      const qemu = littleEndian ? 'qemu-ppc64le' : 'qemu-ppc64';
      const output = execFileSync(qemu, ['-cpu', cpu, program], {
        stdio: [stdin, 'pipe', 'inherit'],
        maxBuffer: 1 << 28,
        timeout: 20_000,
        cwd: this.#directory,
      });
      if (output.length !== cases.length * STATE_BYTES) {
        throw new Error(`qemu wrote ${output.length} bytes for ${cases.length} cases`);
      }
      return cases.map((_, i) =>
        states(output.subarray(i * STATE_BYTES, (i + 1) * STATE_BYTES), littleEndian),
      );
    } finally {
      closeSync(stdin);
    }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  #build(littleEndian: boolean, hasTar: boolean): string {
    const name = `${littleEndian ? 'little' : 'big'}-${hasTar ? 'tar' : 'plain'}`;
    if (this.#built.has(name)) return `./${name}`;
    const run = (file: string, ...args: string[]) =>
      execFileSync(file, args, { cwd: this.#directory, stdio: 'inherit' });
    writeFileSync(join(this.#directory, `${name}.s`), source(hasTar));
    const [order, emulation] = littleEndian ? ['-mlittle', 'elf64lppc'] : ['-mbig', 'elf64ppc'];
    run('powerpc64-linux-gnu-as', order, '-mpower9', '-mregnames', `${name}.s`, '-o', `${name}.o`);
    const places = {
      state: STATE & ~0xfff,
      code: CODE,
      text: EXIT,
      stack: STACK,
      cases: CASES,
    };
    const sections = Object.entries(places).flatMap(([section, address]) => [
      '--section-start',
      `.${section}=0x${address.toString(16)}`,
    ]);
    const options = ['-m', emulation, '-z', 'max-page-size=4096', ...sections];
    run('powerpc64-linux-gnu-ld', ...options, `${name}.o`, '-o', name);
    this.#built.add(name);
    return `./${name}`;
  }
}

function input(cases: readonly WitnessCase[], littleEndian: boolean): Uint8Array {
  const starts = cases.filter(({ start }) => start !== undefined).length;
  const view = new DataView(new ArrayBuffer(8 + cases.length * SLOT + starts * STATE_BYTES));
  view.setBigUint64(0, BigInt(cases.length * SLOT), littleEndian);
  let next = 8 + cases.length * SLOT;
  for (const [i, { words, start }] of cases.entries()) {
    const slot = 8 + i * SLOT;
    if (words.length * 4 > SLOT - 8) throw new Error(`case ${i} is too long`);
    for (const [j, word] of words.entries()) view.setUint32(slot + 4 * j, word, littleEndian);
    if (start === undefined) continue;
    view.setBigUint64(slot + SLOT - 8, 1n, littleEndian);
    for (const [dword, value] of start.entries()) {
      view.setBigUint64(next + 8 * dword, value, littleEndian);
    }
    next += STATE_BYTES;
  }
  return new Uint8Array(view.buffer);
}

function states(bytes: Uint8Array, littleEndian: boolean): WitnessState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = new BigUint64Array(DWORDS);
  for (let i = 0; i < DWORDS; i++) state[i] = view.getBigUint64(8 * i, littleEndian);
  return state;
}
