// Kernel commit 371fefd6: KVM: PPC: Allow book3s_hv guests to use SMT processor modes.
import { ret, step } from '../../host/routine.ts';
import { type KvmCtx, lastVm } from '../context.ts';
import type { Patch } from '../patches.ts';

/** Off: threads_per_core is taken as 1, so each vcpu is a vcore of its own and runs on thread 0 of some core. */
export const guestSmt: Patch = {
  id: 'guest-smt',
  title: 'Use the threads of a core for the vcpus of a guest',
  commit: '371fefd6',
  summary:
    'Four vcpus make a virtual core that runs on the four threads of a core. Without it only one thread of each core runs guest code, and the vcpus take turns on it.',
  cpus: ['p7', 'p8'],
  off: [
    {
      routine: 'kvmhv_set_smt_mode',
      replace: 'set',
      by: step<KvmCtx, { mode: number }>(
        [
          'set',
          'smt_mode := 1: whatever was asked for, a vcpu is a vcore',
          (k) => {
            lastVm(k).smt_mode = 1;
            lastVm(k).emul_smt_mode = 1;
            return ret();
          },
        ],
        'virtual',
      ),
    },
  ],
};
