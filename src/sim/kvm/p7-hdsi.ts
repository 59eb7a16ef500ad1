// Storage interrupts to the hypervisor on POWER7, in real mode: most go back to the guest without a partition switch.
// Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S (kvmppc_hdsi, kvmppc_hisi), Linux 3.6.
import { Access } from '../engine/api.ts';
import { DSISR, MSR } from '../hardware/bits.ts';
import { slbLookup } from '../hardware/mmu/segment.ts';
import { explainWalk } from '../hardware/mmu/walk.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { call, goto, ret, routine } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from './context.ts';
import { ISI_CAUSES, injectInterrupt } from './exceptions.ts';
import { VRMA_SLB_V } from './hpte-lookup.ts';
import { FAST_GUEST_RETURN, GUEST_EXIT } from './p7-entry.ts';
import { mfspr, mtspr, saveNamed } from './p7-state.ts';
import { HV_FAULT } from './page-fault.ts';

/** Gives the guest an interrupt from real mode, without leaving its partition. */
export function reflect(k: KvmCtx, vcpu: number, vector: number, cause = 0n): void {
  const v = vcpuOf(k, vcpu);
  injectInterrupt(v, vector, cause);
  mtspr(k, 'SRR0', v.srr0);
  mtspr(k, 'SRR1', v.srr1);
}

const isData = (k: KvmCtx, vcpu: number): boolean =>
  vcpuOf(k, vcpu).trap === BOOK3S_INTERRUPT.H_DATA_STORAGE;

export const hdsiP7 = routine<KvmCtx, VcpuLocals & { slb_v: bigint }>(
  'kvmppc_hdsi',
  {
    source: 'arch/powerpc/kvm/book3s_hv_rmhandlers.S',
    mode: 'real',
    about:
      'A storage interrupt came to the hypervisor because of LPCR[VPM]: is it the guest’s own? then it gets it.',
  },
  [
    [
      'fault',
      'fault_dar, fault_dsisr := HDAR, HDSISR; of an instruction pc and HSRR1; AMR saved',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const data = isData(k, l.vcpu);
        vcpu.fault_dar = data ? mfspr(k, 'HDAR') : vcpu.pc;
        vcpu.fault_dsisr = data ? mfspr(k, 'HDSISR') : mfspr(k, 'HSRR1') & ISI_CAUSES;
        saveNamed(k, vcpu, ['AMR']);
      },
      8,
    ],
    [
      'causes',
      'no page, or of data a protection fault? else the guest’s own',
      (k, l) => {
        const causes = isData(k, l.vcpu) ? DSISR.NOHPTE | DSISR.PROT : DSISR.NOHPTE;
        return (vcpuOf(k, l.vcpu).fault_dsisr & causes) !== 0n ? undefined : goto('reflect');
      },
      4,
    ],
    [
      'segment',
      'slbfee. of the address, no entry: the guest’s own; in real mode kvm.vrma_slb_v',
      (k, l) => {
        const { fault_dar, msr } = vcpuOf(k, l.vcpu);
        const relocated = (msr & (isData(k, l.vcpu) ? MSR.DR : MSR.IR)) !== 0n;
        const entry = relocated ? slbLookup(k.hw, k.tid, fault_dar) : 0;
        if (entry < 0) return goto('reflect');
        l.slb_v = relocated ? k.hw.arena.slb(k.tid, entry, 'vsid') : VRMA_SLB_V;
        return undefined;
      },
      8,
    ],
    [
      'hpte_hv_fault',
      'kvmppc_hpte_hv_fault',
      (k, l) => {
        const { fault_dar, fault_dsisr } = vcpuOf(k, l.vcpu);
        return call('kvmppc_hpte_hv_fault', {
          vcpu: l.vcpu,
          ea: fault_dar,
          slb_v: l.slb_v,
          status: fault_dsisr,
          data: isData(k, l.vcpu) ? 1 : 0,
        });
      },
      6,
    ],
    [
      'decide',
      '0: back into the guest; -1: out of it; -2: the instruction first; else a status for the guest',
      (k, l) => {
        if (l.ret === HV_FAULT.RETRY) return ret(FAST_GUEST_RETURN);
        if (l.ret === HV_FAULT.KERNEL) return ret(GUEST_EXIT);
        if (l.ret === HV_FAULT.MMIO) return undefined;
        vcpuOf(k, l.vcpu).fault_dsisr = BigInt(l.ret);
        return goto('reflect');
      },
      6,
    ],
    [
      'fetch',
      'in_guest := SKIP, MSR[DR] := 1: lwz of the word at pc; a fault leaves last_inst unknown; out of the guest',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        const msr = k.hw.msr(k.tid);
        k.hw.setMsr(k.tid, msr | MSR.DR);
        const { result } = explainWalk(k.hw, k.tid, vcpu.pc, Access.load);
        k.hw.setMsr(k.tid, msr);
        if (result.kind === 'page') vcpu.last_inst = k.hw.arena.read32(result.real);
        return ret(GUEST_EXIT);
      },
      16,
    ],
    [
      'reflect',
      'DAR, DSISR, SRR0/1 := the fault, pc := 0x300 or 0x400: the guest handles it, in the same partition',
      (k, l) => {
        const { fault_dar, fault_dsisr } = vcpuOf(k, l.vcpu);
        if (isData(k, l.vcpu)) {
          mtspr(k, 'DAR', fault_dar);
          mtspr(k, 'DSISR', fault_dsisr);
          reflect(k, l.vcpu, BOOK3S_INTERRUPT.DATA_STORAGE);
        } else reflect(k, l.vcpu, BOOK3S_INTERRUPT.INST_STORAGE, fault_dsisr);
        return ret(FAST_GUEST_RETURN);
      },
      12,
    ],
  ],
);
