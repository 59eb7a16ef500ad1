// The same machine in the test process, straight from src/sim: what the page must show, computed independently of
// the worker's session.
import { History } from '../src/sim/machine/history.ts';
import { loadScenario } from '../src/sim/scenario/index.ts';
import type { LoadSpec } from '../src/sim/scenario/scenario.ts';
import { hashText } from '../src/sim/state/hash.ts';

const DEFAULT: LoadSpec = { scenario: 'virt-doorbell', cpu: 'p9-dd23', off: [], seed: 0 };

/** A history at step 0 of the default scenario, with parts of its specification replaced. */
export function model(spec: Partial<LoadSpec> = {}) {
  const loaded = loadScenario({ ...DEFAULT, ...spec });
  if (!loaded.ok) throw new Error(loaded.error.message);
  return new History(loaded.value.machine);
}

export type Model = ReturnType<typeof model>;

/** All 16 hex digits of the state's hash. */
export const hashOf = ({ machine }: Model): string => hashText(machine.hash());

/** Where the model is, as a link says it. */
export const positionOf = (m: Model) => ({ step: m.step, hash: hashOf(m).slice(0, 8) });

/** The end of the run: its step, and why it ends. */
export function endOf(spec: Partial<LoadSpec> = {}) {
  const m = model(spec);
  m.advance(Number.POSITIVE_INFINITY);
  const console = m.machine.k.vmms.map((vmm) => vmm.console).join('');
  return { ...positionOf(m), why: m.machine.endReason(), console };
}
