import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTable, encodeTable } from './columns.ts';

const SCHEMA = {
  id: 'i32',
  count: 'f64',
  reg: 'u64',
  name: 'text',
  note: 'text',
  pixels: 'bytes',
} as const;
const row = fc.record({
  id: fc.integer(),
  count: fc.double({ noNaN: true }),
  reg: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  name: fc.string({ unit: 'binary' }),
  note: fc.string({ unit: 'grapheme' }),
  pixels: fc.uint8Array(),
});

test('a table says again what was put into it', () => {
  const law = fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
    expect(decodeTable(SCHEMA, encodeTable(SCHEMA, rows))).toEqual(rows);
  });
  fc.assert(law, { seed: 9, numRuns: 300 });
});

test('a buffer that is longer than needed, or was used before, does no harm', () => {
  const law = fc.property(fc.array(row, { maxLength: 10 }), fc.nat(999), (rows, extra) => {
    const used = (bytes: number): ArrayBuffer => {
      const buffer = new ArrayBuffer(bytes + 8 * extra);
      new Uint8Array(buffer).fill(0xa5);
      return buffer;
    };
    expect(decodeTable(SCHEMA, encodeTable(SCHEMA, rows, used))).toEqual(rows);
  });
  fc.assert(law, { seed: 10, numRuns: 100 });
});

test('text is UTF-8, as other decoders read it', () => {
  const text = 'r3 → 0x10, “µ”, 🂡';
  const buffer = encodeTable({ text: 'text' }, [{ text }]);
  const bytes = new Uint8Array(buffer, 16);
  expect(new TextDecoder().decode(bytes.subarray(0, new TextEncoder().encode(text).length))).toBe(
    text,
  );
});
