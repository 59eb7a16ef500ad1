// What the generator of the golden corpus (scripts/engine-golden.ts) and its replay share: where things lie, the
// input of each case and the format of the files.

/** Instruction sequences start at CODE_BASE + case * CODE_STRIDE and end with a branch to EXIT. */
export const CODE_BASE = 0x1000_0000;
export const CODE_STRIDE = 1024;
export const EXIT = 0x0100_0400;
/** r1 of every case: the start of the only memory that sequences touch. */
export const BUFFER_BASE = 0x2000_0000;
export const BUFFER_BYTES = 512;
/** Doublewords of registers: 32 GPRs, CR, XER, LR, CTR. */
export const REGISTERS = 36;
export const CR_AT = 32;
export const XER_AT = 33;

export interface GoldenFile {
  readonly about: string;
  /** Per case: instruction words in hex, then the registers after them in hex and the buffer's checksum. */
  readonly cases: readonly {
    readonly words: string;
    readonly registers: string;
    readonly buffer: number;
  }[];
}

const EDGES = [0n, 1n, -1n, 0x7fn, 0x80n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 63n];

/** A 64-bit mixing function (SplitMix64): the inputs of the corpus must never change. */
function mix(n: number): bigint {
  let z = BigInt.asUintN(64, BigInt(n + 1) * 0x9e3779b97f4a7c15n);
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** Registers before case `index`, as REGISTERS doublewords. */
export function goldenInput(index: number): bigint[] {
  const registers = Array.from({ length: REGISTERS }, (_, n) => {
    const value = mix(index * 64 + n);
    const kind = Number(value % 4n);
    const edge = EDGES[Number((value >> 8n) % BigInt(EDGES.length))] ?? 0n;
    return BigInt.asUintN(64, kind === 0 ? edge : kind === 1 ? value >> 33n : value);
  });
  registers[1] = BigInt(BUFFER_BASE);
  registers[CR_AT] = mix(index * 64 + 40) & 0xffff_ffffn;
  registers[XER_AT] = mix(index * 64 + 41) & 0xe00c_007fn;
  return registers;
}

/** The buffer before every case. */
export function goldenBuffer(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: BUFFER_BYTES }, (_, i) => Number(mix(1_000_000 + i) & 0xffn));
}

/** FNV-1a of the buffer. */
export function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
