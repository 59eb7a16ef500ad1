import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROWS } from '../isa/table.ts';
import { FPSCR_FEX, LPCR, MSR, PROGRAM } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { causeOf, flatThread, STATE, type StateName, step } from './testing/flat-thread.ts';

const PRIVILEGED = PROGRAM.PRIVILEGED;

/** Runs one instruction with r3 = value, and says where it led. */
function runs(text: string, r3 = 0n, state: StateName = 's', cpu = 'p9') {
  const hw = flatThread(text, cpu, state);
  hw.arena.setGpr(0, 3, r3);
  const where = step(hw);
  return { hw, where, cause: causeOf(hw) };
}

/** Who may execute what, from the instruction descriptions of Book III: the least state, on which CPU. */
const NEEDS: readonly [text: string, least: StateName, cpu?: string][] = [
  ['sc', 'u'],
  ['scv 0', 'u'],
  ['rfebb', 'u'],
  ['wait', 'u'],
  ['mfmsr r3', 's'],
  ['mtmsr r3', 's'],
  ['mtmsrd r3', 's'],
  ['rfid', 's'],
  ['rfscv', 's'],
  ['stop', 's'],
  ['slbmte r3, r4', 's'],
  ['slbmfee r3, r4', 's'],
  ['slbmfev r3, r4', 's'],
  ['slbfee. r3, r4', 's'],
  ['slbie r3', 's'],
  ['slbia', 's'],
  ['slbsync', 's'],
  ['msgsndp r3', 's'],
  ['msgclrp r3', 's'],
  ['tlbiel r3, r4, 0, 1, 1', 's'],
  ['hrfid', 'h'],
  ['msgsnd r3', 'h'],
  ['msgclr r3', 'h'],
  ['msgsync', 'h'],
  ['slbieg r3, r4', 'h'],
  ['tlbie r3, r4, 0, 0, 0', 'h'],
  ['tlbiel r3, r4, 0, 0, 0', 'h'],
  ['tlbsync', 'h'],
  ['lbzcix r5, 0, r4', 'h'],
  ['lhzcix r5, 0, r4', 'h'],
  ['lwzcix r5, 0, r4', 'h'],
  ['ldcix r5, 0, r4', 'h'],
  ['stbcix r5, 0, r4', 'h'],
  ['sthcix r5, 0, r4', 'h'],
  ['stwcix r5, 0, r4', 'h'],
  ['stdcix r5, 0, r4', 'h'],
  ['.long 0x4c000324 # doze', 'h', 'p8'],
  ['.long 0x4c000364 # nap', 'h', 'p8'],
  ['.long 0x4c0003a4 # sleep', 'h', 'p7'],
  ['.long 0x4c0003e4 # rvwinkle', 'h', 'p7'],
];

describe('who may execute what', () => {
  test.each(NEEDS)('%s needs at least state %s', (text, least, cpu = 'p9') => {
    for (const state of ['u', 's', 'h'] as const) {
      const { where, cause } = runs(text, 0n, state, cpu);
      const refused = where === '700' && cause === PRIVILEGED;
      expect([state, refused]).toEqual([state, 'ush'.indexOf(state) < 'ush'.indexOf(least)]);
    }
  });

  test('has a case for every privileged row', () => {
    const named = new Set(NEEDS.map(([text]) => /^(?:\.long.*# )?(\S+)/.exec(text)?.[1]));
    const privileged = ROWS.filter((row) => row.privilege !== 'problem').map((row) => row.name);
    expect(privileged.filter((name) => !named.has(name))).toEqual([]);
  });

  test('with LPCR[EVIRT] what belongs to the hypervisor goes to emulation assistance in an operating system', () => {
    for (const [text, least] of NEEDS) {
      for (const state of ['u', 's', 'h'] as const) {
        const hw = flatThread(text, 'p9', state);
        hw.set(0, 'LPCR', LPCR.EVIRT);
        const where = step(hw);
        if (text.startsWith('.long')) continue; // illegal on POWER9
        expect([text, state, where === 'e40']).toEqual([
          text,
          state,
          state === 's' && least === 'h',
        ]);
      }
    }
  });

  test('LPCR[GTSE] gives slbieg, tlbie and tlbsync to the operating system', () => {
    for (const text of ['slbieg r3, r4', 'tlbie r3, r4, 0, 1, 1', 'tlbsync']) {
      const hw = flatThread(text);
      hw.set(0, 'LPCR', LPCR.GTSE);
      expect([text, step(hw)]).toEqual([text, 'next']);
    }
  });
});

describe('a guest never gets MSR[HV]', () => {
  const value = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

  test.each(['mtmsrd r3', 'mtmsrd r3, 1', 'mtmsr r3', 'mtmsr r3, 1'])('by %s', (text) => {
    const hw = flatThread(text);
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

  test.each([
    ['rfid', 'SRR0', 'SRR1'],
    ['rfscv', 'LR', 'CTR'],
  ])('by %s, and cannot change ME with it either', (text, address, image) => {
    const hw = flatThread(text);
    const law = fc.property(value, fc.boolean(), (msr, me) => {
      hw.arena.setNia(0, 0x1000n);
      hw.setMsr(0, MSR.SF | (me ? MSR.ME : 0n));
      hw.set(0, address, 0x2000n);
      hw.set(0, image, msr);
      hw.run(0, 1, 1);
      expect(hw.msr(0) & (MSR.HV | MSR.ME)).toBe(me ? MSR.ME : 0n);
      expect(hw.arena.nia(0)).toBe(0x2000n);
    });
    fc.assert(law, { seed: 1, numRuns: 100 });
  });
});

describe('mtmsrd and mtmsr', () => {
  const ALL = (1n << 64n) - 1n;

  test('with L=1 change EE and RI alone', () => {
    for (const text of ['mtmsrd r3, 1', 'mtmsr r3, 1']) {
      expect(runs(text, ALL).hw.msr(0)).toBe(STATE.s | MSR.EE | MSR.RI);
    }
  });

  test('without it leave HV, ME and LE', () => {
    const after = runs('mtmsrd r3', ALL & ~MSR.PR).hw.msr(0);
    expect(after & (MSR.HV | MSR.ME | MSR.LE)).toBe(MSR.ME);
    expect(runs('mtmsrd r3', 0n, 'h').hw.msr(0)).toBe(MSR.HV | MSR.ME);
    const low = runs('mtmsr r3', ALL & ~MSR.PR).hw.msr(0);
    expect(low & (MSR.ME | MSR.LE)).toBe(MSR.ME);
  });

  test('mtmsrd changes SF, mtmsr leaves it', () => {
    expect(runs('mtmsrd r3', MSR.FP).hw.msr(0)).toBe(MSR.ME | MSR.FP);
    expect(runs('mtmsr r3', MSR.FP).hw.msr(0)).toBe(MSR.SF | MSR.ME | MSR.FP);
  });

  test('set only bits that the CPU has', () => {
    expect(runs('mtmsrd r3', ALL & ~MSR.PR, 's', '970').hw.msr(0) & MSR.VSX).toBe(0n);
    expect(runs('mtmsrd r3', ALL & ~MSR.PR, 's', 'p7').hw.msr(0) & (MSR.VSX | MSR.TM)).toBe(
      MSR.VSX,
    );
    expect(runs('mtmsrd r3', ALL & ~MSR.PR, 's', 'p9').hw.msr(0) & (MSR.TM | MSR.TS)).toBe(MSR.TM);
  });

  test.each(['mtmsrd r3', 'mtmsr r3'])('%s to problem state turns EE, IR and DR on', (text) => {
    const bits = MSR.PR | MSR.EE | MSR.IR | MSR.DR;
    expect(runs(text, MSR.PR).hw.msr(0) & bits).toBe(bits);
  });

  test('mfmsr reads all of it', () => {
    expect(runs('mfmsr r3').hw.arena.gpr(0, 3)).toBe(STATE.s);
  });
});

describe('rfid, hrfid and rfscv', () => {
  const returns = (text: string, state: StateName, prepare: (hw: Hardware) => void) => {
    const hw = flatThread(text, 'p9', state);
    prepare(hw);
    step(hw);
    return { msr: hw.msr(0), nia: hw.arena.nia(0) };
  };

  test('to problem state turn EE, IR and DR on', () => {
    const { msr } = returns('rfid', 's', (hw) => hw.set(0, 'SRR1', MSR.SF | MSR.PR));
    expect(msr).toBe(MSR.SF | MSR.ME | MSR.PR | MSR.EE | MSR.IR | MSR.DR);
  });

  test('rfid by the hypervisor takes HV, ME and LE from SRR1, and drops the low bits of SRR0', () => {
    const { msr, nia } = returns('rfid', 'h', (hw) => {
      hw.set(0, 'SRR0', 0x2003n);
      hw.set(0, 'SRR1', MSR.SF | MSR.LE);
    });
    expect([msr, nia]).toEqual([MSR.SF | MSR.LE, 0x2000n]);
  });

  test('hrfid takes them from HSRR0 and HSRR1', () => {
    const { msr, nia } = returns('hrfid', 'h', (hw) => {
      hw.set(0, 'HSRR0', 0x3000n);
      hw.set(0, 'HSRR1', MSR.SF | MSR.HV | MSR.RI);
    });
    expect([msr, nia]).toEqual([MSR.SF | MSR.HV | MSR.RI, 0x3000n]);
  });

  test('to 32-bit mode have 32 bits of address', () => {
    const { nia } = returns('rfid', 's', (hw) => hw.set(0, 'SRR0', 0xffff_ffff_0000_2000n));
    expect(nia).toBe(0x2000n);
  });

  test('do not copy the bits of SRR1 where interrupts report causes', () => {
    const { msr } = returns('rfid', 's', (hw) => hw.set(0, 'SRR1', MSR.SF | 0x783f0000n));
    expect(msr).toBe(MSR.SF | MSR.ME);
  });

  test('an enabled floating-point exception that waits in FPSCR comes as MSR lets it', () => {
    for (const text of ['rfid', 'mtmsrd r3']) {
      const hw = flatThread(text);
      hw.arena.setFpscr(0, FPSCR_FEX);
      hw.arena.setGpr(0, 3, MSR.SF | MSR.FP | MSR.FE0);
      hw.set(0, 'SRR0', 0x1004n);
      hw.set(0, 'SRR1', MSR.SF | MSR.FP | MSR.FE0);
      expect([step(hw), hw.get(0, 'SRR0')]).toEqual(['700', 0x1004n]);
      expect(causeOf(hw)).toBe(PROGRAM.FP | PROGRAM.IMPRECISE);
    }
  });
});

describe('system calls', () => {
  test('sc resumes behind itself; bit 0x40 of its word, LEV=1, goes to the hypervisor, by SRR0/1 all the same', () => {
    for (const state of ['u', 's'] as const) {
      for (const [text, guest] of [
        ['sc', true],
        ['sc 1', false],
        ['.long 0x44000042 # LEV=2', true],
        ['.long 0x44000062 # LEV=3', false],
      ] as const) {
        const { hw, where } = runs(text, 0n, state);
        expect([text, where, hw.get(0, 'SRR0'), hw.inGuest(0)]).toEqual([
          text,
          'c00',
          0x1004n,
          guest,
        ]);
      }
    }
  });

  test('scv links by LR and CTR, keeps EE and RI, and has a vector for each LEV', () => {
    const hw = flatThread('scv 5', 'p9', 'u');
    const msr = STATE.u | MSR.EE | MSR.RI | MSR.FP;
    hw.setMsr(0, msr);
    hw.set(0, 'SRR0', 0x77n);
    expect([step(hw), hw.get(0, 'LR'), hw.get(0, 'CTR')]).toEqual(['170a0', 0x1004n, msr]);
    expect([hw.msr(0), hw.get(0, 'SRR0')]).toEqual([STATE.s | MSR.EE | MSR.RI, 0x77n]);
  });

  test.each([
    [0n, 0x17000n, 0n],
    [LPCR.AIL_2, 0x17000n, MSR.IR | MSR.DR],
    [LPCR.AIL_3, 0xc000000000003000n, MSR.IR | MSR.DR],
  ])('scv with LPCR %i goes to %i', (lpcr, base, translation) => {
    const hw = flatThread('nop\n scv 127', 'p9', 'u');
    hw.set(0, 'LPCR', lpcr);
    step(hw);
    // The flat translation of these tests is for any address.
    hw.setMsr(0, STATE.u | MSR.IR | MSR.DR);
    step(hw);
    expect([hw.arena.nia(0), hw.msr(0) & (MSR.IR | MSR.DR)]).toEqual([base + 0xfe0n, translation]);
  });

  test('scv is a facility unavailable interrupt while FSCR[SCV]=0, in every state', () => {
    for (const state of ['u', 's', 'h'] as const) {
      const hw = flatThread('scv 0', 'p9', state);
      hw.set(0, 'FSCR', 0n);
      expect([step(hw), hw.get(0, 'FSCR')]).toEqual(['f60', 12n << 56n]);
    }
  });

  test('rfebb goes to EBBRR and sets BESCR[GE] to S; FSCR, then HFSCR may withhold it', () => {
    const run = (text: string, state: StateName, prepare: (hw: Hardware) => void = () => {}) => {
      const hw = flatThread(text, 'p8', state);
      hw.set(0, 'EBBRR', 0x2002n);
      hw.set(0, 'BESCR', 1n);
      prepare(hw);
      return [step(hw), hw.get(0, 'BESCR')];
    };
    expect(run('rfebb', 'u')).toEqual(['2000', (1n << 63n) | 1n]);
    expect(run('rfebb 0', 'u', (hw) => hw.set(0, 'BESCR', (1n << 63n) | 1n))).toEqual(['2000', 1n]);
    const none = (hw: Hardware) => {
      hw.set(0, 'FSCR', 0n);
      hw.set(0, 'HFSCR', 0n);
    };
    expect(run('rfebb', 'u', none)[0]).toBe('f60');
    expect(run('rfebb', 's', none)[0]).toBe('f80');
    expect(run('rfebb', 'h', none)[0]).toBe('2000');
  });
});
