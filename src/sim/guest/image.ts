// Loads a program image, ELF or raw bytes, into real memory: where its bytes go and where it starts. Nothing is
// relocated: the loader does what a boot loader does, which has no dynamic linker.
import { ElfFile, isElf, type LoadHeader } from './elf-file.ts';
import { descriptorReader, elfSymbols, type ReadDescriptor } from './elf-symbols.ts';
import { type ImageError, ImageFault } from './image-errors.ts';

export type { ImageError } from './image-errors.ts';

/** Bytes for real address `real`; the rest up to `size` bytes is zero. */
export interface Segment {
  readonly real: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** A program ready to be placed. Addresses are real; symbols too. */
export interface Image {
  readonly format: 'elf' | 'raw';
  readonly segments: readonly Segment[];
  readonly entry: bigint;
  /** What the program expects of MSR[LE] and MSR[SF]. Raw bytes do not say: big-endian, 64-bit. */
  readonly littleEndian: boolean;
  readonly sixtyFour: boolean;
  /** TOC pointer (r2) that the entry's function descriptor (ELF ABI v1) gives, else null. */
  readonly toc: bigint | null;
  /** Functions, objects and labels by name; empty when the file has no symbol table. */
  readonly symbols: ReadonlyMap<string, bigint>;
}

export interface ImageOptions {
  /** Bytes of real memory. */
  readonly realBytes: number;
  /** Real address of the first raw byte, 0 unless given. Of ELF files only movable ones (ET_DYN) take it. */
  readonly base?: bigint;
  /** Real address of the first instruction instead of the file's own (raw: of the first byte). */
  readonly entry?: bigint;
}

export type ImageResult =
  | { readonly ok: true; readonly value: Image }
  | { readonly ok: false; readonly error: ImageError };

/** File offsets of the fields of the ELF header that errors point to. */
const E_TYPE = 16;
const E_ENTRY = 24;

const hex = (n: number | bigint) => `0x${n.toString(16)}`;

/** Reads an image; whatever the bytes are, the outcome is a value. */
export function loadImage(bytes: Uint8Array, options: ImageOptions): ImageResult {
  try {
    return { ok: true, value: isElf(bytes) ? loadElf(bytes, options) : loadRaw(bytes, options) };
  } catch (fault) {
    if (fault instanceof ImageFault) return { ok: false, error: fault.error };
    throw fault;
  }
}

function loadRaw(bytes: Uint8Array, options: ImageOptions): Image {
  const { base = 0n, entry = base } = options;
  if (bytes.length === 0) throw new ImageFault('IMAGE_EMPTY', 0, 'the file is empty');
  const segment = place(base, BigInt(bytes.length), bytes, 0, options);
  return {
    format: 'raw',
    segments: [segment],
    entry: checkEntry(entry, 0, options),
    littleEndian: false,
    sixtyFour: true,
    toc: null,
    symbols: new Map(),
  };
}

function loadElf(bytes: Uint8Array, options: ImageOptions): Image {
  const file = new ElfFile(bytes);
  const { littleEndian, sixtyFour, movable } = file.header;
  const { base = 0n } = options;
  if (base !== 0n && !movable) {
    const message = 'the file states its own addresses: it cannot be moved to a base';
    throw new ImageFault('IMAGE_ADDRESS', E_TYPE, message, 'leave out the base');
  }
  const loads = file.loadHeaders();
  const segments = loads.map((load) => {
    const content = file.slice(load.offset, load.fileBytes, load.at, 'a segment');
    return place(base + load.paddr, load.memBytes, content, load.at, options);
  });
  checkOverlap(loads, segments);
  const sections = file.sections();
  const descriptor = descriptorReader(file, loads, sections);
  const real = (address: bigint) => address + distance(loads, base, address);
  const start = elfStart(file, loads, base, descriptor);
  const named = elfSymbols(file, sections, descriptor);
  return {
    format: 'elf',
    segments,
    entry: checkEntry(options.entry ?? start.entry, E_ENTRY, options),
    littleEndian,
    sixtyFour,
    toc: options.entry === undefined ? start.toc : null,
    symbols: new Map([...named].map(([name, address]) => [name, real(address)])),
  };
}

/** Where the program starts, and with which TOC pointer: e_entry, or what the descriptor that it names says. */
function elfStart(
  file: ElfFile,
  loads: readonly LoadHeader[],
  base: bigint,
  descriptor: ReadDescriptor,
): { entry: bigint; toc: bigint | null } {
  const described = descriptor(file.header.entry);
  const address = described?.code ?? file.header.entry;
  if (loadOf(loads, address) === undefined) {
    const message = `the entry point ${hex(address)} is in no segment`;
    throw new ImageFault(
      'ELF_ENTRY',
      E_ENTRY,
      message,
      'give the address of the first instruction',
    );
  }
  const by = distance(loads, base, address);
  return { entry: address + by, toc: described && BigInt.asUintN(64, described.toc + by) };
}

function loadOf(loads: readonly LoadHeader[], address: bigint): LoadHeader | undefined {
  return loads.find(({ vaddr, memBytes }) => address >= vaddr && address < vaddr + memBytes);
}

/** What to add to an effective address of the file to get the real one: p_paddr - p_vaddr of its segment. */
function distance(loads: readonly LoadHeader[], base: bigint, address: bigint): bigint {
  const load = loadOf(loads, address);
  return base + (load === undefined ? 0n : load.paddr - load.vaddr);
}

function place(
  address: bigint,
  size: bigint,
  bytes: Uint8Array,
  at: number,
  { realBytes }: ImageOptions,
): Segment {
  if (address + size > BigInt(realBytes)) {
    const message = `${hex(address)} to ${hex(address + size)} is not within real memory`;
    const hint = `real memory ends at ${hex(realBytes)}: give more, or another address`;
    throw new ImageFault('IMAGE_MEMORY', at, message, hint);
  }
  return { real: Number(address), bytes, size: Number(size) };
}

function checkOverlap(loads: readonly LoadHeader[], segments: readonly Segment[]): void {
  for (const [i, a] of segments.entries()) {
    const other = segments
      .slice(0, i)
      .find((b) => a.real < b.real + b.size && b.real < a.real + a.size);
    if (other === undefined) continue;
    const message = `two segments lie at real address ${hex(Math.max(a.real, other.real))}`;
    throw new ImageFault('ELF_PROGRAM_HEADER', loads[i]?.at ?? 0, message, 'link the program anew');
  }
}

function checkEntry(entry: bigint, at: number, { realBytes }: ImageOptions): bigint {
  if (entry % 4n === 0n && entry < BigInt(realBytes)) return entry;
  const why = entry % 4n === 0n ? 'outside real memory' : 'not a multiple of 4';
  throw new ImageFault('IMAGE_ADDRESS', at, `the entry address ${hex(entry)} is ${why}`);
}
