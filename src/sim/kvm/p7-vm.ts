// Creation of VMs and vcpus on POWER7: SDR1 names the HPT, LPCR lets faults and HDEC come to the hypervisor.
// Source: arch/powerpc/kvm/{book3s_hv.c, book3s_64_mmu_hv.c}, Linux 3.6; kvmhv_set_smt_mode of 4.13.
import { LPCR, MMCR0 } from '../hardware/bits.ts';
import { now } from '../host/context.ts';
import { ret, variant } from '../host/routine.ts';
import { make } from '../state/schema.ts';
import { type KvmCtx, lastVm, vcoreOf, vcpuOf } from './context.ts';
import { EBUSY, EINVAL } from './errno.ts';
import { VCORE } from './records.ts';
import { createVcpu, createVm, enableSmt } from './vm.ts';

/** Order 18 is SDR1's HTABSIZE 0. */
const SMALLEST_HPT = 18;

/** LPCR of the VM, with VPM1 or without, and what the exit puts back. */
export function initLpcrP7(k: KvmCtx, vpm1: bigint): void {
  const vm = lastVm(k);
  vm.host_lpcr = k.hw.get(k.tid, 'LPCR');
  vm.host_sdr1 = k.hw.get(k.tid, 'SDR1');
  const kept = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2 | LPCR.LPES0 | LPCR.LPES1;
  vm.lpcr = (vm.host_lpcr & kept) | LPCR.DPFD | LPCR.HDICE | LPCR.VPM0 | vpm1;
}

export const createVmP7 = variant<KvmCtx, { ret: number }>(createVm, {
  lpcr: [
    'lpcr',
    'LPCR := host PECE and LPES bits | DPFD=4 | HDICE | VPM0 | VPM1: faults of the guest come to the hypervisor',
    (k) => initLpcrP7(k, LPCR.VPM1),
  ],
  partition_table: [
    'sdr1',
    'sdr1 := HTABORG | HTABSIZE, for the partition switch',
    (k) => {
      const vm = lastVm(k);
      vm.sdr1 = BigInt(vm.hpt_base) | BigInt(vm.hpt_order - SMALLEST_HPT);
      return ret();
    },
  ],
});

export const enableSmtP7 = variant<KvmCtx, { mode: number }>(
  enableSmt,
  {
    check: [
      'check',
      'a power of two up to the threads of a core, and no vcore exists yet? else -EINVAL, -EBUSY',
      (k, l) => {
        const powerOfTwo = l.mode > 0 && (l.mode & (l.mode - 1)) === 0;
        if (!powerOfTwo || l.mode > k.hw.model.threadsPerCore) return ret(EINVAL);
        return lastVm(k).vcpus.length > 0 ? ret(EBUSY) : undefined;
      },
    ],
    set: [
      'set',
      'smt_mode := the mode asked for: vcpus of one vcore run on the threads of one core',
      (k, l) => {
        lastVm(k).smt_mode = l.mode;
        lastVm(k).emul_smt_mode = 1;
        return ret();
      },
    ],
  },
  { about: 'KVM_CAP_PPC_SMT: how many vcpus make a virtual core, one hardware thread each.' },
);

/** Registers of a new vcpu that the entry loads by name. */
const NEW_VCPU_SPRS: Readonly<Record<string, bigint>> = {
  MMCR0: MMCR0.FC,
  CTRL: 1n,
};

export const createVcpuP7 = variant<KvmCtx, { vcpu_id: number; task: number }>(
  createVcpu,
  {
    hfscr: [
      'defaults',
      'MMCR0[FC]=1: no counter runs; CTRL: run latch on; DEC never expires',
      (k) => {
        const vcpu = k.kvm.vcpus.at(-1);
        if (!vcpu) return;
        vcpu.state = 'KVMPPC_VCPU_STOPPED';
        vcpu.spr = { ...NEW_VCPU_SPRS };
        vcpu.vsr = new Array<bigint>(128).fill(0n);
      },
    ],
    hfscr_msgp: null,
    vcore: [
      'vcore',
      'vcore number vcpu_id / smt_mode: kvmppc_vcore_create on its first use; one vcpu more in it',
      (k, l) => {
        const vm = lastVm(k);
        const vcpu = vcpuOf(k, k.kvm.vcpus.length - 1);
        const first_vcpuid = l.vcpu_id - (l.vcpu_id % vm.smt_mode);
        const sibling = vm.vcpus.find(
          (v) => vcpuOf(k, v) !== vcpu && vcoreOf(k, v).first_vcpuid === first_vcpuid,
        );
        if (sibling === undefined)
          k.kvm.vcores.push(make(VCORE, { first_vcpuid, lpcr: vm.lpcr, preempt_tb: now(k) }));
        else {
          vcpu.vcore = vcpuOf(k, sibling).vcore;
          vcoreOf(k, sibling).num_threads += 1;
        }
        return ret();
      },
      40,
    ],
  },
  { about: 'KVM_CREATE_VCPU: the vcpu, its vcore, its registers.' },
);
