// Three programs by which the engine's speed is measured beside QEMU: integers, memory, floating point. Each is called
// with the number of rounds in r3 and 128 KiB of memory at r4, and falls off its end with a checksum in r3.

export interface BenchProgram {
  readonly id: 'integer' | 'copy' | 'matrix';
  readonly title: string;
  readonly text: string;
  /** Of three rounds, as qemu-ppc64 computes it. */
  readonly checksum: bigint;
}

/** The next of a sequence of random numbers in r30 (xorshift64); uses r8. */
const RANDOM = `
  sldi r8,r30,13
  xor r30,r30,r8
  srdi r8,r30,7
  xor r30,r30,r8
  sldi r8,r30,17
  xor r30,r30,r8`;
const SEED = `
  lis r30,0x2545
  ori r30,r30,0xf491
  sldi r30,r30,32
  oris r30,r30,0x4f6c
  ori r30,r30,0xdd1d`;

/** Primes below 8192; 1024 random words sorted (shell sort); their CRC-32 by table. */
const INTEGER = `${SEED}
  li r31,0
  # the CRC's table at 0x3000
  addi r5,r4,0x3000
  lis r6,0xedb8-0x10000
  ori r6,r6,0x8320
  clrldi r6,r6,32
  li r7,0
1: mr r8,r7
  li r9,8
  mtctr r9
2: andi. r10,r8,1
  srwi r8,r8,1
  beq 3f
  xor r8,r8,r6
3: bdnz 2b
  sldi r10,r7,2
  stwx r8,r5,r10
  addi r7,r7,1
  cmpwi r7,256
  blt 1b

integer:
  # sieve: one byte per number at 0; primes in r12
  li r7,1024
  mtctr r7
  addi r8,r4,-8
  li r9,0
1: stdu r9,8(r8)
  bdnz 1b
  li r7,2
  li r12,0
2: lbzx r8,r4,r7
  cmpwi r8,0
  bne 4f
  addi r12,r12,1
  add r9,r7,r7
  li r10,1
3: cmplwi r9,8191
  bgt 4f
  stbx r10,r4,r9
  add r9,r9,r7
  b 3b
4: addi r7,r7,1
  cmplwi r7,8191
  ble 2b

  # 1024 random words at 0x2000, sorted with halving gaps (r6, in bytes)
  addi r5,r4,0x1ffc
  li r7,1024
  mtctr r7
1: ${RANDOM}
  stwu r30,4(r5)
  bdnz 1b
  addi r5,r4,0x2000
  li r6,2048
2: mr r7,r6
3: cmplwi r7,4096
  bge 6f
  lwzx r8,r5,r7
  mr r9,r7
4: cmplw r9,r6
  blt 5f
  subf r10,r6,r9
  lwzx r11,r5,r10
  cmplw r11,r8
  ble 5f
  stwx r11,r5,r9
  mr r9,r10
  b 4b
5: stwx r8,r5,r9
  addi r7,r7,4
  b 3b
6: srwi r6,r6,1
  clrrwi r6,r6,2
  cmplwi r6,0
  bne 2b

  li r7,4096
  mtctr r7
  addi r8,r4,0x1fff
  addi r6,r4,0x3000
  li r9,-1
  clrldi r9,r9,32
1: lbzu r10,1(r8)
  xor r10,r10,r9
  rlwinm r10,r10,2,22,29
  lwzx r10,r6,r10
  srwi r9,r9,8
  xor r9,r9,r10
  bdnz 1b
  rotldi r31,r31,1
  add r31,r31,r9
  add r31,r31,r12
  addi r3,r3,-1
  cmpdi r3,0
  bne integer
  mr r3,r31
`;

/** 32 KiB from 0 to 0x8000 with their doublewords reversed, and back unchanged, summed up. */
const COPY = `${SEED}
  li r31,0
  addi r5,r4,-8
  li r7,4096
  mtctr r7
1: ${RANDOM}
  stdu r30,8(r5)
  bdnz 1b
  addi r9,r4,8
  addi r10,r4,16
  addi r11,r4,24
  addis r12,r4,1
  addi r12,r12,-0x8000

copy:
  li r7,1024
  mtctr r7
  li r8,0
  addi r5,r12,-8
1: ldbrx r14,r4,r8
  ldbrx r15,r9,r8
  ldbrx r16,r10,r8
  ldbrx r17,r11,r8
  addi r8,r8,32
  std r14,8(r5)
  std r15,16(r5)
  std r16,24(r5)
  stdu r17,32(r5)
  bdnz 1b
  mtctr r7
  addi r5,r12,-8
  addi r6,r4,-8
1: ld r14,8(r5)
  ld r15,16(r5)
  ld r16,24(r5)
  ldu r17,32(r5)
  add r31,r31,r14
  std r14,8(r6)
  std r15,16(r6)
  rotldi r31,r31,7
  std r16,24(r6)
  stdu r17,32(r6)
  bdnz 1b
  addi r3,r3,-1
  cmpdi r3,0
  bne copy
  mr r3,r31
`;

/** Entry r7 of a matrix of quotients at 0(r5): (r7 * mul % mod + 1) / (r7 % div + 2); uses r8-r10. */
const quotient = (mul: number, mod: number, div: number) => `
  mulli r8,r7,${mul}
  li r9,${mod}
  divwu r10,r8,r9
  mullw r10,r10,r9
  subf r8,r10,r8
  addi r8,r8,1
  std r8,0(r5)
  lfd f1,0(r5)
  fcfid f1,f1
  li r9,${div}
  divwu r10,r7,r9
  mullw r10,r10,r9
  subf r8,r10,r7
  addi r8,r8,2
  std r8,0(r5)
  lfd f2,0(r5)
  fcfid f2,f2
  fdiv f1,f1,f2
  stfd f1,0(r5)`;

/** C = A x B of 64 x 64 doubles at 0, 0x8000 and 0x10000; the checksum takes the bits of C. */
const MATRIX = `
  li r31,0
  addis r12,r4,1
  addi r11,r12,-0x8000
  li r7,0
1: sldi r6,r7,3
  add r5,r4,r6 ${quotient(7, 31, 13)}
  add r5,r11,r6 ${quotient(5, 29, 11)}
  addi r7,r7,1
  cmpwi r7,4096
  blt 1b
  li r30,0
  std r30,0(r12)
  lfd f0,0(r12)

matrix:
  li r6,512
  li r14,0          # offset of A's row
  addi r15,r12,-8   # C
1: li r16,0         # offset of B's column
2: add r8,r4,r14
  addi r8,r8,-8
  add r9,r11,r16
  addi r9,r9,-512
  fmr f1,f0
  li r7,64
  mtctr r7
3: lfdu f2,8(r8)
  lfdux f3,r9,r6
  fmadd f1,f2,f3,f1
  bdnz 3b
  stfdu f1,8(r15)
  addi r16,r16,8
  cmpwi r16,512
  blt 2b
  addi r14,r14,512
  cmplwi r14,32768
  blt 1b
  li r7,4096
  mtctr r7
  addi r8,r12,-8
1: ldu r9,8(r8)
  rotldi r31,r31,1
  add r31,r31,r9
  bdnz 1b
  addi r3,r3,-1
  cmpdi r3,0
  bne matrix
  mr r3,r31
`;

export const PROGRAMS: readonly BenchProgram[] = [
  { id: 'integer', title: 'sieve, sort and CRC', text: INTEGER, checksum: 0x4_6330_0502n },
  {
    id: 'copy',
    title: 'copy with byte-reversed loads',
    text: COPY,
    checksum: 0x4aa9_0a4b_2af9_8b8en,
  },
  { id: 'matrix', title: 'double matrix multiply', text: MATRIX, checksum: 0x2fcc_41f7_111b_c1e5n },
];
