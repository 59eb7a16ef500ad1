// Writes ELF executables by hand: a file header, program headers, then the segments' bytes and, if asked for, sections.
// For tests, and for benchmarks that run our machine code under QEMU.

export interface WrittenSegment {
  readonly vaddr: bigint;
  /** The same as `vaddr` unless given. */
  readonly paddr?: bigint;
  readonly bytes: Uint8Array;
  /** Bytes in memory; as many as in the file unless given. */
  readonly memBytes?: number;
}

export interface WrittenSection {
  readonly name: string;
  readonly type: number;
  readonly address?: bigint;
  readonly bytes: Uint8Array;
  /** Number of the section that holds the names, counting from 1 in the order given. */
  readonly link?: number;
  readonly entryBytes?: number;
}

export interface WrittenElf {
  readonly entry: bigint;
  readonly segments: readonly WrittenSegment[];
  readonly sections?: readonly WrittenSection[];
  /** Big-endian, 64-bit, ABI v2 and ET_EXEC unless given. */
  readonly littleEndian?: boolean;
  readonly sixtyFour?: boolean;
  readonly abi?: number;
  readonly type?: number;
  /** Segments lie in the file where they lie in a page of this size; 1 unless given. */
  readonly align?: number;
}

/** Bytes of the headers and of an address, by width of the file. */
const WIDE = { file: 64, program: 56, section: 64, word: 8 };
const NARROW = { file: 52, program: 32, section: 40, word: 4 };

type Field = readonly [bytes: number, value: number | bigint];

/** Where the parts of a file lie. */
interface Plan {
  readonly size: typeof WIDE;
  readonly littleEndian: boolean;
  readonly align: number;
  /** All sections, that of their names last; none when the file has no section table. */
  readonly sections: readonly WrittenSection[];
  /** File offset of each segment's and then each section's bytes. */
  readonly offsets: readonly number[];
  readonly sectionTable: number;
}

/** The bytes of the file. */
export function writeElf(elf: WrittenElf): Uint8Array<ArrayBuffer> {
  const plan = planOf(elf);
  const { size, sections, offsets, sectionTable } = plan;
  const headers: (readonly [at: number, fields: readonly Field[]])[] = [[0, fileHeader(elf, plan)]];
  for (const [i, segment] of elf.segments.entries()) {
    headers.push([size.file + i * size.program, programHeader(segment, i, plan)]);
  }
  for (const [i, section] of sections.entries()) {
    headers.push([sectionTable + (i + 1) * size.section, sectionHeader(section, i, elf, plan)]);
  }
  const count = sections.length === 0 ? 0 : sections.length + 1;
  const file = new Uint8Array(sectionTable + size.section * count);
  for (const [at, fields] of headers) putFields(file, at, fields, plan.littleEndian);
  file.set([0x7f, 0x45, 0x4c, 0x46, elf.sixtyFour === false ? 1 : 2, plan.littleEndian ? 1 : 2, 1]);
  for (const [i, { bytes }] of [...elf.segments, ...sections].entries()) {
    file.set(bytes, offsets[i] ?? 0);
  }
  return file;
}

function planOf(elf: WrittenElf): Plan {
  const { segments, sections = [], littleEndian = false, sixtyFour, align = 1 } = elf;
  const size = sixtyFour === false ? NARROW : WIDE;
  const all = sections.length === 0 ? [] : [...sections, sectionNames(sections)];
  let at = size.file + size.program * segments.length;
  const offsets = segments.map(({ vaddr, bytes }) => {
    while (BigInt(at) % BigInt(align) !== vaddr % BigInt(align)) at += 1;
    at += bytes.length;
    return at - bytes.length;
  });
  for (const { bytes } of all) {
    offsets.push(at);
    at += bytes.length;
  }
  return { size, littleEndian, align, sections: all, offsets, sectionTable: at };
}

/** From e_ident on, whose bytes follow elsewhere. */
function fileHeader({ entry, segments, abi = 2, type = 2 }: WrittenElf, plan: Plan): Field[] {
  const { size, sections, sectionTable } = plan;
  const { word } = size;
  const count = sections.length === 0 ? 0 : sections.length + 1;
  return [
    ...([
      [16, 0],
      [2, type],
      [2, word === 8 ? 21 : 20],
      [4, 1],
    ] as const),
    ...([
      [word, entry],
      [word, size.file],
      [word, count === 0 ? 0 : sectionTable],
    ] as const),
    ...([
      [4, word === 8 ? abi : 0],
      [2, size.file],
    ] as const),
    ...([
      [2, size.program],
      [2, segments.length],
    ] as const),
    ...([
      [2, size.section],
      [2, count],
      [2, Math.max(0, count - 1)],
    ] as const),
  ];
}

function programHeader(
  segment: WrittenSegment,
  i: number,
  { size, offsets, align }: Plan,
): Field[] {
  const { vaddr, paddr = vaddr, bytes, memBytes = bytes.length } = segment;
  const { word } = size;
  const flags: Field = [4, 7];
  return [
    [4, 1],
    ...(word === 8 ? [flags] : []),
    ...[offsets[i] ?? 0, vaddr, paddr, bytes.length, memBytes].map((n): Field => [word, n]),
    ...(word === 4 ? [flags] : []),
    [word, align],
  ];
}

function sectionHeader(section: WrittenSection, i: number, elf: WrittenElf, plan: Plan): Field[] {
  const { word } = plan.size;
  const before = plan.sections.slice(0, i).reduce((sum, { name }) => sum + name.length + 1, 1);
  const place = plan.offsets[elf.segments.length + i] ?? 0;
  return [
    ...([
      [4, before],
      [4, section.type],
      [word, 0],
      [word, section.address ?? 0n],
    ] as const),
    ...([
      [word, place],
      [word, section.bytes.length],
      [4, section.link ?? 0],
      [4, 0],
    ] as const),
    ...([
      [word, 1],
      [word, section.entryBytes ?? 0],
    ] as const),
  ];
}

function sectionNames(sections: readonly WrittenSection[]): WrittenSection {
  const name = '.shstrtab';
  const text = ['', ...sections.map((section) => section.name), name, ''].join('\0');
  return { name, type: 3, bytes: Uint8Array.from(text, (c) => c.charCodeAt(0)) };
}

function putFields(file: Uint8Array, start: number, fields: readonly Field[], le: boolean): void {
  let at = start;
  for (const [bytes, value] of fields) {
    const n = BigInt.asUintN(8 * bytes, BigInt(value));
    for (let i = 0; i < bytes; i++) {
      file[at + i] = Number((n >> BigInt(8 * (le ? i : bytes - 1 - i))) & 0xffn);
    }
    at += bytes;
  }
}
