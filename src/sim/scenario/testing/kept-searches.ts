// Searches that have found something: `npm run soak` repeats them, and CI replays what they found. A change of the host's
// text moves the steps: then `npm run soak -- searches -u` writes the files in counterexamples/ anew.
import type { Bug } from './bugs.ts';
import type { Searched } from './search.ts';

/** Steps taken out of the text, by the name of the file. */
export const KEPT_SEARCHES: Readonly<Record<string, Searched>> = {
  'prod-is-not-kept': {
    scenario: 'cede-prod-smt2',
    without: 'kvmppc_h_prod/prodded',
    preemptions: 1,
  },
  'nap-behind-an-exit': { scenario: 'cede-prod-smt2', without: 'kvmppc_h_cede/entry_exit_count' },
};

/** States within which each of them finds it. */
export const KEPT_LIMIT = 60_000;

/**
 * Historic mistakes; the file has the name of the patch. B6 is not among them: it breaks nothing, the guest only leaves
 * more often than it must (../historic-cases.ts counts that).
 */
export const KEPT_BUGS: readonly Bug[] = [
  { patch: 'nap-state-lost', scenario: 'nap-state-lost', by: 'seed' }, // B1
  { patch: 'cede-real-mode', scenario: 'cede-real-mode', by: 'seed' }, // B2
  { patch: 'b3-napping-ipi', scenario: 'historic-vpa', by: 'seed' },
  { patch: 'b4-start-ceded', scenario: 'cede-real-mode', by: 'seed' },
  { patch: 'mmio-absent-hpte', scenario: 'mmio-absent-hpte', by: 'seed' }, // B5
  { patch: 'b7-prod-kick', scenario: 'book3s-hv-2cores', by: 'seed' },
  { patch: 'b8-hwthread-req', scenario: 'historic-stray', by: 'seed' },
  { patch: 'b9-nap-real-mode', scenario: 'historic-stray', by: 'stops' },
  { patch: 'b10-kvm-vcpu', scenario: 'historic-vpa', by: 'stops' },
  { patch: 'b11-saved-xirr', scenario: 'historic-stray', by: 'seed' },
  { patch: 'b13-dscr', scenario: 'book3s-hv', by: 'seed' },
  { patch: 'b14-try-lock', scenario: 'historic-contention', by: 'chance' },
  { patch: 'b15-rmap-changed', scenario: 'historic-table', by: 'seed' },
  { patch: 'b19-remove-absent', scenario: 'historic-table', by: 'seed' },
  { patch: 'b20-key-hi', scenario: 'historic-table', by: 'seed' },
  { patch: 'b23-nap-hdec', scenario: 'cede-real-mode-p8', by: 'seed' },
  { patch: 'ppc970-tlb', scenario: 'ppc970', by: 'seed' }, // B24
  { patch: 'b25-too-late', scenario: 'cede-prod-smt2', by: 'exploration' },
  { patch: 'b26-rc-behind-tlbie', scenario: 'historic-writer', by: 'seed' },
  { patch: 'b27-vpa-null', scenario: 'historic-vpa', by: 'seed' },
  { patch: 'b29-yield-count', scenario: 'historic-vpa', by: 'stops' },
  { patch: 'b31-edge-twice', scenario: 'historic-edges', by: 'seed' },
];
