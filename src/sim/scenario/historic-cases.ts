// For every historic mistake the machine in which it breaks a promise: scenario, seed or list of choices, and what breaks.
// The lists delay one thread between two steps, where time alone would hardly ever stop it.

import type { CpuFamily } from '../isa/spr.ts';

/** A mistake and where it is seen. */
export interface HistoricCase {
  /** Id of the patch that mends it. */
  readonly patch: string;
  readonly scenario: string;
  readonly choices?: string;
  /** Name of a check, id of an invariant, or a counter of the report, which is greater with the mistake. */
  readonly breaks: string;
}

export const HISTORIC_CASES: readonly HistoricCase[] = [
  { patch: 'b3-napping-ipi', scenario: 'historic-vpa', breaks: 'powered-off' },
  { patch: 'b4-start-ceded', scenario: 'cede-real-mode', breaks: 'resumes-in-place' },
  { patch: 'b6-mer-register', scenario: 'historic-edges', breaks: 'partitionSwitches' },
  { patch: 'b7-prod-kick', scenario: 'book3s-hv-2cores', breaks: 'vcore-asleep' },
  { patch: 'b8-hwthread-req', scenario: 'historic-stray', breaks: 'no-kernel-in-guest' },
  {
    patch: 'b9-nap-real-mode',
    scenario: 'historic-stray',
    choices: '34:0-1110', // thread 2 stands behind IN_NAP while thread 0 builds the VM and enters it
    breaks: 'one-partition',
  },
  {
    patch: 'b10-kvm-vcpu',
    scenario: 'historic-vpa',
    choices: '4997:0-250', // thread 3 has counted its nap, and thread 0 starts the next run
    breaks: 'powered-off',
  },
  { patch: 'b11-saved-xirr', scenario: 'historic-stray', breaks: 'device-not-lost' },
  { patch: 'b13-dscr', scenario: 'book3s-hv', breaks: 'guest-registers-kept' },
  {
    patch: 'b14-try-lock',
    scenario: 'historic-contention',
    choices: '2160:4-12,0-3,4-9', // thread 0 has loaded V, thread 4 takes the lock
    breaks: 'one-owner',
  },
  { patch: 'b15-rmap-changed', scenario: 'historic-table', breaks: 'changed-remembered' },
  { patch: 'b19-remove-absent', scenario: 'historic-table', breaks: 'absent-shown-valid' },
  { patch: 'b20-key-hi', scenario: 'historic-table', breaks: 'key-refuses' },
  { patch: 'b23-nap-hdec', scenario: 'cede-real-mode-p8', breaks: 'napper-called' },
  {
    patch: 'b25-too-late',
    scenario: 'cede-prod-smt2',
    choices: '724:0-65,1-4,0-2,1-16', // thread 1 is on its way in, thread 0 switches the partition back
    breaks: 'one-partition',
  },
  { patch: 'b26-rc-behind-tlbie', scenario: 'historic-writer', breaks: 'hpte-rc' },
  { patch: 'b27-vpa-null', scenario: 'historic-vpa', breaks: 'no-oops' },
  {
    patch: 'b29-yield-count',
    scenario: 'historic-vpa',
    choices: '4006:0-122', // thread 2 is on its way in, thread 0 begins to leave
    breaks: 'yield-count',
  },
  { patch: 'b31-edge-twice', scenario: 'historic-edges', breaks: 'taken-once' },
  // those that the kernels of POWER8 had, too
  { patch: 'b7-prod-kick', scenario: 'book3s-hv-2cores-p8', breaks: 'vcore-asleep' },
  {
    patch: 'b9-nap-real-mode',
    scenario: 'historic-stray-p8',
    choices: '80:0-1300', // threads 1 to 7 stand behind IN_NAP while thread 0 builds the VM and enters it
    breaks: 'one-partition',
  },
  { patch: 'b19-remove-absent', scenario: 'historic-table-p8', breaks: 'absent-shown-valid' },
  { patch: 'b20-key-hi', scenario: 'historic-table-p8', breaks: 'key-refuses' },
  {
    patch: 'b25-too-late',
    scenario: 'historic-vpa-p8',
    choices: '6743:0-57', // a thread is on its way in when thread 0 begins to leave
    breaks: 'entered-in-time',
  },
];

/**
 * Fragment of the link that opens the machine in which a mistake is seen, on this CPU if there is one; '' for a patch
 * that is none.
 */
export function linkOfCase(patch: string, cpu: CpuFamily): string {
  const cases = HISTORIC_CASES.filter((each) => each.patch === patch);
  const found = cases.find(({ scenario }) => scenario.endsWith(`-${cpu}`)) ?? cases[0];
  if (!found) return '';
  const choices = found.choices ? `&choices=${found.choices}` : '';
  return `s=${found.scenario}&patch=${patch}:off${choices}`;
}
