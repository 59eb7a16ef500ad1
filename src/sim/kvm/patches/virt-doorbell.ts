// Kernel commit 57900694: KVM: PPC: Book3S HV: Virtualize doorbell facility on POWER9.
import { goto, step } from '../../host/routine.ts';
import type { KvmCtx, VcpuLocals } from '../context.ts';
import type { Patch } from '../patches.ts';

/**
 * Off: HFSCR[MSGP] stays set, so the guest's msgsndp, msgclrp, TIR and DPDES reach the hardware thread it runs on;
 * nothing is emulated, no request is consumed at entry and none wakes a ceded vcpu.
 */
export const virtDoorbell: Patch = {
  id: 'virt-doorbell',
  title: 'Virtualize doorbell facility on POWER9',
  commit: '57900694',
  summary:
    'msgsndp, msgclrp, TIR and DPDES trap and are emulated for the whole virtual core. Without it they act inside one hardware thread only.',
  cpus: ['p9'],
  off: [
    { routine: 'kvmppc_core_vcpu_create_hv', remove: 'hfscr_msgp' },
    {
      routine: 'kvmppc_handle_exit_hv',
      replace: 'fac_unavail',
      by: step<KvmCtx, VcpuLocals>(
        ['fac_unavail', '0xF80: no facility is emulated', () => goto('illegal'), 4],
        'virtual',
      ),
    },
    { routine: 'kvmppc_handle_exit_hv', remove: 'fac_msgp' },
    { routine: 'kvmppc_handle_exit_hv', remove: 'emulated' },
    {
      routine: 'kvmhv_vcpu_entry_p9',
      remove: 'doorbell_to_dpdes',
    },
    { routine: 'kvmhv_vcpu_entry_p9', remove: 'doorbell_request' },
    { routine: 'kvmppc_vcpu_woken', remove: 'doorbell_request' },
    { routine: 'kvmppc_vcpu_woken', remove: 'doorbell_dpdes' },
  ],
};
