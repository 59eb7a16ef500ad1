// The product's programs are the bytes that GNU as makes of them, and read as objdump reads them: golden/guests.json
// of src/sim/isa, made by isa-golden.ts.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AsmOptions, assemble } from '../src/sim/isa/assemble.ts';
import { variantOfWord } from '../src/sim/isa/decode.ts';
import { disassemble } from '../src/sim/isa/disassemble.ts';
import { GUEST_PROGRAMS } from './isa-golden-programs.ts';

type Golden = Readonly<Record<'big' | 'little' | 'text', string>>;
const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync('src/sim/isa/golden/guests.json', 'utf8'),
);

const digest = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');

function imageOf(source: string, options: AsmOptions = {}): Uint8Array {
  const result = assemble(source, options);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.image;
}

/** Lines 'address text' of the words that are instructions; the others may be data. */
function textOf(image: Uint8Array): string {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const words = Array.from({ length: image.length >> 2 }, (_, i) => view.getUint32(4 * i));
  return words
    .flatMap((word, i) => {
      const text = disassemble(word, BigInt(4 * i));
      return variantOfWord(word) < 0 ? [] : [`${4 * i} ${text}\n`];
    })
    .join('');
}

describe.each(GUEST_PROGRAMS)('$name', ({ name, source }) => {
  it('is what GNU as makes of it, in both byte orders', () => {
    const { big, little } = golden[name] ?? {};
    expect(digest(imageOf(source))).toBe(big);
    expect(digest(imageOf(source, { littleEndian: true }))).toBe(little);
  });

  it('has the text of objdump', () => {
    expect(digest(textOf(imageOf(source)))).toBe(golden[name]?.text);
  });
});
