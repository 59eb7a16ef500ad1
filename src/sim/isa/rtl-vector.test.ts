import { expect, describe as group, it } from 'vitest';
import { assemble } from './assemble.ts';
import { VARIANTS, variantOfWord } from './decode.ts';
import { describe, effectsOf } from './rtl.ts';

function wordOf(text: string): number {
  const result = assemble(text);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return new DataView(result.image.buffer).getUint32(0);
}

group('RTL text of vector instructions', () => {
  it.each([
    ['lvx 3,4,5', ['VRT <- MEM(((RA|0) + (RB)) & ¬15, 16)']],
    [
      'lvebx 3,4,5',
      [
        'EA <- (RA|0) + (RB)',
        'eb <- EA & 15',
        'VRT <- INSERT((VRT), if LE then 15 - eb else eb, MEM(EA, 1)[56:63])',
      ],
    ],
    ['lxvw4x 3,4,5', ['XT <- MEM.word((RA|0) + (RB), 16)']],
    ['stxv 3,16(4)', ['MEM((RA|0) + EXTS(DQ||0b0000), 16) <- (XS)']],
    [
      'stxvll 3,4,5',
      ['bytes <- (RB) >> 56', 'MEM.byte((RA|0), if bytes <u 16 then bytes else 16) <- (XS)'],
    ],
    ['vperm 3,4,5,6', ['VRT <- PERMUTE((VRA), (VRB), (VRC))']],
    ['vsel 3,4,5,6', ['VRT <- ((VRA) & ¬(VRC)) | ((VRB) & (VRC))']],
    ['vspltisb 3,-1', ['VRT <- SPLAT.byte(EXTS(SIM))']],
    ['vspltw 3,4,1', ['VRT <- SPLAT.word((VRB).byte[UIM × 4:UIM × 4+3])']],
    ['vmrghw 3,4,5', ['VRT <- (VRA).word[0] || (VRB).word[0] || (VRA).word[1] || (VRB).word[1]']],
    [
      'vpkuhum 3,4,5',
      [
        'VRT <- (VRA).byte[1] || (VRA).byte[3] || (VRA).byte[5] || (VRA).byte[7] || ... || (VRB).byte[15]',
      ],
    ],
    ['vadduhm 3,4,5', ['VRT <- (VRA) +.hword (VRB)']],
    ['vmaxsw 3,4,5', ['VRT <- MAXS.word((VRA), (VRB))']],
    [
      'vcmpequb. 3,4,5',
      [
        'result <- (VRA) =.byte (VRB)',
        'CR6 <- ALL(result) || 0 || NONE(result) || 0',
        'VRT <- result',
      ],
    ],
    ['mtvscr 3', ['VSCR <- (VRB).dword[1][32:63]']],
    ['mfvsrwz 3,4', ['RA <- EXTZ((XS).dword[0][32:63])']],
    ['xxlor 3,4,5', ['XT <- (XA) | (XB)']],
  ])('%s', (text, lines) => {
    const variant = VARIANTS[variantOfWord(wordOf(text))];
    expect(variant && describe(variant.row, variant.flags).rtl).toEqual(lines);
  });
});

group('reads and writes of vector instructions', () => {
  it.each([
    ['lvx 3,0,5', ['r5', 'memory'], ['v3']],
    ['stxvd2x 35,4,5', ['r4', 'r5', 'vs35'], ['memory']],
    ['lxv 35,16(4)', ['r4', 'memory'], ['vs35']],
    ['vcmpequb. 3,4,5', ['v4', 'v5'], ['cr6', 'v3']],
    ['mfvscr 3', ['VSCR'], ['v3']],
    ['mtvsrdd 40,0,5', ['r5'], ['vs40']],
  ])('%s', (text, reads, writes) => {
    expect(effectsOf(wordOf(text))).toEqual({ reads, writes });
  });
});
