// The interpreter on the mix kernel, by byte order and length of slice.
import { measureMips } from '../../../src/sim/engine/testing/mix-kernel.ts';

// Short rounds: where other programs use the processor too, most rounds are still undisturbed.
const ROUNDS = 300;
const ROUND_MS = 4;

/** Million guest instructions per second; `single` are nanoseconds of a slice of one instruction. */
export function measureEngine(): Record<string, number[]> {
  const clock = () => performance.now();
  const mips = (slice: number, littleEndian = false) =>
    measureMips({ slice, rounds: ROUNDS, roundMs: ROUND_MS, littleEndian }, clock);
  measureMips({ slice: 10_000, rounds: 4, roundMs: 250 }, clock); // until the optimised code is in place
  return {
    big: mips(100_000),
    little: mips(100_000, true),
    slices: mips(100),
    single: mips(1).map((m) => 1000 / m),
  };
}
