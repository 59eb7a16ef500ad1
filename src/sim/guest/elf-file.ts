// The headers of an ELF file as numbers, each checked against the size of the file. Source: System V ABI, "Object
// Files"; 64-bit PowerPC ELF ABI supplements 1.9 (function descriptors) and v2 (e_flags).
import { ImageFault } from './image-errors.ts';

/** File header: what kind of program it is and where its tables are. */
export interface ElfHeader {
  readonly littleEndian: boolean;
  readonly sixtyFour: boolean;
  /** ET_DYN: may be loaded anywhere. */
  readonly movable: boolean;
  /** ABI version of e_flags: 0 not stated, 1 function descriptors, 2 none. */
  readonly abi: number;
  /** Effective address, or that of the entry's function descriptor. */
  readonly entry: bigint;
}

/** A program header of type PT_LOAD that takes memory; `at` is where the header lies in the file. */
export interface LoadHeader {
  readonly at: number;
  readonly offset: number;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly fileBytes: number;
  readonly memBytes: bigint;
}

/** A section header; `at` is where it lies in the file. The contents have not been looked at. */
export interface SectionHeader {
  readonly at: number;
  readonly name: string;
  readonly type: number;
  readonly address: bigint;
  readonly offset: bigint;
  readonly bytes: bigint;
  readonly link: number;
  readonly entryBytes: bigint;
}

const ELF_MAGIC = 0x7f454c46;
const EM = { PPC: 20, PPC64: 21 } as const;
const ET = { EXEC: 2, DYN: 3 } as const;
const PT = { LOAD: 1, INTERP: 3 } as const;
const SHT_NOBITS = 8;
/** e_phnum and e_shnum of files with more entries than 16 bits hold. */
const PN_XNUM = 0xffff;

const hex = (n: number | bigint) => `0x${n.toString(16)}`;

/** True when the bytes are meant to be ELF. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === ELF_MAGIC;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads the tables of one file. Every method throws an `ImageFault` that names the place when a value is impossible. */
export class ElfFile {
  readonly header: ElfHeader;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.header = this.#readHeader();
  }

  /** Unsigned numbers at a file offset that the caller has checked. */
  u8(at: number): number {
    return this.#view.getUint8(at);
  }
  u16(at: number): number {
    return this.#view.getUint16(at, this.header.littleEndian);
  }
  u32(at: number): number {
    return this.#view.getUint32(at, this.header.littleEndian);
  }
  u64(at: number): bigint {
    return this.#view.getBigUint64(at, this.header.littleEndian);
  }
  /** An address or size: 8 bytes in 64-bit files, else 4. */
  word(at: number): bigint {
    return this.header.sixtyFour ? this.u64(at) : BigInt(this.u32(at));
  }

  /** The bytes `offset`..`offset + size` of the file; `what` (at file offset `at`) told us about them. */
  slice(offset: bigint | number, size: bigint | number, at: number, what: string): Uint8Array {
    const end = BigInt(offset) + BigInt(size);
    if (end > BigInt(this.#bytes.length)) {
      throw new ImageFault(
        'ELF_TRUNCATED',
        at,
        `${what} reaches to byte ${hex(end)} of the file, which ends at ${hex(this.#bytes.length)}`,
        'the file is cut off or damaged: copy it again',
      );
    }
    return this.#bytes.subarray(Number(offset), Number(end));
  }

  /** PT_LOAD headers with memory, in the order of the file. */
  loadHeaders(): LoadHeader[] {
    const wide = this.header.sixtyFour;
    const [fields, size] = wide
      ? [{ off: 32, size: 54, num: 56 }, 56]
      : [{ off: 28, size: 42, num: 44 }, 32];
    const table = this.#table('program header', fields, size);
    const loads: LoadHeader[] = [];
    for (const at of table) {
      const type = this.u32(at);
      if (type === PT.INTERP) throw this.#dynamic(at);
      const load = this.#readLoad(at);
      if (type === PT.LOAD && load.memBytes > 0n) loads.push(this.#checkLoad(load));
    }
    if (loads.length > 0) return loads;
    const hint = 'link the program as an executable, or give the raw bytes of its code';
    throw new ImageFault('ELF_PROGRAM_HEADER', fields.num, 'no segment is to be loaded', hint);
  }

  /** All section headers; none when the file has no section table. */
  sections(): SectionHeader[] {
    const wide = this.header.sixtyFour;
    const [fields, size] = wide
      ? [{ off: 40, size: 58, num: 60 }, 64]
      : [{ off: 32, size: 46, num: 48 }, 40];
    const table = this.#table('section header', fields, size);
    const raw = table.map((at) => this.#readSection(at));
    const names = raw[this.u16(fields.num + 2)];
    if (names === undefined) {
      if (raw.length === 0) return [];
      throw this.#broken(fields.num + 2, 'e_shstrndx names no section');
    }
    const text = this.contents({ ...names, name: 'the section names' });
    return raw.map((section) => ({
      ...section,
      name: this.string(text, section.nameAt, section.at),
    }));
  }

  /** The bytes of a section; none of one that takes no space in the file. */
  contents(section: SectionHeader): Uint8Array {
    const bytes = section.type === SHT_NOBITS ? 0n : section.bytes;
    return this.slice(section.offset, bytes, section.at, `section ${section.name}`);
  }

  /** The text at `start` of a string table, as `owner` (a place in the file) asks for it. */
  string(table: Uint8Array, start: number, owner: number): string {
    const end = table.indexOf(0, start);
    if (start >= table.length || end < 0) {
      throw this.#broken(owner, `the name at ${hex(start)} of the string table has no end`);
    }
    return String.fromCharCode(...table.subarray(start, Math.min(end, start + 1024)));
  }

  #readHeader(): ElfHeader {
    const bytes = this.#bytes;
    const [, , , , elfClass = 0, data = 0, version = 0] = bytes;
    const bad = (at: number, message: string, hint?: string) =>
      new ImageFault('ELF_HEADER', at, message, hint);
    if (bytes.length < 52) throw this.#cutHeader(52);
    if (elfClass !== 1 && elfClass !== 2) throw bad(4, `EI_CLASS is ${elfClass}, not 1 or 2`);
    if (data !== 1 && data !== 2) throw bad(5, `EI_DATA is ${data}, not 1 (little) or 2 (big)`);
    if (version !== 1) throw bad(6, `EI_VERSION is ${version}, not 1`);
    const sixtyFour = elfClass === 2;
    if (sixtyFour && bytes.length < 64) throw this.#cutHeader(64);
    const littleEndian = data === 1;
    const view = this.#view;
    this.#checkMachine(view.getUint16(18, littleEndian), sixtyFour);
    const flags = view.getUint32(sixtyFour ? 48 : 36, littleEndian);
    return {
      littleEndian,
      sixtyFour,
      movable: this.#checkType(view.getUint16(16, littleEndian)) === ET.DYN,
      abi: sixtyFour ? flags & 3 : 0,
      entry: sixtyFour
        ? view.getBigUint64(24, littleEndian)
        : BigInt(view.getUint32(24, littleEndian)),
    };
  }

  #cutHeader(bytes: number): ImageFault {
    const message = `the file header takes ${bytes} bytes, the file has ${this.#bytes.length}`;
    return new ImageFault('ELF_TRUNCATED', 0, message, 'the file is cut off: copy it again');
  }

  #checkMachine(machine: number, sixtyFour: boolean): void {
    if (machine === (sixtyFour ? EM.PPC64 : EM.PPC)) return;
    const wanted = sixtyFour ? `${EM.PPC64} (64-bit PowerPC)` : `${EM.PPC} (PowerPC)`;
    throw new ImageFault(
      'ELF_MACHINE',
      18,
      `e_machine is ${machine}, not ${wanted}`,
      'compile the program for powerpc, powerpc64 or powerpc64le',
    );
  }

  #checkType(type: number): number {
    if (type === ET.EXEC || type === ET.DYN) return type;
    const what = type === 1 ? 'an object file that has not been linked' : 'not an executable';
    const message = `e_type is ${type}: ${what}`;
    throw new ImageFault('ELF_TYPE', 16, message, 'link it: powerpc64-linux-gnu-ld -Ttext=0 a.o');
  }

  #dynamic(at: number): ImageFault {
    const message = 'PT_INTERP: the program needs a dynamic linker';
    return new ImageFault('ELF_TYPE', at, message, 'link it with -static -nostdlib');
  }

  /** File offsets of the entries of a table whose place, entry size and count are in the file header. */
  #table(what: string, fields: { off: number; size: number; num: number }, size: number): number[] {
    const count = this.u16(fields.num);
    if (count === 0) return [];
    if (count === PN_XNUM) throw this.#badTable(fields.num, `more than ${PN_XNUM - 1} ${what}s`);
    const stated = this.u16(fields.size);
    if (stated !== size) {
      throw this.#badTable(fields.size, `a ${what} is stated to take ${stated} bytes, not ${size}`);
    }
    const offset = this.word(fields.off);
    this.slice(offset, size * count, fields.off, `the ${what} table`);
    return Array.from({ length: count }, (_, i) => Number(offset) + i * size);
  }

  #badTable(at: number, message: string): ImageFault {
    return new ImageFault('ELF_HEADER', at, message, 'link the program anew');
  }

  #broken(at: number, message: string): ImageFault {
    return new ImageFault('ELF_SECTION', at, message, 'strip the file: sections are not needed');
  }

  #readLoad(at: number): LoadHeader & { readonly fileSize: bigint } {
    const [offset, vaddr, paddr, filesz, memsz] = this.header.sixtyFour
      ? [8, 16, 24, 32, 40]
      : [4, 8, 12, 16, 20];
    const fileSize = this.word(at + filesz);
    return {
      at,
      offset: Number(this.word(at + offset)),
      vaddr: this.word(at + vaddr),
      paddr: this.word(at + paddr),
      fileSize,
      fileBytes: Number(fileSize),
      memBytes: this.word(at + memsz),
    };
  }

  #checkLoad({ fileSize, ...load }: LoadHeader & { readonly fileSize: bigint }): LoadHeader {
    if (fileSize > load.memBytes) {
      const message = `p_filesz ${hex(fileSize)} is more than p_memsz ${hex(load.memBytes)}`;
      throw new ImageFault('ELF_PROGRAM_HEADER', load.at, message, 'link the program anew');
    }
    this.slice(load.offset, fileSize, load.at, 'a segment');
    return load;
  }

  #readSection(at: number): SectionHeader & { readonly nameAt: number } {
    const wide = this.header.sixtyFour;
    const [address, offset, bytes, link, entry] = wide
      ? [16, 24, 32, 40, 56]
      : [12, 16, 20, 24, 36];
    return {
      at,
      name: '',
      nameAt: this.u32(at),
      type: this.u32(at + 4),
      address: this.word(at + address),
      offset: this.word(at + offset),
      bytes: this.word(at + bytes),
      link: this.u32(at + link),
      entryBytes: this.word(at + entry),
    };
  }
}
