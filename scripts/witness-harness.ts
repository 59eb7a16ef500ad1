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
  STATE,
  type WitnessMode,
  type WitnessState,
} from '../src/sim/engine/testing/witness-state.ts';
import { CASES, SLOT, STACK, STATE_BYTES, source32, source64 } from './witness-program.ts';

const TOOLS = {
  'big-endian': { qemu: 'qemu-ppc64', as: ['-a64', '-mbig'], emulation: 'elf64ppc' },
  'little-endian': { qemu: 'qemu-ppc64le', as: ['-a64', '-mlittle'], emulation: 'elf64lppc' },
  '32-bit': { qemu: 'qemu-ppc', as: ['-a32', '-mbig'], emulation: 'elf32ppc' },
} as const;
const PLACES = { state: STATE & ~0xfff, code: CODE, text: EXIT, stack: STACK, cases: CASES };

/** Builds harnesses and runs cases in a directory of its own. */
export class Harness {
  readonly #directory = mkdtempSync(join(tmpdir(), 'witness-'));
  readonly #built = new Set<string>();

  /** The states after each case, on a CPU that QEMU knows by that name. QEMU's failure throws. */
  run(cases: readonly WitnessCase[], mode: WitnessMode, cpu: string): WitnessState[] {
    const littleEndian = mode === 'little-endian';
    const program = this.#build(mode, cpu !== 'power7');
    writeFileSync(join(this.#directory, 'input'), input(cases, littleEndian));
    const stdin = openSync(join(this.#directory, 'input'), 'r');
    try {
      const output = execFileSync(TOOLS[mode].qemu, ['-cpu', cpu, program], {
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

  /** What QEMU says of itself. */
  version(mode: WitnessMode): string {
    const said = execFileSync(TOOLS[mode].qemu, ['--version']).toString();
    return `${TOOLS[mode].qemu} ${/version \S+/.exec(said)?.[0] ?? ''}`;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  #build(mode: WitnessMode, hasTar: boolean): string {
    const name = `${mode}${hasTar ? '' : '-without-tar'}`;
    if (this.#built.has(name)) return `./${name}`;
    const run = (file: string, ...args: readonly string[]) =>
      execFileSync(file, args, { cwd: this.#directory, stdio: 'inherit' });
    writeFileSync(
      join(this.#directory, `${name}.s`),
      mode === '32-bit' ? source32() : source64(hasTar),
    );
    const { as, emulation } = TOOLS[mode];
    const options = ['-mpower9', '-mregnames', `${name}.s`, '-o', `${name}.o`];
    run('powerpc64-linux-gnu-as', ...as, ...options);
    const sections = Object.entries(PLACES).flatMap(([section, address]) => [
      '--section-start',
      `.${section}=0x${address.toString(16)}`,
    ]);
    const layout = ['-m', emulation, '-z', 'max-page-size=4096', '--no-warn-rwx-segments'];
    run('powerpc64-linux-gnu-ld', ...layout, ...sections, `${name}.o`, '-o', name);
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
