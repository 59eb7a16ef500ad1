import { StringStream } from '@codemirror/language';
import { expect, test } from 'vitest';
import { type Kind, readToken } from './language.ts';

const MNEMONICS = new Set(['li', 'addi', 'bne', 'bdnz+', 'stwcx.', 'lwz']);

/** Words of the lines with their kinds; blanks and punctuation left out. */
function words(...lines: string[]): [string, Kind][] {
  const state = { head: true, inComment: false };
  return lines.flatMap((line) => {
    const found: [string, Kind][] = [];
    const stream = new StringStream(line, 8, 2);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const kind = readToken(stream, state, (word) => MNEMONICS.has(word));
      if (stream.pos === stream.start) throw new Error(`no progress in '${line}'`);
      if (kind !== 'other') found.push([stream.current(), kind]);
    }
    return found;
  });
}

test('a statement has label, mnemonic, registers, numbers, symbols and a comment', () => {
  expect(words('main:   lwz  r14, V_COUNT(r31)  # the count')).toEqual([
    ['main', 'label'],
    ['lwz', 'mnemonic'],
    ['r14', 'register'],
    ['V_COUNT', 'symbol'],
    ['r31', 'register'],
    ['# the count', 'comment'],
  ]);
  expect(words('1: li r3, -0x7fff; addi cr7, vs63, 0b101')).toEqual([
    ['1', 'label'],
    ['li', 'mnemonic'],
    ['r3', 'register'],
    ['0x7fff', 'number'],
    ['addi', 'mnemonic'],
    ['cr7', 'register'],
    ['vs63', 'register'],
    ['0b101', 'number'],
  ]);
});

test('a record dot and a branch hint belong to the mnemonic; another word is unknown', () => {
  expect(words('stwcx. r4', 'bne- 1b', 'bdnz+ 2f', 'addd r3')).toEqual([
    ['stwcx.', 'mnemonic'],
    ['r4', 'register'],
    ['bne', 'mnemonic'],
    ['1b', 'number'],
    ['bdnz', 'mnemonic'],
    ['2f', 'number'],
    ['addd', 'unknown'],
    ['r3', 'register'],
  ]);
});

test('directives, strings and assignments are told apart', () => {
  expect(words('.ascii "a # b\\"", \'c', 'LAPS = 3')).toEqual([
    ['.ascii', 'directive'],
    ['"a # b\\""', 'string'],
    ["'c", 'string'],
    ['LAPS', 'symbol'],
    ['3', 'number'],
  ]);
});

test('a comment goes over several lines, and r32 is no register', () => {
  expect(words('/* a', 'li r3', 'b */ li r32')).toEqual([
    ['/* a', 'comment'],
    ['li r3', 'comment'],
    ['b */', 'comment'],
    ['li', 'mnemonic'],
    ['r32', 'symbol'],
  ]);
});
