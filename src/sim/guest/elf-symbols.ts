// Names of an ELF file's functions, and the function descriptors to which names and the entry point of the 64-bit
// ELF ABI v1 refer (64-bit PowerPC ELF ABI supplement 1.9, section 3.2.5, "Function Descriptors").
import type { ElfFile, LoadHeader, SectionHeader } from './elf-file.ts';
import { ImageFault } from './image-errors.ts';

const SHT_SYMTAB = 2;
const STB_LOCAL = 0;
const STT = { NOTYPE: 0, OBJECT: 1, FUNC: 2 } as const;
const SHN_ABS = 0xfff1;
/** Entry address, TOC pointer, environment: three doublewords. */
const DESCRIPTOR_BYTES = 24;

/** What a function descriptor says, as effective addresses. */
export interface Descriptor {
  readonly code: bigint;
  readonly toc: bigint;
}

/** Reads descriptors of one file: null for an address that is code itself. */
export type ReadDescriptor = (address: bigint) => Descriptor | null;

/** A file has descriptors when it is 64-bit, does not claim ABI v2 and has a section .opd. */
export function descriptorReader(
  file: ElfFile,
  loads: readonly LoadHeader[],
  sections: readonly SectionHeader[],
): ReadDescriptor {
  const { sixtyFour, abi } = file.header;
  const opd = sections.find(({ name }) => name === '.opd');
  if (!sixtyFour || abi === 2 || opd === undefined) return () => null;
  return (address) => {
    if (address < opd.address || address >= opd.address + opd.bytes) return null;
    const end = address + BigInt(DESCRIPTOR_BYTES);
    const load = loads.find((l) => address >= l.vaddr && end <= l.vaddr + BigInt(l.fileBytes));
    if (load === undefined) {
      const message = `the function descriptor at 0x${address.toString(16)} is in no segment`;
      throw new ImageFault('ELF_SECTION', opd.at, message, 'link the program anew');
    }
    const at = load.offset + Number(address - load.vaddr);
    return { code: file.u64(at), toc: file.u64(at + 8) };
  };
}

/** Address by name, of functions that of their code. A global name wins over local ones. */
export function elfSymbols(
  file: ElfFile,
  sections: readonly SectionHeader[],
  descriptor: ReadDescriptor,
): Map<string, bigint> {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  const strings = table && sections[table.link];
  const symbols = new Map<string, bigint>();
  if (table === undefined) return symbols;
  const size = file.header.sixtyFour ? 24 : 16;
  if (strings === undefined || table.entryBytes !== BigInt(size)) {
    const hint = 'strip the file: symbols are not needed';
    throw new ImageFault('ELF_SECTION', table.at, 'the symbol table has no names', hint);
  }
  const names = file.contents(strings);
  const count = Math.floor(file.contents(table).length / size);
  const globals = new Set<string>();
  for (let i = 1; i < count; i++) {
    const at = Number(table.offset) + i * size;
    const { nameAt, info, section, value } = readSymbol(file, at);
    const type = info & 15;
    if (nameAt === 0 || section === 0 || section === SHN_ABS) continue;
    if (type !== STT.NOTYPE && type !== STT.OBJECT && type !== STT.FUNC) continue;
    const name = file.string(names, nameAt, at);
    if (info >> 4 === STB_LOCAL) {
      if (symbols.has(name)) continue;
    } else {
      if (globals.has(name)) continue;
      globals.add(name);
    }
    symbols.set(name, (type === STT.FUNC ? descriptor(value)?.code : undefined) ?? value);
  }
  return symbols;
}

interface ElfSymbol {
  readonly nameAt: number;
  readonly info: number;
  readonly section: number;
  readonly value: bigint;
}

function readSymbol(file: ElfFile, at: number): ElfSymbol {
  const [info, section, value] = file.header.sixtyFour ? [4, 6, 8] : [12, 14, 4];
  return {
    nameAt: file.u32(at),
    info: file.u8(at + info),
    section: file.u16(at + section),
    value: file.word(at + value),
  };
}
