// The last part of the entry on POWER7, which is also the way back after what real mode could answer: deliver what has
// come for the guest, load what is left, hrfid. Source: arch/powerpc/kvm/book3s_hv_rmhandlers.S, Linux 3.6.
import { LPCR, MSR } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { cpuOf, tell } from '../host/context.ts';
import { ENTER_GUEST, goto, ret, routine } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from './context.ts';
import { injectInterrupt } from './exceptions.ts';
import { loadGprs, mfspr, mtspr } from './p7-state.ts';
import { EXTERNAL_PENDING, IRQPRIO } from './records.ts';

const RMHANDLERS_S = 'arch/powerpc/kvm/book3s_hv_rmhandlers.S';

/** An edge is delivered once: what asks for another external interrupt, LPCR[MER], is left to a level. */
export function takeEdge(k: KvmCtx, vcpu: number): void {
  const v = vcpuOf(k, vcpu);
  v.pending_exceptions &= ~(1 << IRQPRIO.EXTERNAL);
  if ((v.pending_exceptions & EXTERNAL_PENDING) === 0)
    mtspr(k, 'LPCR', mfspr(k, 'LPCR') & ~LPCR.MER);
}

export const cedeReentry = routine<KvmCtx, VcpuLocals>(
  'kvmppc_cede_reentry',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'Delivers to the guest what came while it was out: an external interrupt, or its decrementer.',
  },
  [
    [
      'external',
      'external interrupt queued, edge or level? LPCR[MER] := 1; with EE=1 it is delivered now',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if ((vcpu.pending_exceptions & EXTERNAL_PENDING) === 0) return goto('decrementer');
        mtspr(k, 'LPCR', mfspr(k, 'LPCR') | LPCR.MER);
        return (vcpu.msr & MSR.EE) === 0n ? goto('srr') : undefined;
      },
    ],
    [
      'edge', // B31
      'of an edge that is all: it is no longer queued; a level stays until it is taken back',
      (k, l) => takeEdge(k, l.vcpu),
      4,
    ],
    [
      'inject',
      'SRR0/1 := pc, msr; pc := 0x500',
      (k, l) => {
        injectInterrupt(vcpuOf(k, l.vcpu), BOOK3S_INTERRUPT.EXTERNAL);
        return goto('srr');
      },
      6,
    ],
    [
      'decrementer',
      'DEC below 0 and EE=1? it is delivered: SRR0/1, pc := 0x900',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        if ((vcpu.msr & MSR.EE) === 0n || k.hw.dec(k.tid) > 0) return;
        injectInterrupt(vcpu, BOOK3S_INTERRUPT.DECREMENTER);
      },
    ],
    [
      'srr',
      'SRR0, SRR1 := guest; ceded := 0',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        mtspr(k, 'SRR0', vcpu.srr0);
        mtspr(k, 'SRR1', vcpu.srr1);
        vcpu.ceded = 0;
        return ret();
      },
      8,
    ],
  ],
);

export const fastGuestReturn = routine<KvmCtx, VcpuLocals>(
  'fast_guest_return',
  {
    source: RMHANDLERS_S,
    mode: 'real',
    about:
      'The last registers, and hrfid: the guest runs until an interrupt goes to the hypervisor.',
  },
  [
    [
      'hsrr',
      'HSRR0 := pc, HSRR1 := msr without HV, with ME',
      (k, l) => {
        const { pc, msr } = vcpuOf(k, l.vcpu);
        mtspr(k, 'HSRR0', pc);
        mtspr(k, 'HSRR1', (msr & ~MSR.HV) | MSR.ME);
      },
      8,
    ],
    [
      'in_guest',
      'PACA: in_guest := KVM_GUEST_MODE_GUEST: interrupts now come to kvmppc_interrupt',
      (k) => {
        cpuOf(k).in_guest = 1;
      },
      4,
    ],
    [
      'gprs',
      'LR, CR, r0-r13 := guest',
      (k, l) => {
        const vcpu = vcpuOf(k, l.vcpu);
        mtspr(k, 'LR', vcpu.lr);
        k.hw.arena.setCr(k.tid, vcpu.cr);
        loadGprs(k, vcpu, 0, 13);
        vcpu.entries += 1;
      },
      16,
    ],
    [
      'hrfid',
      'hrfid: MSR := HSRR1, NIA := HSRR0; the guest runs',
      (k, l) => {
        k.hw.setMsr(k.tid, mfspr(k, 'HSRR1') & ~MSR.HV);
        k.hw.arena.setNia(k.tid, mfspr(k, 'HSRR0'));
        tell(k, 'kvm_guest_enter', l.vcpu, Number(k.hw.arena.nia(k.tid)));
        return ENTER_GUEST;
      },
    ],
    ['vector', 'the first-level handler sees in_guest: to kvmppc_interrupt', () => ret(), 6],
  ],
);
