import { describe, expect, test } from 'vitest';
import { LPCR, MSR } from './bits.ts';
import { flatThread } from './testing/flat-thread.ts';

describe('an external interrupt', () => {
  const taken = (value: bigint, msr: bigint, cpu = 'p9', register = 'LPCR') => {
    const hw = flatThread('nop', cpu);
    hw.set(0, register, value);
    hw.setMsr(0, MSR.SF | msr);
    hw.setLine(0, 'EXTERNAL', true);
    const vector = hw.pending(0);
    if (vector === 0) return 'held';
    hw.deliver(0, vector);
    const pair = hw.get(0, 'HSRR0') === 0x1000n ? 'HSRR' : 'SRR';
    return `${pair} ${hw.inGuest(0) ? 'guest' : 'hypervisor'}`;
  };

  test('with LPES0=0 goes to the hypervisor by HSRR0/1, out of a guest whatever EE says', () => {
    expect(taken(0n, 0n)).toBe('HSRR hypervisor');
    expect(taken(0n, MSR.EE)).toBe('HSRR hypervisor');
    expect(taken(0n, MSR.HV | MSR.EE)).toBe('HSRR hypervisor');
    expect(taken(0n, MSR.HV)).toBe('held');
  });

  test('with LPES0=1 goes to the side that runs, by SRR0/1 and with EE=1', () => {
    expect(taken(LPCR.LPES0, 0n)).toBe('held');
    expect(taken(LPCR.LPES0, MSR.EE)).toBe('SRR guest');
    expect(taken(LPCR.LPES0, MSR.HV | MSR.EE)).toBe('SRR hypervisor');
  });

  test('is held by HEIC while the hypervisor runs, but not its programs', () => {
    expect(taken(LPCR.HEIC, MSR.HV | MSR.EE)).toBe('held');
    expect(taken(LPCR.HEIC, MSR.HV | MSR.EE | MSR.PR)).toBe('HSRR hypervisor');
    expect(taken(LPCR.HEIC, MSR.EE)).toBe('HSRR hypervisor');
  });

  test('stays until its line drops', () => {
    const hw = flatThread();
    hw.setLine(0, 'EXTERNAL', true);
    hw.deliver(0, 0x500);
    expect(hw.inGuest(0)).toBe(false);
    hw.setMsr(0, MSR.SF);
    expect(hw.pending(0)).toBe(0x500);
    hw.setLine(0, 'EXTERNAL', false);
    expect(hw.pending(0)).toBe(0);
  });

  test('on the PowerPC 970 uses SRR0/1 and is masked by EE, whoever it is for: HID4[LPES0]', () => {
    const taken970 = (hid4: bigint, msr: bigint) => taken(hid4, msr, '970', 'HID4');
    for (const msr of [0n, MSR.HV]) expect(taken970(0n, msr)).toBe('held');
    expect(taken970(0n, MSR.EE)).toBe('SRR hypervisor');
    expect(taken970(0n, MSR.HV | MSR.EE)).toBe('SRR hypervisor');
    expect(taken970(1n << 63n, MSR.EE)).toBe('SRR guest');
    expect(taken970(1n << 63n, 0n)).toBe('held');
  });
});

describe('a mediated external interrupt (LPCR[MER])', () => {
  const where = (cpu: string, lpcr: bigint, msr: bigint, line = false) => {
    const hw = flatThread('nop', cpu);
    hw.set(0, 'LPCR', LPCR.MER | lpcr);
    hw.setMsr(0, MSR.SF | msr);
    hw.setLine(0, 'EXTERNAL', line);
    if (hw.pending(0) !== 0x500) return 'held';
    hw.deliver(0, 0x500);
    const again = { pair: hw.get(0, 'HSRR0') === 0x1000n ? 'HSRR' : 'SRR', hv: !hw.inGuest(0) };
    hw.setMsr(0, MSR.SF | MSR.EE);
    expect(hw.pending(0)).toBe(0x500);
    return `${again.pair} ${again.hv ? 'hypervisor' : 'guest'}`;
  };

  test.each(['p7', 'p8'])(
    'comes on %s when the guest has EE=1, to the hypervisor while LPES0=0',
    (cpu) => {
      expect(where(cpu, 0n, 0n)).toBe('held');
      expect(where(cpu, 0n, MSR.EE)).toBe('HSRR hypervisor');
      expect(where(cpu, 0n, MSR.EE | MSR.PR)).toBe('HSRR hypervisor');
      expect(where(cpu, LPCR.LPES0, MSR.EE)).toBe('SRR guest');
      expect(where(cpu, LPCR.LPES0, 0n)).toBe('held');
      expect(where(cpu, 0n, MSR.HV | MSR.EE)).toBe('held');
    },
  );

  test('of POWER9 is the guest’s; a real one beside it is not', () => {
    expect(where('p9', 0n, MSR.EE)).toBe('SRR guest');
    expect(where('p9', 0n, MSR.EE, true)).toBe('HSRR hypervisor');
  });
});
