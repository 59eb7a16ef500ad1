import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sprSlot } from '../isa/spr.ts';
import { LPCR, MSR } from './bits.ts';
import { CYCLES_PER_TICK, NEVER } from './hardware.ts';
import { readSpr, writeSpr } from './spr-access.ts';
import { flatThread, step } from './testing/flat-thread.ts';
import { guestThread } from './testing/guest-thread.ts';

test('the time base counts whole ticks of the cycle clock', () => {
  const { hw } = guestThread();
  for (const [clock, tb] of [
    [0, 0],
    [CYCLES_PER_TICK - 1, 0],
    [CYCLES_PER_TICK, 1],
    [1000 * CYCLES_PER_TICK + 3, 1000],
  ] as const) {
    hw.arena.setClock(0, clock);
    expect(hw.tb(0)).toBe(tb);
  }
});

test('DEC and HDEC count down with the time base and go negative', () => {
  const { hw } = guestThread();
  const law = fc.property(
    fc.nat(1e9),
    fc.integer({ min: -1000, max: 0x7fffffff }),
    fc.nat(1e9),
    (start, ticks, later) => {
      hw.arena.setClock(0, start * CYCLES_PER_TICK);
      hw.setDec(0, ticks);
      hw.setHdec(0, ticks);
      hw.arena.setClock(0, (start + later) * CYCLES_PER_TICK);
      expect(hw.dec(0)).toBe(ticks - later);
      expect(hw.hdec(0)).toBe(ticks - later);
    },
  );
  fc.assert(law, { seed: 1, numRuns: 200 });
});

test('a timer beyond the end of time is never', () => {
  const { hw } = guestThread();
  hw.arena.setClock(0, 800);
  hw.setDec(0, NEVER);
  expect(hw.arena.decExpires(0)).toBe(NEVER);
});

test('mfspr DEC of an expired decrementer has 32 bits: LPCR[LD]=0', () => {
  const { hw } = guestThread('mfdec r3');
  hw.setDec(0, -1);
  hw.run(0, 1, 1);
  expect(hw.arena.gpr(0, 3)).toBe(0xffff_ffffn);
});

test('mtspr DEC takes 32 bits as a signed number', () => {
  const { hw } = guestThread('mtdec r3');
  hw.arena.setGpr(0, 3, 0xdead_0000_ffff_ffffn);
  hw.run(0, 1, 1);
  expect(hw.dec(0)).toBe(-1);
});

test('the timer that may next interrupt is DEC only with EE=1', () => {
  const { hw } = guestThread();
  hw.setDec(0, 10);
  hw.setHdec(0, 20);
  expect(hw.nextTimer(0)).toBe(20 * CYCLES_PER_TICK);
  hw.setMsr(0, MSR.SF | MSR.EE);
  expect(hw.nextTimer(0)).toBe(10 * CYCLES_PER_TICK);
});

test('mftb inside a slice reads the time of its own instruction', () => {
  const { hw } = guestThread('mftb r3\n nop\n nop\n mftb r4\n mfspr r5, 22');
  hw.setDec(0, 100);
  const cost = 5 * CYCLES_PER_TICK;
  hw.run(0, 5, cost);
  expect([hw.arena.gpr(0, 3), hw.arena.gpr(0, 4), hw.arena.gpr(0, 5)]).toEqual([0n, 15n, 80n]);
});

test('PURR, SPURR and VTB count with the time base from what was written', () => {
  const { hw } = guestThread();
  for (const name of ['PURR', 'SPURR', 'VTB']) {
    hw.arena.setClock(0, 100 * CYCLES_PER_TICK);
    const slot = sprSlot(name);
    writeSpr(hw, 0, slot, 7n);
    hw.arena.setClock(0, 150 * CYCLES_PER_TICK);
    expect(readSpr(hw, 0, slot)).toBe(57n);
  }
});

test('with LPCR[LD]=1 DEC has 56 bits and is read with its sign', () => {
  const hw = flatThread('mtdec r3\n mfdec r4\n mfspr r5, 22', 'p9', 's');
  hw.set(0, 'LPCR', LPCR.LD);
  hw.arena.setGpr(0, 3, 0x12_3456_789an);
  expect([step(hw), step(hw), hw.arena.gpr(0, 4)]).toEqual(['next', 'next', 0x12_3456_789an]);
  hw.arena.setGpr(0, 3, 0x00ff_ffff_ffff_fff0n);
  hw.arena.setNia(0, 0x1000n);
  step(hw);
  expect([step(hw), hw.arena.gpr(0, 4)]).toEqual(['next', 0xffff_ffff_ffff_fff0n]);
  hw.set(0, 'LPCR', 0n);
  expect([step(hw), hw.arena.gpr(0, 5)]).toEqual(['next', 0xffff_fff0n]);
});

test('POWER8 has no large decrementer, and its HDEC has 32 bits', () => {
  const run = (cpu: string, text: string) => {
    const hw = flatThread(text, cpu, 'h');
    hw.set(0, 'LPCR', LPCR.LD);
    hw.arena.setGpr(0, 3, 0x12_ffff_fff0n);
    step(hw);
    step(hw);
    return hw.arena.gpr(0, 4);
  };
  expect(run('p8', 'mtdec r3\n mfdec r4')).toBe(0xffff_fff0n);
  expect(run('p8', 'mtspr 310, r3\n mfspr r4, 310')).toBe(0xffff_fff0n);
  expect(run('p9', 'mtspr 310, r3\n mfspr r4, 310')).toBe(0x12_ffff_fff0n);
});

test('HDEC is no timer to wait for while LPCR[HDICE]=0', () => {
  const { hw } = guestThread();
  hw.setHdec(0, 20);
  hw.set(0, 'LPCR', 0n);
  expect(hw.nextTimer(0)).toBe(NEVER * CYCLES_PER_TICK);
});
