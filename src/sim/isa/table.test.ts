import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, operandsOf, VARIANTS, variantOfWord } from './decode.ts';
import { field } from './fields.ts';
import { patternOf } from './pattern.ts';
import type { Row } from './row.ts';
import { OVERLAPS, ROWS } from './table.ts';

const SEED = 20_26;

/** Bits of the word that named groups of the row's pattern cover. */
const groupBits = (row: Row): number =>
  patternOf(row).groups.reduce(
    (bits, { first, width }) => bits | ((2 ** width - 1) << (32 - first - width)),
    0,
  );

/** True when some word matches both patterns. */
function overlap(a: Row, b: Row): boolean {
  const [p, q] = [patternOf(a), patternOf(b)];
  return ((p.match ^ q.match) & p.mask & q.mask) === 0;
}

const bitCount = (mask: number): number => (mask >>> 0).toString(2).replaceAll('0', '').length;

/** Any row with any values in its fields and reserved bits. */
const anyWord = fc
  .tuple(fc.integer({ min: 0, max: ROWS.length - 1 }), fc.integer())
  .map(([index, bits]) => {
    const row = ROWS[index] as Row;
    const { mask, match } = patternOf(row);
    return { row, word: (match | (bits & ~mask)) >>> 0, reserved: ~mask & ~groupBits(row) };
  });

describe('the instruction table', () => {
  it('names every row once', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  });

  it('draws patterns whose groups lie where the fields say', () => {
    for (const row of ROWS) {
      const own = new Map<string, number>();
      for (const { name, first, width } of patternOf(row).groups) {
        const bits = (2 ** width - 1) << (32 - first - width);
        own.set(name, (own.get(name) ?? 0) | bits);
      }
      for (const [name, bits] of own) {
        expect(`${row.name} ${name} ${bits}`).toBe(`${row.name} ${name} ${field(name).bits}`);
      }
    }
  });

  it('takes operands only from bits that a group of the pattern covers', () => {
    for (const row of ROWS) {
      const uncovered = operandsOf(row).filter(
        (name) => (field(name).bits & ~(groupBits(row) | patternOf(row).mask)) !== 0,
      );
      expect([row.name, uncovered]).toEqual([row.name, []]);
    }
  });

  it('reaches every bit of a group by an operand or a flag', () => {
    for (const row of ROWS) {
      const flags = patternOf(row).groups.map(({ name }) => field(name));
      const reached = [...operandsOf(row).map(field), ...flags.filter((f) => f.kind === 'flag')];
      const bits = reached.reduce((all, f) => all | f.bits, 0);
      expect([row.name, groupBits(row) & ~bits]).toEqual([row.name, 0]);
    }
  });

  it('lets rows overlap only where the list allows it, and lists no pair that does not', () => {
    const found = ROWS.flatMap((a, i) =>
      ROWS.slice(i + 1)
        .filter((b) => overlap(a, b))
        .map((b) =>
          [a, b].sort((x, y) => bitCount(patternOf(x).mask) - bitCount(patternOf(y).mask)),
        ),
    ).map((pair) => pair.map(({ name }) => name).join(' '));
    expect(found.sort()).toEqual(OVERLAPS.map((pair) => pair.join(' ')).sort());
  });

  it('decides an overlap by the more specific pattern', () => {
    expect(decode(0x7c0802a6)?.row.name).toBe('mflr');
    expect(decode(0x7c1642a6)?.row.name).toBe('mfspr');
  });
});

describe('decode', () => {
  it('finds no row for words that are none', () => {
    expect([0, 0x04000000, 0x17ffffff].map((word) => variantOfWord(word))).toEqual([-1, -1, -1]);
    expect(decode(0)).toBeNull();
  });

  it('agrees with a search through all patterns', () => {
    fc.assert(
      fc.property(fc.integer(), (word) => {
        const matching = ROWS.filter((row) => {
          const { mask, match } = patternOf(row);
          return (word & mask) === match;
        }).sort((a, b) => bitCount(patternOf(b).mask) - bitCount(patternOf(a).mask));
        expect(decode(word)?.row.name).toBe(matching[0]?.name);
      }),
      { seed: SEED },
    );
  });

  it('gives the flags that the word has', () => {
    fc.assert(
      fc.property(anyWord, ({ word }) => {
        const decoded = decode(word);
        expect(decoded).not.toBeNull();
        for (const [name, value] of Object.entries(decoded?.flags ?? {})) {
          expect(value).toBe((word & field(name).bits) !== 0);
        }
        expect(VARIANTS[decoded?.variant ?? -1]).toMatchObject({ row: decoded?.row });
      }),
      { seed: SEED },
    );
  });

  it('ignores reserved bits', () => {
    fc.assert(
      fc.property(anyWord, ({ row, word, reserved }) => {
        const clean = (word & ~reserved) >>> 0;
        const [a, b] = [decode(word), decode(clean)];
        // A more specific row may claim words of a general one; reserved bits never decide which.
        expect(a?.row.name).toBe(b?.row.name);
        if (a?.row === row) expect(a.operands).toEqual(b?.operands);
      }),
      { seed: SEED },
    );
  });

  it('is undone by putting the fields back', () => {
    fc.assert(
      fc.property(anyWord, ({ row, word, reserved }) => {
        const { match, groups } = patternOf(row);
        const names = new Set(groups.map(({ name }) => name));
        const again = [...names].reduce((bits, name) => {
          const f = field(name);
          return bits | (f.put(BigInt(f.get(word))) as number);
        }, match);
        expect(again >>> 0).toBe((word & ~reserved) >>> 0);
      }),
      { seed: SEED },
    );
  });
});
