import { describe, expect, test } from 'vitest';
import { sprSlot } from '../isa/spr.ts';
import { KIND } from '../trace/events.ts';
import { MSR } from './bits.ts';
import { Hardware } from './hardware.ts';
import { fillTlb } from './mmu/tlb.ts';
import { lpidOfHid4 } from './partition.ts';
import { mfsprNamed, mtsprNamed, writeSpr } from './spr-access.ts';
import { modelOf, STATE } from './testing/flat-thread.ts';

interface Told {
  readonly kind: number;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
}

/** Cores of which every thread is in the hypervisor's real mode. */
function quiet(cpu: string, cores = 1) {
  const told: Told[] = [];
  const hw = new Hardware(modelOf(cpu), cores, 1 << 20, (kind, thread, a, b) => {
    told.push({ kind, thread, a, b });
  });
  for (let t = 0; t < hw.threads; t++) hw.setMsr(t, STATE.h);
  const write = (t: number, name: string, value: bigint) => writeSpr(hw, t, sprSlot(name), value);
  return { hw, told, write };
}
const [LPIDR, SDR1] = [319, 25];

describe.each(['p7', 'p8'])('one partition per core of %s', (cpu) => {
  test('a thread may replace LPIDR and SDR1 while the others sleep or are in real mode of the hypervisor', () => {
    const { hw, told, write } = quiet(cpu, 2);
    hw.setMsr(2, 0n);
    hw.nap(2);
    hw.setMsr(0, STATE.h | MSR.IR | MSR.DR);
    hw.setMsr(hw.model.threadsPerCore, 0n);
    write(0, 'LPIDR', 1023n);
    write(0, 'SDR1', 0x40000n);
    expect(told).toEqual([]);
  });

  test.each([
    ['in the guest', MSR.SF],
    ['in the guest, translating', MSR.SF | MSR.IR | MSR.DR],
    ['in the hypervisor with MSR[IR]', MSR.SF | MSR.HV | MSR.IR],
    ['in the hypervisor with MSR[DR]', MSR.SF | MSR.HV | MSR.DR],
  ])('while another is %s, the change of either is told of it, and by whom', (_, msr) => {
    const { hw, told, write } = quiet(cpu);
    hw.setMsr(3, msr);
    write(1, 'LPIDR', 5n);
    write(1, 'SDR1', 0x40000n);
    const kind = KIND.partition_conflict;
    expect(told).toEqual([
      { kind, thread: 3, a: 1, b: LPIDR },
      { kind, thread: 3, a: 1, b: SDR1 },
    ]);
    expect([hw.get(3, 'LPIDR'), hw.get(3, 'SDR1')]).toEqual([5n, 0x40000n]);
  });

  test('writing the value that is there already changes nothing', () => {
    const { hw, told, write } = quiet(cpu);
    hw.setMsr(1, 0n);
    write(0, 'LPIDR', 0n);
    write(0, 'SDR1', 0n);
    expect(told).toEqual([]);
  });

  test('a thread that wakes uses the partition again', () => {
    const { hw, told, write } = quiet(cpu);
    hw.set(1, 'LPCR', 0x4000n);
    hw.setMsr(1, STATE.h | MSR.DR);
    hw.nap(1);
    write(0, 'LPIDR', 1n);
    hw.setLine(1, 'EXTERNAL', true);
    hw.wake(1);
    write(0, 'LPIDR', 2n);
    // The system reset goes to real mode.
    expect(told.filter(({ kind }) => kind === KIND.partition_conflict)).toEqual([]);
    hw.setMsr(1, STATE.h | MSR.DR);
    write(0, 'LPIDR', 3n);
    expect(told.at(-1)).toEqual({ kind: KIND.partition_conflict, thread: 1, a: 0, b: LPIDR });
  });
});

describe('the hypervisor with translation on', () => {
  const begins = (cpu: string, register: string, value: bigint, bits: bigint, from = 0n) => {
    const { hw, told } = quiet(cpu);
    hw.set(0, register, value);
    hw.setMsr(0, STATE.h | from);
    hw.setMsr(0, STATE.h | from | bits);
    return told;
  };
  const told = [{ kind: KIND.hypervisor_in_partition, thread: 0, a: 5, b: 0 }];

  test('is in partition 0: who starts it in another one is told of', () => {
    for (const cpu of ['p7', 'p8']) {
      expect(begins(cpu, 'LPIDR', 5n, MSR.IR | MSR.DR)).toEqual(told);
      expect(begins(cpu, 'LPIDR', 0n, MSR.IR | MSR.DR)).toEqual([]);
    }
    expect(begins('970', 'HID4', 5n << 57n, MSR.IR)).toEqual(told);
    expect(begins('970', 'HID4', 1n << 5n, MSR.IR)).toEqual([]);
  });

  test('may look at the memory of a guest with MSR[DR], and be in any partition on POWER9', () => {
    expect(begins('p7', 'LPIDR', 5n, MSR.DR)).toEqual([]);
    expect(begins('p9', 'LPIDR', 5n, MSR.IR | MSR.DR)).toEqual([]);
  });

  test('is told of when it starts, not again', () => {
    expect(begins('p7', 'LPIDR', 5n, MSR.DR, MSR.IR)).toEqual(told);
  });
});

test('threads of POWER9 run partitions of their own', () => {
  const { hw, told, write } = quiet('p9');
  hw.setMsr(1, 0n);
  write(0, 'LPIDR', 5n);
  expect([told, hw.get(1, 'LPIDR')]).toEqual([[], 0n]);
});

describe('tlbie of the PowerPC 970', () => {
  const hid4 = (lpid: bigint): bigint => ((lpid & 15n) << 57n) | (lpid >> 4n);
  const cores = () => {
    const made = quiet('970', 3);
    made.hw.set(0, 'HID4', hid4(17n));
    return made;
  };

  test('the LPID in HID4 has two parts, all ones being 63', () => {
    for (const lpid of [0n, 1n, 15n, 16n, 17n, 62n])
      expect(lpidOfHid4(hid4(lpid))).toBe(Number(lpid));
    expect(lpidOfHid4(0x1e00000000000003n)).toBe(63);
  });

  test.each([
    ['leaves', 17n, 63n, 17],
    ['enters', 63n, 17n, 17],
  ])(
    'while it is on its way, a processor that %s its partition is told of',
    (_, from, to, lpid) => {
      const { hw, told, write } = cores();
      hw.set(2, 'HID4', hid4(from));
      hw.tlbie(0, 0x1000n);
      write(2, 'HID4', hid4(to));
      expect(told).toEqual([{ kind: KIND.tlbie_conflict, thread: 2, a: 0, b: lpid }]);
      expect(hw.get(2, 'HID4')).toBe(hid4(to));
    },
  );

  test('behind its tlbsync, of another partition, and for other bits of HID4 all is well', () => {
    const { hw, told, write } = cores();
    hw.tlbie(0, 0x1000n);
    write(2, 'HID4', hid4(63n));
    write(2, 'HID4', hid4(63n) | (1n << 5n));
    write(0, 'HID4', hid4(17n) | (1n << 5n));
    hw.tlbsync(0);
    write(2, 'HID4', hid4(17n));
    expect(told).toEqual([]);
  });

  test('its own processor must wait as well', () => {
    const { hw, told, write } = cores();
    hw.tlbie(0, 0x1000n);
    write(0, 'HID4', hid4(63n));
    expect(told).toEqual([{ kind: KIND.tlbie_conflict, thread: 0, a: 0, b: 17 }]);
  });

  test('does not empty a TLB: who enters a partition with translations of another is told of, once', () => {
    const { hw, told, write } = cores();
    const entry = { lpid: 0, b: 0, base: 12, actual: 12, va: 0x5000n, hpte: 0, r: 0x180n } as const;
    const enter = () => {
      write(0, 'HID4', hid4(63n));
      write(0, 'HID4', hid4(18n));
      hw.setMsr(0, STATE.s);
      hw.run(0, 1, 1);
      hw.run(0, 1, 1);
    };
    const stale = () => told.filter(({ kind }) => kind === KIND.tlb_not_flushed);
    fillTlb(hw, 0, entry);
    hw.run(0, 1, 1);
    write(0, 'HID4', hid4(63n));
    hw.run(0, 1, 1);
    write(0, 'HID4', hid4(17n));
    hw.run(0, 1, 1);
    expect(stale()).toEqual([]);
    enter();
    expect(stale()).toEqual([{ kind: KIND.tlb_not_flushed, thread: 0, a: 17, b: 18 }]);
    hw.setMsr(0, STATE.h);
    for (let set = 0; set < 256; set++) hw.tlbiel(0, BigInt(set) << 12n);
    write(0, 'HID4', hid4(17n));
    enter();
    expect(stale()).toHaveLength(1);
  });

  test('is no business of later processors, which have no LPID there', () => {
    const { hw, told, write } = quiet('p7');
    hw.tlbie(0, 0x1000n);
    write(1, 'HID4', hid4(1n));
    expect(told).toEqual([]);
  });
});

test('hypervisor code that takes a processor for another one is told of: the register is not there', () => {
  const { hw, told } = quiet('970');
  mtsprNamed(hw, 0, 'DSCR', 5n);
  expect([mfsprNamed(hw, 0, 'DSCR'), hw.get(0, 'DSCR')]).toEqual([0n, 0n]);
  const kind = KIND.no_such_register;
  expect(told).toEqual(new Array(2).fill({ kind, thread: 0, a: 17, b: 0 }));
  mtsprNamed(hw, 0, 'DABR', 5n);
  expect([mfsprNamed(hw, 0, 'DABR'), told.length]).toEqual([5n, 2]);
});
