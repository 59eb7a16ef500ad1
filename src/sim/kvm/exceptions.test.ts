import { describe, expect, test } from 'vitest';
import { MSR, PROGRAM } from '../hardware/bits.ts';
import { make } from '../state/schema.ts';
import {
  deliverQueued,
  dequeueDecrementer,
  injectInterrupt,
  KVM_INTERRUPT,
  kvmInterrupt,
  queueIllegal,
} from './exceptions.ts';
import { IRQPRIO, VCPU, type Vcpu } from './records.ts';

const EXTERNAL = 1 << IRQPRIO.EXTERNAL;
const DECREMENTER = 1 << IRQPRIO.DECREMENTER;

const at = (values: Partial<Vcpu> = {}): Vcpu =>
  make(VCPU, { pc: 0x4000n, msr: MSR.SF | MSR.ME | MSR.EE | MSR.RI, ...values });

test('an injected interrupt saves pc and MSR and goes on in real mode with EE=0', () => {
  const vcpu = at({ msr: MSR.SF | MSR.EE | MSR.PR | MSR.IR | MSR.DR | 0x783f0000n });
  injectInterrupt(vcpu, 0x500, PROGRAM.TRAP);
  expect(vcpu.srr0).toBe(0x4000n);
  expect(vcpu.srr1).toBe(MSR.SF | MSR.EE | MSR.PR | MSR.IR | MSR.DR | PROGRAM.TRAP);
  expect([vcpu.pc, vcpu.msr]).toEqual([0x500n, MSR.SF]);
});

test('an instruction that nothing emulates is 0x700 with the illegal bit', () => {
  const vcpu = at();
  queueIllegal(vcpu);
  expect([vcpu.pc, vcpu.srr0, vcpu.srr1 & 0x783f0000n]).toEqual([0x700n, 0x4000n, 0x80000n]);
});

describe('queued exceptions', () => {
  test('wait while EE=0', () => {
    const vcpu = at({ msr: MSR.SF, pending_exceptions: EXTERNAL | DECREMENTER });
    deliverQueued(vcpu);
    expect([vcpu.pc, vcpu.pending_exceptions]).toEqual([0x4000n, EXTERNAL | DECREMENTER]);
  });

  test('come one at a time, external first and once', () => {
    const vcpu = at({ pending_exceptions: EXTERNAL | DECREMENTER });
    deliverQueued(vcpu);
    expect([vcpu.pc, vcpu.pending_exceptions]).toEqual([0x500n, DECREMENTER]);
    vcpu.msr |= MSR.EE;
    deliverQueued(vcpu);
    expect([vcpu.pc, vcpu.pending_exceptions]).toEqual([0x900n, DECREMENTER]);
  });

  test('a decrementer goes away only when DEC lies ahead again', () => {
    const vcpu = at({ pending_exceptions: EXTERNAL | DECREMENTER, dec_expires: 100 });
    dequeueDecrementer(vcpu, 100);
    expect(vcpu.pending_exceptions).toBe(EXTERNAL | DECREMENTER);
    dequeueDecrementer(vcpu, 99);
    expect(vcpu.pending_exceptions).toBe(EXTERNAL);
  });

  test('an edge comes once, a level until user space takes it back', () => {
    const vcpu = at();
    const vectors = (irq: number): (bigint | undefined)[] => {
      kvmInterrupt(vcpu, irq);
      return [1, 2].map(() => {
        Object.assign(vcpu, { pc: 0x4000n, msr: vcpu.msr | MSR.EE });
        deliverQueued(vcpu);
        return vcpu.pc;
      });
    };
    expect(vectors(KVM_INTERRUPT.SET)).toEqual([0x500n, 0x4000n]);
    expect(vectors(KVM_INTERRUPT.SET_LEVEL)).toEqual([0x500n, 0x500n]);
    expect(vectors(KVM_INTERRUPT.UNSET)).toEqual([0x4000n, 0x4000n]);
    expect(vcpu.pending_exceptions).toBe(0);
  });
});
