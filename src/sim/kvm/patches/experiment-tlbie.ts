// No historic change: an experiment that leaves out what no kernel ever did.
import type { Patch } from '../patches.ts';

/** Off: an entry that changes is changed in the table alone, and every TLB keeps what it has. */
export const experimentTlbie: Patch = {
  id: 'experiment-tlbie',
  title: 'Experiment: hcalls that change an entry invalidate its translations',
  commit: 'experiment',
  summary:
    'H_REMOVE, H_PROTECT, H_BULK_REMOVE and H_CLEAR_REF/MOD send a tlbie before they go on. Without it the hardware keeps using translations that the table no longer has.',
  cpus: ['p7'],
  off: [
    { routine: 'do_tlbies', remove: 'local' },
    { routine: 'do_tlbies', remove: 'tlbie_lock' },
    { routine: 'do_tlbies', remove: 'tlbie' },
    { routine: 'do_tlbies', remove: 'tlbsync' },
  ],
};
