// What an instruction raises by itself, by CPU and state.
import { describe, expect, test } from 'vitest';
import { MSR, PROGRAM } from './bits.ts';
import { causeOf, flatThread, step } from './testing/flat-thread.ts';

describe('what an instruction raises', () => {
  test('an illegal word goes to emulation assistance with the word in HEIR', () => {
    const hw = flatThread('.long 0x00000004', 'p9', 'u');
    expect([step(hw), hw.get(0, 'HEIR'), hw.get(0, 'HSRR0')]).toEqual(['e40', 4n, 0x1000n]);
  });

  test('on the PowerPC 970 it is a program interrupt', () => {
    const hw = flatThread('.long 0x00000004', '970', 'u');
    expect([step(hw), causeOf(hw), hw.get(0, 'SRR0')]).toEqual(['700', PROGRAM.ILLEGAL, 0x1000n]);
  });

  test('an instruction that the CPU lacks is illegal even where it is privileged', () => {
    expect(step(flatThread('stop', 'p8', 'u'))).toBe('e40');
    expect(step(flatThread('modsd r3, r4, r5', 'p8', 'u'))).toBe('e40');
    expect(step(flatThread('.long 0x4c000364 # nap', 'p9', 'u'))).toBe('e40');
  });

  test('a trap is a program interrupt', () => {
    const hw = flatThread('trap', 'p8', 'u');
    expect([step(hw), causeOf(hw)]).toEqual(['700', PROGRAM.TRAP]);
  });

  test('an unaligned reservation is an alignment interrupt with DAR, and DSISR up to version 2.07', () => {
    const run = (cpu: string, text: string) => {
      const hw = flatThread(text, cpu, 's');
      hw.arena.setGpr(0, 3, 0x1002n);
      hw.set(0, 'DSISR', 0x55n);
      expect([step(hw), hw.get(0, 'DAR')]).toEqual(['600', 0x1002n]);
      return hw.get(0, 'DSISR');
    };
    expect(run('p9', 'lwarx r5, 0, r3')).toBe(0x55n);
    // XO of lwarx is 20: bits 29:30 are 0, bit 25 is 0, bits 21:24 are 0; RT=5, RA=0.
    expect(run('p8', 'lwarx r5, 0, r3')).toBe(5n << 5n);
    // stwcx. is 150: 0010010110.
    expect(run('970', 'stwcx. r5, 0, r3')).toBe((2n << 15n) | (2n << 10n) | (5n << 5n));
  });

  test.each([
    ['lfd f1, 0(r3)', MSR.FP, 0, '800'],
    ['lvx v1, 0, r3', MSR.VEC, 1, 'f20'],
    ['lxvd2x vs1, 0, r3', MSR.VSX, 1, 'f40'],
  ])('%s asks the MSR first, then HFSCR', (text, bit, facility, vector) => {
    const run = (state: 'u' | 's' | 'h', msr: boolean, hfscr: boolean) => {
      const hw = flatThread(text, 'p9', state);
      hw.arena.setGpr(0, 3, 0x2000n);
      if (msr) hw.setMsr(0, hw.msr(0) | bit);
      if (!hfscr) hw.set(0, 'HFSCR', 0x7ffn & ~(1n << BigInt(facility)));
      const where = step(hw);
      if (where === 'f80') expect(hw.get(0, 'HFSCR') >> 56n).toBe(BigInt(facility));
      return where;
    };
    for (const state of ['u', 's'] as const) {
      expect(run(state, true, true)).toBe('next');
      expect(run(state, false, true)).toBe(vector);
      expect(run(state, false, false)).toBe(vector);
      expect(run(state, true, false)).toBe('f80');
    }
    expect(run('h', true, false)).toBe('next');
    expect(run('h', false, false)).toBe(vector);
  });

  test('a facility comes before what the access itself would raise', () => {
    const hw = flatThread('lfd f1, 0(r3)');
    hw.arena.setGpr(0, 3, 0x2000n);
    hw.set(0, 'DAWR0', 0x2000n);
    hw.set(0, 'DAWRX0', 0x2an);
    expect(step(hw)).toBe('800');
    hw.arena.setNia(0, 0x1000n);
    hw.setMsr(0, hw.msr(0) | MSR.FP);
    expect(step(hw)).toBe('300');
  });

  test('an enabled floating-point exception is a program interrupt at its instruction', () => {
    const run = (msr: bigint) => {
      const hw = flatThread('fdiv f1, f2, f3');
      hw.setMsr(0, hw.msr(0) | MSR.FP | msr);
      hw.arena.setVsr(0, 2, 0, 0x3ff0000000000000n);
      hw.arena.setFpscr(0, 0x10n);
      return [step(hw), causeOf(hw), hw.get(0, 'SRR0')];
    };
    expect(run(MSR.FE0 | MSR.FE1)).toEqual(['700', PROGRAM.FP, 0x1000n]);
    expect(run(0n)[0]).toBe('next');
  });
});
