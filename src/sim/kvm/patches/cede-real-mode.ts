// Kernel commit 19ccb76a: KVM: PPC: Implement H_CEDE hcall for book3s_hv in real-mode code.
import { ret, step } from '../../host/routine.ts';
import type { KvmCtx, VcpuLocals } from '../context.ts';
import { H_TOO_HARD } from '../hcall.ts';
import type { Patch } from '../patches.ts';

/** Off (B2): real mode has no H_CEDE; each is a full exit, which pulls all threads of the core out, to kvmppc_cede. */
export const cedeRealMode: Patch = {
  id: 'cede-real-mode',
  title: 'Implement H_CEDE hcall for book3s_hv in real-mode code',
  commit: '19ccb76a',
  summary:
    'A vcpu that cedes naps on its thread, in the partition of the guest, until all of its core are idle. Without it each H_CEDE pulls every thread out of the guest.',
  cpus: ['p7', 'p8'],
  off: [
    {
      routine: 'kvmppc_h_cede',
      replace: 'ceded',
      by: step<KvmCtx, VcpuLocals>(
        ['ceded', 'no handler: H_TOO_HARD', () => ret(H_TOO_HARD), 6],
        'real',
      ),
    },
  ],
};
