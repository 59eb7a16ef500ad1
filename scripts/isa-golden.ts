// Makes src/sim/isa/golden/: what powerpc64-linux-gnu-as, ld and objdump (-M power9) make of words, lines and
// programs chosen here. Needs the powerpc64-linux-gnu binutils. Usage: npx tsx scripts/isa-golden.ts
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, variantOfWord } from '../src/sim/isa/decode.ts';
import {
  allMnemonics,
  type Candidate,
  candidatesFor,
  type Operand,
} from '../src/sim/isa/mnemonics.ts';
import { patternOf } from '../src/sim/isa/pattern.ts';
import type { Row } from '../src/sim/isa/row.ts';
import { ROWS } from '../src/sim/isa/table.ts';
import { GUEST_PROGRAMS, PROGRAMS } from './isa-golden-programs.ts';

/** CPUs whose words and mnemonics count when POWER9 has lost them. */
const OLDER = ['power8', 'power7', 'power6', 'power5', 'power4', 'any'];

const GOLDEN = 'src/sim/isa/golden';
const WORDS_PER_ROW = 14;
const RANDOM_WORDS = 3000;
const LINES_PER_MNEMONIC = 3;
const folder = mkdtempSync(join(tmpdir(), 'isa-golden-'));
const file = (name: string) => join(folder, name);

const SEED = 20_26;
let seed = SEED;
/** Each row and mnemonic has random numbers of its own, so that a new one does not change the others' words. */
function reseed(name: string): void {
  seed = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), SEED) >>> 0;
  for (let i = 0; i < 4; i++) below(2);
}

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

/** Different words with random operands; equal registers often, because mnemonics such as mr depend on it. */
function randomWords(row: Row): number[] {
  reseed(row.name);
  const { match, groups } = patternOf(row);
  const words = new Set<number>();
  for (let tries = 0; tries < 200 && words.size < WORDS_PER_ROW; tries++) {
    const word = groups.reduce((bits, { name, first, width }) => {
      const same = ['RB', 'BA', 'BB', 'SH', 'VRB'].includes(name) && below(3) === 0;
      const value = same ? (bits >>> (name === 'VRB' ? 16 : 21)) & 31 : fieldValue(width);
      return bits | (value << (32 - first - width));
    }, match);
    words.add(word >>> 0);
  }
  return [...words];
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
    // xxlor, xxlnor, xvcpsgndp and xxpermdi with XA = XB in both halves of the VSRs.
    ...[0xf0200490, 0xf0200510, 0xf0200780, 0xf0200050, 0xf0200150, 0xf0200250, 0xf0200350].flatMap(
      (word) => all(8, (n) => word | (n << 16) | (n << 11) | ((n & 1) * 6)),
    ),
    ...all(32, (n) => 0x7c000378 | (n << 21) | (n << 16) | (n << 11)),
  ];
}

const binary = (words: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word >>> 0, 4 * i);
  return bytes;
};

/** Texts of words at consecutive addresses from 0. */
function objdump(words: readonly number[], cpu = 'power9'): string[] {
  writeFileSync(file('words.bin'), binary(words));
  const flags = ['-D', '-z', '-b', 'binary', '-m', 'powerpc:common64', '-EB', '-M', cpu];
  const text = execFileSync('powerpc64-linux-gnu-objdump', [...flags, file('words.bin')], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return text
    .split('\n')
    .filter((line) => /^ *[\da-f]+:\t/.test(line))
    .map((line) => line.split('\t').slice(2).join(' ').trimEnd());
}

const isUnknown = (text: string | undefined) => text === undefined || text.startsWith('.long');

/** As objdump, but words of rows that POWER9 knows none of are those of the newest CPU that does. */
function objdumpOfRows(words: readonly number[]): string[] {
  const rowOf = (word: number) => decode(word)?.row;
  const texts = objdump(words);
  for (const cpu of OLDER) {
    const known = new Set(words.filter((_, i) => !isUnknown(texts[i])).map(rowOf));
    const older = objdump(words, cpu);
    for (const [i, word] of words.entries()) {
      if (!known.has(rowOf(word))) texts[i] = older[i] ?? '';
    }
  }
  return texts;
}

/** Sections as our assembler lays them out; the last byte marks the end of .bss. */
const LINKER_SCRIPT = `SECTIONS {
  . = 0;
  .text : { *(.text .text.*) } =0
  .data : { *(.data .data.* .rodata .rodata.*) }
  .bss : { *(.bss .bss.*) *(COMMON) }
  .end : { BYTE(0x5a) }
  /DISCARD/ : { *(.comment .gnu.attributes .note*) }
}`;

/** What as says about the lines that it refuses. */
type Refused = Map<number, string>;

/** Flat image of a source for address 0, or the lines that as refuses. */
function gnuAssemble(source: string, littleEndian = false, cpu = 'power9'): Buffer | Refused {
  writeFileSync(file('a.s'), source);
  writeFileSync(file('a.ld'), LINKER_SCRIPT);
  const order = littleEndian ? ['-mlittle', '-a64'] : ['-mbig', '-a64'];
  const flags = [...order, `-m${cpu}`, '-mregnames', file('a.s'), '-o', file('a.o')];
  const as = spawnSync('powerpc64-linux-gnu-as', flags, { encoding: 'utf8' });
  const bad = [...as.stderr.matchAll(/:(\d+): Error: (.*)/g)];
  if (bad.length > 0) return new Map(bad.map(([, line, why]) => [Number(line), why ?? '']));
  const emulation = littleEndian ? 'elf64lppc' : 'elf64ppc';
  const link = ['-T', file('a.ld'), '--no-warn-mismatch', '--oformat', 'binary', '-e', '0'];
  const files = [file('a.o'), '-o', file('a.bin')];
  execFileSync('powerpc64-linux-gnu-ld', ['-m', emulation, ...link, ...files]);
  return readFileSync(file('a.bin')).subarray(0, -1);
}

const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');

/** 'word text' lines at consecutive addresses from 0. */
function makeWords(): string {
  const all = [...ROWS.flatMap(randomWords), ...completeWords()].map((word) => word >>> 0);
  const words = [...new Set(all)].filter((word) => variantOfWord(word) >= 0);
  const texts = objdumpOfRows(words);
  return words.map((word, i) => `${hex(word)} ${texts[i]}\n`).join('');
}

/** Words of all kinds, most of them with an opcode that has rows. */
function makeRandom(): string {
  reseed('random');
  const opcodes = [...new Set(ROWS.map((row) => patternOf(row).match >>> 26))].sort();
  const words = Array.from({ length: RANDOM_WORDS }, () => {
    const opcode = below(4) === 0 ? below(64) : (opcodes[below(opcodes.length)] ?? 0);
    return ((opcode << 26) | below(2 ** 26)) >>> 0;
  });
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
    case 'fpr':
      return [`f${below(32)}`, `${below(33)}`][below(2)] ?? '';
    case 'vr':
      return [`v${below(32)}`, `%v${below(32)}`, `${below(33)}`][below(3)] ?? '';
    case 'vsr':
      return [`vs${below(64)}`, `${below(65)}`][below(2)] ?? '';
    case 'mask':
      return ['0xff', '0xff00', '0xf000000f', '5', '-1', '0'][below(6)] ?? '';
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
  const texts = [...allMnemonics()].flatMap((name) => {
    reseed(name);
    return Array.from({ length: LINES_PER_MNEMONIC }, () => {
      const candidates = candidatesFor(name);
      const candidate = candidates[below(candidates.length)];
      return candidate ? `${name} ${operandsText(candidate)}`.trimEnd() : name;
    });
  });
  const lines = [...new Set(texts)];
  const words = assembleLines(lines);
  return lines.map((text, i) => `${words[i] ?? '-'} ${text}\n`).join('');
}

const nameOf = (line: string) => line.split(' ')[0] ?? '';

/** Words of lines, null for those that as refuses; names unknown to POWER9 are tried with older CPUs. */
function assembleLines(lines: readonly string[], cpus = ['power9', ...OLDER]): (string | null)[] {
  const [cpu = '', ...older] = cpus;
  const answer = gnuAssemble(`${lines.join('\n')}\n`, false, cpu);
  const refused: Refused = answer instanceof Map ? answer : new Map();
  const taken = lines.filter((_, i) => !refused.has(i + 1));
  const image = gnuAssemble(`${taken.join('\n')}\n`, false, cpu);
  if (image instanceof Map) throw new Error(`as refuses its own selection: ${[...image]}`);
  let at = 0;
  const words = lines.map((_, i) => {
    if (refused.has(i + 1)) return null;
    at += 4;
    return hex(image.readUInt32BE(at - 4));
  });
  const known = new Set(
    lines.filter((_, i) => !refused.get(i + 1)?.startsWith('unrecognized opcode')).map(nameOf),
  );
  const unknown = lines.filter((line) => !known.has(nameOf(line)));
  if (older.length > 0 && unknown.length > 0) {
    const words2 = new Map(assembleLines(unknown, older).map((word, i) => [unknown[i], word]));
    for (const [i, line] of lines.entries()) words[i] = words2.get(line) ?? words[i] ?? null;
  }
  return words;
}

function bothOrders(name: string, source: string) {
  const [big, little] = [false, true].map((littleEndian) => {
    const image = gnuAssemble(source, littleEndian);
    if (image instanceof Map) throw new Error(`as refuses '${name}': ${[...image]}`);
    return image;
  });
  return { big: big as Buffer, little: little as Buffer };
}

/** Programs with the bytes of both byte orders. */
function makePrograms(): string {
  const made = PROGRAMS.map(({ name, source }) => {
    const { big, little } = bothOrders(name, source);
    return { name, source, big: big.toString('hex'), little: little.toString('hex') };
  });
  return `${JSON.stringify(made, null, 1)}\n`;
}

/** Lines 'address text' of the words that are instructions; the others may be data. */
function instructionTexts(image: Buffer): string {
  const words = Array.from({ length: image.length >> 2 }, (_, i) => image.readUInt32BE(4 * i));
  const texts = objdump(words);
  return words
    .flatMap((word, i) => (variantOfWord(word) < 0 ? [] : [`${4 * i} ${texts[i]}\n`]))
    .join('');
}

/** Digests of what the programs of guests and benchmarks become; their sources are elsewhere. */
function makeGuests(): string {
  const digest = (image: Buffer) => createHash('sha256').update(image).digest('hex');
  const made = GUEST_PROGRAMS.map(({ name, source }) => {
    const { big, little } = bothOrders(name, source);
    const text = digest(Buffer.from(instructionTexts(big)));
    return [name, { bytes: big.length, big: digest(big), little: digest(little), text }];
  });
  return `${JSON.stringify(Object.fromEntries(made), null, 1)}\n`;
}

writeFileSync(join(GOLDEN, 'words.txt'), makeWords());
writeFileSync(join(GOLDEN, 'random.txt'), makeRandom());
writeFileSync(join(GOLDEN, 'lines.txt'), makeLines());
writeFileSync(join(GOLDEN, 'programs.json'), makePrograms());
writeFileSync(join(GOLDEN, 'guests.json'), makeGuests());
rmSync(folder, { recursive: true });
