// Speed of the interpreter in Node, on the mix kernel, by length of slice. `npx tsx scripts/bench-engine.ts` prints it.
import { measureMips } from '../../src/sim/engine/testing/mix-kernel.ts';
import type { Figure } from './table.ts';

const clock = () => performance.now();
const TARGET = { kind: 'least', value: 300 } as const;

/** Million guest instructions per second; slices of 1 are single steps. */
export async function engine(): Promise<Figure[]> {
  measureMips({ slice: 10_000, rounds: 4, roundMs: 250 }, clock); // until the optimised code is in place
  const mips = (slice: number, littleEndian = false) =>
    measureMips({ slice, rounds: 10, roundMs: 100, littleEndian }, clock);
  return [
    { name: 'interpreter in Node', unit: 'MIPS', sample: mips(100_000), target: TARGET },
    { name: 'the same, little-endian', unit: 'MIPS', sample: mips(100_000, true), target: TARGET },
    { name: 'the same, slices of 100', unit: 'MIPS', sample: mips(100) },
    { name: 'the same, single steps', unit: 'ns', sample: mips(1).map((m) => 1000 / m) },
  ];
}
