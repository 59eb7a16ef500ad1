// Steps a second of a machine whose 96 hardware threads run guests: twelve POWER8 cores, each with a guest of its own
// whose eight vcpus ring each other and idle.
import { anatomyObserver } from '../../../src/sim/scenario/anatomy-monitor.ts';
import { GUEST_SMT_P8 } from '../../../src/sim/scenario/guest-smt-p8.ts';
import { LIBRARY } from '../../../src/sim/scenario/index.ts';
import { load } from '../../../src/sim/scenario/scenario.ts';

const CORES = 12;
const THREADS = 8;
const MB = 1 << 20;
const SAMPLES = 6;

const { guest, vcpus, virtualSmt, memory } = GUEST_SMT_P8;
const BUSY = {
  ...GUEST_SMT_P8,
  id: 'bench-96-threads',
  cores: CORES,
  online: Array.from({ length: CORES }, (_, core) => core * THREADS),
  guests: Array.from({ length: CORES - 1 }, () => ({ guest, vcpus, virtualSmt, memory })),
  realBytes: CORES * memory + 32 * MB,
  stepLimit: 10_000_000,
  observer: anatomyObserver,
  checks: [],
  script: [],
};

/** Model steps and guest instructions per second, each over one run from boot to the last power-off. */
export function measureThreads(): Record<string, number[]> {
  const steps: number[] = [];
  const instructions: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const library = { ...LIBRARY, scenarios: [BUSY] };
    const made = load(library, { scenario: BUSY.id, cpu: '', off: [], seed: i });
    if (!made.ok) throw new Error(made.error.message);
    const { machine } = made.value;
    const start = performance.now();
    machine.advance(Number.POSITIVE_INFINITY);
    const seconds = (performance.now() - start) / 1000;
    if (machine.k.vmms.some(({ stopped }) => stopped === '')) throw new Error('a guest still runs');
    steps.push(machine.step / seconds);
    instructions.push(machine.m.guest_instructions / seconds);
  }
  return { steps, instructions };
}
