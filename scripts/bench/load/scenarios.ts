// What the benchmarks run in place of the first scenario: the same guest for longer, or the same on a large machine.
import { LAPS } from '../../../src/sim/guest/doorbell-ring.ts';
import { CPU_MODELS } from '../../../src/sim/hardware/cpu-model.ts';
import { SCENARIOS } from '../../../src/sim/scenario/index.ts';

const LONG_LAPS = 2000;
const STEP_LIMIT = 10_000_000;

/** From now on virt-doorbell goes round the ring until far beyond a million steps. */
export function lengthenRing(): void {
  const [scenario] = SCENARIOS;
  const guest = scenario?.guest.replace(`LAPS, ${LAPS}\n`, `LAPS, ${LONG_LAPS}\n`);
  if (!scenario || guest === scenario.guest) throw new Error('lengthenRing: no LAPS in the guest');
  Object.assign(scenario, { guest, stepLimit: STEP_LIMIT });
}
