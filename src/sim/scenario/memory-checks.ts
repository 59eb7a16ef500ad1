// What the scenarios about the hashed page table share: the machine, and promises that hold for every table.
import { anatomyObserver, type Monitor } from './anatomy-monitor.ts';
import { violation } from './checks.ts';
import type { Check, Scenario } from './scenario.ts';

const MB = 1 << 20;

/** Promises for the guest's table at any time. */
export const hptChecks: readonly Check<unknown>[] = [
  {
    name: 'maps-own-memory',
    what: 'every valid entry maps the host page behind the guest page that it names',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'hpte-bounds'),
  },
  {
    name: 'locks-free-at-rest',
    what: 'no entry stays locked when its hcall is done',
    goal: false,
    needs: [],
    test: (m) => violation(m, 'hpte-locks'),
  },
];

/** A scenario on one POWER7 core, if nothing else is said, with 32 MB of guest memory. */
export function memoryScenario(
  own: Pick<Scenario<Monitor>, 'id' | 'title' | 'summary' | 'guest' | 'opens' | 'checks'> &
    Partial<Scenario<Monitor>>,
): Scenario<Monitor> {
  return {
    cpu: 'p7',
    cores: 1,
    online: [0],
    vcpus: 1,
    virtualSmt: 1,
    memory: 32 * MB,
    realBytes: 48 * MB,
    stepLimit: 400_000,
    script: [],
    patches: [],
    observer: anatomyObserver,
    offShows: {},
    ...own,
  };
}
