// KVM_PPC_ALLOCATE_HTAB: user space chooses the size of the guest's page table, or has it emptied when the machine is
// reset. Source: arch/powerpc/kvm/book3s_64_mmu_hv.c (kvmppc_alloc_reset_hpt), book3s_hv.c.
import { IS, RB } from '../hardware/mmu/hpte.ts';
import { clearPages } from '../host/memory.ts';
import { goto, ret, routine } from '../host/routine.ts';
import { type KvmCtx, lastVm } from './context.ts';
import { EBUSY, EINVAL, ENOMEM } from './errno.ts';
import { allocHpt, freeHpt, HPT_ORDER } from './hpt.ts';
import { RMAP_WORD } from './memslot.ts';

const HTABORG_SHIFT = 18;

export const allocResetHpt = routine<KvmCtx, { order: number; ready: number }>(
  'kvmppc_alloc_reset_hpt',
  {
    source: 'arch/powerpc/kvm/book3s_64_mmu_hv.c',
    mode: 'virtual',
    about: 'KVM_PPC_ALLOCATE_HTAB: a page table of 2^order bytes, empty.',
  },
  [
    [
      'order',
      'an order from 18 to 24? else -EINVAL',
      (_k, l) =>
        Number.isInteger(l.order) && l.order >= HPT_ORDER.MIN && l.order <= HPT_ORDER.MAX
          ? undefined
          : ret(EINVAL),
      4,
    ],
    [
      'vcpus_running',
      'mmu_ready := 0, unless a vcpu runs: -EBUSY',
      (k, l) => {
        const vm = lastVm(k);
        const runs = vm.vcpus.some((v) => k.kvm.vcpus[v]?.state === 'KVMPPC_VCPU_RUNNABLE');
        if (runs) return ret(EBUSY);
        l.ready = vm.mmu_ready;
        vm.mmu_ready = 0;
        return undefined;
      },
      12,
    ],
    [
      'memset',
      'it has this order already? zero it and its revmap entries',
      (k, l) => {
        const vm = lastVm(k);
        if (vm.hpt_order !== l.order) return undefined;
        clearPages(k.hw, vm.hpt_base, 2 ** vm.hpt_order);
        clearPages(k.hw, vm.revmap, 2 ** vm.hpt_order);
        return goto('rmap_reset');
      },
      400,
    ],
    [
      'alloc',
      'else free it and allocate another, zeroed; -ENOMEM: the old one stays',
      (k, l) => {
        const vm = lastVm(k);
        const old = { ...vm };
        if (!allocHpt(k, vm, l.order)) {
          vm.mmu_ready = l.ready;
          return ret(ENOMEM);
        }
        freeHpt(k, old);
        return undefined;
      },
      400,
    ],
    [
      'rmap_reset',
      'kvmppc_rmap_reset: no entry maps any page',
      (k) => {
        for (const { rmap, npages } of lastVm(k).memslots)
          clearPages(k.hw, rmap, npages * RMAP_WORD);
      },
      100,
    ],
    [
      'kvmppc_set_hpt',
      'SDR1, or from ISA 3.0 on PATE0 of the LPID := HTABORG | HTABSIZE',
      (k) => {
        const vm = lastVm(k);
        const word = BigInt(vm.hpt_base) | BigInt(vm.hpt_order - HTABORG_SHIFT);
        vm.sdr1 = word;
        if (k.hw.model.version !== '3.0') return;
        const patb = Number(k.hw.get(k.tid, 'PTCR') & 0x0ffffffffffff000n);
        k.hw.arena.write64(patb + 16 * vm.lpid, word);
      },
    ],
    [
      'need_tlb_flush',
      'nothing of the old table may stay in a TLB. The next KVM_RUN maps the VRMA again',
      (k) => {
        k.hw.tlbie(k.tid, IS.LPID << RB.IS_SHIFT, lastVm(k).lpid);
        return ret();
      },
      40,
    ],
  ],
);
