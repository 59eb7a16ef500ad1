// Assembly of the program that runs the witness's cases under QEMU user mode. It reads the cases and new states from
// standard input and writes the state after each case to standard output.
import {
  CODE,
  DWORDS,
  EXIT,
  PLACE,
  STATE,
  VSR_AT,
} from '../src/sim/engine/testing/witness-state.ts';

/** Bytes of a case in the input: instruction words, then a doubleword that is 1 when a new state follows. */
export const SLOT = 256;
export const STATE_BYTES = DWORDS * 8;
/** Where the parts of the program lie besides STATE, CODE and EXIT. */
export const STACK = 0x9_0000;
export const CASES = 0x10_0000;
/** The program's own variables: next case, end, a line to store to, the stack and the action of signals. */
const STORAGE = 0x2800;

/** What differs between a 64-bit and a 32-bit CPU; the 32-bit state is the low words. */
interface Width {
  readonly load: string;
  readonly store: string;
  readonly bytes: 4 | 8;
  /** Of struct ucontext, whose address is in r5: puts the address of the place of NIP into r7. */
  readonly nipAddress: string;
  readonly clearReservation: string;
}
const WIDE: Width = {
  load: 'ld',
  store: 'std',
  bytes: 8,
  nipAddress: 'addi 7,5,488',
  clearReservation: 'stdcx.',
};
const NARROW: Width = {
  load: 'lwz',
  store: 'stw',
  bytes: 4,
  nipAddress: 'lwz 7,48(5)\n  addi 7,7,128',
  clearReservation: 'stwcx.',
};

/** Addresses below 32 KiB are reached with RA = 0, so that no register is lost. */
const at = ({ bytes }: Width, dword: number) => `${STATE + 8 * dword + 8 - bytes}(0)`;
const each = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `  ${line(n)}`).join('\n');

const SPECIAL: readonly (readonly [place: number, read: string, write: string])[] = [
  [PLACE.CR, 'mfcr 3', 'mtcr 3'],
  [PLACE.XER, 'mfxer 3', 'mtxer 3'],
  [PLACE.LR, 'mflr 3', 'mtlr 3'],
  [PLACE.CTR, 'mfctr 3', 'mtctr 3'],
];
const TAR: (typeof SPECIAL)[number] = [PLACE.TAR, 'mfspr 3,815', 'mtspr 815,3'];

function save(width: Width, special: typeof SPECIAL): string {
  return [
    each(32, (n) => `${width.store} ${n},${at(width, n)}`),
    ...special.map(([place, read]) => `  ${read}\n  ${width.store} 3,${at(width, place)}`),
  ].join('\n');
}

function restore(width: Width, special: typeof SPECIAL): string {
  return [
    ...special.map(([place, , write]) => `  ${width.load} 3,${at(width, place)}\n  ${write}`),
    each(32, (n) => `${width.load} ${n},${at(width, n)}`),
  ].join('\n');
}

/** All 64 vector-scalar registers, FPSCR and VSCR. */
const SAVE_VSX = `  li 3,${STATE + 8 * VSR_AT}
${each(64, (n) => `stxvd2x ${n},0,3\n  addi 3,3,16`)}
  mffs 0
  stfd 0,${at(WIDE, PLACE.FPSCR)}
  mfvscr 0
  li 3,${STORAGE + 32}
  stxvd2x 32,0,3
  ld 3,${STORAGE + 40}(0)
  std 3,${at(WIDE, PLACE.VSCR)}`;
const RESTORE_VSX = `  li 3,${STATE + 8 * PLACE.FPSCR}
  lxvd2x 32,0,3
  mtvscr 0
  lfd 0,${at(WIDE, PLACE.FPSCR)}
  mtfsf 255,0,1,0
  li 3,${STATE + 8 * VSR_AT}
${each(64, (n) => `lxvd2x ${n},0,3\n  addi 3,3,16`)}`;

/** A CPU without VSX: the FPRs and FPSCR. */
const fprAt = (n: number) => `${n},${STATE + 8 * (VSR_AT + 2 * n)}(0)`;
const SAVE_FP = `${each(32, (n) => `stfd ${fprAt(n)}`)}
  mffs 0
  li 3,${STATE + 8 * PLACE.FPSCR + 4}
  stfiwx 0,0,3`;
const RESTORE_FP = `  lfd 0,${STATE + 8 * PLACE.FPSCR}(0)
  mtfsf 255,0
${each(32, (n) => `lfd ${fprAt(n)}`)}`;

function program(w: Width, saveState: string, restoreState: string): string {
  const word = w.bytes;
  return `
exit:
${saveState}
  li 0,4
  li 3,1
  li 4,${STATE}
  li 5,${STATE_BYTES}
  sc
next:
  ${w.load} 3,${STORAGE}(0)
  ${w.load} 4,${STORAGE + 8}(0)
  ${word === 8 ? 'cmpld' : 'cmplw'} 3,4
  bge done
  ${w.load} 5,${SLOT - word}(3)
  cmpwi 5,0
  beq 1f
  li 3,0
  li 4,${STATE}
  li 5,${STATE_BYTES}
  li 0,3
  sc
1: ${w.load} 3,${STORAGE}(0)
  li 5,${SLOT / 4 - 2}
  mtctr 5
  addi 6,3,-4
  li 7,${CODE - 4}
2: lwzu 8,4(6)
  stwu 8,4(7)
  bdnz 2b
  addi 3,3,${SLOT}
  ${w.store} 3,${STORAGE}(0)
  li 3,${CODE}
  dcbst 0,3
  sync
  icbi 0,3
  isync
  li 0,0
  ${w.store} 0,${at(w, PLACE.SIGNAL)}
  li 3,${STORAGE + 48}
  ${w.clearReservation} 3,0,3
${restoreState}
  ba ${CODE}

done: li 0,1
  li 3,0
  sc

# A signal in the case's code is noted and ends the case. Any other is a fault of this program.
handler:
  ${w.nipAddress}
  ${w.load} 6,0(7)
  srwi 6,6,12
  cmplwi 6,${CODE >> 12}
  bne 1f
  ${w.store} 3,${at(w, PLACE.SIGNAL)}
  li 6,${EXIT}
  ${w.store} 6,0(7)
  blr
1: li 0,1
  li 3,99
  sc

.globl _start
_start:
  li 3,${STORAGE + 64}
  lis 4,${STACK >> 16}
  ${w.store} 4,0(3)
  li 4,0
  ${w.store} 4,${word}(3)
  lis 4,1
  ${w.store} 4,${2 * word}(3)
  li 4,0
  li 0,185
  sc
  lis 4,handler@h
  ori 4,4,handler@l
  ${w.store} 4,${STORAGE + 96}(0)
  lis 4,0x4800
  ori 4,4,4
  ${w.store} 4,${STORAGE + 96 + word}(0)
${[4, 5, 7, 8, 11]
  .map(
    (signal) => `  li 3,${signal}
  li 4,${STORAGE + 96}
  li 5,0
  li 6,8
  li 0,173
  sc`,
  )
  .join('\n')}
  li 3,0
  li 4,${STORAGE + 8 - (8 - word)}
  li 5,8
  li 0,3
  sc
  ${w.load} 5,${STORAGE + 8}(0)
  lis 4,${CASES >> 16}
  ${w.store} 4,${STORAGE}(0)
  add 3,4,5
  ${w.store} 3,${STORAGE + 8}(0)
  li 3,0
  li 0,3
  sc
  b next
.section .state,"aw",@nobits
.space ${STORAGE + 256 - (STATE & ~0xfff)}
.section .code,"awx",@nobits
.space ${SLOT}
.section .stack,"aw",@nobits
.space 0x10000
.section .cases,"aw",@nobits
.space 0x40000
`;
}

/** For POWER7 and later; TAR is new in POWER8. */
export function source64(hasTar: boolean): string {
  const special = hasTar ? [...SPECIAL, TAR] : SPECIAL;
  const saved = `${save(WIDE, special)}\n${SAVE_VSX}`;
  return `.abiversion 2${program(WIDE, saved, `${RESTORE_VSX}\n${restore(WIDE, special)}`)}`;
}

/** For a 32-bit CPU with floating point. */
export function source32(): string {
  const saved = `${save(NARROW, SPECIAL)}\n${SAVE_FP}`;
  return program(NARROW, saved, `${RESTORE_FP}\n${restore(NARROW, SPECIAL)}`);
}
