import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from './assemble.ts';
import { formOf } from './form.ts';
import { patternOf } from './pattern.ts';
import { ROWS } from './table.ts';

function fieldsOf(source: string): string[] {
  const result = assemble(source);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const form = formOf(new DataView(result.image.buffer).getUint32(0));
  return (form?.fields ?? []).map((f) => `${f.name} ${f.first}-${f.last} ${f.value}: ${f.text}`);
}

describe('formOf', () => {
  it('names opcodes, registers and flags in the order of the bits', () => {
    expect(fieldsOf('addo. 3,4,5')).toEqual([
      'PO 0-5 31: primary opcode',
      'RT 6-10 3: r3',
      'RA 11-15 4: r4',
      'RB 16-20 5: r5',
      'OE 21-21 1: sets OV and SO',
      'XO 22-30 266: extended opcode',
      'Rc 31-31 1: records the result in the condition register',
    ]);
  });

  it('says what a field means for the row: (RA|0), signed and scaled displacements', () => {
    expect(fieldsOf('lwz 3,-4(0)').slice(2)).toEqual([
      'RA 11-15 0: the value 0',
      'D 16-31 65532: -4',
    ]);
    expect(fieldsOf('ld 3,8(4)').slice(2)).toEqual([
      'RA 11-15 4: r4',
      'DS 16-29 2: 8',
      'XO 30-31 0: extended opcode',
    ]);
  });

  it('draws BO as one field and tells its condition', () => {
    const bo = (source: string) => fieldsOf(source).slice(1, 3);
    expect(bo('beq cr1,.+8')).toEqual(['BO 6-10 12: if the CR bit is 1', 'BI 11-15 6: EQ of cr1']);
    expect(bo('bdnz .')[0]).toBe('BO 6-10 16: if CTR - 1 ≠ 0');
    expect(bo('bdzf 2,.')[0]).toBe('BO 6-10 2: if CTR - 1 = 0 and the CR bit is 0');
    expect(bo('bctr')[0]).toBe('BO 6-10 20: always');
  });

  it('names special registers, and reserved bits with a stroke', () => {
    expect(fieldsOf('mfspr 3,318').slice(2)).toEqual([
      'SPR 11-20 969: 318, LPCR',
      'XO 21-30 339: extended opcode',
      '/ 31-31 0: reserved: ignored',
    ]);
  });

  it('covers all 32 bits of a word of any row once', () => {
    const anyWord = fc
      .tuple(fc.constantFrom(...ROWS), fc.integer())
      .map(([row, bits]) => (patternOf(row).match | (bits & ~patternOf(row).mask)) >>> 0);
    fc.assert(
      fc.property(anyWord, (word) => {
        const fields = formOf(word)?.fields ?? [];
        const bits = fields.map(({ first, last, value }) =>
          value.toString(2).padStart(last - first + 1, '0'),
        );
        expect(Number.parseInt(bits.join(''), 2)).toBe(word);
        expect(bits.join('')).toHaveLength(32);
      }),
      { seed: 20_26 },
    );
  });

  it('has nothing to say about a word that is no instruction', () => {
    expect(formOf(0)).toBeNull();
  });
});
