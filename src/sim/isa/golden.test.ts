// Words, lines and programs against what GNU binutils made of them (scripts/isa-golden.ts).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';
import { decode } from './decode.ts';
import { disassemble } from './disassemble.ts';
import { ROWS } from './table.ts';

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

const WORDS = pairs('words.txt').map(([hex, text], i) => ({
  word: Number.parseInt(hex, 16),
  text,
  address: BigInt(4 * i),
}));
const LINES = pairs('lines.txt');
const PROGRAMS: { name: string; source: string; big: string; little: string }[] = JSON.parse(
  golden('programs.json'),
);

function assembled(source: string, options: Parameters<typeof assemble>[1] = {}): string {
  const result = assemble(source, options);
  return result.ok ? Buffer.from(result.image).toString('hex') : '-';
}

describe('golden words', () => {
  it('cover every row', () => {
    const seen = new Set(WORDS.map(({ word }) => decode(word)?.row.name));
    expect(ROWS.map((row) => row.name).filter((name) => !seen.has(name))).toEqual([]);
  });

  it('disassemble to the text of objdump', () => {
    const wrong = WORDS.filter(({ word, text, address }) => disassemble(word, address) !== text);
    expect(
      wrong.map(({ word, text, address }) => [text, disassemble(word, address)]).slice(0, 20),
    ).toEqual([]);
  });

  it('come back from their text, but for reserved hints and mtcrf of one field', () => {
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
    const excused = new Set([...reservedHint, ...oneFieldMtcrf]);
    expect(wrong.filter((each) => !excused.has(each))).toEqual([]);
  });
});

describe('golden lines', () => {
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
