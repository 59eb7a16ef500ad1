import { describe, expect, test } from 'vitest';
import { KIND } from '../trace/events.ts';
import { LPCR, MSR } from './bits.ts';
import { CYCLES_PER_TICK, NEVER } from './hardware.ts';
import { guestThread } from './testing/guest-thread.ts';
import { VECTORS, vectorRow } from './vectors.ts';

/** Power ISA v3.0B Book III: save/restore pair and whether MSR[HV] is set, written out apart from the table. */
const EXPECTED: readonly [vector: number, regs: 'S' | 'H', toHv: boolean][] = [
  [0x100, 'S', true],
  [0x200, 'S', true],
  [0x300, 'S', false],
  [0x380, 'S', false],
  [0x400, 'S', false],
  [0x480, 'S', false],
  [0x500, 'S', false],
  [0x600, 'S', false],
  [0x700, 'S', false],
  [0x900, 'S', false],
  [0x980, 'H', true],
  [0xa00, 'S', false],
  [0xc00, 'S', false],
  [0xe00, 'H', true],
  [0xe20, 'H', true],
  [0xe40, 'H', true],
  [0xe80, 'H', true],
  [0xf60, 'S', false],
  [0xf80, 'H', true],
];
const GUEST = MSR.SF | MSR.ME | MSR.EE | MSR.RI | MSR.FP;
const AIL_BASE = 0xc000000000004000n;

test('the vector table has exactly the interrupts of the manual that the model raises', () => {
  expect(VECTORS.map(({ vector }) => vector)).toEqual(EXPECTED.map(([vector]) => vector));
  expect(() => vectorRow(0x800)).toThrow('vectorRow: no interrupt at 0x800');
});

const NAMED = EXPECTED.map(([v, regs, toHv]) => [v.toString(16), regs, toHv, v] as const);

describe.each(NAMED)('interrupt 0x%s (%s, to the hypervisor: %s)', (_, regs, toHv, vector) => {
  const pair = regs === 'H' ? (['HSRR0', 'HSRR1'] as const) : (['SRR0', 'SRR1'] as const);
  const other = regs === 'H' ? (['SRR0', 'SRR1'] as const) : (['HSRR0', 'HSRR1'] as const);

  test('saves the resume address, and the MSR with the cause in the bits that are the cause’s', () => {
    const { hw } = guestThread();
    hw.setMsr(0, GUEST | 0x783f0000n);
    hw.interrupt(0, vector, 0x1234n, 0x40000n);
    expect(hw.get(0, pair[0])).toBe(0x1234n);
    expect(hw.get(0, pair[1])).toBe(GUEST | 0x40000n);
    expect([hw.get(0, other[0]), hw.get(0, other[1])]).toEqual([0n, 0n]);
  });

  test('goes on at its vector with SF, ME and little else', () => {
    const { hw } = guestThread();
    hw.setMsr(0, GUEST);
    hw.interrupt(0, vector, 0n);
    const hv = toHv ? MSR.HV : 0n;
    const ri = regs === 'H' ? MSR.RI : 0n;
    expect(hw.msr(0)).toBe(MSR.SF | MSR.ME | hv | ri);
    expect(hw.arena.nia(0)).toBe(BigInt(vector));
    expect(hw.inGuest(0)).toBe(!toHv);
  });

  test('keeps HV=1 of the host', () => {
    const { hw } = guestThread();
    hw.setMsr(0, MSR.SF | MSR.ME | MSR.HV);
    hw.interrupt(0, vector, 0n);
    expect(hw.msr(0) & MSR.HV).toBe(MSR.HV);
  });

  test('takes LPCR[ILE] only when it goes to the operating system', () => {
    const { hw } = guestThread();
    hw.set(0, 'LPCR', LPCR.ILE);
    hw.interrupt(0, vector, 0n);
    expect(hw.msr(0) & MSR.LE).toBe(toHv ? 0n : MSR.LE);
  });

  test('is relocated by AIL=3 only with IR=DR=1 and no step of HV from 0 to 1', () => {
    const taken = (msr: bigint) => {
      const { hw } = guestThread();
      hw.set(0, 'LPCR', LPCR.AIL_3);
      hw.setMsr(0, msr);
      hw.interrupt(0, vector, 0n);
      return { nia: hw.arena.nia(0), translation: hw.msr(0) & (MSR.IR | MSR.DR) };
    };
    const plain = { nia: BigInt(vector), translation: 0n };
    const moved = { nia: BigInt(vector) + AIL_BASE, translation: MSR.IR | MSR.DR };
    const never = vector <= 0x200;
    expect(taken(GUEST)).toEqual(plain);
    expect(taken(GUEST | MSR.IR)).toEqual(plain);
    expect(taken(GUEST | MSR.IR | MSR.DR)).toEqual(never || toHv ? plain : moved);
    expect(taken(GUEST | MSR.HV | MSR.IR | MSR.DR)).toEqual(never ? plain : moved);
  });
});

test('sc 1 goes to the hypervisor by SRR0/1 and resumes behind itself; sc 0 stays in the guest', () => {
  const { hw } = guestThread('sc 1');
  hw.run(0, 1, 1);
  expect([hw.get(0, 'SRR0'), hw.inGuest(0), hw.arena.nia(0)]).toEqual([0x1004n, false, 0xc00n]);
  const other = guestThread('sc').hw;
  other.run(0, 1, 1);
  expect([other.get(0, 'SRR0'), other.inGuest(0), other.arena.nia(0)]).toEqual([
    0x1004n,
    true,
    0xc00n,
  ]);
});

// --- asynchronous interrupts

const SOURCES = ['hdec', 'mer', 'dec', 'dpdes', 'dhdes'] as const;
type Source = (typeof SOURCES)[number];

/** Highest first, with the vector and the condition of each: the rules of the manual, one line each. */
const RULES: readonly [Source, number, (ee: boolean, guest: boolean) => boolean][] = [
  ['hdec', 0x980, (ee, guest) => ee || guest],
  ['mer', 0x500, (ee, guest) => ee && guest],
  ['dec', 0x900, (ee) => ee],
  ['dpdes', 0xa00, (ee) => ee],
  ['dhdes', 0xe80, (ee, guest) => ee || guest],
];

function pendingOf(active: readonly Source[], ee: boolean, guest: boolean): number {
  const { hw } = guestThread();
  const mer = active.includes('mer') ? LPCR.MER : 0n;
  hw.set(0, 'LPCR', LPCR.HDICE | mer);
  hw.setMsr(0, MSR.SF | (ee ? MSR.EE : 0n) | (guest ? 0n : MSR.HV));
  hw.arena.setHdecExpires(0, active.includes('hdec') ? 0 : NEVER);
  hw.arena.setDecExpires(0, active.includes('dec') ? 0 : NEVER);
  hw.set(0, 'DPDES', active.includes('dpdes') ? 1n : 0n);
  hw.arena.setDhdes(0, active.includes('dhdes') ? 1 : 0);
  return hw.pending(0);
}

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('with EE=%s in the guest=%s the most urgent enabled interrupt comes first', (ee, guest) => {
  for (let mask = 0; mask < 32; mask++) {
    const active = SOURCES.filter((_, i) => (mask & (1 << i)) !== 0);
    const rule = RULES.find(([source, , enabled]) => active.includes(source) && enabled(ee, guest));
    expect(pendingOf(active, ee, guest), active.join(' ')).toBe(rule?.[1] ?? 0);
  }
});

test('HDEC is quiet while LPCR[HDICE]=0', () => {
  const { hw } = guestThread();
  hw.arena.setHdecExpires(0, 0);
  expect(hw.pending(0)).toBe(0x980);
  hw.set(0, 'LPCR', 0n);
  expect(hw.pending(0)).toBe(0);
});

test('delivery clears a doorbell of either kind, and leaves an expired decrementer pending', () => {
  const { hw, emitted } = guestThread();
  hw.setMsr(0, MSR.SF | MSR.EE);
  hw.set(0, 'DPDES', 1n);
  hw.deliver(0, 0xa00);
  expect(hw.get(0, 'DPDES')).toBe(0n);
  expect(emitted.map(({ kind }) => kind)).toEqual([KIND.dpdes_deliver, KIND.interrupt]);
  hw.arena.setDhdes(0, 1);
  hw.deliver(0, 0xe80);
  expect(hw.arena.dhdes(0)).toBe(0);
  hw.setMsr(0, MSR.SF | MSR.EE);
  hw.arena.setDecExpires(0, 0);
  hw.deliver(0, 0x900);
  hw.setMsr(0, MSR.SF | MSR.EE);
  expect(hw.pending(0)).toBe(0x900);
});

test('an exception ends a stop whether MSR[EE] is set or not', () => {
  const { hw } = guestThread();
  expect(hw.wakes(0)).toBe(false);
  hw.setDec(0, 0);
  expect(hw.wakes(0)).toBe(true);
  hw.setDec(0, 10);
  expect(hw.wakes(0)).toBe(false);
  hw.arena.setClock(0, 10 * CYCLES_PER_TICK);
  expect(hw.wakes(0)).toBe(true);
  hw.setDec(0, NEVER);
  hw.arena.setDhdes(0, 1);
  expect(hw.wakes(0)).toBe(true);
});
