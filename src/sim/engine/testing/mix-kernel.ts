// The hot loop by which the engine's speed is measured, in Node and in the page: xorshift64, a CRC table, a sum and
// an unpredictable branch; 23 instructions a round, 3 of them memory accesses.
import { sprSlot } from '../../isa/spr.ts';
import { flatMachine } from './flat-machine.ts';

/** Random state in r3, rounds in r4, table at r5, array of 8 KiB at r6, sum in r7, CRC in r8. */
export const KERNEL: readonly (readonly [word: number, text: string])[] = [
  [0x7c8903a6, 'mtctr r4'],
  [0x78696ca4, 'loop: sldi r9,r3,13'],
  [0x7c634a78, 'xor r3,r3,r9'],
  [0x7869c9c2, 'srdi r9,r3,7'],
  [0x7c634a78, 'xor r3,r3,r9'],
  [0x78698ba4, 'sldi r9,r3,17'],
  [0x7c634a78, 'xor r3,r3,r9'],
  [0x786a0620, 'clrldi r10,r3,56'],
  [0x7d0b5278, 'xor r11,r8,r10'],
  [0x556b15ba, 'rlwinm r11,r11,2,22,29'],
  [0x7d85582e, 'lwzx r12,r5,r11'],
  [0x5508c23e, 'srwi r8,r8,8'],
  [0x7d086278, 'xor r8,r8,r12'],
  [0x546a1cf8, 'rlwinm r10,r3,3,19,28'],
  [0x7d465214, 'add r10,r6,r10'],
  [0xe80a0000, 'ld r0,0(r10)'],
  [0x7c0019d2, 'mulld r0,r0,r3'],
  [0x7ce70214, 'add r7,r7,r0'],
  [0xf80a0000, 'std r0,0(r10)'],
  [0x70600001, 'andi. r0,r3,1'],
  [0x4182000c, 'beq skip'],
  [0x38e70003, 'addi r7,r7,3'],
  [0x7ce74278, 'xor r7,r7,r8'],
  [0x4200ffa8, 'skip: bdnz loop'],
  [0x48000000, 'b .'],
];
const TABLE = 0x2000n;
const ARRAY = 0x4000n;
const CRC_POLYNOMIAL = 0xedb88320;
/** First random state. */
export const SEED = 0x2545_f491_4f6c_dd1dn;
/** On average: two of the 23 are skipped in every second round. */
export const INSTRUCTIONS_PER_ROUND = 22;

/** Entries of the CRC table. */
export function crcTable(): number[] {
  return Array.from({ length: 256 }, (_, i) => {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC_POLYNOMIAL : crc >>> 1;
    return crc;
  });
}

/** A machine about to run the kernel for longer than anyone waits. Returns a function that runs a slice of it. */
export function mixKernel(littleEndian = false): (instructions: number) => void {
  const { arena, engine } = flatMachine({ threads: 1, realBytes: 1 << 20 });
  for (const [i, [word]] of KERNEL.entries()) arena.write32(4 * i, word, littleEndian);
  for (const [i, crc] of crcTable().entries()) {
    arena.write32(Number(TABLE) + 4 * i, crc, littleEndian);
  }
  arena.setSpr(0, sprSlot('MSR'), (1n << 63n) | (littleEndian ? 1n : 0n));
  arena.setGpr(0, 3, SEED);
  arena.setGpr(0, 4, 1n << 62n);
  arena.setGpr(0, 5, TABLE);
  arena.setGpr(0, 6, ARRAY);
  return (instructions) => {
    engine.run(0, instructions);
  };
}

/** Million instructions per second in each of `rounds` rounds of slices, by the clock `now` (milliseconds). */
export function measureMips(
  options: { slice: number; rounds: number; roundMs: number; littleEndian?: boolean },
  now: () => number,
): number[] {
  const run = mixKernel(options.littleEndian);
  const perCheck = Math.ceil(100_000 / options.slice);
  return Array.from({ length: options.rounds }, () => {
    const start = now();
    let done = 0;
    let elapsed = 0;
    while (elapsed < options.roundMs) {
      for (let i = 0; i < perCheck; i++) run(options.slice);
      done += perCheck * options.slice;
      elapsed = now() - start;
    }
    return done / elapsed / 1000;
  });
}
