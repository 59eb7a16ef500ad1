// Small systems whose interleavings are all searched (../explore). They are scenarios, so that a counter-example opens
// in the page by its link; they are not offered in the list.
import { cedeWake } from '../guest/cede-wake.ts';
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { powersOff } from './checks.ts';
import type { Scenario } from './scenario.ts';

const MB = 1 << 20;

const SMALL = {
  vcpus: 2,
  memory: 32 * MB,
  realBytes: 48 * MB,
  stepLimit: 100_000,
  script: [],
  patches: [],
  opens: (m) => m.m.guest_entries > 0,
  observer: anatomyObserver,
  checks: [powersOff],
  offShows: {},
} as const satisfies Partial<Scenario<Monitor>>;

/** Two vcpus of one virtual core on the two threads of a core; each a virtual core of its own, on two such cores. */
const MACHINES = {
  smt2: { cpu: 'p7-smt2', cores: 1, online: [0], virtualSmt: 2 },
  cores: { cpu: 'p7-smt2', cores: 2, online: [0, 2], virtualSmt: 1 },
} as const;

/** How they are woken, for the title. */
const WAKES = { prod: 'H_PROD', ipi: 'H_IPI', dec: 'their decrementers' } as const;

/** `once`: vcpu 0 wakes vcpu 1, and that is all; few enough states to see them all. */
const system = (
  machine: keyof typeof MACHINES,
  how: keyof typeof WAKES,
  times: 'once' | 'both' = 'both',
): Scenario<Monitor> => ({
  ...SMALL,
  ...MACHINES[machine],
  id: `cede-${how}-${machine}${times === 'once' ? '-once' : ''}`,
  title:
    times === 'once' ? `A vcpu is woken by ${WAKES[how]}` : `Two vcpus are woken by ${WAKES[how]}`,
  summary:
    'Each sleeps by H_CEDE until it is woken, once. Whatever goes next at each moment, who shall wake must wake.',
  guest: cedeWake(how, times),
});

export const SEARCHED: readonly Scenario<Monitor>[] = [
  system('smt2', 'prod'),
  system('smt2', 'ipi'),
  system('smt2', 'dec'),
  system('cores', 'prod'),
  system('cores', 'ipi'),
  system('smt2', 'ipi', 'once'),
  system('cores', 'prod', 'once'),
];
