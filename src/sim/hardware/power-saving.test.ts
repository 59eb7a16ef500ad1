import { describe, expect, test } from 'vitest';
import { HID0_HDICE, LPCR, MSR, PSSCR } from './bits.ts';
import { CYCLES_PER_TICK, type Hardware } from './hardware.ts';
import { wakers } from './power-saving.ts';
import { causeOf, flatThread, step } from './testing/flat-thread.ts';

const WAKES = LPCR.PECE0 | LPCR.PECE1 | LPCR.PECE2 | LPCR.PECEDP | LPCR.PECEDH | LPCR.PECE_HVEE;
const NAP = '.long 0x4c000364';

/** Each source with the LPCR bit that lets it wake and its reason in SRR1, most urgent first. */
const SOURCES: readonly [bit: bigint, reason: bigint, on: (hw: Hardware) => void][] = [
  [LPCR.PECE0, 0x200000n, (hw) => hw.setLine(0, 'EXTERNAL', true)],
  [LPCR.PECE1, 0x180000n, (hw) => hw.setDec(0, -1)],
  [LPCR.PECEDP, 0x140000n, (hw) => hw.set(0, 'DPDES', 1n)],
  [LPCR.PECEDH, 0x0c0000n, (hw) => hw.arena.setDhdes(0, 1)],
  [LPCR.PECE_HVEE, 0x240000n, (hw) => hw.setLine(0, 'HVIRT', true)],
];

function asleep(
  text: string,
  cpu: string,
  lpcr: bigint,
  prepare: (hw: Hardware) => void,
): Hardware {
  const hw = flatThread(text, cpu, 'h');
  hw.set(0, 'LPCR', lpcr);
  prepare(hw);
  step(hw);
  return hw;
}

describe('nap, sleep and rvwinkle', () => {
  test('wake at 0x100 behind themselves, with the reason in SRR1, by what LPCR enables', () => {
    for (const [bit, reason, on] of SOURCES) {
      const hw = asleep(NAP, 'p8', WAKES, on);
      expect([hw.arena.nia(0), hw.get(0, 'SRR0'), causeOf(hw)]).toEqual([
        0x100n,
        0x1004n,
        reason | 0x10000n,
      ]);
      expect(hw.halted).toBeNull();
      const still = asleep(NAP, 'p8', WAKES & ~bit & ~LPCR.PECE1, on);
      expect([still.halted, still.arena.nia(0)]).toEqual(['asleep', 0x1000n]);
    }
  });

  test('say what was lost', () => {
    for (const [text, lost] of [
      ['.long 0x4c000324 # doze', 0x10000n],
      [NAP, 0x10000n],
      ['.long 0x4c0003a4 # sleep', 0x20000n],
      ['.long 0x4c0003e4 # rvwinkle', 0x30000n],
    ] as const) {
      const hw = asleep(text, 'p7', WAKES, (each) => each.setDec(0, -1));
      expect([text, causeOf(hw)]).toEqual([text, 0x180000n | lost]);
    }
  });

  test('report the most urgent of several reasons', () => {
    for (let first = 0; first < SOURCES.length; first++) {
      const rest = SOURCES.slice(first);
      const hw = asleep(NAP, 'p8', WAKES, (each) => {
        for (const [, , on] of rest) on(each);
      });
      expect(causeOf(hw) & 0x3c0000n).toBe(rest[0]?.[1]);
    }
  });

  test('let time pass up to the end of DEC when only that can wake', () => {
    const hw = asleep(NAP, 'p8', WAKES, (each) => each.setDec(0, 100));
    expect([hw.arena.nia(0), hw.arena.clock(0)]).toEqual([0x100n, 100 * CYCLES_PER_TICK]);
    expect(causeOf(hw)).toBe(0x190000n);
  });

  test('a thread that nothing can wake halts there, and the next run may find a reason', () => {
    const hw = asleep(NAP, 'p8', WAKES, () => {});
    expect([hw.halted, hw.arena.nia(0)]).toEqual(['asleep', 0x1000n]);
    hw.arena.setDhdes(0, 1);
    expect(step(hw)).toBe('100');
    expect(hw.halted).toBeNull();
  });
});

describe('a thread that naps without an instruction', () => {
  const napping = (cpu: string, lpcr: bigint, state?: 'nap' | 'sleep' | 'rvwinkle') => {
    const hw = flatThread('nop', cpu, 'h');
    hw.set(0, 'LPCR', lpcr);
    hw.nap(0, state);
    return hw;
  };

  test('can wake when an exception is there that LPCR lets wake it, and says when its DEC will', () => {
    for (const [bit, , on] of SOURCES) {
      const hw = napping('p9', WAKES & ~bit);
      on(hw);
      expect([hw.canWake(0), hw.wakesAt(0)]).toEqual([false, Number.POSITIVE_INFINITY]);
      hw.set(0, 'LPCR', WAKES);
      expect([hw.canWake(0), hw.wakesAt(0)]).toEqual([true, 0]);
    }
    const hw = napping('p7', LPCR.PECE1);
    hw.setDec(0, 25);
    expect([hw.canWake(0), hw.wakesAt(0)]).toEqual([false, 25 * CYCLES_PER_TICK]);
    hw.arena.setClock(0, 25 * CYCLES_PER_TICK);
    expect(hw.canWake(0)).toBe(true);
  });

  test('is not woken by HDEC', () => {
    const hw = napping('p7', WAKES | LPCR.HDICE);
    hw.setHdec(1, 0);
    expect([hw.hdec(0), hw.canWake(0)]).toEqual([0, false]);
  });

  test('wakes by system reset at its NIA, with reason and loss in SRR1, and keeps all registers', () => {
    const hw = napping('p7', WAKES);
    hw.arena.setGpr(0, 14, 0x77n);
    hw.setLine(0, 'EXTERNAL', true);
    expect(hw.isAsleep(0)).toBe(true);
    expect(hw.wake(0)).toBe(0x210000n);
    expect([hw.isAsleep(0), hw.arena.nia(0), hw.get(0, 'SRR0')]).toEqual([false, 0x100n, 0x1000n]);
    expect([causeOf(hw), hw.arena.gpr(0, 14)]).toEqual([0x210000n, 0x77n]);
  });

  test('in sleep loses what an operating system has, in rvwinkle the hypervisor’s registers, too', () => {
    const seen = (state: 'nap' | 'sleep' | 'rvwinkle') => {
      const hw = napping('p7', WAKES, state);
      for (const name of ['SPRG0', 'HSPRG0', 'SDR1', 'DAR']) hw.set(0, name, 1n);
      hw.arena.setGpr(0, 14, 1n);
      hw.arena.setVsr(0, 3, 0, 1n);
      hw.arena.setSlb(0, 2, 'esid', 0x08000000n);
      hw.setDec(0, -1);
      const loss = (hw.wake(0) >> 16n) & 3n;
      const kept = (name: string) => (hw.get(0, name) === 1n ? name : '');
      const slb = hw.arena.slb(0, 2, 'esid') !== 0n ? 'SLB' : '';
      const names = ['SPRG0', 'HSPRG0', 'SDR1', 'DAR'].map(kept);
      const gpr = hw.arena.gpr(0, 14) === 1n ? 'r14' : '';
      const vsr = hw.arena.vsr(0, 3, 0) === 1n ? 'VSR' : '';
      expect(hw.get(0, 'SRR0')).toBe(0x1000n);
      return [loss, [...names, gpr, vsr, slb].filter((n) => n !== '').join(' ')];
    };
    expect(seen('nap')).toEqual([1n, 'SPRG0 HSPRG0 SDR1 DAR r14 VSR SLB']);
    expect(seen('sleep')).toEqual([2n, 'HSPRG0 SDR1']);
    expect(seen('rvwinkle')).toEqual([3n, 'SDR1']);
  });

  test('cannot be woken without a reason, nor when it does not sleep', () => {
    const hw = napping('p7', WAKES);
    expect(() => hw.wake(0)).toThrow('wake: thread 0 has no reason to wake');
    hw.setLine(1, 'EXTERNAL', true);
    expect(() => hw.wake(1)).toThrow('wake: thread 1 is awake');
  });
});

describe('stop', () => {
  const run = (psscr: bigint, state: 's' | 'h', prepare: (hw: Hardware) => void = () => {}) => {
    const hw = flatThread('stop', 'p9', state);
    hw.set(0, 'PSSCR', psscr);
    hw.set(0, 'LPCR', WAKES);
    prepare(hw);
    return { hw, where: step(hw) };
  };

  test('with ESL=EC=0 ends at once, for hypervisor and operating system', () => {
    expect(run(0n, 'h').where).toBe('next');
    expect(run(0n, 's').where).toBe('next');
  });

  test('an operating system may not ask for loss of state or a level above PSLL', () => {
    for (const psscr of [PSSCR.ESL, PSSCR.EC, PSSCR.ESL | PSSCR.EC, 1n, 0x10n, 0x10004n]) {
      const { hw, where } = run(psscr, 's');
      expect([psscr, where, hw.get(0, 'HFSCR') >> 56n]).toEqual([psscr, 'f80', 9n]);
    }
    expect(run(0x40044n, 's').where).toBe('next');
  });

  test('with EC=1 wakes at 0x100 with the reason; PLS says the level', () => {
    const { hw, where } = run(PSSCR.ESL | PSSCR.EC | 2n, 'h', (each) => each.arena.setDhdes(0, 1));
    expect([where, causeOf(hw), hw.get(0, 'SRR0')]).toEqual(['100', 0x0d0000n, 0x1004n]);
    expect(hw.get(0, 'PSSCR') >> 60n).toBe(2n);
  });
});

describe('attn', () => {
  test.each([
    ['970', 1n << 32n],
    ['p7', 1n << 32n],
    ['p8', 1n << 32n],
    ['p9', 1n << 60n],
  ] as const)('on %s stops the thread when HID0 enables it, else is illegal', (cpu, enable) => {
    const hw = flatThread('attn', cpu, 'u');
    expect(step(hw)).toBe(cpu === '970' ? '700' : 'e40');
    hw.setMsr(0, MSR.SF);
    hw.arena.setNia(0, 0x1000n);
    hw.set(0, 'HID0', enable);
    hw.run(0, 10, 1);
    expect([hw.halted, hw.arena.nia(0)]).toEqual(['attn', 0x1000n]);
  });

  test('its bit is not HDICE of the PowerPC 970', () => {
    expect(flatThread('nop', '970').model.attnEnable).not.toBe(HID0_HDICE);
  });
});

test('what LPCR lets wake a thread is named', () => {
  const { PECE0, PECE1, PECEDH } = LPCR;
  const texts = [PECE0, PECE0 | PECE1, PECEDH | PECE1, 0n].map((lpcr) => {
    const hw = flatThread();
    hw.set(0, 'LPCR', lpcr);
    return wakers(hw, 0);
  });
  expect(texts).toEqual(['an IPI', 'an IPI or its DEC', 'a doorbell or its DEC', 'nothing']);
});
