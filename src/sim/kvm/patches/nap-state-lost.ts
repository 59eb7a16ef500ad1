// Kernel commit 2fde6d20: powerpc: Provide a way for KVM to indicate that NV GPR values are lost.
import type { Patch } from '../patches.ts';

/** Off (B1): a thread that ran a guest and then wakes into the host takes SRR1's word for it that nothing was lost. */
export const napStateLost: Patch = {
  id: 'nap-state-lost',
  title: 'Provide a way for KVM to indicate that NV GPR values are lost',
  commit: '2fde6d20',
  summary:
    'KVM notes in the PACA that it had a napping thread, whose r14-r31 are then taken from memory when the host wakes it. Without it the host goes on with what a guest left in them, and crashes.',
  cpus: ['p7'],
  off: [
    { routine: 'power7_nap', remove: 'nap_state_lost' },
    { routine: 'kvm_start_guest', remove: 'nap_state_lost' },
    { routine: 'power7_wakeup_noloss', remove: 'nap_state_lost' },
  ],
};
