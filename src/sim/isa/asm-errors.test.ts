import { describe, expect, it } from 'vitest';
import { ASM_ERRORS, type AsmErrorCode, didYouMean } from './asm-errors.ts';
import { type AsmError, assemble } from './assemble.ts';

function errorsOf(source: string): readonly AsmError[] {
  const result = assemble(source);
  return result.ok ? [] : result.errors;
}

/** For each code: a source, and the place, text, message and hint that the user gets. */
const CASES: Record<AsmErrorCode, [source: string, error: Omit<AsmError, 'code'>][]> = {
  ASM_SYNTAX: [
    [
      ' 5 li',
      {
        line: 1,
        column: 2,
        text: '5 li',
        message: 'an instruction, directive or label is expected',
      },
    ],
    [' li 3,{1}', { line: 1, column: 7, text: '{', message: "'{' has no meaning here" }],
    [' li 3,(1+2', { line: 1, column: 7, text: '(', message: "this '(' is never closed" }],
    [
      ' li 3,4+',
      {
        line: 1,
        column: 9,
        text: 'end of line',
        message: "a value is expected, found 'end of line'",
      },
    ],
    [' lwz 3,4(r1', { line: 1, column: 12, text: 'end of line', message: "')' is expected" }],
  ],
  ASM_UNTERMINATED: [
    [' .ascii "abc', { line: 1, column: 9, text: '"', message: 'this " is never closed' }],
    [
      'nop\n /* no end\nnop',
      { line: 2, column: 2, text: '/*', message: 'this comment is never closed' },
    ],
  ],
  ASM_BAD_NUMBER: [
    [' li 3,0x', { line: 1, column: 7, text: '0x', message: "'0x' is not a number" }],
    [
      ' .quad 0x10000000000000000',
      {
        line: 1,
        column: 8,
        text: '0x10000000000000000',
        message: "'0x10000000000000000' does not fit 64 bits",
      },
    ],
  ],
  ASM_UNKNOWN_MNEMONIC: [
    [
      ' msgsnpd r3',
      {
        line: 1,
        column: 2,
        text: 'msgsnpd',
        message: "no instruction is named 'msgsnpd'",
        hint: 'did you mean msgsndp?',
      },
    ],
    [
      ' mthfscr r3',
      {
        line: 1,
        column: 2,
        text: 'mthfscr',
        message: "no instruction is named 'mthfscr'",
        hint: 'write mtspr 190,RS',
      },
    ],
    [
      ' qqqqqqqq',
      { line: 1, column: 2, text: 'qqqqqqqq', message: "no instruction is named 'qqqqqqqq'" },
    ],
  ],
  ASM_UNKNOWN_DIRECTIVE: [
    [
      ' .blign 8',
      {
        line: 1,
        column: 2,
        text: '.blign',
        message: "no directive is named '.blign'",
        hint: 'did you mean .align?',
      },
    ],
  ],
  ASM_OPERAND_COUNT: [
    [' add 3,4', { line: 1, column: 2, text: 'add', message: 'add takes RT,RA,RB' }],
    [' cmpw 3', { line: 1, column: 2, text: 'cmpw', message: 'cmpw takes [BF,]RA,RB' }],
    [' lwz 3', { line: 1, column: 2, text: 'lwz', message: 'lwz takes RT,D(RA)' }],
    [' isync 1', { line: 1, column: 2, text: 'isync', message: 'isync takes no operands' }],
    [' .space', { line: 1, column: 2, text: '.space', message: '.space needs a value here' }],
    [
      ' .space 1,2,3',
      { line: 1, column: 13, text: '3', message: '.space takes at most 2 operands' },
    ],
  ],
  ASM_BAD_OPERAND: [
    [
      ' lwz 3,4',
      {
        line: 1,
        column: 9,
        text: 'end of line',
        message: "'(' and a register are expected",
        hint: 'write displacement(register), for example 0(r3)',
      },
    ],
    [' li 3,4 5', { line: 1, column: 9, text: '5', message: "'5' does not belong here" }],
    [' .long 1 2', { line: 1, column: 10, text: '2', message: "'2' does not belong here" }],
    [
      ' .ascii 5',
      { line: 1, column: 9, text: '5', message: '.ascii needs strings in double quotes' },
    ],
    [' .set 5,6', { line: 1, column: 7, text: '5', message: '.set needs a symbol' }],
  ],
  ASM_BAD_REGISTER: [
    [
      ' add 3,cr4,5',
      {
        line: 1,
        column: 8,
        text: 'cr4',
        message: "a general register r0 to r31 is expected, found 'cr4'",
      },
    ],
    [
      ' mr 3,32',
      {
        line: 1,
        column: 7,
        text: '32',
        message: "a general register r0 to r31 is expected, found '32'",
      },
    ],
    [
      ' mcrf cr8,0',
      {
        line: 1,
        column: 7,
        text: 'cr8',
        message: "a condition register field cr0 to cr7 is expected, found 'cr8'",
      },
    ],
  ],
  ASM_REGISTER_AS_VALUE: [
    [
      ' addi 3,4,r5',
      {
        line: 1,
        column: 11,
        text: 'r5',
        message: "'r5' is a register, and a number is expected here",
      },
    ],
  ],
  ASM_RANGE: [
    [
      ' li 3,32768',
      {
        line: 1,
        column: 7,
        text: '32768',
        message: '32768 is not between -32768 and 32767',
        hint: 'build larger values with lis and ori, or address parts with @ha and @l',
      },
    ],
    [' ld 3,6(4)', { line: 1, column: 7, text: '6', message: '6 is not a multiple of 4' }],
    [
      ' beq far\n .org 0x10000\nfar:',
      {
        line: 1,
        column: 6,
        text: 'far',
        message: '65536 is not between -32768 and 32764',
        hint: 'the target is too far away: branch through CTR',
      },
    ],
    [' .byte 256', { line: 1, column: 8, text: '256', message: '256 does not fit 1 bytes' }],
    [' .balign 12', { line: 1, column: 10, text: '12', message: '12 is not a power of two' }],
    [' .space -1', { line: 1, column: 9, text: '-', message: '-1 is negative' }],
    [' mfsprg 3,4', { line: 1, column: 11, text: '4', message: '4 is not between 0 and 3' }],
  ],
  ASM_INVALID_FORM: [
    [
      ' lwzu 3,4(3)',
      {
        line: 1,
        column: 11,
        text: '3',
        message: 'the updated register cannot be the loaded register',
      },
    ],
    [
      ' stwu 3,4(0)',
      { line: 1, column: 11, text: '0', message: 'the updated register cannot be r0' },
    ],
    [
      ' bcctr 16,0',
      { line: 1, column: 8, text: '16', message: 'a branch to CTR cannot have BO = 16' },
    ],
    [
      ' mtocrf 3,4',
      { line: 1, column: 9, text: '3', message: 'not exactly one CR field in mask 3' },
    ],
  ],
  ASM_MISALIGNED: [
    [
      ' .byte 1\n nop',
      {
        line: 2,
        column: 2,
        text: 'nop',
        message: 'an instruction must be at a multiple of 4',
        hint: 'put .balign 4 before it',
      },
    ],
  ],
  ASM_UNDEFINED_SYMBOL: [
    [
      'loop: b lop',
      {
        line: 1,
        column: 9,
        text: 'lop',
        message: "'lop' is not defined",
        hint: 'did you mean loop?',
      },
    ],
    [' b 1f\n1: b 2b', { line: 2, column: 6, text: '2b', message: "'2b' is not defined" }],
  ],
  ASM_DUPLICATE_SYMBOL: [
    [
      'a: nop\na: nop',
      { line: 2, column: 1, text: 'a', message: "'a' is a label in line 1 already" },
    ],
  ],
  ASM_BAD_MODIFIER: [
    [
      ' li 3,x@got',
      {
        line: 1,
        column: 9,
        text: 'got',
        message: '@got is not supported',
        hint: 'known: @l @h @ha @high @higha @higher @highera @highest @highesta',
      },
    ],
  ],
  ASM_DIVIDE_BY_ZERO: [
    [' li 3,1/0', { line: 1, column: 8, text: '/', message: 'division by zero' }],
  ],
  ASM_ORG_BACKWARDS: [
    [' .space 16\n .org 8', { line: 2, column: 7, text: '8', message: '.org 0x8 is before 0x10' }],
  ],
  ASM_TOO_BIG: [
    [
      ' .space 1 << 40',
      {
        line: 1,
        column: 2,
        text: '.space',
        message: 'the image would exceed 67108864 bytes',
      },
    ],
    [
      ' .data\n .balign 1 << 40',
      {
        line: 2,
        column: 2,
        text: '.balign',
        message: 'nothing is aligned to more than 67108864 bytes',
      },
    ],
    [
      ' .space 48 << 20\n .data\n .space 48 << 20',
      { line: 3, column: 1, text: '', message: 'the image would exceed 67108864 bytes' },
    ],
  ],
  ASM_BSS_DATA: [
    [
      ' .bss\n .space 8\n .long 1',
      { line: 3, column: 8, text: '1', message: 'this section holds zeros only' },
    ],
  ],
  ASM_NOT_CONSTANT: [
    [
      ' .if N > 1\n .endif\n .set N,2',
      {
        line: 1,
        column: 6,
        text: 'N',
        message: "the value of 'N' must be known here",
        hint: 'define it further up',
      },
    ],
    [
      ' .rept 1f - .\n .endr\n1:',
      {
        line: 1,
        column: 8,
        text: '1f',
        message: "the value of '1f' must be known here",
        hint: 'define it further up',
      },
    ],
  ],
  ASM_BLOCK: [
    [' .if 1\n nop', { line: 1, column: 2, text: '.if', message: 'this .if is never closed' }],
    [' nop\n .endif', { line: 2, column: 2, text: '.endif', message: '.endif without .if' }],
    [
      ' .if 1\n .else\n .else\n .endif',
      { line: 3, column: 2, text: '.else', message: '.else after .else' },
    ],
    [
      ' .macro m\n nop',
      { line: 1, column: 2, text: '.macro', message: 'this .macro is never closed' },
    ],
    [' .endm', { line: 1, column: 2, text: '.endm', message: '.endm without .macro' }],
    [
      ' .rept 2\n nop',
      { line: 1, column: 2, text: '.rept', message: 'this .rept is never closed' },
    ],
    [' .endr', { line: 1, column: 2, text: '.endr', message: '.endr without .rept' }],
    [' .exitm', { line: 1, column: 2, text: '.exitm', message: '.exitm outside of a macro' }],
    [
      ' .popsection',
      { line: 1, column: 2, text: '.popsection', message: '.popsection without .pushsection' },
    ],
  ],
  ASM_MACRO_ARGUMENT: [
    [
      ' .macro m a:req, b\n .endm\n m , 2',
      { line: 3, column: 2, text: 'm', message: "m needs a value for 'a'" },
    ],
    [
      ' .macro m a\n .endm\n m 1, 2',
      { line: 3, column: 2, text: 'm', message: 'm takes at most 1 arguments' },
    ],
    [
      ' .macro m a\n .endm\n m b=1',
      { line: 3, column: 2, text: 'm', message: "m has no parameter 'b'" },
    ],
  ],
  ASM_EXPANSION: [
    [
      ' .rept 1 << 40\n nop\n .endr',
      {
        line: 2,
        column: 2,
        text: 'nop',
        message: 'macros and repetitions make more text than any program needs (in .rept, line 1)',
      },
    ],
  ],
  ASM_INCLUDE: [
    [
      ' .include "regs.s"',
      {
        line: 1,
        column: 2,
        text: '.include',
        message: '.include cannot read other files',
        hint: 'put the text of the file in its place',
      },
    ],
  ],
  ASM_ERROR_DIRECTIVE: [
    [' .error "no such CPU"', { line: 1, column: 2, text: '.error', message: 'no such CPU' }],
    [' .err', { line: 1, column: 2, text: '.err', message: '.error directive' }],
  ],
  ASM_LAYOUT: [
    [
      ' .space 8 - (after & 8)\nafter:',
      {
        line: 2,
        column: 1,
        text: '',
        message: 'addresses change with every pass: a size depends on a label behind it',
      },
    ],
  ],
};

describe('assembler errors', () => {
  it.each(Object.keys(ASM_ERRORS) as AsmErrorCode[])('%s is reported where it is', (code) => {
    for (const [source, error] of CASES[code]) {
      expect(errorsOf(source)).toEqual([{ code, ...error }]);
    }
  });

  it('are all collected, in the order of the source', () => {
    const source = ' li 3,99999\n lii 3,4\n nop\n b nowhere\n .long 1/0\n .byte 1,2,300,4\n';
    expect(errorsOf(source).map(({ code, line }) => [code, line])).toEqual([
      ['ASM_RANGE', 1],
      ['ASM_UNKNOWN_MNEMONIC', 2],
      ['ASM_UNDEFINED_SYMBOL', 4],
      ['ASM_DIVIDE_BY_ZERO', 5],
      ['ASM_RANGE', 6],
    ]);
  });

  it('in a macro name the line of its text and the calls that led there', () => {
    const source = [
      ' .macro inner n',
      ' li 3,\\n',
      ' .endm',
      ' .macro outer n',
      ' nop; inner \\n',
      ' .endm',
      ' inner 5',
      ' outer 99999',
    ];
    expect(errorsOf(source.join('\n'))).toMatchObject([
      {
        code: 'ASM_RANGE',
        line: 2,
        column: 2,
        text: '99999',
        message:
          '99999 is not between -32768 and 32767 (in macro inner, line 5, in macro outer, line 8)',
      },
    ]);
  });

  it('of a macro that calls itself for ever end at a depth', () => {
    const [error, ...others] = errorsOf(' .macro m\n m\n .endm\n m');
    expect(others).toEqual([]);
    expect(error).toMatchObject({ code: 'ASM_EXPANSION', line: 2, text: 'm' });
    expect(error?.message).toMatch(/^macro m nests 100 deep \(in macro m, line 2, /);
  });

  it('of a macro whose text doubles with every call end before memory does', () => {
    const source = ' .macro m t\n m \\t\\t\n .endm\n m abcdefgh';
    expect(errorsOf(source).map(({ code }) => code)).toEqual(['ASM_EXPANSION']);
  });

  it('do not cause others: a faulty line keeps its size', () => {
    expect(errorsOf('a: li 3,99999\n .org a + 4\n')).toHaveLength(1);
    expect(
      errorsOf('a: .quad b\n .long 300000000000\n .org a + 12\n').map(({ line }) => line),
    ).toEqual([1, 2]);
  });
});

describe('didYouMean', () => {
  it('counts a swap of neighbours as one edit', () => {
    expect(didYouMean('add', ['dad', 'xyz'])).toBe('did you mean dad?');
  });

  it('is silent when nothing is close, and stricter for short words', () => {
    expect(didYouMean('abc', ['xyz', 'ax'])).toBeUndefined();
    expect(didYouMean('abcdef', ['abxxef', 'abxxxf'])).toBe('did you mean abxxef?');
  });
});
