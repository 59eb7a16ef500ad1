// Makes src/sim/isa/golden/: what powerpc64-linux-gnu-as, ld and objdump (-M power9) make of words, lines and
// programs chosen here. Needs the powerpc64-linux-gnu binutils. Usage: npx tsx scripts/isa-golden.ts
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variantOfWord } from '../src/sim/isa/decode.ts';
import {
  allMnemonics,
  type Candidate,
  candidatesFor,
  type Operand,
} from '../src/sim/isa/mnemonics.ts';
import { patternOf } from '../src/sim/isa/pattern.ts';
import { ROWS } from '../src/sim/isa/table.ts';
import { PROGRAMS } from './isa-golden-programs.ts';

const GOLDEN = 'src/sim/isa/golden';
const WORDS_PER_ROW = 28;
const LINES_PER_MNEMONIC = 3;
const folder = mkdtempSync(join(tmpdir(), 'isa-golden-'));
const file = (name: string) => join(folder, name);

let seed = 20_26;
/** A whole number below `limit`, the same in every run. */
function below(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

/** A field value: often one of those that matter (none, all, few), else any. */
function fieldValue(width: number): number {
  const top = 2 ** width - 1;
  const kind = below(8);
  if (kind < 2) return 0;
  if (kind === 2) return top;
  if (kind < 5) return Math.min(top, below(4));
  return below(2 ** width);
}

/** Random operands for each row; equal registers often, because mnemonics such as mr depend on it. */
function randomWords(): number[] {
  return ROWS.flatMap((row) =>
    Array.from({ length: WORDS_PER_ROW }, () => {
      const { match, groups } = patternOf(row);
      return groups.reduce((word, { name, first, width }) => {
        const second = ['RB', 'BA', 'BB', 'SH'].includes(name) && below(3) === 0;
        const value = second ? (word >>> 21) & 31 : fieldValue(width);
        return word | (value << (32 - first - width));
      }, match);
    }),
  );
}

/** Every BO of every conditional branch, every TO, every SPR, every mask that has a name of its own. */
function completeWords(): number[] {
  const all = (count: number, word: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => word(i));
  const spr = (n: number) => (((n & 31) << 5) | (n >> 5)) << 11;
  const md = (n: number) => ((n & 31) << 6) | (n & 32);
  const sh = (n: number) => ((n & 31) << 11) | ((n >> 5) << 1);
  return [
    ...[0x40000100, 0x4c000020, 0x4c000420, 0x4c000460].flatMap((bc) =>
      [0, 6].flatMap((bi) => all(32, (bo) => bc | (bo << 21) | (bi << 16))),
    ),
    ...[0x0c030005, 0x08030005, 0x7c032008, 0x7c032088].flatMap((tw) =>
      all(32, (to) => tw | (to << 21)),
    ),
    ...[0x7c6002a6, 0x7c6003a6].flatMap((move) => all(1024, (n) => move | spr(n))),
    ...[0x7c03222c, 0x7c0321ec].flatMap((dcbt) => all(32, (th) => dcbt | (th << 21))),
    ...all(32, (n) => 0x54830000 | (n << 11) | ((31 - n) << 1)),
    ...all(32, (n) => 0x5483003e | (((32 - n) & 31) << 11) | (n << 6)),
    ...all(64, (n) => 0x78830004 | sh(n) | md(63 - n)),
    ...all(64, (n) => 0x78830000 | sh((64 - n) & 63) | md(n)),
    ...all(32, (n) => 0x7c000378 | (n << 21) | (n << 16) | (n << 11)),
  ];
}

const binary = (words: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, 4 * i);
  return bytes;
};

function objdump(words: readonly number[]): string[] {
  writeFileSync(file('words.bin'), binary(words));
  const flags = ['-D', '-z', '-b', 'binary', '-m', 'powerpc:common64', '-EB', '-M', 'power9'];
  const text = execFileSync('powerpc64-linux-gnu-objdump', [...flags, file('words.bin')], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return text
    .split('\n')
    .filter((line) => /^ *[\da-f]+:\t/.test(line))
    .map((line) => line.split('\t').slice(2).join(' ').trimEnd());
}

/** Flat image of a source, linked for address 0, or the numbers of the lines that as refuses. */
function gnuAssemble(source: string, littleEndian = false): Buffer | Set<number> {
  writeFileSync(file('a.s'), source);
  const order = littleEndian ? ['-mlittle', '-a64'] : ['-mbig', '-a64'];
  const flags = [...order, '-mpower9', '-mregnames', file('a.s'), '-o', file('a.o')];
  const as = spawnSync('powerpc64-linux-gnu-as', flags, { encoding: 'utf8' });
  const bad = [...as.stderr.matchAll(/:(\d+): Error/g)].map((match) => Number(match[1]));
  if (bad.length > 0) return new Set(bad);
  const link = ['-Ttext', '0', '--no-warn-mismatch', '--oformat', 'binary', '-e', '0'];
  const emulation = littleEndian ? 'elf64lppc' : 'elf64ppc';
  execFileSync('powerpc64-linux-gnu-ld', [
    '-m',
    emulation,
    ...link,
    file('a.o'),
    '-o',
    file('a.bin'),
  ]);
  return readFileSync(file('a.bin'));
}

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');

/** 'word text' lines at consecutive addresses from 0. */
function makeWords(): string {
  const all = [...randomWords(), ...completeWords()].map((word) => word >>> 0);
  const words = [...new Set(all)].filter((word) => variantOfWord(word) >= 0);
  const texts = objdump(words);
  return words.map((word, i) => `${hex(word)} ${texts[i]}\n`).join('');
}

function operandText({ field }: Operand, absolute: boolean): string {
  const low = field.kind === 'simm' ? -32770 : 0;
  const numbers = [0, 1, 2, 5, 31, 32, 63, 64, 4, 8, low, 32764, 65535];
  switch (field.kind) {
    case 'gpr':
    case 'gpr0':
      return [`r${below(32)}`, `%r${below(32)}`, `${below(33)}`][below(3)] ?? '';
    case 'crf':
      return [`cr${below(8)}`, `${below(9)}`][below(2)] ?? '';
    case 'crb':
      return [`4*cr${below(8)}+eq`, `${below(33)}`, 'so', `cr${below(8)}*4+lt`][below(4)] ?? '';
    case 'rel':
      return absolute
        ? (['0', '0x100', '0x7ffc', '32'][below(4)] ?? '')
        : (['.', '.+8', '.-4', '.+0x7ffc', '.-0x8000'][below(5)] ?? '');
    default:
      return `${numbers[below(numbers.length)] ?? 0}`;
  }
}

function operandsText({ operands, absolute }: Candidate): string {
  const shown = operands.filter(({ optional }) => !optional || below(2) === 0);
  return shown.reduce((text, operand) => {
    const one = operandText(operand, absolute);
    return operand.base ? `${text}(${one})` : text === '' ? one : `${text},${one}`;
  }, '');
}

/** 'word text' for lines that as takes, '- text' for lines that it refuses; each stands alone at address 0. */
function makeLines(): string {
  const texts = [...allMnemonics()].flatMap((name) =>
    Array.from({ length: LINES_PER_MNEMONIC }, () => {
      const candidates = candidatesFor(name);
      const candidate = candidates[below(candidates.length)];
      return candidate ? `${name} ${operandsText(candidate)}`.trimEnd() : name;
    }),
  );
  const lines = [...new Set(texts)];
  const refused = gnuAssemble(`${lines.join('\n')}\n`);
  const isRefused = (i: number) => refused instanceof Set && refused.has(i + 1);
  const taken = lines.filter((_, i) => !isRefused(i));
  const image = gnuAssemble(`${taken.join('\n')}\n`);
  if (image instanceof Set) throw new Error(`as refuses its own selection: ${[...image]}`);
  let at = 0;
  return lines
    .map((text, i) => {
      if (isRefused(i)) return `- ${text}\n`;
      at += 4;
      return `${hex(image.readUInt32BE(at - 4))} ${text}\n`;
    })
    .join('');
}

/** Programs with the bytes of both byte orders. */
function makePrograms(): string {
  const made = PROGRAMS.map(({ name, source }) => {
    const [big, little] = [false, true].map((littleEndian) => {
      const image = gnuAssemble(source, littleEndian);
      if (image instanceof Set) throw new Error(`as refuses '${name}', lines ${[...image]}`);
      return image.toString('hex');
    });
    return { name, source, big, little };
  });
  return `${JSON.stringify(made, null, 1)}\n`;
}

writeFileSync(join(GOLDEN, 'words.txt'), makeWords());
writeFileSync(join(GOLDEN, 'lines.txt'), makeLines());
writeFileSync(join(GOLDEN, 'programs.json'), makePrograms());
rmSync(folder, { recursive: true });
