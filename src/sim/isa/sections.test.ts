import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';

function assembled(source: string, base = 0n) {
  const result = assemble(source, { base });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return { ...result, hex: Buffer.from(result.image).toString('hex') };
}

describe('sections', () => {
  it('lie in the image as code, data and zeros, whatever their order in the source', () => {
    const { hex, symbols } = assembled(
      ' .bss\nz: .space 2\n .data\nd: .byte 1\n .text\nt: nop\n .section .text.more,"ax"\n nop\n .section .rodata\nr: .byte 2',
      0x100n,
    );
    expect(hex).toBe('6000000060000000' + '0102' + '0000');
    expect(Object.fromEntries(symbols)).toEqual({ t: 0x100n, d: 0x108n, r: 0x109n, z: 0x10an });
  });

  it('start at a multiple of the largest alignment in them', () => {
    const { symbols, image } = assembled(' .data\n .byte 1\n .balign 16\nd: .byte 2\n .text\n nop');
    expect(symbols.get('d')).toBe(0x20n);
    expect(image).toHaveLength(0x21);
  });

  it('know the addresses of each other', () => {
    const { hex } = assembled(' lwz 3,d@l(0)\n .data\nd: .long end\n .text\n nop\nend:');
    expect(hex).toBe('80600008' + '60000000' + '00000008');
  });

  it('are left and entered again by .pushsection, .popsection and .previous', () => {
    const { hex } = assembled(
      ' nop\n .pushsection .data\n .byte 1\n .popsection\n nop\n .data\n .byte 2\n .previous\n nop',
    );
    expect(hex).toBe('600000006000000060000000' + '0102');
  });

  it('get common symbols behind .bss, aligned', () => {
    const { symbols, image } = assembled(' nop\n .comm c,20\n .lcomm l,3\n .bss\nb: .space 1');
    expect(Object.fromEntries(symbols)).toEqual({ b: 16n, l: 24n, c: 32n });
    expect(image).toHaveLength(52);
  });

  it('give lines by address', () => {
    const { lines } = assembled(' .data\n .byte 1\n .text\n nop');
    expect(lines).toEqual([
      { address: 0n, line: 4 },
      { address: 4n, line: 2 },
    ]);
  });
});

describe('floating-point data', () => {
  it('is rounded to the nearest value of its size', () => {
    expect(assembled(' .double 1.5, -0.1').hex).toBe('3ff8000000000000bfb999999999999a');
    expect(assembled(' .float 1.5, 1e10, 0f2.5').hex).toBe('3fc00000501502f940200000');
  });

  it('that is no number is told', () => {
    expect(assemble(' .float 1.5, x')).toMatchObject({
      ok: false,
      errors: [{ code: 'ASM_BAD_NUMBER', line: 1 }],
    });
  });
});
