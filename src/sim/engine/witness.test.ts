// Replays what QEMU user mode did with each unprivileged row (scripts/witness.ts).
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Version } from '../isa/row.ts';
import { ROWS } from '../isa/table.ts';
import { isWitnessed, MIXED, type Subject, subjectOf } from './testing/witness-cases.ts';
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

  const subjects = [...ROWS.map(subjectOf), ...MIXED].filter(({ name }) => results.has(name));
  test.each(subjects.map((subject) => [subject.name, subject] as [string, Subject]))(
    '%s ends as under QEMU',
    (name, subject) => {
      // The 32-bit CPU has no OV32 and CA32.
      const version = subject.until ?? (mode === '32-bit' ? '2.07' : '3.0');
      const { failures, known } = replay(
        machineFor(version),
        subject,
        mode,
        results.get(name) ?? [],
      );
      for (const each of known) shown.add(each);
      expect(failures.slice(0, 8)).toEqual([]);
    },
  );
});

test.each(['big-endian', 'little-endian'] as const)(
  'the %s corpus has every row that QEMU can run, and no other',
  (mode) => {
    const rows = ROWS.filter((row) => isWitnessed(row) && notInQemu(row, mode) === undefined);
    const names = [...rows, ...MIXED].map(({ name }) => name);
    const seen = [...read(mode).keys()].toSorted();
    expect(seen, 'npx tsx scripts/witness.ts').toEqual(names.toSorted());
  },
);

test('each known difference shows in some case', () => {
  expect(KNOWN.filter((known) => !shown.has(known)).map(({ why }) => why)).toEqual([]);
});
