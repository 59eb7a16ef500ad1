import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';

function assembled(source: string) {
  const result = assemble(source);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result;
}

const hexOf = (source: string) => Buffer.from(assembled(source).image).toString('hex');

describe('macros', () => {
  it('take arguments by place and by name, with defaults', () => {
    const macro = ' .macro three a, b=2, c=3\n .byte \\a,\\b,\\c\n .endm\n';
    expect(hexOf(`${macro} three 1`)).toBe('010203');
    expect(hexOf(`${macro} three 1,,5`)).toBe('010205');
    expect(hexOf(`${macro} three c=9, a=7`)).toBe('070209');
    expect(hexOf(`${macro} three 1 + 1, (2 + 2), 3 << 1`)).toBe('020406');
  });

  it('number their expansions by \\@, and end an argument by \\()', () => {
    const macro = ' .macro wait n\nw\\@_\\n\\()x: b w\\@_\\n\\()x\n .endm\n';
    const { symbols } = assembled(`${macro} wait 5\n wait 6`);
    expect([...symbols.keys()]).toEqual(['w0_5x', 'w1_6x']);
  });

  it('may take the rest of the line, and texts in quotes', () => {
    expect(hexOf(' .macro all v:vararg\n .byte \\v\n .endm\n all 1, 2, 3')).toBe('010203');
    expect(hexOf(' .macro say t\n .ascii "\\t"\n .endm\n say "a, b"')).toBe('612c2062');
  });

  it('call others and themselves, until a condition ends it', () => {
    const macro = ' .macro count n\n .if \\n\n .byte \\n\n count \\n-1\n .endif\n .endm\n';
    expect(hexOf(`${macro} count 3`)).toBe('030201');
    const exits =
      ' .macro upto n\n .byte \\n\n .ifeq \\n-2\n .exitm\n .endif\n upto \\n+1\n .endm\n';
    expect(hexOf(`${exits} upto 0\n .byte 9`)).toBe('00010209');
  });

  it('attribute the image to the line of the call', () => {
    const { lines } = assembled(' .macro two\n nop\n nop\n .endm\n nop\n two');
    expect(lines.map(({ line }) => line)).toEqual([5, 6, 6]);
  });
});

describe('repetitions', () => {
  it('.rept repeats, .irp goes through values and .irpc through letters', () => {
    expect(hexOf(' .rept 3\n .byte 1\n .endr')).toBe('010101');
    expect(hexOf(' .rept 0\n .byte 1\n .endr')).toBe('');
    expect(hexOf(' .irp r,1,2,0x10\n .byte \\r\n .endr')).toBe('010210');
    expect(hexOf(' .irpc d,135\n .byte \\d\n .endr')).toBe('010305');
  });

  it('nest', () => {
    expect(hexOf(' .irp a,1,2\n .rept 2\n .byte \\a\n .endr\n .endr')).toBe('01010202');
  });
});

describe('conditions', () => {
  const chosen = (condition: string) =>
    hexOf(` .set N,2\n ${condition}\n .byte 1\n .else\n .byte 0\n .endif`) === '01';

  it.each([
    ['.if N', true],
    ['.if N-2', false],
    ['.ifeq N-2', true],
    ['.ifne N-2', false],
    ['.ifgt N', true],
    ['.ifge -1', false],
    ['.iflt -N', true],
    ['.ifle N', false],
    ['.ifdef N', true],
    ['.ifdef M', false],
    ['.ifndef M', true],
    ['.ifb', true],
    ['.ifnb', false],
    ['.ifc a b, a b', true],
    [".ifnc 'a,b','a,c'", true],
    ['.ifeqs "x","x"', true],
    ['.ifnes "x","x"', false],
  ])('%s is %s', (condition, expected) => {
    expect(chosen(condition)).toBe(expected);
  });

  it('choose the first branch that holds', () => {
    const source = (n: number) =>
      ` .set N,${n}\n .if N==1\n .byte 1\n .elseif N==2\n .byte 2\n .else\n .byte 3\n .endif`;
    expect([1, 2, 3].map((n) => hexOf(source(n)))).toEqual(['01', '02', '03']);
  });

  it('leave out text that is no assembly, with the blocks in it', () => {
    expect(hexOf(' .if 0\n %% {\n .if 1\n .else\n .endif\n .macro m\n .endif\n .byte 7')).toBe(
      '07',
    );
  });

  it('see a symbol only behind its definition', () => {
    expect(
      hexOf(' .ifdef late\n .byte 1\n .endif\n .set late,1\n .ifdef late\n .byte 2\n .endif'),
    ).toBe('02');
  });
});
