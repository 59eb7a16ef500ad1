// The real mode area that user space asks for (rma.ts: what one is). Source: arch/powerpc/kvm/book3s_hv_builtin.c (kvm_alloc_rma), Linux 3.6.
import type { CpuModel } from '../hardware/cpu-model.ts';
import { ret, routine } from '../host/routine.ts';
import type { KvmCtx } from './context.ts';
import { EINVAL, ENOMEM } from './errno.ts';

/** KVM_CAP_PPC_RMA: 2 = the guest needs an RMA, 1 = it can have one, 0 = there is none. */
export const capPpcRma = ({ version }: CpuModel): number =>
  version === '2.02' ? 2 : version === '2.06' ? 1 : 0;

export const allocRma = routine<KvmCtx, { ret: number }>(
  'kvm_alloc_rma',
  {
    source: 'arch/powerpc/kvm/book3s_hv_builtin.c',
    mode: 'virtual',
    about:
      'KVM_ALLOCATE_RMA: an area of the pool, for user space to map; -ENOMEM when none is left.',
  },
  [
    [
      'cap',
      'KVM_CAP_PPC_RMA = 0? then -EINVAL',
      (k) => (capPpcRma(k.hw.model) === 0 ? ret(EINVAL) : undefined),
      4,
    ],
    [
      'linear_info',
      'under linear_lock: the first area that nobody holds, zeroed; use_count := 1 for the descriptor',
      (k) => {
        const { rmas } = k.host.memory;
        const index = rmas.findIndex(({ use_count }) => use_count === 0);
        const rma = rmas[index];
        if (!rma) return ret(ENOMEM);
        rma.use_count = 1;
        return ret(index);
      },
      40,
    ],
  ],
);
