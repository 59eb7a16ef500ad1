// Speed on three programs, in Node and in Chromium, beside qemu-ppc64 on the same machine code in the same minute; and how
// long the interpreter takes to be generated and compiled.
import { measureInNode, measureInPage, type Samples } from './bundle.ts';
import { type BenchProgram, PROGRAMS } from './load/programs.ts';
import { instructionsOf } from './load/run-programs.ts';
import { benchElf, hasQemu, measureQemu } from './qemu.ts';
import { type Figure, percentile } from './table.ts';

/** Rounds that qemu-ppc64 does in some tenths of a second. */
const QEMU_ROUNDS = { integer: 1500, copy: 4000, matrix: 15 } as const;
/** Rounds over which the length of one is averaged; random data makes a difference. */
const COUNTED_ROUNDS = 20;

const LEAST_RATIO = { kind: 'least', value: 0.15 } as const;
const LEAST_MATRIX = { kind: 'least', value: 40 } as const;
const START_UP = { kind: 'most', value: 60 } as const;
const STARTS = 10;

/** Rates in million guest instructions per second, each followed by its quotient with QEMU's. */
export async function programs(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [where, measure] of [
    ['Node', measureInNode],
    ['Chromium', measureInPage],
  ] as const) {
    const samples = await measure('programs');
    for (const program of PROGRAMS) figures.push(...rows(program, where, samples));
  }
  figures.push(...(await startUp('Node', measureInNode)));
  figures.push(...(await startUp('Chromium', measureInPage)));
  return figures;
}

function rows(program: BenchProgram, where: string, samples: Samples): Figure[] {
  const { id, title } = program;
  const sample = samples[id] ?? [];
  const rate: Figure = { name: `${title} in ${where}`, unit: 'MIPS', sample };
  const held = id === 'matrix' ? { ...rate, target: LEAST_MATRIX } : rate;
  if (!hasQemu()) return [held];
  const qemu = measureQemu({
    name: id,
    elf: (rounds) => benchElf(program, rounds),
    rounds: QEMU_ROUNDS[id],
    instructionsPerRound: instructionsOf(program, COUNTED_ROUNDS) / COUNTED_ROUNDS,
  });
  const quotient: Figure = {
    name: `${title}: ${where} / qemu-ppc64`,
    unit: 'ratio',
    sample: [percentile(sample, 0.5) / percentile(qemu, 0.5)],
  };
  return [
    held,
    { name: `${title} in qemu-ppc64`, unit: 'MIPS', sample: qemu },
    id === 'integer' ? { ...quotient, target: LEAST_RATIO } : quotient,
  ];
}

/** Each time in a process or page of its own: the first module of a guest, and what the first FP instruction adds. */
async function startUp(where: string, measure: typeof measureInNode): Promise<Figure[]> {
  const { startUp = [], facilities = [] } = await measure('startUp', STARTS);
  const name = `interpreter generated and compiled in ${where}`;
  return [
    { name, unit: 'ms', sample: startUp, target: START_UP },
    { name: `${name}, when a facility is first on`, unit: 'ms', sample: facilities },
  ];
}
