// Whatever a text is, the assembler answers with an image or with errors, soon.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AsmErrorCode } from './asm-errors.ts';
import { assemble } from './assemble.ts';

const MANY = 9_000;
/** More than stacks have room for, without a line that is too long. */
const ENDLESS: readonly (readonly [name: string, source: string, code: AsmErrorCode])[] = [
  ['open brackets', ` .long ${'('.repeat(MANY)}`, 'ASM_TOO_BIG'],
  ['closed brackets', ` .long ${'('.repeat(600)}1${')'.repeat(600)}`, 'ASM_TOO_BIG'],
  ['signs', ` li 3,${'-'.repeat(MANY)}1`, 'ASM_TOO_BIG'],
  ['terms', ` .long 1${'+1'.repeat(4_000)}`, 'ASM_TOO_BIG'],
  ['a line', ` .ascii "${'a'.repeat(1_000_000)}"`, 'ASM_TOO_BIG'],
  ['strings that are never closed', `"\\"\n`.repeat(MANY), 'ASM_SYNTAX'],
  ['comments that are never closed', '/*\n'.repeat(MANY), 'ASM_UNTERMINATED'],
  ['conditions', ' .if 1\n'.repeat(MANY), 'ASM_BLOCK'],
  ['macros', ' .macro m\n'.repeat(MANY), 'ASM_BLOCK'],
  [
    'repetitions',
    ` .rept 2\n${' .rept 1\n'.repeat(MANY)}${' .endr\n'.repeat(MANY + 1)}`,
    'ASM_EXPANSION',
  ],
];

/** Pieces of sources, which random characters seldom make. */
const WORDS = [
  ...[
    '.macro ',
    '.endm',
    '.rept ',
    '.endr',
    '.irp ',
    '.irpc ',
    '.if ',
    '.elseif ',
    '.else',
    '.endif',
  ],
  ...[
    '.exitm',
    '.section ',
    '.bss',
    '.comm ',
    '.set ',
    '.org ',
    '.fill ',
    '.align ',
    '.double ',
    '.ascii ',
  ],
  ...[
    'add ',
    'lwz ',
    'vperm ',
    'bdnz ',
    'r1',
    'f31',
    'cr7',
    'a',
    '1',
    '-1',
    '0x',
    '1:',
    '1f',
    '@ha',
    '\\@',
  ],
  ...[
    '\\x',
    '(',
    ')',
    '"',
    "'",
    '/*',
    '*/',
    '#',
    ';',
    '\n',
    ',',
    '=',
    '<<',
    '%',
    '~',
    ' ',
    '\ud800',
    '\0',
  ],
];

describe('the assembler', () => {
  it.each(ENDLESS)('answers %s without end with an error', (_, source, code) => {
    const result = assemble(source);
    expect(result.ok ? [] : result.errors.map((error) => error.code)).toContain(code);
  });

  it('takes a source of more lines than macros may make', () => {
    const result = assemble(' nop\n'.repeat(60_000));
    expect(result.ok && result.image.length).toBe(240_000);
  });

  it('puts the replacement character for half of a surrogate pair', () => {
    const result = assemble(' .ascii "\ud800"');
    expect(result.ok && [...result.image]).toEqual([0xef, 0xbf, 0xbd]);
  });

  it('places thousands of sections', () => {
    const names = Array.from({ length: 3_000 }, (_, i) => ` .section s${i}\n .byte 1\n`);
    const result = assemble(names.join(''));
    expect(result.ok && result.image.length).toBe(3_000);
  });

  it('answers every text with an image or with errors in its lines', () => {
    const text = fc.array(
      fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...WORDS) }, fc.string()),
    );
    fc.assert(
      fc.property(text, (words) => {
        const source = words.join('');
        const result = assemble(source);
        if (result.ok) return;
        const lines = source.split('\n').length;
        expect(result.errors.length).toBeGreaterThan(0);
        for (const { line } of result.errors) expect(line >= 1 && line <= lines).toBe(true);
      }),
      { seed: 20_261_120, numRuns: 1_000 },
    );
  });
});
