import { describe, expect, test } from 'vitest';
import { MSR } from './bits.ts';
import type { Hardware } from './hardware.ts';
import { causeOf, flatThread, STATE, type StateName, step } from './testing/flat-thread.ts';

const ALWAYS = 0x40000000n;

describe('trace', () => {
  const traced = (text: string, bits: bigint, cpu = 'p9', prepare = (_: Hardware) => {}) => {
    const hw = flatThread(text, cpu);
    hw.setMsr(0, hw.msr(0) | bits);
    hw.arena.setGpr(0, 3, 0x2000n);
    prepare(hw);
    const where = step(hw);
    return { hw, where };
  };

  test('follows every instruction while MSR[SE]=1, which is done by then', () => {
    const { hw, where } = traced('addi r4, r3, 1', MSR.SE);
    expect([where, hw.get(0, 'SRR0'), causeOf(hw)]).toEqual(['d00', 0x1004n, ALWAYS]);
    expect([hw.arena.gpr(0, 4), hw.get(0, 'SIAR')]).toEqual([0x2001n, 0x1000n]);
    expect(hw.msr(0) & MSR.SE).toBe(0n);
  });

  test('runs one instruction of a longer slice', () => {
    const hw = flatThread('nop\n nop\n nop');
    hw.setMsr(0, hw.msr(0) | MSR.SE);
    expect(hw.run(0, 100, 1)).toBe(1);
    expect([hw.arena.nia(0), hw.get(0, 'SRR0')]).toEqual([0xd00n, 0x1004n]);
  });

  test('tells loads and stores in SRR1', () => {
    expect(causeOf(traced('lwz r4, 0(r3)', MSR.SE).hw)).toBe(ALWAYS | 0x10000000n);
    expect(causeOf(traced('stw r4, 0(r3)', MSR.SE).hw)).toBe(ALWAYS | 0x08000000n);
  });

  test('before version 2.07 has no cause', () => {
    const { hw, where } = traced('lwz r4, 0(r3)', MSR.SE, 'p7');
    expect([where, causeOf(hw), hw.get(0, 'SIAR')]).toEqual(['d00', 0n, 0n]);
  });

  test.each([
    ['b .+8', 0x1008n],
    ['beq .+8', 0x1004n],
    ['bdnz .+8', 0x1008n],
    ['blr', 0x3000n],
    ['bctr', 0x4000n],
  ])('with MSR[BE]=1 follows %s, taken or not', (text, next) => {
    const { hw, where } = traced(text, MSR.BE, 'p9', (each) => {
      each.set(0, 'LR', 0x3000n);
      each.set(0, 'CTR', 0x4000n);
    });
    expect([where, hw.get(0, 'SRR0')]).toEqual(['d00', next]);
  });

  test('with MSR[BE]=1 follows nothing else', () => {
    expect(traced('add r4, r3, r3', MSR.BE).where).toBe('next');
  });

  test('does not follow rfid, an interrupt, or what turns it on', () => {
    const back = traced('rfid', MSR.SE, 'p9', (hw) => {
      hw.set(0, 'SRR0', 0x2000n);
      hw.set(0, 'SRR1', STATE.s | MSR.SE);
    });
    expect([back.where, back.hw.msr(0)]).toEqual(['2000', STATE.s | MSR.SE]);
    expect(traced('sc', MSR.SE).where).toBe('c00');
    expect(traced('trap', MSR.SE).where).toBe('700');
    const on = traced('mtmsrd r3\n nop', 0n, 'p9', (hw) => hw.arena.setGpr(0, 3, STATE.s | MSR.SE));
    expect(on.where).toBe('next');
    expect([step(on.hw), on.hw.get(0, 'SRR0')]).toEqual(['d00', 0x1008n]);
  });

  test('follows the mtmsrd that turns it off', () => {
    const { where } = traced('mtmsrd r3', MSR.SE, 'p9', (hw) => hw.arena.setGpr(0, 3, STATE.s));
    expect(where).toBe('d00');
  });
});

describe('CIABR', () => {
  const run = (state: StateName, ciabr: bigint) => {
    const hw = flatThread('nop', 'p8', state);
    hw.set(0, 'CIABR', ciabr);
    const where = step(hw);
    if (where === 'd00') expect(causeOf(hw)).toBe(ALWAYS | 0x100000n);
    return where === 'd00';
  };

  test('traces the instruction that it names, in the state that PRIV names', () => {
    const states = ['u', 's', 'h'] as const;
    for (const [index, state] of states.entries()) {
      for (let priv = 0; priv < 4; priv++) {
        expect([state, priv, run(state, 0x1000n | BigInt(priv))]).toEqual([
          state,
          priv,
          priv === index + 1,
        ]);
      }
    }
    expect(run('s', 0x1004n | 2n)).toBe(false);
  });
});

describe('data watchpoints', () => {
  const [DW, DR, WT, WTI, HYP, PNH, PRO] = [0x40n, 0x20n, 0x10n, 0x08n, 4n, 2n, 1n];

  interface Case {
    readonly cpu?: string;
    readonly state?: StateName;
    readonly dr?: boolean;
    readonly registers: Readonly<Record<string, bigint>>;
  }
  /** Runs one access at an address and says whether the watchpoint took it, with DAR and DSISR. */
  const hits = (text: string, ea: bigint, { cpu = 'p9', state = 's', dr, registers }: Case) => {
    const hw = flatThread(`${text}\n ${text}`, cpu, state);
    if (dr) hw.setMsr(0, hw.msr(0) | MSR.DR);
    hw.arena.setGpr(0, 3, ea);
    step(hw); // once without it, so that the page has a fast translation
    for (const [name, value] of Object.entries(registers)) hw.set(0, name, value);
    hw.arena.setGpr(0, 4, 0x55n);
    const where = step(hw);
    if (where === 'next') return null;
    expect([where, hw.get(0, 'DAR'), hw.get(0, 'SRR0')]).toEqual(['300', ea, 0x1004n]);
    expect(hw.arena.gpr(0, 4)).toBe(0x55n);
    return hw.get(0, 'DSISR');
  };
  const dawr = (address: bigint, x: bigint): Case => ({
    registers: { DAWR0: address, DAWRX0: x },
  });
  const LOAD = 0x00400000n;
  const STORE = 0x02400000n;

  test('DR and DW say which accesses DAWR watches', () => {
    const at = (x: bigint) =>
      ['lwz r4, 0(r3)', 'stw r4, 0(r3)'].map((text) => hits(text, 0x2000n, dawr(0x2000n, x)));
    expect(at(PNH | WTI | DR | DW)).toEqual([LOAD, STORE]);
    expect(at(PNH | WTI | DR)).toEqual([LOAD, null]);
    expect(at(PNH | WTI | DW)).toEqual([null, STORE]);
    expect(at(PNH | WTI)).toEqual([null, null]);
  });

  test('the privilege bits name the states', () => {
    const states = ['u', 's', 'h'] as const;
    for (const [state, bit] of [
      ['u', PRO],
      ['s', PNH],
      ['h', HYP],
    ] as const) {
      const seen = states.filter(
        (each) =>
          hits('lwz r4, 0(r3)', 0x2000n, { ...dawr(0x2000n, bit | WTI | DR), state: each }) !==
          null,
      );
      expect(seen).toEqual([state]);
    }
  });

  test('WT is compared with MSR[DR] unless WTI=1', () => {
    const on = (x: bigint, dr: boolean) =>
      hits('lwz r4, 0(r3)', 0x2000n, { ...dawr(0x2000n, PNH | DR | x), dr }) !== null;
    expect([on(0n, false), on(0n, true)]).toEqual([true, false]);
    expect([on(WT, false), on(WT, true)]).toEqual([false, true]);
    expect([on(WTI, false), on(WTI, true)]).toEqual([true, true]);
  });

  test('MRD is the number of doublewords less one, up to the end of 512 bytes', () => {
    const x = (mrd: bigint) => (mrd << 10n) | PNH | WTI | DR | DW;
    const at = (ea: bigint, mrd: bigint, text = 'lbz r4, 0(r3)') =>
      hits(text, ea, dawr(0x2008n, x(mrd))) !== null;
    expect([0x2007n, 0x2008n, 0x200fn, 0x2010n].map((ea) => at(ea, 0n))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect([0x2010n, 0x2017n, 0x2018n].map((ea) => at(ea, 1n))).toEqual([true, true, false]);
    expect([0x21ffn, 0x2200n].map((ea) => at(ea, 63n))).toEqual([true, false]);
    // An access that only ends in the range.
    expect(at(0x2004n, 0n, 'ld r4, 0(r3)')).toBe(true);
    expect(at(0x2000n, 0n, 'ld r4, 0(r3)')).toBe(false);
  });

  test('an access into the next page reports the part there', () => {
    const hw = flatThread('ld r4, 0(r3)');
    hw.arena.setGpr(0, 3, 0x1ffcn);
    hw.set(0, 'DAWR0', 0x2000n);
    hw.set(0, 'DAWRX0', PNH | WTI | DR);
    expect([step(hw), hw.get(0, 'DAR')]).toEqual(['300', 0x2000n]);
  });

  test('an access beside it in the same page goes on, each time', () => {
    const hw = flatThread('lwz r4, 8(r3)\n lwz r4, 8(r3)\n stw r4, 8(r3)\n lwz r4, 0(r3)');
    hw.arena.setGpr(0, 3, 0x2000n);
    hw.set(0, 'DAWR0', 0x2000n);
    hw.set(0, 'DAWRX0', PNH | WTI | DR | DW);
    expect([step(hw), step(hw), step(hw), step(hw)]).toEqual(['next', 'next', 'next', '300']);
  });

  test('mtspr of DAWR and DAWRX works at once', () => {
    const hw = flatThread(
      'lwz r4, 0(r3)\n mtspr 180, r3\n mtspr 188, r5\n lwz r4, 0(r3)',
      'p8',
      'h',
    );
    hw.arena.setGpr(0, 3, 0x2000n);
    hw.arena.setGpr(0, 5, HYP | WTI | DR);
    expect([step(hw), step(hw), step(hw), step(hw)]).toEqual(['next', 'next', 'next', '300']);
  });

  test('DABR and DABRX watch one doubleword before version 2.07', () => {
    const registers = (dabr: bigint, x: bigint): Case => ({
      cpu: 'p7',
      registers: { DABR: 0x2000n | dabr, DABRX: x },
    });
    const load = (ea: bigint, dabr: bigint, x: bigint, dr = false) =>
      hits('lbz r4, 0(r3)', ea, { ...registers(dabr, x), dr });
    expect(load(0x2007n, 1n, PNH | 8n)).toBe(LOAD);
    expect(load(0x2008n, 1n, PNH | 8n)).toBe(null);
    expect(load(0x2000n, 2n, PNH | 8n)).toBe(null);
    expect(load(0x2000n, 1n, PRO | 8n)).toBe(null);
    expect([load(0x2000n, 5n, PNH), load(0x2000n, 5n, PNH, true)]).toEqual([null, LOAD]);
    const store = hits('stb r4, 0(r3)', 0x2000n, registers(2n, PNH | 8n));
    expect(store).toBe(STORE);
  });
});
