// What the architecture leaves undefined is what POWER9 does (POWER9 Processor User's Manual).
import { expect, test } from 'vitest';
import { machine } from './testing/recording-machine.ts';

const WORD = 0xffff_fffen; // -2
const MIN32 = 0x8000_0000n;
const MIN64 = 1n << 63n;
const MINUS1 = (1n << 64n) - 1n;

/** r3 after an instruction on r4 and r5, r3 being `old` before. */
function result(text: string, r4: bigint, r5: bigint, old = 0x55n): bigint {
  const { arena, engine } = machine(text);
  arena.setGpr(0, 3, old);
  arena.setGpr(0, 4, r4);
  arena.setGpr(0, 5, r5);
  engine.run(0, 1);
  return arena.gpr(0, 3);
}

test.each([
  ['mulhw 3,4,5', 0x4000_0000n, WORD, 0xffff_ffff_ffff_ffffn],
  ['mulhw 3,4,5', 0x4000_0000n, 0x0700_0000n, 0x01c0_0000_01c0_0000n],
  ['mulhwu 3,4,5', 0x4000_0000n, WORD, 0x3fff_ffff_3fff_ffffn],
])('%s puts the word in both halves', (text, a, b, expected) => {
  expect(result(text, a, b)).toBe(expected);
});

test.each([
  ['divw 3,4,5', WORD, 1n, WORD],
  ['divwu 3,4,5', 0xffff_ffff_ffff_fffen, 1n, WORD],
  ['divwe 3,4,5', 0xffff_ffffn, 2n, MIN32],
  ['divweu 3,4,5', 1n, 2n, MIN32],
])('%s clears the upper half', (text, a, b, expected) => {
  expect(result(text, a, b)).toBe(expected);
});

test.each<[string, bigint, bigint]>([
  ...['divw', 'divwu', 'divwe', 'divweu', 'divd', 'divdu', 'divde', 'divdeu'].map(
    (name): [string, bigint, bigint] => [`${name} 3,4,5`, 7n, 0n],
  ),
  ['divw 3,4,5', MIN32, MINUS1],
  ['divd 3,4,5', MIN64, MINUS1],
  ['divwe 3,4,5', 2n, 1n],
  ['divweu 3,4,5', 2n, 1n],
  ['divde 3,4,5', 2n, 1n],
  ['divdeu 3,4,5', 2n, 1n],
])('%s gives 0 by zero or when the quotient overflows', (text, a, b) => {
  expect(result(text, a, b)).toBe(0n);
});

test.each<[string, bigint, bigint]>([
  ...['modsw', 'moduw', 'modsd', 'modud'].map((name): [string, bigint, bigint] => [
    `${name} 3,4,5`,
    7n,
    0n,
  ]),
  ['modsw 3,4,5', MIN32, MINUS1],
  ['modsd 3,4,5', MIN64, MINUS1],
])('%s gives 0 by zero or when the quotient overflows', (text, a, b) => {
  expect(result(text, a, b)).toBe(0n);
});

test('modsw extends the sign, moduw gives zeros in the upper half', () => {
  expect(result('modsw 3,4,5', 0x1_ffff_fff9n, 4n)).toBe((1n << 64n) - 3n);
  expect(result('moduw 3,4,5', 0x1_ffff_fff9n, 4n)).toBe(1n);
});

/** mtocrf and mfocrf with a mask that the assembler refuses. */
const word = (match: number, mask: number) => `.long ${match | (mask << 12)}`;

test.each([
  [0b1000_0000, 0x1aaa_aaaa],
  [0b0110_0001, 0xa2aa_aaaa],
  [0b0000_0011, 0xaaaa_aa7a],
  [0b0000_0001, 0xaaaa_aaa8],
  [0b0000_0000, 0xaaaa_aaa8],
])('mtocrf with mask %i writes the field of its most significant bit, or 7', (mask, expected) => {
  const { arena, engine } = machine(word(0x7c70_0120, mask));
  arena.setGpr(0, 3, 0x1234_5678n);
  arena.setCr(0, 0xaaaa_aaaa);
  engine.run(0, 1);
  expect(arena.cr(0)).toBe(expected);
});

test.each([
  [0b1000_0000, 0x1000_0000n],
  [0b0110_0001, 0x0200_0000n],
  [0b0000_0011, 0x0000_0070n],
  [0b0000_0000, 0n],
])('mfocrf with mask %i reads the field of its most significant bit', (mask, expected) => {
  const { arena, engine } = machine(word(0x7c70_0026, mask));
  arena.setCr(0, 0x1234_5678);
  engine.run(0, 1);
  expect(arena.gpr(0, 3)).toBe(expected);
});

test('mtxer keeps SO, OV, CA, OV32, CA32 and the low 18 bits', () => {
  const { arena, engine } = machine('mtxer 3\n mfxer 4');
  arena.setGpr(0, 3, MINUS1);
  engine.run(0, 2);
  expect(arena.gpr(0, 4)).toBe(0xe00f_ffffn);
});
