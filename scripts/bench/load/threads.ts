// Steps a second of a machine whose 96 hardware threads run guests.
import { loadScenario } from '../../../src/sim/scenario/index.ts';

const SCENARIO = 'twelve-cores';
const SAMPLES = 6;

/** Model steps and guest instructions per second, each over one run from boot to the last power-off. */
export function measureThreads(): Record<string, number[]> {
  const steps: number[] = [];
  const instructions: number[] = [];
  for (let seed = 0; seed < SAMPLES; seed++) {
    const made = loadScenario({ scenario: SCENARIO, cpu: '', off: [], seed });
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
