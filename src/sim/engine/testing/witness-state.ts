// What the witness (scripts/witness.ts) and its replay share: where code and memory lie, and the state of a case as
// 256 doublewords, so that one byte names any register or piece of memory.

/** A case's code starts here and ends with an absolute branch to EXIT. */
export const CODE = 0x4000;
export const EXIT = 0x6000;
/** Address of the state under QEMU. The buffer, its only part that the code may touch, spans a page boundary. */
export const STATE = 0x1d00;

export const DWORDS = 256;
/** Doublewords 0-31 are the GPRs, then these. */
export const PLACE = {
  CR: 32,
  XER: 33,
  LR: 34,
  CTR: 35,
  TAR: 36,
  FPSCR: 37,
  VSCR: 38,
  /** Signal number that ended the case, or 0: SIGILL 4, SIGTRAP 5, SIGBUS 7. */
  SIGNAL: 39,
} as const;
export const BUFFER_AT = 64;
export const BUFFER_DWORDS = 64;
/** Address of the buffer. */
export const BUFFER = STATE + 8 * BUFFER_AT;
/** Doubleword 0 of VSR n is at VSR_AT + 2n, doubleword 1 follows. */
export const VSR_AT = 128;

/** How cases run: byte order in 64-bit mode, or in 32-bit mode, big-endian. */
export type WitnessMode = 'big-endian' | 'little-endian' | '32-bit';

/** State of a case before or after it. */
export type WitnessState = BigUint64Array<ArrayBuffer>;

/** What a reader calls a doubleword of the state. */
export function placeName(dword: number): string {
  if (dword < 32) return `r${dword}`;
  const named = Object.entries(PLACE).find(([, at]) => at === dword);
  if (named !== undefined) return named[0];
  if (dword < VSR_AT) return `buffer+${8 * (dword - BUFFER_AT)}`;
  return `vsr${(dword - VSR_AT) >> 1} doubleword ${dword & 1}`;
}

/** FNV-1a of a name: the seed of a row's cases does not depend on other rows. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
