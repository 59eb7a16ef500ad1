import { expect, describe as group, it } from 'vitest';
import { assemble } from './assemble.ts';
import { VARIANTS, variantOfWord } from './decode.ts';
import { describe, effectsOf } from './rtl.ts';

function wordOf(text: string): number {
  const result = assemble(text);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return new DataView(result.image.buffer).getUint32(0);
}

function rtlOf(text: string): readonly string[] {
  const variant = VARIANTS[variantOfWord(wordOf(text))];
  if (variant === undefined) throw new Error(text);
  return describe(variant.row, variant.flags).rtl;
}

group('RTL text', () => {
  it.each([
    ['add 3,4,5', ['RT <- (RA) + (RB)']],
    ['subf. 3,4,5', ['result <- (RB) - (RA)', 'CR0 <- COMPARE(result, 0) || SO', 'RT <- result']],
    ['addi 3,4,5', ['RT <- (RA|0) + EXTS(SI)']],
    ['lwz 3,4(5)', ['RT <- MEM((RA|0) + EXTS(D), 4)']],
    ['ldu 3,8(5)', ['EA <- (RA) + EXTS(DS||0b00)', 'RT <- MEM(EA, 8)', 'RA <- EA']],
    ['lha 3,4(5)', ['RT <- EXTS(MEM((RA|0) + EXTS(D), 2))']],
    ['stw 3,4(5)', ['MEM((RA|0) + EXTS(D), 4) <- (RS)[32:63]']],
    ['lwbrx 3,4,5', ['RT <- BYTE_REVERSE(MEM((RA|0) + (RB), 4))']],
    ['cmpwi cr1,3,4', ['CR field BF <- COMPARE(EXTS((RA)[32:63]), EXTS(SI)) || SO']],
    ['rldicl 3,4,5,6', ['RA <- ROTL64((RS), sh) & MASK(mb, 63)']],
    ['andc 3,4,5', ['RA <- (RS) & ¬(RB)']],
    ['isel 3,4,5,6', ['RT <- if CR[BC] then (RA|0) else (RB)']],
    ['bl .', ['LR <- CIA + 4', 'NIA <- CIA + EXTS(LI||0b00)']],
    ['beq .', ['if CR[BI] then NIA <- CIA + EXTS(BD||0b00)']],
    [
      'bdnz .',
      ['ctr <- CTR - 1', 'CTR <- ctr', 'if ¬(ctr[M:63] = 0) then NIA <- CIA + EXTS(BD||0b00)'],
    ],
    ['blrl', ['target <- LR', 'LR <- CIA + 4', 'NIA <- target']],
    ['bctr', ['NIA <- CTR']],
    ['crandc 1,2,3', ['CR[BT] <- CR[BA] & ¬CR[BB]']],
    ['mtspr 22,3', ['SPR(SPR) <- (RS)']],
    ['mtmsrd 3,1', ['mtmsrd((RS), L)']],
    [
      'stwcx. 3,4,5',
      [
        'if RESERVE then MEM((RA|0) + (RB), 4) <- (RS)[32:63]',
        'CR0 <- 0b00 || stored || SO',
        'RESERVE <- none',
      ],
    ],
    ['isync', []],
    [
      'maddhd 3,4,5,6',
      ['RT <- ((RA) × (RB))[0:63] + ((RC) >>s 63) + ((RA) × (RB) + (RC) <u (RC))'],
    ],
    ['darn 3,1', ['RT <- RANDOM(L)']],
    ['mtocrf 4,3', ['CR fields of first(FXM) <- (RS)[32:63]']],
    ['lfs 1,4(5)', ['FRT <- DOUBLE(MEM((RA|0) + EXTS(D), 4))']],
    ['lvx 1,4,5', ['VRT <- MEM(((RA|0) + (RB)) & ¬15, 16)']],
    ['vaddubm 1,2,3', ['VRT <- (VRA) +.byte (VRB)']],
    [
      'fmadd 1,2,3,4',
      [
        'FRT <- ROUND_TO_DOUBLE((FRA) × (FRC) + (FRB))',
        'FPSCR[FPRF FR FI and exceptions] <- those of the result',
      ],
    ],
  ])('%s', (text, lines) => {
    expect(rtlOf(text)).toEqual(lines);
  });

  it('brackets mixed logic, so that no reader has to know an order', () => {
    expect(rtlOf('rlwimi 3,4,5,6,7')).toEqual([
      'RA <- (ROTL64(EXTZ((RS)[32:63]) | ((RS) << 32), SH) & MASK(MB+32, ME+32)) | ((RA) & ¬MASK(MB+32, ME+32))',
    ]);
  });

  it('is written for every variant of every row, with no name left undefined', () => {
    for (const { row, flags } of VARIANTS) {
      const { rtl } = describe(row, flags);
      expect(rtl.join(' ')).not.toMatch(/undefined\b(?! [<≠])|\[object|NaN|_M/);
    }
  });
});

group('reads and writes', () => {
  it.each([
    ['add 3,4,5', ['r4', 'r5'], ['r3']],
    ['addo. 3,4,4', ['r4', 'SO'], ['OV', 'OV32', 'SO', 'cr0', 'r3']],
    ['adde 3,4,5', ['r4', 'r5', 'CA'], ['CA', 'CA32', 'r3']],
    ['li 3,4', [], ['r3']],
    ['lwz 3,4(0)', ['memory'], ['r3']],
    ['lwz 3,4(5)', ['r5', 'memory'], ['r3']],
    ['stwu 3,4(1)', ['r1', 'r3'], ['memory', 'r1']],
    ['stdcx. 3,0,5', ['reservation', 'SO', 'r5', 'r3'], ['memory', 'cr0', 'reservation']],
    ['cmpw cr7,3,4', ['r3', 'r4', 'SO'], ['cr7']],
    ['bne cr1,.', ['cr1.eq'], ['NIA']],
    ['bdnzl .', ['CTR'], ['CTR', 'LR', 'NIA']],
    ['mfspr 3,22', ['SPR 22'], ['r3']],
    ['mtspr 22,3', ['r3'], ['SPR 22']],
    ['mtlr 3', ['r3'], ['LR']],
    ['rfid', ['SRR0', 'SRR1'], ['MSR', 'NIA']],
    ['msgsndp 3', ['r3'], ['DPDES']],
    ['mfcr 3', ['CR'], ['r3']],
    ['crset 6', ['cr1.eq'], ['cr1.eq']],
    ['addex 3,4,5,0', ['r4', 'r5', 'XER'], ['OV', 'OV32', 'r3']],
    ['fadd. 1,2,3', ['f2', 'f3', 'FPSCR'], ['f1', 'FPSCR', 'cr1']],
    ['stfd 1,8(3)', ['f1', 'r3'], ['memory']],
    ['vperm 1,2,3,4', ['v2', 'v3', 'v4'], ['v1']],
    ['xxlor 33,2,34', ['vs2', 'vs34'], ['vs33']],
    ['mtvsrd 40,3', ['r3'], ['vs40']],
  ])('%s', (text, reads, writes) => {
    const effects = effectsOf(wordOf(text));
    expect([...effects.reads].sort()).toEqual([...reads].sort());
    expect([...effects.writes].sort()).toEqual([...writes].sort());
  });

  it('are empty for a word that is no instruction', () => {
    expect(effectsOf(0)).toEqual({ reads: [], writes: [] });
  });
});
