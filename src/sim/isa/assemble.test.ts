import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';
import { VARIANTS, variantOfWord } from './decode.ts';
import { disassemble } from './disassemble.ts';
import { patternOf } from './pattern.ts';
import { SPRS } from './spr.ts';
import { isRefused } from './testing/refused.ts';

const SEED = 20_26;

function assembled(source: string, options: Parameters<typeof assemble>[1] = {}) {
  const result = assemble(source, options);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result;
}

const hexOf = (source: string, options = {}) =>
  Buffer.from(assembled(source, options).image).toString('hex');

describe('assemble', () => {
  it('gives symbols, addresses from the base, and the line of every piece of image', () => {
    const { base, symbols, labels, lines, image } = assembled(
      'start: nop\n\n .equ N, 5\n .quad end\nend:\n',
      { base: 0x4000n },
    );
    expect(base).toBe(0x4000n);
    expect([...labels.keys()]).toEqual(['start', 'end']);
    expect([...symbols]).toEqual([
      ['start', 0x4000n],
      ['N', 5n],
      ['end', 0x400cn],
    ]);
    expect(lines).toEqual([
      { address: 0x4000n, line: 1 },
      { address: 0x4004n, line: 4 },
    ]);
    expect(Buffer.from(image).toString('hex')).toBe('60000000000000000000400c');
  });

  it('branches to absolute numbers and to labels alike', () => {
    expect(hexOf('a: b a\n b 0x1000\n ba 0x20', { base: 0x1000n })).toBe(
      '480000004bfffffc48000022',
    );
  });

  it('counts an absolute .org from the start of the image, and a label from its address', () => {
    expect(assembled(' .org 8\na:', { base: 0x100n }).symbols.get('a')).toBe(0x108n);
    expect(assembled('s: .org s + 8\na:', { base: 0x100n }).symbols.get('a')).toBe(0x108n);
  });

  it('writes unsigned symbol values', () => {
    expect(assembled('x = -1').symbols.get('x')).toBe(0xffffffffffffffffn);
  });

  it('keeps comment signs and separators inside strings and characters', () => {
    expect(hexOf(` .ascii "#/*;//" # c\n .byte '#', ';', '"' // c`)).toBe('232f2a3b2f2f233b22');
  });

  it('stores strings as UTF-8', () => {
    expect(hexOf(' .ascii "é€"')).toBe('c3a9e282ac');
  });

  it('gives the last .set before a use, and a later one only when there is none before', () => {
    expect(hexOf(' .byte x\n .set x,1\n .byte x\n .set x,2\n .byte x')).toBe('020102');
  });

  it('knows every special-purpose register by name, unless a symbol has it', () => {
    for (const { name, num } of SPRS.filter((row) => row.num !== null)) {
      expect(hexOf(` mtspr ${name.toLowerCase()},3`)).toBe(hexOf(` mtspr ${num},3`));
    }
    expect(hexOf(' .set LPCR,9\n mtspr LPCR,3')).toBe(hexOf(' mtctr 3'));
  });

  it('lets a user symbol name a register', () => {
    expect(hexOf(' .set sp,1\n mr sp,r3')).toBe(hexOf(' mr 1,3'));
  });

  it('says nothing but an empty image for an empty source', () => {
    expect(assembled('').image).toHaveLength(0);
    expect(assembled('# only a comment').lines).toEqual([]);
  });

  it('never throws, and ends with an image or errors', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            ...'abclir3 ,.()+-*/#"\'\\:;@0x1f\n%=<>',
            'li ',
            '.long ',
            'b 1f\n',
            '1:',
            '\n.macro m a b=1\n',
            '\n.endm\n',
            '\nm 1,\\a\n',
            '\\a\\@',
            '\n.rept 3\n',
            '\n.irp a,1,m\n',
            '\n.endr\n',
            '\n.if 1\n',
            '\n.else\n',
            '\n.endif\n',
            '\n.section .data\n',
            '\n.previous\n',
            '\n.comm a,4\n',
            '\n.float 1.5,',
            '\ud800',
            '\0',
            '\xe9',
          ),
        }),
        (source) => {
          const result = assemble(source);
          expect(result.ok || result.errors.length > 0).toBe(true);
        },
      ),
      { seed: SEED },
    );
  });
});

describe('assemble and disassemble', () => {
  /** Words of every row, reserved bits 0. */
  const word = fc
    .tuple(fc.integer({ min: 0, max: VARIANTS.length - 1 }), fc.integer())
    .map(([variant, bits]) => {
      const { match, groups } = patternOf((VARIANTS[variant] as (typeof VARIANTS)[number]).row);
      const fields = groups.reduce(
        (all, { first, width }) => all | ((2 ** width - 1) << (32 - first - width)),
        0,
      );
      return (match | (bits & fields)) >>> 0;
    });

  it('are inverse for every text that is an instruction', () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 0, max: 1 << 20 }), (original, place) => {
        const base = BigInt(place) * 4n;
        const text = disassemble(original, base);
        if (text.startsWith('.long') || isRefused(original)) return;
        const { image } = assembled(text, { base });
        const again = new DataView(image.buffer).getUint32(0);
        // mtcrf of one field becomes mtocrf, which does the same.
        expect(disassemble(again, base).replace('mtocrf ', 'mtcrf  ')).toBe(
          text.replace('mtocrf ', 'mtcrf  '),
        );
        // Branches lose hint bits that the manual reserves.
        if (!/^(mtcrf|b)/.test(text)) expect(again).toBe(original);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('disassemble never throws, and names a row or prints the word', () => {
    fc.assert(
      fc.property(fc.integer(), (any) => {
        const text = disassemble(any, 0n);
        if (variantOfWord(any) < 0) expect(text).toBe(`.long 0x${(any >>> 0).toString(16)}`);
        else expect(text).not.toBe('');
      }),
      { seed: SEED },
    );
  });

  it('a little-endian image holds the same words', () => {
    fc.assert(
      fc.property(word, (original) => {
        const text = disassemble(original, 0n);
        if (text.startsWith('.long') || isRefused(original)) return;
        const view = (littleEndian: boolean) =>
          new DataView(assembled(text, { littleEndian }).image.buffer);
        expect(view(true).getUint32(0, true)).toBe(view(false).getUint32(0));
      }),
      { seed: SEED },
    );
  });
});
