import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Image, type ImageError, loadImage } from './image.ts';
import { IMAGE_ERRORS, type ImageErrorCode } from './image-errors.ts';
import { type WrittenElf, writeElf } from './testing/elf-writer.ts';

const MB = 1 << 20;
const OPTIONS = { realBytes: MB };
const CODE = Uint8Array.of(0x4e, 0x80, 0, 0x20, 0x60, 0, 0, 0);
const PLAIN: WrittenElf = { entry: 0x1004n, segments: [{ vaddr: 0x1000n, bytes: CODE }] };

function golden(name: string): Uint8Array {
  return readFileSync(`src/sim/machine/golden/${name}.elf`);
}

function loaded(bytes: Uint8Array, options = {}): Image {
  const result = loadImage(bytes, { ...OPTIONS, ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function refused(bytes: Uint8Array, options = {}): ImageError {
  const result = loadImage(bytes, { ...OPTIONS, ...options });
  if (result.ok) throw new Error('the image was loaded');
  return result.error;
}

/** A copy with one big-endian field replaced. */
function patched(bytes: Uint8Array, at: number, size: 1 | 2 | 4 | 8, value: bigint): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let i = 0; i < size; i++)
    copy[at + i] = Number((value >> BigInt(8 * (size - 1 - i))) & 255n);
  return copy;
}

function u64(...values: bigint[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  for (const [i, value] of values.entries()) new DataView(bytes.buffer).setBigUint64(8 * i, value);
  return bytes;
}

describe('raw bytes', () => {
  it('lie at the base and start there', () => {
    expect(loaded(CODE, { base: 0x300n })).toEqual({
      format: 'raw',
      segments: [{ real: 0x300, bytes: CODE, size: 8 }],
      entry: 0x300n,
      littleEndian: false,
      sixtyFour: true,
      toc: null,
      symbols: new Map(),
    });
  });

  it('start at the entry that is given', () => {
    expect(loaded(CODE, { base: 0x300n, entry: 0x304n }).entry).toBe(0x304n);
  });
});

describe('ELF', () => {
  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('64-bit %s, little-endian %s: bytes at physical addresses', (sixtyFour, littleEndian) => {
    const segments = [
      { vaddr: 0x8000_1000n, paddr: 0x1000n, bytes: CODE, memBytes: 32 },
      { vaddr: 0x8000_2000n, paddr: 0x4000n, bytes: CODE },
    ];
    const file = writeElf({ entry: 0x8000_2004n, segments, sixtyFour, littleEndian });
    expect(loaded(file)).toMatchObject({
      format: 'elf',
      segments: [
        { real: 0x1000, bytes: CODE, size: 32 },
        { real: 0x4000, bytes: CODE, size: 8 },
      ],
      entry: 0x4004n,
      littleEndian,
      sixtyFour,
      toc: null,
    });
  });

  it('a movable program goes to the base', () => {
    const image = loaded(writeElf({ ...PLAIN, type: 3 }), { base: 0x2000n });
    expect(image.segments[0]?.real).toBe(0x3000);
    expect(image.entry).toBe(0x3004n);
  });

  const descriptors = u64(0x1004n, 0x9000n, 0n);
  const withOpd: WrittenElf = {
    entry: 0x2000n,
    abi: 1,
    segments: [
      { vaddr: 0x1000n, paddr: 0x5000n, bytes: CODE },
      { vaddr: 0x2000n, bytes: descriptors },
    ],
    sections: [{ name: '.opd', type: 1, address: 0x2000n, bytes: descriptors }],
  };

  it('the entry of ABI v1 is a descriptor: it gives address and TOC pointer', () => {
    expect(loaded(writeElf(withOpd))).toMatchObject({ entry: 0x5004n, toc: 0xd000n });
  });

  it('with ABI v2 the entry is code, whatever sections there are', () => {
    expect(loaded(writeElf({ ...withOpd, abi: 2 }))).toMatchObject({ entry: 0x2000n, toc: null });
  });

  it('the entry that is given replaces that of the file and its TOC pointer', () => {
    expect(loaded(writeElf(withOpd), { entry: 0x40n })).toMatchObject({ entry: 0x40n, toc: null });
  });

  it('names functions, data and labels by real addresses', () => {
    const image = loaded(golden('be64-v1'));
    const main = image.symbols.get('main') ?? 0n;
    const code = Uint8Array.from(image.segments[0]?.bytes ?? []);
    expect(new DataView(code.buffer).getUint32(Number(main) - 0x2000)).toBe(0x7c0802a6); // mflr r0, not a descriptor
    expect(image.symbols.get('_start')).toBe(image.entry);
    expect(image.symbols.get('begin')).toBe(image.entry);
    expect(image.symbols.has('program.c')).toBe(false);
  });

  it.each(['be64-v2', 'le64', 'be32'])('%s, made by a compiler, is read whole', (name) => {
    const image = loaded(golden(name));
    expect(image.entry).toBe(image.symbols.get('_start'));
    expect(image.littleEndian).toBe(name === 'le64');
    expect(image.sixtyFour).toBe(name !== 'be32');
    expect(image.segments).toHaveLength(2);
    expect(image.segments[1]?.size).toBeGreaterThan(4096); // the stack, which is not in the file
  });
});

describe('errors', () => {
  const plain = writeElf(PLAIN);
  const names = Uint8Array.of(0, 0x61); // a name without an end
  const symbol = new Uint8Array([0, 0, 0, 0, 0, 1, 0, 16, 0, 1]);
  const symtab = (link: number, entryBytes = 24): Uint8Array => {
    const bytes = new Uint8Array(48);
    bytes.set(symbol, 22);
    return writeElf({
      ...PLAIN,
      sections: [
        { name: '.symtab', type: 2, bytes, link, entryBytes },
        { name: '.strtab', type: 3, bytes: names },
      ],
    });
  };
  const small = writeElf({ ...PLAIN, sixtyFour: false });
  const cases: [ImageErrorCode, number, string, Uint8Array, object?][] = [
    ['IMAGE_EMPTY', 0, 'the file is empty', new Uint8Array(0)],
    ['IMAGE_ADDRESS', 0, '0x2 is not a multiple of 4', CODE, { entry: 2n }],
    ['IMAGE_ADDRESS', 0, '0x100000 is outside real memory', CODE, { entry: 0x100000n }],
    ['IMAGE_ADDRESS', 16, 'states its own addresses', plain, { base: 0x1000n }],
    ['IMAGE_MEMORY', 0, '0xffffc to 0x100004 is not within', CODE, { base: 0xffffcn }],
    ['IMAGE_MEMORY', 64, '0x1000 to 0x1008', plain, { realBytes: 0x1000 }],
    ['ELF_TRUNCATED', 0, 'takes 52 bytes, the file has 9', plain.subarray(0, 9)],
    ['ELF_TRUNCATED', 0, 'takes 64 bytes, the file has 60', plain.subarray(0, 60)],
    ['ELF_TRUNCATED', 32, 'the program header table', plain.subarray(0, 64)],
    ['ELF_TRUNCATED', 64, 'a segment reaches to byte 0x80', plain.subarray(0, 127)],
    ['ELF_HEADER', 4, 'EI_CLASS is 3', patched(plain, 4, 1, 3n)],
    ['ELF_HEADER', 5, 'EI_DATA is 0', patched(plain, 5, 1, 0n)],
    ['ELF_HEADER', 6, 'EI_VERSION is 2', patched(plain, 6, 1, 2n)],
    ['ELF_HEADER', 54, 'take 32 bytes, not 56', patched(plain, 54, 2, 32n)],
    ['ELF_HEADER', 56, 'more than 65534', patched(plain, 56, 2, 0xffffn)],
    ['ELF_MACHINE', 18, 'e_machine is 62, not 21', patched(plain, 18, 2, 62n)],
    ['ELF_MACHINE', 18, 'e_machine is 21, not 20', patched(small, 18, 2, 21n)],
    ['ELF_TYPE', 16, 'has not been linked', patched(plain, 16, 2, 1n)],
    ['ELF_TYPE', 16, 'e_type is 4: not an executable', patched(plain, 16, 2, 4n)],
    ['ELF_TYPE', 64, 'a dynamic linker', patched(plain, 64, 4, 3n)],
    ['ELF_PROGRAM_HEADER', 56, 'no segment is to be loaded', patched(plain, 64, 4, 6n)],
    ['ELF_PROGRAM_HEADER', 64, 'p_filesz 0x8 is more than p_memsz 0x7', patched(plain, 104, 8, 7n)],
    [
      'ELF_PROGRAM_HEADER',
      120,
      'two segments lie at real address 0x1004',
      writeElf({ ...PLAIN, segments: [...PLAIN.segments, { vaddr: 0x1004n, bytes: CODE }] }),
    ],
    ['ELF_ENTRY', 24, '0x1008 is in no segment', patched(plain, 24, 8, 0x1008n)],
    ['ELF_SECTION', 62, 'e_shstrndx', patched(symtab(2), 62, 2, 9n)],
    ['ELF_SECTION', 269, 'the symbol table has no names', symtab(7)],
    ['ELF_SECTION', 269, 'the symbol table has no names', symtab(2, 16)],
    ['ELF_SECTION', 128 + 24, 'the name at 0x1 of the string table has no end', symtab(2)],
  ];

  it.each(cases)('%s at byte %i: %s', (code, offset, message, bytes, options = {}) => {
    const error = refused(bytes, options);
    expect(error).toMatchObject({ code, offset, message: expect.stringContaining(message) });
  });

  it('every error has a case here', () => {
    expect(new Set(cases.map(([code]) => code))).toEqual(new Set(Object.keys(IMAGE_ERRORS)));
  });

  it('are values for any bytes: damaged programs never throw, and what loads lies within memory', () => {
    const programs = ['be64-v1', 'be64-v2', 'le64', 'be32'].map(golden);
    const damage = fc.array(
      fc.tuple(fc.oneof(fc.nat(300), fc.nat(5000)), fc.oneof(fc.nat(255), fc.constantFrom(0, 255))),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...programs), damage, fc.nat(5000), (program, edits, cut) => {
        const bytes = Uint8Array.from(program).subarray(0, cut % 3 === 0 ? cut : undefined);
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        const result = loadImage(bytes, OPTIONS);
        if (!result.ok) {
          expect(result.error.offset).toBeLessThanOrEqual(bytes.length);
          return;
        }
        for (const { real, bytes: content, size } of result.value.segments) {
          expect(content.length).toBeLessThanOrEqual(size);
          expect(real + size).toBeLessThanOrEqual(MB);
        }
        expect(result.value.entry % 4n).toBe(0n);
      }),
      { seed: 3, numRuns: 2000 },
    );
  });
});
