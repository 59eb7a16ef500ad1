import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MSR } from './bits.ts';
import { guestThread } from './testing/guest-thread.ts';

const PRIVILEGED = 0x40000n;

/** Runs one instruction in guest real mode, r3 = value, and says where it led. */
function guestRuns(text: string, r3 = 0n) {
  const { hw } = guestThread(text);
  hw.arena.setGpr(0, 3, r3);
  hw.arena.setGpr(0, 4, 0x1234n);
  hw.run(0, 1, 1);
  return { hw, nia: hw.arena.nia(0), cause: hw.get(0, 'SRR1') & 0x783f0000n };
}

describe('a guest never gets MSR[HV]', () => {
  const value = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

  test.each(['mtmsrd r3', 'mtmsrd r3, 1', 'mtmsr r3', 'mtmsr r3, 1'])('by %s', (text) => {
    const { hw } = guestThread(text);
    const law = fc.property(value, (r3) => {
      hw.arena.setNia(0, 0x1000n);
      hw.setMsr(0, MSR.SF | MSR.ME);
      hw.arena.setGpr(0, 3, r3);
      hw.run(0, 1, 1);
      expect(hw.arena.nia(0)).toBe(0x1004n);
      expect(hw.msr(0) & MSR.HV).toBe(0n);
    });
    fc.assert(law, { seed: 1, numRuns: 100 });
  });

  test('by rfid, and cannot change ME with it either', () => {
    const { hw } = guestThread('rfid');
    const law = fc.property(value, fc.boolean(), (image, me) => {
      hw.arena.setNia(0, 0x1000n);
      hw.setMsr(0, MSR.SF | (me ? MSR.ME : 0n));
      hw.set(0, 'SRR0', 0x2000n);
      hw.set(0, 'SRR1', image);
      hw.run(0, 1, 1);
      expect(hw.msr(0) & (MSR.HV | MSR.ME)).toBe(me ? MSR.ME : 0n);
      expect(hw.arena.nia(0)).toBe(0x2000n);
    });
    fc.assert(law, { seed: 1, numRuns: 100 });
  });

  test('by hrfid, which is privileged', () => {
    const { hw } = guestThread('hrfid');
    hw.set(0, 'HSRR1', MSR.HV);
    hw.run(0, 1, 1);
    expect([hw.arena.nia(0), hw.get(0, 'SRR1') & 0x783f0000n]).toEqual([0x700n, PRIVILEGED]);
    expect(hw.inGuest(0)).toBe(true);
  });
});

test('mtmsrd with L=1 changes EE and RI alone, without it neither ME nor LE', () => {
  const all = (1n << 64n) - 1n;
  const before = MSR.SF | MSR.ME;
  expect(guestRuns('mtmsrd r3, 1', all).hw.msr(0)).toBe(before | MSR.EE | MSR.RI);
  const after = guestRuns('mtmsrd r3', all & ~MSR.PR).hw.msr(0);
  expect(after & (MSR.ME | MSR.LE)).toBe(MSR.ME);
  expect(guestRuns('mtmsrd r3', 0n).hw.msr(0)).toBe(before);
});

test.each(['mtmsrd r3', 'mtmsr r3'])('%s to problem state turns EE, IR and DR on', (text) => {
  const { hw } = guestRuns(text, MSR.PR);
  const bits = MSR.PR | MSR.EE | MSR.IR | MSR.DR;
  expect(hw.msr(0) & bits).toBe(bits);
});

test('rfid to problem state turns EE, IR and DR on', () => {
  const { hw } = guestThread('rfid');
  hw.set(0, 'SRR1', MSR.SF | MSR.PR);
  hw.run(0, 1, 1);
  expect(hw.msr(0)).toBe(MSR.SF | MSR.ME | MSR.PR | MSR.EE | MSR.IR | MSR.DR);
});

describe('special-purpose registers in a guest', () => {
  const HV_ONLY = {
    HFSCR: 0xbe,
    HDSISR: 0x132,
    HDAR: 0x133,
    HDEC: 0x136,
    HSRR0: 0x13a,
    HSRR1: 0x13b,
    LPCR: 0x13e,
    LPIDR: 0x13f,
    PCR: 0x152,
    HEIR: 0x153,
    PTCR: 0x1d0,
    ASDR: 0x330,
    PSSCR: 0x357,
  };
  const READ_ONLY = { PVR: 0x11f, PIR: 0x3ff, PURR: 0x135, SPURR: 0x134, VTB: 0x351, IC: 0x350 };

  test.each(Object.entries(HV_ONLY))('%s belongs to the hypervisor', (_, num) => {
    for (const text of [`mfspr r4, ${num}`, `mtspr ${num}, r3`]) {
      const { nia, cause, hw } = guestRuns(text, 1n);
      expect([nia, cause]).toEqual([0x700n, PRIVILEGED]);
      expect(hw.arena.gpr(0, 4)).toBe(0x1234n);
    }
  });

  test.each(Object.entries(READ_ONLY))('%s can be read and not written', (_, num) => {
    expect(guestRuns(`mfspr r4, ${num}`).nia).toBe(0x1004n);
    const { nia, cause } = guestRuns(`mtspr ${num}, r3`, 1n);
    expect([nia, cause]).toEqual([0x700n, PRIVILEGED]);
  });

  test('a number without a register is a no-op, but 0, 4, 5 and 6 go to emulation assistance', () => {
    for (const num of [7, 42, 1000, 1008]) {
      expect(guestRuns(`mtspr ${num}, r3`).nia).toBe(0x1004n);
    }
    for (const num of [0, 4, 5, 6]) expect(guestRuns(`mfspr r4, ${num}`).nia).toBe(0xe40n);
  });
});

test('an illegal word goes to emulation assistance with the word in HEIR', () => {
  const { hw } = guestThread('.long 0x00000004');
  hw.run(0, 1, 1);
  expect(hw.arena.nia(0)).toBe(0xe40n);
  expect([hw.get(0, 'HEIR'), hw.get(0, 'HSRR0')]).toEqual([4n, 0x1000n]);
});

test('an unaligned lwarx is an alignment interrupt', () => {
  const { hw } = guestThread('lwarx r5, 0, r3');
  hw.arena.setGpr(0, 3, 0x1002n);
  hw.run(0, 1, 1);
  expect(hw.arena.nia(0)).toBe(0x600n);
});
