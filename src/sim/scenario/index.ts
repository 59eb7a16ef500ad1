// All scenarios, in the order in which they are offered.

import type { Edit } from '../kvm/patches.ts';
import type { Result } from '../state/user-error.ts';
import type { DoorbellMonitor } from './doorbell-monitor.ts';
import { type Loaded, type LoadSpec, load, type Scenario } from './scenario.ts';
import { VIRT_DOORBELL } from './virt-doorbell.ts';

export const SCENARIOS: readonly Scenario<DoorbellMonitor>[] = VIRT_DOORBELL;
export type { DoorbellMonitor, Loaded, LoadSpec };

/** Makes the machine of a scenario; `mutation` are test edits that break the model on purpose. */
export function loadScenario(
  spec: LoadSpec,
  mutation: readonly Edit[] = [],
): Result<Loaded<DoorbellMonitor>> {
  return load(SCENARIOS, spec, mutation);
}
