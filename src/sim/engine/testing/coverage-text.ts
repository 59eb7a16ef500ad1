// docs/isa-coverage.md: what is proven of each row, and by what. `gapsOf` is what the build refuses.
import type { Row } from '../../isa/row.ts';
import { ROWS } from '../../isa/table.ts';
import { type Cover, IMPOSSIBLE, LOCKSTEP, NAMED_TESTS, type NamedTest } from './named-tests.ts';
import { coverageOf, type RowCoverage, type StatusBit } from './witness-coverage.ts';
import type { Changes, WitnessResults } from './witness-file.ts';
import { FORMS_32 } from './witness-forms.ts';
import { KNOWN, NOT_IN_QEMU } from './witness-known.ts';
import { PLACE } from './witness-state.ts';

const SIGILL = 4n;

/** Cases that a row must have in the two byte orders together, and in each. */
const ENOUGH = 300;
const IN_EACH = 150;

/** Coverage of the whole table by the results of both byte orders. */
export function coverageOfTable(big: WitnessResults, little: WitnessResults): RowCoverage[] {
  return ROWS.map((row) => coverageOf(row, big, little));
}

const testsOf = (row: Row, cover: Cover): NamedTest[] =>
  NAMED_TESTS.filter(({ rows, covers }) => rows.test(row.name) && covers.includes(cover));

const coverName = ({ group, name }: StatusBit): Cover => `${group}.${name}`;

/** What a row lacks: cases or values of status bits that no named test and no reason stand in for. */
export function gapsOf({ row, bigEndian, littleEndian, bits }: RowCoverage): string[] {
  if (testsOf(row, 'all').length > 0) return [];
  const gaps: string[] = [];
  const onlyBig = littleEndian === 0 && testsOf(row, 'little-endian').length > 0;
  if (bigEndian < IN_EACH) gaps.push(`${row.name}: ${bigEndian} cases big-endian`);
  if (littleEndian < IN_EACH && !onlyBig)
    gaps.push(`${row.name}: ${littleEndian} cases little-endian`);
  if (bigEndian + littleEndian < ENOUGH && !onlyBig) gaps.push(`${row.name}: fewer than ${ENOUGH}`);
  for (const { bit, zero, one } of bits) {
    if ((zero && one) || testsOf(row, coverName(bit)).length > 0 || isImpossible(row, bit))
      continue;
    gaps.push(`${row.name}: ${coverName(bit)} never ${zero ? 1 : 0}`);
  }
  return gaps;
}

function isImpossible(row: Row, bit: StatusBit): boolean {
  return IMPOSSIBLE.some(({ rows, bits }) => rows.test(row.name) && bits.includes(coverName(bit)));
}

/** The document. */
export function coverageText(rows: readonly RowCoverage[], sixtyFourOff: WitnessResults): string {
  const cases = rows.reduce((sum, one) => sum + one.bigEndian + one.littleEndian, 0);
  const witnessed = rows.filter((one) => one.bigEndian > 0).length;
  return `${[
    '# Instruction coverage',
    '',
    'Made by `npx tsx scripts/isa-coverage.ts`; a test fails when it is not current or has a gap.',
    '',
    `${rows.length} rows; ${witnessed} of them witnessed by QEMU user mode in ${cases} cases, which`,
    '`src/sim/engine/witness.test.ts` replays. BE, LE: cases in each byte order. SF=0: cases in 32-bit mode under',
    `\`qemu-ppc\`, and for every row the interpreter against the evaluator (\`${LOCKSTEP.file}\`). Bits: status bits that`,
    'the row can write, each seen as 0 and as 1; `x*` by a named test, `(x)` when one value is impossible. Tests: numbers',
    'of the list below.',
    ...chapters(rows, sixtyFourOff),
    '',
    '## Named tests',
    '',
    ...NAMED_TESTS.map(
      ({ rows: names, covers, file, test }, i) =>
        `${i + 1}. \`${names.source}\` ${covers.join(' ')}: \`src/sim/${file}\`: ${test}`,
    ),
    '',
    '## Impossible values',
    '',
    ...IMPOSSIBLE.map(
      ({ rows: names, bits, why }) => `- \`${names.source}\` ${bits.join(' ')}: ${why}`,
    ),
    '',
    '## Where QEMU differs',
    '',
    ...NOT_IN_QEMU.map(
      ({ rows: names, mode = 'all modes', isa, why }) =>
        `- \`${names.source}\`, ${mode} (${isa}): not run; ${why}`,
    ),
    ...FORMS_32.map(
      ({ rows: names, field, values, isa, why }) =>
        `- \`${names.source}\` (${isa}): only with ${field} of ${values.join(' ')}; else ${why}`,
    ),
    ...KNOWN.map(({ rows: names, isa, why }) => `- \`${names.source}\` (${isa}): ${why}`),
  ].join('\n')}\n`;
}

function chapters(rows: readonly RowCoverage[], sixtyFourOff: WitnessResults): string[] {
  const names = [...new Set(rows.map(({ row }) => row.isa))];
  return names.flatMap((name) => [
    '',
    `## ${name}`,
    '',
    '| Row | Since | Privilege | BE | LE | SF=0 | Bits | Tests |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.filter(({ row }) => row.isa === name).map((one) => line(one, sixtyFourOff)),
  ]);
}

function line(one: RowCoverage, sixtyFourOff: WitnessResults): string {
  const { row, bigEndian, littleEndian, bits } = one;
  const versions = row.until === undefined ? row.since : `${row.since} to ${row.until}`;
  const tests = NAMED_TESTS.flatMap(({ rows }, i) => (rows.test(row.name) ? [i + 1] : []));
  const cells = [
    row.name,
    versions,
    row.privilege,
    bigEndian,
    littleEndian,
    sixtyFourOff.get(row.name)?.filter(isLegal).length ?? '',
    bits.map((each) => bitText(row, each)).join(' '),
    tests.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The 32-bit CPU knows the form of the case. */
function isLegal(changes: Changes): boolean {
  return changes.get(PLACE.SIGNAL) !== SIGILL;
}

function bitText(row: Row, { bit, zero, one }: RowCoverage['bits'][number]): string {
  if (zero && one) return bit.name;
  return testsOf(row, coverName(bit)).length > 0 ? `${bit.name}*` : `(${bit.name})`;
}
