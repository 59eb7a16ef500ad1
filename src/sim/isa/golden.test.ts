// Words, lines and programs against what GNU binutils made of them (scripts/isa-golden.ts).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';
import { decode } from './decode.ts';
import { disassemble } from './disassemble.ts';
import { allMnemonics } from './mnemonics.ts';
import { patternOf } from './pattern.ts';
import type { Row } from './row.ts';
import { ROWS } from './table.ts';
import { isRefused } from './testing/refused.ts';

const golden = (name: string): string =>
  readFileSync(new URL(`./golden/${name}`, import.meta.url), 'utf8');

/** Lines 'first rest' of a golden file. */
function pairs(name: string): [first: string, rest: string][] {
  return golden(name)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const at = line.indexOf(' ');
      return [line.slice(0, at), line.slice(at + 1)];
    });
}

const words = (name: string) =>
  pairs(name).map(([hex, text], i) => ({
    word: Number.parseInt(hex, 16),
    text,
    address: BigInt(4 * i),
  }));
const WORDS = words('words.txt');
const RANDOM = words('random.txt');
const LINES = pairs('lines.txt');
const PROGRAMS: { name: string; source: string; big: string; little: string }[] = JSON.parse(
  golden('programs.json'),
);

function assembled(source: string, options: Parameters<typeof assemble>[1] = {}): string {
  const result = assemble(source, options);
  return result.ok ? Buffer.from(result.image).toString('hex') : '-';
}

/** Words of each row, and mnemonics, below which the corpus is too thin to prove anything. */
const WORDS_PER_ROW = 8;

describe('golden words', () => {
  it('cover every row, those with operands many times (else run scripts/isa-golden.ts)', () => {
    const count = new Map<Row, number>();
    for (const { word } of WORDS) {
      const row = decode(word)?.row;
      if (row !== undefined) count.set(row, (count.get(row) ?? 0) + 1);
    }
    const thin = ROWS.filter(
      (row) => (count.get(row) ?? 0) < Math.min(WORDS_PER_ROW, variety(row)),
    );
    expect(thin.map(({ name }) => name)).toEqual([]);
  });

  it('disassemble to the text of objdump', () => {
    const wrong = WORDS.filter(({ word, text, address }) => disassemble(word, address) !== text);
    expect(
      wrong.map(({ word, text, address }) => [text, disassemble(word, address)]).slice(0, 20),
    ).toEqual([]);
  });

  it('come back from their text, but for reserved hints, mtcrf of one field and forms that as refuses', () => {
    const again = WORDS.filter(({ text }) => !text.startsWith('.long')).map((each) => ({
      ...each,
      hex: assembled(each.text, { base: each.address }),
    }));
    const wrong = again.filter(({ word, hex }) => Number.parseInt(hex, 16) !== word);
    const difference = ({ word, hex }: { word: number; hex: string }) =>
      (Number.parseInt(hex, 16) ^ word) >>> 0;
    const reservedHint = wrong.filter((e) => e.word >>> 26 === 16 && difference(e) === 0x200000);
    const oneFieldMtcrf = wrong.filter(
      (e) => e.text.startsWith('mtcrf') && difference(e) === 0x100000,
    );
    expect(reservedHint.length).toBeGreaterThan(0);
    expect(oneFieldMtcrf.length).toBeGreaterThan(0);
    const refused = wrong.filter(({ word }) => isRefused(word));
    const excused = new Set([...reservedHint, ...oneFieldMtcrf, ...refused]);
    expect(wrong.filter((each) => !excused.has(each))).toEqual([]);
  });
});

/** How many words the row's fields make, as far as it matters. */
function variety(row: Row): number {
  const bits = patternOf(row).groups.reduce((sum, { width }) => sum + width, 0);
  return 2 ** Math.min(bits, 8);
}

describe('random words', () => {
  /** In the ISA of POWER9, but objdump takes them for instructions of older CPUs only. */
  const FORGOTTEN = ['lfdp', 'stfdp', 'lfdpx', 'stfdpx'];

  it('have the text of objdump, or are instructions that are not in the table', () => {
    const wrong = RANDOM.filter(({ word, text, address }) => {
      const own = disassemble(word, address);
      const row = decode(word)?.row;
      if (row === undefined) return own !== `.long 0x${word.toString(16)}`;
      if (row.until !== undefined || FORGOTTEN.includes(row.name)) return false;
      return own !== text;
    });
    expect(
      wrong.map(({ word, text, address }) => [text, disassemble(word, address)]).slice(0, 20),
    ).toEqual([]);
  });
});

describe('golden lines', () => {
  it('cover every mnemonic', () => {
    const written = new Set(LINES.map(([, text]) => text.split(' ')[0]));
    expect([...allMnemonics()].filter((name) => !written.has(name))).toEqual([]);
  });

  it('are taken or refused as GNU as does, with the same word', () => {
    const ours = LINES.map(([, text]) => [assembled(text), text]);
    const wrong = ours.filter(([hex], i) => hex !== LINES[i]?.[0]);
    expect(wrong.map(([hex, text]) => [text, hex]).slice(0, 20)).toEqual([]);
  });
});

describe('golden programs', () => {
  it.each(PROGRAMS)('$name: the bytes of GNU as in both byte orders', ({ source, big, little }) => {
    const result = assemble(source);
    expect(result.ok ? [] : result.errors).toEqual([]);
    expect(assembled(source)).toBe(big);
    expect(assembled(source, { littleEndian: true })).toBe(little);
  });
});
