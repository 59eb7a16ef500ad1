// Machines for tests of the layers above the hardware: a scenario as it is, or one with a guest of the test's own.
import { RUNTIME } from '../../guest/runtime.ts';
import { CPU_MODELS } from '../../hardware/cpu-model.ts';
import type { CpuFamily } from '../../isa/spr.ts';
import type { Edit } from '../../kvm/patches.ts';
import { LIBRARY, type LoadSpec, loadScenario, type Monitor, SCENARIOS } from '../index.ts';
import { type Loaded, load, type Scenario } from '../scenario.ts';

const PLAIN: LoadSpec = { scenario: 'virt-doorbell', cpu: '', off: [], seed: 0 };

/** Ids of the scenarios whose host runs on a CPU. */
export const scenariosOn = (family: CpuFamily): string[] =>
  SCENARIOS.filter(({ cpu }) => CPU_MODELS.get(cpu)?.family === family).map(({ id }) => id);

/** A scenario's machine at step 0. */
export function makeLoaded(
  spec: Partial<LoadSpec> = {},
  mutation: readonly Edit[] = [],
): Loaded<Monitor> {
  const loaded = loadScenario({ ...PLAIN, ...spec }, mutation);
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value;
}

/**
 * A whole guest program: the runtime and then `text`, which may leave out the labels that it does not need (`main`,
 * `secondary`, `on_doorbell`, `on_external`, `on_decrementer`).
 */
export function guestText(text: string): string {
  const labels = ['main', 'secondary', 'on_doorbell', 'on_external', 'on_decrementer'];
  const missing = labels.filter((label) => !new RegExp(`^${label}:`, 'm').test(text));
  return `${RUNTIME}
${text}
${missing.map((label) => `${label}: blr\n`).join('')}
        .org    0x7000
text_unexpected: .ascii "unexpected\\n     "
        .org    0x8400
`;
}

/** The machine of virt-doorbell, unscripted, with the guest `guestText(text)`. */
export function makeGuest(
  text: string,
  spec: Partial<LoadSpec> = {},
  changes: Partial<Scenario<Monitor>> = {},
  mutation: readonly Edit[] = [],
): Loaded<Monitor> {
  const [base] = SCENARIOS;
  if (!base) throw new Error('makeGuest: there is no scenario');
  const own = { ...base, guest: guestText(text), script: [], stepLimit: 100_000, ...changes };
  const loaded = load(
    { ...LIBRARY, scenarios: [own], linked: [] },
    { ...PLAIN, ...spec },
    mutation,
  );
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value;
}
