// What the benchmarks run in place of the first scenario.
import { LAPS } from '../../../src/sim/guest/doorbell-ring.ts';
import { CPU_MODELS } from '../../../src/sim/hardware/cpu-model.ts';
import { SCENARIOS } from '../../../src/sim/scenario/index.ts';

const LONG_LAPS = 8000;
const STEP_LIMIT = 1e9;

/** From now on virt-doorbell goes round its ring until far beyond a million steps. */
export function lengthenRing(): void {
  const [scenario] = SCENARIOS;
  const guest = scenario?.guest.replace(`LAPS, ${LAPS}\n`, `LAPS, ${LONG_LAPS}\n`);
  if (!scenario || guest === scenario.guest) throw new Error('lengthenRing: no LAPS in the guest');
  Object.assign(scenario, { guest, stepLimit: STEP_LIMIT });
}

/** From now on virt-doorbell has 12 cores of 8 threads, all online; its four vcpus are spread over them. */
export function widenMachine(): void {
  const [scenario] = SCENARIOS;
  const model = CPU_MODELS.get(scenario?.cpu ?? '');
  if (!scenario || !model) throw new Error('widenMachine: no scenario or no CPU model');
  const pir = (core: number, thread: number): bigint => BigInt(8 * core + thread);
  Object.assign(model, { threadsPerCore: 8, pir });
  Object.assign(scenario, { cores: 12, online: Array.from({ length: 96 }, (_, t) => t) });
}

/** From now on virt-doorbell has 32 MB of real memory more, which nobody uses. */
export function growMemory(): void {
  const [scenario] = SCENARIOS;
  if (!scenario) throw new Error('growMemory: there is no scenario');
  Object.assign(scenario, { realBytes: scenario.realBytes + 32 * 1024 * 1024 });
}
