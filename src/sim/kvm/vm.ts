// Creation of VMs and vcpus, and the VRMA. Source: arch/powerpc/kvm/{book3s_hv.c, book3s_64_mmu_hv.c}.
import { HFSCR, LPCR } from '../hardware/bits.ts';
import {
  avpnOf,
  encodePageShifts,
  HPTE_R_C,
  HPTE_R_M,
  HPTE_R_R,
  HPTE_V_1TB_SEG,
  HPTE_V_BOLTED,
  HPTE_V_VALID,
  hptHash,
  hptMask,
  PTEG_ENTRIES,
  ptegIndex,
  VRMA_SEGMENT,
} from '../hardware/mmu/hpte.ts';
import { HUGE_PAGE } from '../host/memory.ts';
import { goto, ret, routine } from '../host/routine.ts';
import { make } from '../state/schema.ts';
import { type KvmCtx, lastVm, vcpuOf, vmOf } from './context.ts';
import { EBUSY, EINVAL } from './errno.ts';
import { allocHpt, HPT_ORDER } from './hpt.ts';
import { gfnToMemslot, guestReal } from './memslot.ts';
import { VCORE, VCPU, VM, type Vm } from './records.ts';
import { enterBolted } from './rmap.ts';

const BOOK3S_HV = 'arch/powerpc/kvm/book3s_hv.c';
/** HFSCR of a POWER9 vcpu: facilities that need no demand faulting. MSGP is in it until the patch's step. */
const HFSCR_DEFAULT = HFSCR.TAR | HFSCR.DSCR | HFSCR.VECVSX | HFSCR.FP | HFSCR.MSGP;

export const createVm = routine<KvmCtx, { ret: number }>(
  'kvmppc_core_init_vm_hv',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'KVM_CREATE_VM: partition id, LPCR, hashed page table.',
  },
  [
    [
      'lpid',
      'kvmppc_alloc_lpid: a partition id of its own; LPID 0 is the host',
      (k) => {
        k.kvm.vms.push(make(VM, { lpid: k.kvm.vms.length + 1 }));
      },
    ],
    [
      'lpcr',
      'LPCR := host PECE bits | DPFD=4 | HDICE | VPM1 | ONL: faults of the guest come to the hypervisor',
      (k) => {
        const host = k.hw.get(k.tid, 'LPCR');
        const kept = LPCR.PECEDP | LPCR.PECEDH | LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2;
        lastVm(k).lpcr = (host & kept) | LPCR.DPFD | LPCR.HDICE | LPCR.VPM1 | LPCR.ONL;
      },
    ],
    [
      'alloc_hpt',
      'kvmppc_alloc_hpt: 2^18 bytes of host memory, zeroed',
      (k) => {
        if (!allocHpt(k, lastVm(k), HPT_ORDER.MIN))
          throw new Error('kvmppc_alloc_hpt: the scenario has too little real memory');
      },
      200,
    ],
    [
      'partition_table',
      'PATE0 of the LPID := HTABORG | HTABSIZE',
      (k) => {
        const vm = lastVm(k);
        const patb = Number(k.hw.get(k.tid, 'PTCR') & 0x0ffffffffffff000n);
        k.hw.arena.write64(patb + 16 * vm.lpid, BigInt(vm.hpt_base) | BigInt(vm.hpt_order - 18));
        return ret();
      },
    ],
  ],
);

const MAX_SMT_THREADS = 8;

export const enableSmt = routine<KvmCtx, { mode: number }>(
  'kvmhv_set_smt_mode',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'KVM_CAP_PPC_SMT: the virtual SMT mode; POWER9 threads stay independent.',
  },
  [
    [
      'check',
      'a power of two up to 8, and no vcore exists yet? else -EINVAL, -EBUSY',
      (k, l) => {
        const powerOfTwo = l.mode > 0 && (l.mode & (l.mode - 1)) === 0;
        if (!powerOfTwo || l.mode > MAX_SMT_THREADS) return ret(EINVAL);
        return lastVm(k).vcpus.length > 0 ? ret(EBUSY) : undefined;
      },
    ],
    [
      'set',
      'smt_mode := 1, emul_smt_mode := the mode asked for',
      (k, l) => {
        lastVm(k).smt_mode = 1;
        lastVm(k).emul_smt_mode = l.mode;
        return ret();
      },
    ],
  ],
);

export const createVcpu = routine<KvmCtx, { vcpu_id: number; task: number }>(
  'kvmppc_core_vcpu_create_hv',
  {
    source: BOOK3S_HV,
    mode: 'virtual',
    about: 'KVM_CREATE_VCPU: the vcpu, its vcore, the facilities it may use.',
  },
  [
    [
      'vcpu',
      'allocate the vcpu; it has never run',
      (k, l) => {
        const vm = lastVm(k);
        const index = k.kvm.vcpus.length;
        vm.vcpus.push(index);
        k.kvm.vcpus.push(
          make(VCPU, {
            vcpu_id: l.vcpu_id,
            vm: k.kvm.vms.length - 1,
            task: l.task,
            vcore: k.kvm.vcores.length,
          }),
        );
      },
      60,
    ],
    [
      'hfscr',
      'HFSCR := FP, VEC/VSX, DSCR, TAR and MSGP of the host; the rest faults on first use',
      (k) => {
        const vcpu = vcpuOf(k, k.kvm.vcpus.length - 1);
        vcpu.hfscr = k.hw.get(k.tid, 'HFSCR') & HFSCR_DEFAULT;
      },
    ],
    [
      'hfscr_msgp',
      'HFSCR[MSGP] := 0, so that msgsndp, msgclrp, TIR and DPDES trap',
      (k) => {
        vcpuOf(k, k.kvm.vcpus.length - 1).hfscr &= ~HFSCR.MSGP;
      },
    ],
    [
      'vcore',
      'kvmppc_vcore_create: on POWER9 one vcpu each; the virtual core exists only for the guest',
      (k, l) => {
        k.kvm.vcores.push(make(VCORE, { first_vcpuid: l.vcpu_id, lpcr: lastVm(k).lpcr }));
        return ret();
      },
      40,
    ],
  ],
);

/** One bolted entry of the VRMA; before any vcpu runs, so nobody can see it half-done. */
export function mapVrmaPage(k: KvmCtx, vm: Vm, gpa: bigint): void {
  const shift = 24;
  const hash = hptHash(VRMA_SEGMENT, gpa, shift);
  const index = ptegIndex(hash, hptMask(vm.hpt_order), false) * PTEG_ENTRIES + 7;
  const size = encodePageShifts({ base: shift, actual: shift });
  const v =
    HPTE_V_1TB_SEG | avpnOf(VRMA_SEGMENT, gpa, shift) | size.v | HPTE_V_BOLTED | HPTE_V_VALID;
  const r = gpa | size.r | HPTE_R_R | HPTE_R_C | HPTE_R_M;
  enterBolted(k, vm, index, { v, r }, BigInt(guestReal(vm, gpa, HUGE_PAGE)));
}

export const setupVrma = routine<KvmCtx, { vcpu: number; page: number }>(
  'kvmppc_hv_setup_htab_rma',
  {
    source: 'arch/powerpc/kvm/book3s_hv.c, book3s_64_mmu_hv.c (kvmppc_map_vrma)',
    mode: 'virtual',
    about:
      'First KVM_RUN: bolted 16 MB entries of the virtual real mode area, and its page size in LPCR.',
  },
  [
    [
      'lpcr',
      'memory at guest address 0? else -EINVAL. LPCR[VRMASD] := L: the VRMA has 16 MB base pages',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        if (!gfnToMemslot(vm, 0n)) return ret(EINVAL);
        vm.lpcr |= LPCR.VRMA_L;
        vm.vrma_slb_v = 0x4001ffffff000100n;
        for (const v of vm.vcpus) {
          const vcore = k.kvm.vcores[vcpuOf(k, v).vcore];
          if (vcore) vcore.lpcr = vm.lpcr;
        }
        l.page = 0;
        return undefined;
      },
    ],
    [
      'pate_ps',
      'PATE0[PS] := the same page size, where the hardware looks',
      (k, l) => {
        const vm = vmOf(k, l.vcpu);
        const pate = Number(k.hw.get(k.tid, 'PTCR') & 0x0ffffffffffff000n) + 16 * vm.lpid;
        k.hw.arena.write64(pate, k.hw.arena.read64(pate) | 0x80n);
      },
    ],
    [
      'map',
      'kvmppc_map_vrma: H_ENTER a bolted entry for the next 16 MB page, in slot 7 of its primary PTEG',
      (k, l) => {
        mapVrmaPage(k, vmOf(k, l.vcpu), BigInt(l.page) * BigInt(HUGE_PAGE));
        l.page += 1;
      },
      60,
    ],
    [
      'next_page',
      'until the whole memory slot is mapped',
      (k, l) => {
        const pages = gfnToMemslot(vmOf(k, l.vcpu), 0n)?.pages.length ?? 0;
        return l.page < pages ? goto('map') : undefined;
      },
      4,
    ],
    [
      'ready',
      'mmu_ready := 1',
      (k, l) => {
        vmOf(k, l.vcpu).mmu_ready = 1;
        return ret();
      },
    ],
  ],
);
