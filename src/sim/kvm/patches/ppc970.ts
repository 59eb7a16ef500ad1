// Kernel commit 9e368f29: KVM: PPC: book3s_hv: Add support for PPC970-family processors.
import type { Patch } from '../patches.ts';

/** Off: there is no mediated external interrupt, and nothing in its place. */
export const ppc970: Patch = {
  id: 'ppc970',
  title: 'Add support for PPC970-family processors: an IPI to itself for a guest with MSR[EE]=0',
  commit: '9e368f29',
  summary:
    'With an external interrupt queued for the guest, the host sends itself an IPI before the entry; it stays pending until the guest sets MSR[EE], and brings the hypervisor back. Without it nobody notices that the guest could take its interrupt.',
  cpus: ['970'],
  off: [{ routine: '__kvmppc_vcore_entry', remove: 'smp_send_reschedule' }],
};
