// Makes src/sim/engine/golden/*.bin: what QEMU user mode does with the witness's cases (engine/testing/witness-cases.ts).
// Needs qemu-ppc64, qemu-ppc64le, qemu-ppc and the powerpc64-linux-gnu binutils.
// Usage: npx tsx scripts/witness.ts [ROW...]; with rows, only those and new ones are made anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import {
  casesOf,
  isWitnessed,
  MIXED,
  type Subject,
  subjectOf,
  type WitnessCase,
} from '../src/sim/engine/testing/witness-cases.ts';
import {
  type Changes,
  decodeResults,
  encodeResults,
} from '../src/sim/engine/testing/witness-file.ts';
import { notInQemu } from '../src/sim/engine/testing/witness-known.ts';
import {
  DWORDS,
  PLACE,
  type WitnessMode,
  type WitnessState,
} from '../src/sim/engine/testing/witness-state.ts';
import type { Row } from '../src/sim/isa/row.ts';
import { ROWS } from '../src/sim/isa/table.ts';
import { Harness } from './witness-harness.ts';

const GOLDEN = 'src/sim/engine/golden';
const SIGILL = 4n;
const SIGSEGV = 11n;
const MODES: readonly WitnessMode[] = ['big-endian', 'little-endian', '32-bit'];
const CPU_32 = '7457';
/** A row is of the 32-bit CPU when it knows at least that many of its cases. */
const ENOUGH_32 = 16;

const harness = new Harness();
const only = process.argv.slice(2);
for (const mode of MODES) make(mode);
harness.remove();

function make(mode: WitnessMode): void {
  const file = `${GOLDEN}/${mode}.bin`;
  const old = existsSync(file)
    ? decodeResults(brotliDecompressSync(readFileSync(file)))
    : new Map<string, Changes[]>();
  const results = new Map<string, readonly Changes[]>();
  const rows = ROWS.filter((row) => isIn(row, mode)).map(subjectOf);
  for (const subject of [...rows, ...(mode === '32-bit' ? [] : MIXED)]) {
    const isAsked = only.length === 0 || only.includes(subject.name);
    const kept = isAsked ? undefined : old.get(subject.name);
    const made = kept ?? record(subject, mode);
    if (made !== undefined) results.set(subject.name, made);
  }
  const about = `made by scripts/witness.ts with ${harness.version(mode)}`;
  const bytes = brotliCompressSync(encodeResults(about, results), {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  writeFileSync(file, bytes);
  console.log(`${file}: ${results.size} rows, ${bytes.length} bytes`);
}

function isIn(row: Row, mode: WitnessMode): boolean {
  if (!isWitnessed(row) || notInQemu(row, mode) !== undefined) return false;
  return mode !== '32-bit' || (row.facility ?? 'FP') === 'FP';
}

/** Runs a subject's cases; complains about signals that no case should get. */
function record(subject: Subject, mode: WitnessMode): Changes[] | undefined {
  const cases = casesOf(subject, mode);
  try {
    const states = harness.run(cases, mode, mode === '32-bit' ? CPU_32 : cpuOf(subject));
    const bad = states.flatMap((state, i) => (isBad(state) ? [i] : []));
    if (mode === '32-bit' && cases.length - bad.length < ENOUGH_32) return undefined;
    if (mode !== '32-bit' && bad.length > 0) complain(`${subject.name} ${mode}`, cases, bad);
    return states.map((state, i) => changes(startOf(cases, states, i), state));
  } catch (error) {
    console.log(`${subject.name} ${mode}: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

function isBad(state: WitnessState): boolean {
  const signal = state[PLACE.SIGNAL];
  return signal === SIGILL || signal === SIGSEGV;
}

function complain(what: string, cases: readonly WitnessCase[], bad: readonly number[]): void {
  const words = cases[bad[0] ?? 0]?.words.map((word) => word.toString(16)).join(' ');
  console.log(`${what}: a signal in ${bad.length} cases, as ${words}`);
}

/** A CPU that still has the row. */
function cpuOf({ until }: Subject): string {
  return until === undefined ? 'power9' : until === '2.07' ? 'power8' : 'power7';
}

function startOf(
  cases: readonly WitnessCase[],
  states: readonly WitnessState[],
  i: number,
): WitnessState {
  const start = cases[i]?.start?.slice() ?? (states[i - 1]?.slice() as WitnessState);
  start[PLACE.SIGNAL] = 0n;
  return start;
}

function changes(before: WitnessState, after: WitnessState): Changes {
  const made = new Map<number, bigint>();
  for (let dword = 0; dword < DWORDS; dword++) {
    if (before[dword] !== after[dword]) made.set(dword, after[dword] as bigint);
  }
  return made;
}
