// The three programs on a machine in bare mode, and how long the interpreter takes to be ready.
import { interpreterFor } from '../../../src/sim/engine/interpreter.ts';
import { loadImage } from '../../../src/sim/guest/image.ts';
import { MSR } from '../../../src/sim/hardware/bits.ts';
import { CPU_MODELS } from '../../../src/sim/hardware/cpu-model.ts';
import { assemble } from '../../../src/sim/isa/assemble.ts';
import { BareMachine } from '../../../src/sim/machine/bare.ts';
import { type BenchProgram, PROGRAMS } from './programs.ts';

const CODE = 0x1000n;
const DATA = 0x2_0000n;
const REAL_BYTES = 1 << 20;
// Short slices: where other programs use the processor too, most of them are still undisturbed.
const SAMPLES = 200;
const SLICE = 1_000_000;
const WARM_UP = 40;
/** More than anyone waits for. */
const FOREVER = 1n << 40n;

/** A machine about to do so many rounds of a program, and then to end at a branch to itself. */
export function programMachine({ text }: BenchProgram, rounds: bigint): BareMachine {
  const made = assemble(`${text}\n b .\n`, { base: CODE });
  if (!made.ok) throw new Error(made.errors.map(({ message }) => message).join('; '));
  const image = loadImage(made.image, { realBytes: REAL_BYTES, base: CODE });
  const model = CPU_MODELS.get('p9');
  if (!image.ok || !model) throw new Error('programMachine: no image or no CPU');
  const machine = new BareMachine({ model, image: image.value, realBytes: REAL_BYTES });
  machine.hw.setMsr(0, machine.hw.msr(0) | MSR.FP);
  machine.hw.arena.setGpr(0, 3, rounds);
  machine.hw.arena.setGpr(0, 4, DATA);
  return machine;
}

/** Instructions of a program that does so many rounds. */
export function instructionsOf(program: BenchProgram, rounds: number): number {
  const machine = programMachine(program, BigInt(rounds));
  machine.run(Number.MAX_SAFE_INTEGER);
  return machine.instructions;
}

/** Million guest instructions per second, by program. */
export function measurePrograms(): Record<string, number[]> {
  return Object.fromEntries(
    PROGRAMS.map((program) => {
      const machine = programMachine(program, FOREVER);
      for (let i = 0; i < WARM_UP; i++) machine.run(SLICE);
      const sample = Array.from({ length: SAMPLES }, () => {
        const start = performance.now();
        machine.run(SLICE);
        return SLICE / (performance.now() - start) / 1000;
      });
      return [program.id, sample];
    }),
  );
}

/** Milliseconds to generate and compile the interpreter of a guest's first instructions; once per process or page. */
export function measureStartUp(): Record<string, number[]> {
  const start = performance.now();
  const first = { littleEndian: false, sixtyFour: true, version30: true, facilities: false };
  interpreterFor(first);
  const middle = performance.now();
  interpreterFor({ ...first, facilities: true });
  return { startUp: [middle - start], facilities: [performance.now() - middle] };
}
