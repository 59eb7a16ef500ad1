// Whatever a text is, the assembler answers with an image or with errors, soon.
import { describe, expect, it } from 'vitest';
import type { AsmErrorCode } from './asm-errors.ts';
import { assemble } from './assemble.ts';

const MANY = 3_000;
/** More than stacks have room for, without a line that is too long. */
const ENDLESS: readonly (readonly [name: string, source: string, code: AsmErrorCode])[] = [
  ['open brackets', ` .long ${'('.repeat(MANY)}`, 'ASM_TOO_BIG'],
  ['closed brackets', ` .long ${'('.repeat(600)}1${')'.repeat(600)}`, 'ASM_TOO_BIG'],
  ['signs', ` li 3,${'-'.repeat(MANY)}1`, 'ASM_TOO_BIG'],
  ['terms', ` .long 1${'+1'.repeat(MANY)}`, 'ASM_TOO_BIG'],
  ['a line', ` .ascii "${'a'.repeat(1_000_000)}"`, 'ASM_TOO_BIG'],
  ['strings that are never closed', `"\\"\n`.repeat(MANY), 'ASM_SYNTAX'],
  ['comments that are never closed', '/*\n'.repeat(MANY), 'ASM_UNTERMINATED'],
  ['conditions', ' .if 1\n'.repeat(MANY), 'ASM_BLOCK'],
  ['macros', ' .macro m\n'.repeat(MANY), 'ASM_BLOCK'],
  [
    'repetitions',
    ` .rept 2\n${' .rept 1\n'.repeat(500)}${' .endr\n'.repeat(501)}`,
    'ASM_EXPANSION',
  ],
];

describe('the assembler', () => {
  it.each(ENDLESS)('answers %s without end with an error', (_, source, code) => {
    const result = assemble(source);
    expect(result.ok ? [] : result.errors.map((error) => error.code)).toContain(code);
  });

  it('takes a source of more lines than macros may make', () => {
    const result = assemble(' nop\n'.repeat(50_001));
    expect(result.ok && result.image.length).toBe(200_004);
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
});
