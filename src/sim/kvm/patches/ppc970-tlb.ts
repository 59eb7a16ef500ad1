// Kernel commit 9e368f29 again: what a TLB without LPIDs needs at each partition switch.
import type { Edit, Patch } from '../patches.ts';

const OF_EACH_SWITCH = [
  'native_tlbie_lock',
  'native_tlbie_unlock',
  'tlbiel',
  'tlbie_lock',
  'tlbie_unlock',
];

/** Off (B24): neither locks nor flush, as on POWER7, whose TLB tells the partitions apart. */
export const ppc970Tlb: Patch = {
  id: 'ppc970-tlb',
  title: 'PPC970: an empty TLB and no tlbie in flight at each partition switch',
  commit: '9e368f29',
  summary:
    'Entry and exit empty the whole TLB, whose entries do not say whose they are, and hold both tlbie locks while HID4 changes. Without it a guest uses translations of another one, and reads its memory.',
  cpus: ['970'],
  off: ['kvmppc_hv_entry', 'hdec_soon'].flatMap((routine) =>
    OF_EACH_SWITCH.map((remove): Edit => ({ routine, remove })),
  ),
};
