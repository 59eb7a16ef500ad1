// Makes docs/isa-coverage.md from the instruction table, the witness's results and the list of named tests.
// Usage: npx tsx scripts/isa-coverage.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { coverageOfTable, coverageText, gapsOf } from '../src/sim/engine/testing/coverage-text.ts';
import { decodeResults, type WitnessResults } from '../src/sim/engine/testing/witness-file.ts';

function read(name: string): WitnessResults {
  return decodeResults(brotliDecompressSync(readFileSync(`src/sim/engine/golden/${name}.bin`)));
}

const sixtyFourOff = read('32-bit');
const rows = coverageOfTable(read('big-endian'), read('little-endian'));
writeFileSync('docs/isa-coverage.md', coverageText(rows, sixtyFourOff));
console.log(['docs/isa-coverage.md', ...rows.flatMap(gapsOf)].join('\n'));
