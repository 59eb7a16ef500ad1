import { describe, expect, test } from 'vitest';
import { KIND } from '../trace/events.ts';
import { LPCR, MSR } from './bits.ts';
import { CYCLES_PER_TICK, type Hardware, NEVER } from './hardware.ts';
import { machineCheck, systemReset } from './interrupts.ts';
import { causeOf, flatThread, step } from './testing/flat-thread.ts';
import { guestThread } from './testing/guest-thread.ts';
import { hasVector, VECTORS, vectorRow } from './vectors.ts';

/** Power ISA v3.0B Book III: save/restore pair and whether MSR[HV] is set, written out apart from the table. */
const EXPECTED: readonly [vector: number, regs: 'S' | 'H', toHv: boolean, since: string][] = [
  [0x100, 'S', true, '970'],
  [0x200, 'S', true, '970'],
  [0x300, 'S', false, '970'],
  [0x380, 'S', false, '970'],
  [0x400, 'S', false, '970'],
  [0x480, 'S', false, '970'],
  [0x500, 'S', false, '970'],
  [0x600, 'S', false, '970'],
  [0x700, 'S', false, '970'],
  [0x800, 'S', false, '970'],
  [0x900, 'S', false, '970'],
  [0x980, 'H', true, '970'],
  [0xa00, 'S', false, 'p8'],
  [0xc00, 'S', false, '970'],
  [0xd00, 'S', false, '970'],
  [0xe00, 'H', true, 'p7'],
  [0xe20, 'H', true, 'p7'],
  [0xe40, 'H', true, 'p7'],
  [0xe60, 'H', true, 'p7'],
  [0xe80, 'H', true, 'p8'],
  [0xea0, 'H', true, 'p9'],
  [0xf00, 'S', false, '970'],
  [0xf20, 'S', false, '970'],
  [0xf40, 'S', false, 'p7'],
  [0xf60, 'S', false, 'p8'],
  [0xf80, 'H', true, 'p8'],
  [0x1500, 'H', true, 'p7'],
];
const GUEST = MSR.SF | MSR.ME | MSR.EE | MSR.RI | MSR.FP;
const AIL_BASE = 0xc000000000004000n;
const CPUS = ['970', 'p7', 'p8', 'p9'] as const;

test('the vector table has exactly the interrupts of the manuals, each from its first CPU on', () => {
  expect(VECTORS.map(({ vector }) => vector)).toEqual(EXPECTED.map(([vector]) => vector));
  for (const [vector, , , since] of EXPECTED) {
    const having = CPUS.filter((cpu) => hasVector(cpu, vector));
    expect([vector, having[0], having.length]).toEqual([
      vector,
      since,
      4 - CPUS.map(String).indexOf(since),
    ]);
  }
  expect(() => vectorRow(0x540)).toThrow('vectorRow: no interrupt at 0x540');
});

const NAMED = EXPECTED.map(([v, regs, toHv]) => [v.toString(16), regs, toHv, v] as const);

describe.each(NAMED)('interrupt 0x%s (%s, to the hypervisor: %s)', (_, regs, toHv, vector) => {
  const pair = regs === 'H' ? (['HSRR0', 'HSRR1'] as const) : (['SRR0', 'SRR1'] as const);
  const other = regs === 'H' ? (['SRR0', 'SRR1'] as const) : (['HSRR0', 'HSRR1'] as const);
  /** Machine check ends with ME=0. */
  const me = vector === 0x200 ? 0n : MSR.ME;

  test('saves the resume address, and the MSR with the cause in the bits that are the cause’s', () => {
    const hw = flatThread();
    hw.setMsr(0, GUEST | 0x783f0000n);
    hw.interrupt(0, vector, 0x1234n, 0x40000n);
    expect(hw.get(0, pair[0])).toBe(0x1234n);
    expect(hw.get(0, pair[1])).toBe(GUEST | 0x40000n);
    expect([hw.get(0, other[0]), hw.get(0, other[1])]).toEqual([0n, 0n]);
  });

  test('goes on at its vector with SF, ME and little else', () => {
    const hw = flatThread();
    hw.setMsr(0, (GUEST & ~MSR.SF) | MSR.SE | MSR.VSX | MSR.TM);
    hw.interrupt(0, vector, 0n);
    const hv = toHv ? MSR.HV : 0n;
    const ri = regs === 'H' ? MSR.RI : 0n;
    expect(hw.msr(0)).toBe(MSR.SF | me | hv | ri);
    expect(hw.arena.nia(0)).toBe(BigInt(vector));
    expect(hw.inGuest(0)).toBe(!toHv);
  });

  test('keeps HV=1 of the host', () => {
    const hw = flatThread();
    hw.setMsr(0, MSR.SF | MSR.ME | MSR.HV);
    hw.interrupt(0, vector, 0n);
    expect(hw.msr(0) & MSR.HV).toBe(MSR.HV);
  });

  test('takes the byte order of LPCR[ILE] below the hypervisor, of HID0[HILE] in it', () => {
    const order = (lpcr: bigint, hid0: bigint, msr = GUEST) => {
      const hw = flatThread();
      hw.set(0, 'LPCR', lpcr);
      hw.set(0, 'HID0', hid0);
      hw.setMsr(0, msr);
      hw.interrupt(0, vector, 0n);
      return (hw.msr(0) & MSR.LE) !== 0n;
    };
    const hile = 1n << 59n;
    expect(order(LPCR.ILE, 0n)).toBe(!toHv);
    expect(order(0n, hile)).toBe(toHv);
    expect(order(LPCR.ILE, 0n, GUEST | MSR.HV)).toBe(false);
    expect(order(0n, hile, GUEST | MSR.HV)).toBe(true);
  });

  test('is relocated by AIL=3 or 2 only with IR=DR=1 and no step of HV from 0 to 1 of a hash guest', () => {
    const taken = (msr: bigint, lpcr: bigint = LPCR.AIL_3) => {
      const hw = flatThread();
      hw.set(0, 'LPCR', lpcr);
      hw.setMsr(0, msr);
      hw.interrupt(0, vector, 0n);
      return { nia: hw.arena.nia(0), translation: hw.msr(0) & (MSR.IR | MSR.DR) };
    };
    const plain = { nia: BigInt(vector), translation: 0n };
    const moved = { nia: BigInt(vector) + AIL_BASE, translation: MSR.IR | MSR.DR };
    const low = { nia: BigInt(vector) + 0x18000n, translation: MSR.IR | MSR.DR };
    const never = vector <= 0x200 || vector === 0xe60;
    const translating = GUEST | MSR.IR | MSR.DR;
    expect(taken(GUEST)).toEqual(plain);
    expect(taken(GUEST | MSR.IR)).toEqual(plain);
    expect(taken(translating)).toEqual(never || toHv ? plain : moved);
    expect(taken(translating, LPCR.AIL_2)).toEqual(never || toHv ? plain : low);
    expect(taken(translating, LPCR.AIL_2 >> 1n)).toEqual(plain);
    expect(taken(translating, LPCR.AIL_3 | LPCR.HR)).toEqual(never ? plain : moved);
    expect(taken(translating | MSR.HV)).toEqual(never ? plain : moved);
  });
});

test('POWER8 has HILE elsewhere, and relocates no interrupt that raises HV', () => {
  const hw = flatThread('nop', 'p8');
  hw.set(0, 'HID0', 1n << 44n);
  hw.set(0, 'LPCR', LPCR.AIL_3 | LPCR.HR);
  hw.setMsr(0, GUEST | MSR.IR | MSR.DR);
  hw.interrupt(0, 0x980, 0n);
  expect([hw.arena.nia(0), hw.msr(0) & MSR.LE]).toEqual([0x980n, MSR.LE]);
});

test('POWER7 has no AIL, and the PowerPC 970 adds HIOR to its vectors', () => {
  const seven = flatThread('nop', 'p7');
  seven.set(0, 'LPCR', LPCR.AIL_3);
  seven.setMsr(0, GUEST | MSR.IR | MSR.DR);
  seven.interrupt(0, 0x900, 0n);
  expect(seven.arena.nia(0)).toBe(0x900n);
  const old = flatThread('nop', '970');
  old.set(0, 'HIOR', 0x40000n);
  old.interrupt(0, 0x900, 0n);
  expect(old.arena.nia(0)).toBe(0x40900n);
});

// --- asynchronous interrupts

/** Highest first: the vector, how the source is switched on, and its condition, one line each from the manual. */
interface Source {
  readonly name: string;
  readonly vector: number;
  readonly on: (hw: Hardware) => void;
  readonly enabled: (ee: boolean, guest: boolean) => boolean;
}
const SOURCES: readonly Source[] = [
  {
    name: 'hypervisor maintenance',
    vector: 0xe60,
    on: (hw) => hw.set(0, 'HMER', 0x10n),
    enabled: (ee, guest) => ee || guest,
  },
  {
    name: 'hypervisor decrementer',
    vector: 0x980,
    on: (hw) => hw.arena.setHdecExpires(0, 0),
    enabled: (ee, guest) => ee || guest,
  },
  {
    name: 'hypervisor virtualization',
    vector: 0xea0,
    on: (hw) => hw.setLine(0, 'HVIRT', true),
    enabled: (ee, guest) => ee || guest,
  },
  {
    name: 'external, to the operating system',
    vector: 0x500,
    on: (hw) => hw.setLine(0, 'EXTERNAL', true),
    enabled: (ee) => ee,
  },
  {
    name: 'mediated external',
    vector: 0x500,
    on: (hw) => hw.set(0, 'LPCR', hw.get(0, 'LPCR') | LPCR.MER),
    enabled: (ee, guest) => ee && guest,
  },
  {
    name: 'decrementer',
    vector: 0x900,
    on: (hw) => hw.arena.setDecExpires(0, 0),
    enabled: (ee) => ee,
  },
  {
    name: 'directed privileged doorbell',
    vector: 0xa00,
    on: (hw) => hw.set(0, 'DPDES', 1n),
    enabled: (ee) => ee,
  },
  {
    name: 'directed hypervisor doorbell',
    vector: 0xe80,
    on: (hw) => hw.arena.setDhdes(0, 1),
    enabled: (ee, guest) => ee || guest,
  },
  {
    name: 'performance monitor',
    vector: 0xf00,
    on: (hw) => hw.set(0, 'MMCR0', 0x80n),
    enabled: (ee) => ee,
  },
];

/** Switches the given sources of a thread on and all others off. */
function activate(hw: Hardware, active: readonly Source[], ee: boolean, guest: boolean): void {
  hw.set(0, 'LPCR', LPCR.HDICE | LPCR.HVICE | LPCR.LPES0);
  hw.set(0, 'HMEER', 0xffn);
  for (const name of ['HMER', 'DPDES', 'MMCR0']) hw.set(0, name, 0n);
  hw.arena.setInputs(0, 0);
  hw.arena.setDhdes(0, 0);
  hw.arena.setDecExpires(0, NEVER);
  hw.arena.setHdecExpires(0, NEVER);
  hw.setMsr(0, MSR.SF | (ee ? MSR.EE : 0n) | (guest ? 0n : MSR.HV));
  for (const source of active) source.on(hw);
}

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('with EE=%s in the guest=%s the most urgent enabled interrupt comes first', (ee, guest) => {
  const hw = flatThread();
  for (let mask = 0; mask < 2 ** SOURCES.length; mask++) {
    const active = SOURCES.filter((_, i) => (mask & (1 << i)) !== 0);
    const wanted = active.find(({ enabled }) => enabled(ee, guest))?.vector ?? 0;
    activate(hw, active, ee, guest);
    expect(hw.pending(0), active.map(({ name }) => name).join(', ')).toBe(wanted);
  }
});

test('HDEC, hypervisor virtualization and hypervisor maintenance each have an enable bit', () => {
  const all = flatThread();
  activate(all, SOURCES.slice(0, 3), false, true);
  expect(all.pending(0)).toBe(0xe60);
  all.set(0, 'HMEER', 0n);
  expect(all.pending(0)).toBe(0x980);
  all.set(0, 'LPCR', LPCR.HVICE);
  expect(all.pending(0)).toBe(0xea0);
  all.set(0, 'LPCR', 0n);
  expect(all.pending(0)).toBe(0);
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

test('on the PowerPC 970 taking the decrementer interrupt ends it until DEC is written', () => {
  const hw = flatThread('mtdec r3', '970');
  hw.setMsr(0, MSR.SF | MSR.EE);
  hw.setDec(0, -1);
  expect(hw.pending(0)).toBe(0x900);
  hw.deliver(0, 0x900);
  hw.setMsr(0, MSR.SF | MSR.EE);
  expect([hw.pending(0), hw.nextTimer(0)]).toEqual([0, NEVER * CYCLES_PER_TICK]);
  hw.arena.setNia(0, 0x1000n);
  hw.arena.setGpr(0, 3, 0xffff_ffffn);
  expect([step(hw), hw.pending(0)]).toEqual(['next', 0x900]);
  hw.deliver(0, 0x900);
  hw.setMsr(0, MSR.SF | MSR.EE);
  hw.setDecExpires(0, 0);
  expect(hw.pending(0)).toBe(0x900);
});

test('the PowerPC 970 enables HDEC in HID0', () => {
  const hw = flatThread('nop', '970');
  hw.arena.setHdecExpires(0, 0);
  expect(hw.pending(0)).toBe(0);
  hw.set(0, 'HID0', 1n << 40n);
  expect(hw.pending(0)).toBe(0x980);
});

test('an exception ends a stop whether MSR[EE] is set or not', () => {
  const hw = flatThread();
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
  hw.arena.setDhdes(0, 0);
  hw.setLine(0, 'HVIRT', true);
  expect(hw.wakes(0)).toBe(true);
});

test('a system reset is taken whatever MSR says; a machine check with ME=0 is a checkstop', () => {
  const hw = flatThread('nop', 'p9', 's');
  systemReset(hw, 0);
  expect([hw.arena.nia(0), hw.get(0, 'SRR0'), hw.inGuest(0)]).toEqual([0x100n, 0x1000n, false]);
  hw.set(0, 'SRR0', 0n);
  machineCheck(hw, 0, { cause: 0x200000n, dsisr: 0x8000n, dar: 0x77n });
  expect([hw.arena.nia(0), hw.get(0, 'SRR0'), causeOf(hw)]).toEqual([0x200n, 0x100n, 0x200000n]);
  expect([hw.get(0, 'DSISR'), hw.get(0, 'DAR'), hw.msr(0) & MSR.ME]).toEqual([0x8000n, 0x77n, 0n]);
  machineCheck(hw, 0, { cause: 0n });
  expect([hw.halted, hw.arena.nia(0)]).toEqual(['checkstop', 0x200n]);
});
