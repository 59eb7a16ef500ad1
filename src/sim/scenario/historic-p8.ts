// Systems on POWER8 for the mistakes that its kernels had, too: those of POWER7 on the other CPU. Only a link opens them.
import type { Monitor } from './anatomy-monitor.ts';
import { BOOK3S_HV } from './book3s-hv.ts';
import { CEDE_REAL_MODE } from './cede-real-mode.ts';
import { HISTORIC } from './historic.ts';
import type { Scenario } from './scenario.ts';
import { SMT_SIBLINGS } from './smt-siblings.ts';

/** The same on POWER8, whose cores have twice the threads. */
const onPower8 = (scenario: Scenario<Monitor>): Scenario<Monitor> => ({
  ...scenario,
  id: `${scenario.id}-p8`,
  title: `${scenario.title}, on POWER8`,
  cpu: 'p8',
  online: scenario.online.map((thread) => 2 * thread),
  stepLimit: Math.min(scenario.stepLimit, 100_000),
});

const POWER7 = [CEDE_REAL_MODE, ...SMT_SIBLINGS, ...BOOK3S_HV, ...HISTORIC];
const WANTED = [
  'cede-real-mode',
  'real-mode-hcalls-smt',
  'book3s-hv-2cores',
  'historic-stray',
  'historic-table',
  'historic-vpa',
];

export const HISTORIC_P8: readonly Scenario<Monitor>[] = POWER7.filter(({ id }) =>
  WANTED.includes(id),
).map(onPower8);
