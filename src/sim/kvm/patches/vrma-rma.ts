// Kernel commit aa04b4cc: KVM: PPC: Allocate RMAs (Real Mode Areas) at boot for use by guests.
import { allocPages } from '../../host/memory.ts';
import { ret, step } from '../../host/routine.ts';
import type { KvmCtx } from '../context.ts';
import { ENOMEM } from '../errno.ts';
import type { Patch } from '../patches.ts';

/**
 * Off: no area is set aside, and one is looked for when a VM asks. MODEL: the kernel before the change had no
 * KVM_ALLOCATE_RMA at all; what it would have found is what the change is about.
 */
export const vrmaRma: Patch = {
  id: 'vrma-rma',
  title: 'Allocate RMAs (Real Mode Areas) at boot for use by guests',
  commit: 'aa04b4cc',
  summary:
    'Contiguous areas for the real mode of guests are set aside at boot, and KVM_ALLOCATE_RMA gives them out. Without the pool one would have to be found later, in memory that other work has fragmented.',
  cpus: ['p7'],
  off: [
    { routine: 'kernel_init', remove: 'kvm_rma_init' },
    {
      routine: 'kvm_alloc_rma',
      replace: 'linear_info',
      by: step<KvmCtx, { ret: number }>(
        [
          'linear_info',
          'no pool: alloc_pages for kvm_rma_size contiguous bytes at a multiple of their size; none? -ENOMEM',
          (k) => {
            const { memory } = k.host;
            const size = memory.kvm_rma_size;
            const base = allocPages(k.hw, memory, size, size);
            if (base < 0) return ret(ENOMEM);
            memory.rmas.push({ base, size, use_count: 1 });
            return ret(memory.rmas.length - 1);
          },
          40,
        ],
        'virtual',
      ),
    },
  ],
};
