// Kernel commit 54738c09: KVM: PPC: Accelerate H_PUT_TCE by implementing it in real mode.
import { ret, step } from '../../host/routine.ts';
import type { KvmCtx, VcpuLocals } from '../context.ts';
import { ENOTTY } from '../errno.ts';
import { H_TOO_HARD } from '../hcall.ts';
import type { Patch } from '../patches.ts';

/** Off: there is no ioctl for a TCE table in the kernel, so user space keeps it, and every H_PUT_TCE goes there. */
export const realModePutTce: Patch = {
  id: 'real-mode-put-tce',
  title: 'Accelerate H_PUT_TCE by implementing it in real mode',
  commit: '54738c09',
  summary:
    'The kernel holds the TCE table, which user space maps, and answers H_PUT_TCE in real mode. Without it each H_PUT_TCE is an exit to user space.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvm_vm_ioctl_create_spapr_tce',
      replace: 'check',
      by: step<KvmCtx, { ret: number }>(
        ['check', 'there is no such ioctl: -ENOTTY', () => ret(ENOTTY), 12],
        'virtual',
      ),
    },
    {
      routine: 'kvmppc_h_put_tce',
      replace: 'find_table',
      by: step<KvmCtx, VcpuLocals>(
        ['find_table', 'no handler: H_TOO_HARD', () => ret(H_TOO_HARD), 6],
        'real',
      ),
    },
  ],
};
