// Exceptions that KVM queues for a vcpu and delivers before it enters the guest.
// Source: arch/powerpc/kvm/book3s.c (kvmppc_core_prepare_to_enter, kvmppc_core_queue_external),
// book3s_hv.c (kvmppc_inject_interrupt_hv).
import { MSR, PROGRAM } from '../hardware/bits.ts';
import { BOOK3S_INTERRUPT } from '../hardware/vectors.ts';
import { EXTERNAL_PENDING, IRQPRIO, type Vcpu } from './records.ts';

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

/** Argument of the ioctl KVM_INTERRUPT: an edge, which one delivery uses up; none; a level, which lasts until none. */
export const KVM_INTERRUPT = {
  SET: 0xffffffff,
  UNSET: 0xfffffffe,
  SET_LEVEL: 0xfffffffd,
} as const;

/**
 * The ioctl KVM_INTERRUPT as far as it changes the vcpu, which it may do while the vcpu runs: kvmppc_core_queue_external
 * or kvmppc_core_dequeue_external. Behind SET and SET_LEVEL the caller kicks the vcpu.
 */
export function kvmInterrupt(vcpu: Vcpu, irq: number): void {
  if (irq === KVM_INTERRUPT.UNSET) vcpu.pending_exceptions &= ~EXTERNAL_PENDING;
  else {
    const level = irq === KVM_INTERRUPT.SET_LEVEL;
    vcpu.pending_exceptions |= 1 << (level ? IRQPRIO.EXTERNAL_LEVEL : IRQPRIO.EXTERNAL);
  }
}

/** Those that something queues, the most favoured first, with their vectors. */
const DELIVERED: readonly (readonly [prio: number, vector: number])[] = [
  [IRQPRIO.EXTERNAL, BOOK3S_INTERRUPT.EXTERNAL],
  [IRQPRIO.DECREMENTER, BOOK3S_INTERRUPT.DECREMENTER],
  [IRQPRIO.EXTERNAL_LEVEL, BOOK3S_INTERRUPT.EXTERNAL],
];
/** Levels: they stay queued when they have been delivered (clear_irqprio). */
const LEVELS: readonly number[] = [IRQPRIO.DECREMENTER, IRQPRIO.EXTERNAL_LEVEL];

/**
 * kvmppc_core_prepare_to_enter: delivers the most favoured queued exception that MSR[EE] lets through; the next ones then
 * find EE=0. An edge is one-shot; a queued decrementer stays until mtdec, a level until user space takes it back. What
 * is delivered ends a cede (kvmppc_set_msr).
 */
export function deliverQueued(vcpu: Vcpu): void {
  for (const [prio, vector] of DELIVERED) {
    if ((vcpu.pending_exceptions & (1 << prio)) === 0 || (vcpu.msr & MSR.EE) === 0n) continue;
    injectInterrupt(vcpu, vector);
    vcpu.ceded = 0;
    if (!LEVELS.includes(prio)) vcpu.pending_exceptions &= ~(1 << prio);
  }
}

/** After an exit: a queued decrementer whose time lies ahead again (the guest wrote DEC) is dropped. */
export function dequeueDecrementer(vcpu: Vcpu, tb: number): void {
  if (vcpu.dec_expires > tb) vcpu.pending_exceptions &= ~(1 << IRQPRIO.DECREMENTER);
}
