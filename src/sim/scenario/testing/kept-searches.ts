// Searches that have found something: `npm run soak` repeats them, and CI replays what they found. A change of the host's
// text moves the steps: then `npm run soak -- searches -u` writes the files in counterexamples/ anew.
import type { Searched } from './search.ts';

/** By the name of the file. */
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
