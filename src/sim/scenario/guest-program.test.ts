import { describe, expect, test } from 'vitest';
import { loadImage } from '../guest/image.ts';
import { MSR_LOW } from '../hardware/bits.ts';
import { guestProgram, mistakesOf, type OtherProgram } from './guest-program.ts';
import { makeLoaded } from './testing/make.ts';

const OWN = 'start: nop\n';
const MEMORY = 1 << 20;
const program = (other: OtherProgram) => guestProgram(OWN, other, MEMORY, loadImage);

/** A 64-bit ELF file with one segment of `words` at physical address 0x1000. */
function elf(littleEndian: boolean, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(120 + 4 * words.length);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, n: number) => view.setUint16(at, n, littleEndian);
  const u32 = (at: number, n: number) => view.setUint32(at, n, littleEndian);
  const u64 = (at: number, n: number) => view.setBigUint64(at, BigInt(n), littleEndian);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, littleEndian ? 1 : 2, 1]);
  for (const [at, n] of [
    [16, 2],
    [18, 21],
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const)
    u16(at, n);
  for (const [at, n] of [
    [20, 1],
    [48, 2],
    [64, 1],
    [68, 7],
  ] as const)
    u32(at, n);
  for (const [at, n] of [
    [24, 0x1000],
    [32, 64],
    [72, 120],
    [80, 0x1000],
    [88, 0x1000],
    [96, 4 * words.length],
    [104, 4 * words.length],
  ] as const)
    u64(at, n);
  words.forEach((word, i) => {
    u32(120 + 4 * i, word);
  });
  return bytes;
}

describe('the program of a guest', () => {
  test("is the scenario's own, the user's text, or a file; the file comes first", () => {
    expect(program({})).toMatchObject({ ok: true, value: { kind: 'scenario', source: OWN } });
    const text = 'start: b start\n';
    expect(program({ program: text })).toMatchObject({ value: { kind: 'edited', source: text } });
    const image = { name: 'a.bin', bytes: Uint8Array.of(0x60, 0, 0, 0) };
    expect(program({ program: text, image })).toMatchObject({
      value: { kind: 'image', file: 'a.bin', source: '' },
    });
  });

  test('has an address for each line of instructions, not for data and directives', () => {
    const text = '.org 0x100\nstart: nop\n# c\nx: .long 1\n 1: nop; nop\n .align 4\n';
    const made = program({ program: text });
    expect(made.ok && made.value.lines.map(({ line, address }) => [line, address])).toEqual([
      [2, 0x100n],
      [5, 0x108n],
      [5, 0x10cn],
    ]);
  });

  test('names places only: a number that .equ defines is no label', () => {
    const made = program({ program: '.equ SIZE, 4\nstart: nop\nnext: nop\n' });
    expect(made.ok && [...made.value.labels]).toEqual([
      ['start', 0n],
      ['next', 4n],
    ]);
  });

  test('that does not fit guest memory is refused, with where it ends', () => {
    expect(program({ program: 'start: nop\n.space 0x100000\n' })).toMatchObject({
      ok: false,
      error: {
        code: 'PROGRAM_TOO_BIG',
        message: 'The program ends at 0x100004; guest memory ends at 0x100000.',
      },
    });
    const image = { name: 'a.bin', bytes: new Uint8Array(16), base: 0xffff8n };
    expect(program({ image })).toMatchObject({ ok: false, error: { code: 'IMAGE_MEMORY' } });
  });

  test('too long for the assembler has no mistakes listed: it is refused as a whole', () => {
    const text = `${'nop\n'.repeat(40_000)}bad\n`;
    expect(mistakesOf(text)).toEqual([]);
    expect(program({ program: text })).toMatchObject({ error: { code: 'PROGRAM_TOO_LONG' } });
  });
});

test.each([
  ['repeats nothing a hundred million times', '.rept 100000000\n.endr\nstart: nop\n', ''],
  ['calls itself twice', '.macro a\n a\n a\n.endm\nstart: a\n', 'PROGRAM_ERRORS'],
  ['nests parentheses', `start: nop\n .long ${'('.repeat(60_000)}1\n`, 'PROGRAM_ERRORS'],
  ['makes a million instructions', 'start:\n.rept 1000000\n nop\n.endr\n', 'PROGRAM_ERRORS'],
])('a text that %s is answered soon', (_, text, code) => {
  const made = program({ program: text });
  expect(made.ok ? '' : made.error.code).toBe(code);
  expect(mistakesOf(text).length).toBeLessThan(10);
});

test('a little-endian file is loaded at its addresses and entered in its byte order', () => {
  // li r3,7; b .
  const image = { name: 'le.elf', bytes: elf(true, [0x38600007, 0x48000000]) };
  const { machine } = makeLoaded({ image });
  machine.advance(1_000_000, () => machine.m.guest_instructions > 4);
  const thread = machine.host.cpus.findIndex((cpu) => cpu.kvm_vcpu === 0 && cpu.in_guest);
  expect(machine.hw.arena.gpr(thread, 3)).toBe(7n);
  expect(machine.hw.arena.nia(thread)).toBe(0x1004n);
  expect(machine.hw.arena.msrLow(thread) & MSR_LOW.LE).toBe(MSR_LOW.LE);
});
