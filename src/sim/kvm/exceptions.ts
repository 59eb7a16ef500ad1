// Exceptions that KVM queues for a vcpu and delivers before it enters the guest.
// Source: arch/powerpc/kvm/book3s.c (kvmppc_core_prepare_to_enter), book3s_hv.c (kvmppc_inject_interrupt_hv).
import { MSR, PROGRAM } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { IRQPRIO, type Vcpu } from './records.ts';

/** HSRR1 bits of an instruction storage interrupt that tell its cause. */
export const ISI_CAUSES = 0x58200000n;

/** kvmppc_inject_interrupt_hv: what the hardware would do with SRR0/1, pc and msr. Guest real mode: no AIL. */
export function injectInterrupt(vcpu: Vcpu, vector: number, flags = 0n): void {
  vcpu.srr0 = vcpu.pc;
  vcpu.srr1 = (vcpu.msr & ~0x783f0000n) | flags;
  vcpu.pc = BigInt(vector);
  vcpu.msr = MSR.SF | (vcpu.msr & MSR.ME);
}

/** Queues a program interrupt: it is delivered at once, as the kernel does for synchronous causes. */
export function queueIllegal(vcpu: Vcpu): void {
  injectInterrupt(vcpu, BOOK3S_INTERRUPT.PROGRAM, PROGRAM.ILLEGAL);
}

/** Delivers at most one queued exception. External is one-shot; a queued decrementer stays until mtdec. */
export function deliverQueued(vcpu: Vcpu): void {
  if ((vcpu.msr & MSR.EE) === 0n) return;
  const queued = (prio: number): boolean => (vcpu.pending_exceptions & (1 << prio)) !== 0;
  if (queued(IRQPRIO.EXTERNAL)) {
    vcpu.pending_exceptions &= ~(1 << IRQPRIO.EXTERNAL);
    injectInterrupt(vcpu, BOOK3S_INTERRUPT.EXTERNAL);
  } else if (queued(IRQPRIO.DECREMENTER)) {
    injectInterrupt(vcpu, BOOK3S_INTERRUPT.DECREMENTER);
  }
}

/** After an exit: a queued decrementer whose time lies ahead again (the guest wrote DEC) is dropped. */
export function dequeueDecrementer(vcpu: Vcpu, tb: number): void {
  if (vcpu.dec_expires > tb) vcpu.pending_exceptions &= ~(1 << IRQPRIO.DECREMENTER);
}
