// Makes src/sim/engine/golden/*.bin: what QEMU user mode does with the witness's cases (engine/testing/witness-cases.ts).
// Needs qemu-ppc64, qemu-ppc64le and the powerpc64-linux-gnu binutils.
// Usage: npx tsx scripts/witness.ts [ROW...]; with rows, only those are made anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { casesOf, isWitnessed, type WitnessCase } from '../src/sim/engine/testing/witness-cases.ts';
import {
  type Changes,
  decodeResults,
  encodeResults,
} from '../src/sim/engine/testing/witness-file.ts';
import { notInQemu } from '../src/sim/engine/testing/witness-known.ts';
import { DWORDS, PLACE, type WitnessState } from '../src/sim/engine/testing/witness-state.ts';
import type { Row } from '../src/sim/isa/row.ts';
import { ROWS } from '../src/sim/isa/table.ts';
import { Harness } from './witness-harness.ts';

const GOLDEN = 'src/sim/engine/golden';
const SIGILL = 4n;
const SIGSEGV = 11n;

const harness = new Harness();
const only = process.argv.slice(2);
for (const littleEndian of [false, true]) make(littleEndian);
harness.remove();

function make(littleEndian: boolean): void {
  const file = `${GOLDEN}/${littleEndian ? 'little' : 'big'}-endian.bin`;
  const old = existsSync(file) ? decodeResults(brotliDecompressSync(readFileSync(file))) : new Map<string, Changes[]>();
  const rows = ROWS.filter((row) => isWitnessed(row) && notInQemu(row, littleEndian) === undefined);
  const results = new Map<string, readonly Changes[]>();
  for (const row of rows) {
    const kept = only.length > 0 && !only.includes(row.name) ? old.get(row.name) : undefined;
    const made = kept ?? record(row, littleEndian);
    if (made !== undefined) results.set(row.name, made);
  }
  const about = 'made by scripts/witness.ts with QEMU 7.2 user mode, -cpu power9';
  const bytes = brotliCompressSync(encodeResults(about, results), {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  writeFileSync(file, bytes);
  console.log(`${file}: ${results.size} rows, ${bytes.length} bytes`);
}

/** Runs a row's cases; complains about signals that no case should get. */
function record(row: Row, littleEndian: boolean): Changes[] | undefined {
  const order = littleEndian ? 'little-endian' : 'big-endian';
  const cases = casesOf(row, littleEndian);
  try {
    const states = harness.run(cases, littleEndian, cpuOf(row));
    const bad = states.findIndex((state) =>
      [SIGILL, SIGSEGV].includes(state[PLACE.SIGNAL] as bigint),
    );
    if (bad >= 0) {
      const words = cases[bad]?.words.map((word) => word.toString(16)).join(' ');
      console.log(`${row.name} ${order}: signal ${states[bad]?.[PLACE.SIGNAL]} in ${words}`);
    }
    return states.map((state, i) => changes(startOf(cases, states, i), state));
  } catch (error) {
    console.log(`${row.name} ${order}: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

/** A CPU that still has the row. */
function cpuOf({ until }: Row): string {
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
