// docs/isa-coverage.md says what is proven of each row; a gap fails the build.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ROWS } from '../isa/table.ts';
import { coverageOfTable, coverageText, gapsOf } from './testing/coverage-text.ts';
import { IMPOSSIBLE, LOCKSTEP, NAMED_TESTS } from './testing/named-tests.ts';
import { decodeResults } from './testing/witness-file.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const results = (name: string) => decodeResults(brotliDecompressSync(read(`golden/${name}.bin`)));
const coverage = coverageOfTable(results('big-endian'), results('little-endian'));

/** A line with the title of a test. */
const TITLE = /^\s*(test\(|test\.each.*\(|[\])]+\()?['`]/;

test('every row has its cases and bits, or a named test or a reason for what is missing', () => {
  expect(coverage.flatMap(gapsOf)).toEqual([]);
});

test.each([...NAMED_TESTS, LOCKSTEP])('there is a test $test in $file', ({ file, test: name }) => {
  const lines = read(`../${file}`).toString().split('\n');
  expect(lines.filter((line) => TITLE.test(line) && line.includes(name))).not.toEqual([]);
});

test('every named test and reason is of some row', () => {
  const stale = [...NAMED_TESTS, ...IMPOSSIBLE].filter(
    ({ rows }) => !ROWS.some(({ name }) => rows.test(name)),
  );
  expect(stale).toEqual([]);
});

test('docs/isa-coverage.md is current', () => {
  const text = read('../../../docs/isa-coverage.md').toString();
  expect(text, 'npx tsx scripts/isa-coverage.ts').toBe(coverageText(coverage, results('32-bit')));
});
