// Replays what QEMU user mode did with each unprivileged row (scripts/witness.ts).
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Row, Version } from '../isa/row.ts';
import { ROWS } from '../isa/table.ts';
import { isWitnessed } from './testing/witness-cases.ts';
import { decodeResults } from './testing/witness-file.ts';
import { KNOWN, type Known, notInQemu } from './testing/witness-known.ts';
import { replay, WitnessMachine } from './testing/witness-replay.ts';
import type { WitnessMode } from './testing/witness-state.ts';

const shown = new Set<Known>();

const read = (mode: WitnessMode) =>
  decodeResults(brotliDecompressSync(readFileSync(new URL(`golden/${mode}.bin`, import.meta.url))));

describe.each(['big-endian', 'little-endian', '32-bit'] as const)('%s', (mode) => {
  const results = read(mode);
  const machines = new Map<Version, WitnessMachine>();

  function machineFor(version: Version): WitnessMachine {
    const machine = machines.get(version) ?? new WitnessMachine(mode, version);
    machines.set(version, machine);
    return machine;
  }

  const rows = ROWS.filter(({ name }) => results.has(name));
  test.each(rows.map((row) => [row.name, row] as [string, Row]))(
    '%s ends as under QEMU',
    (name, row) => {
      // The 32-bit CPU has no OV32 and CA32.
      const version = row.until ?? (mode === '32-bit' ? '2.07' : '3.0');
      const { failures, known } = replay(machineFor(version), row, mode, results.get(name) ?? []);
      for (const each of known) shown.add(each);
      expect(failures.slice(0, 8)).toEqual([]);
    },
  );
});

test.each(['big-endian', 'little-endian'] as const)(
  'the %s corpus has every row that QEMU can run, and no other',
  (mode) => {
    const rows = ROWS.filter((row) => isWitnessed(row) && notInQemu(row, mode) === undefined);
    expect([...read(mode).keys()].toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
  },
);

test('each known difference shows in some case', () => {
  expect(KNOWN.filter((known) => !shown.has(known)).map(({ why }) => why)).toEqual([]);
});
