// Replays what QEMU user mode did with each unprivileged row (scripts/witness.ts).
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Row } from '../isa/row.ts';
import { ROWS } from '../isa/table.ts';
import { isWitnessed } from './testing/witness-cases.ts';
import { decodeResults } from './testing/witness-file.ts';
import { KNOWN, type Known, notInQemu } from './testing/witness-known.ts';
import { replay, WitnessMachine } from './testing/witness-replay.ts';

const shown = new Set<Known>();

describe.each([
  ['big-endian', false],
  ['little-endian', true],
] as const)('%s', (order, littleEndian) => {
  const url = new URL(`golden/${order}.bin`, import.meta.url);
  const results = decodeResults(brotliDecompressSync(readFileSync(url)));
  const machine = new WitnessMachine(littleEndian, '3.0');
  const rows = ROWS.filter((row) => isWitnessed(row) && notInQemu(row, littleEndian) === undefined);

  test('the corpus has every row that QEMU can run, and no other', () => {
    expect([...results.keys()].toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
  });

  const recorded = rows.filter(({ name }) => results.has(name));
  test.each(recorded.map((row) => [row.name, row] as [string, Row]))(
    '%s ends as under QEMU',
    (name, row) => {
      const old = row.until === undefined ? machine : new WitnessMachine(littleEndian, row.until);
      const { failures, known } = replay(old, row, littleEndian, results.get(name) ?? []);
      for (const each of known) shown.add(each);
      expect(failures.slice(0, 8)).toEqual([]);
    },
  );
});

test('each known difference shows in some case', () => {
  expect(KNOWN.filter((known) => !shown.has(known)).map(({ why }) => why)).toEqual([]);
});
