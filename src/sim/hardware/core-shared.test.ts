import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numbersOf, SPRS, type SprRow, sprSlot } from '../isa/spr.ts';
import { LPCR, MSR } from './bits.ts';
import { CYCLES_PER_TICK, Hardware, NEVER } from './hardware.ts';
import { type PageOf, SharedTable } from './mmu/testing/shared-table.ts';
import { readSpr, writeSpr } from './spr-access.ts';
import { modelOf } from './testing/flat-thread.ts';

const MB = 1 << 20;
const machine = (cpu: string, cores = 2): Hardware =>
  new Hardware(modelOf(cpu), cores, MB, () => {});
const read = (hw: Hardware, t: number, name: string): bigint => readSpr(hw, t, sprSlot(name));
const write = (hw: Hardware, t: number, name: string, value: bigint): void =>
  writeSpr(hw, t, sprSlot(name), value);

const isWritten = (row: SprRow): boolean => numbersOf(row).some((each) => each.write !== '-');

/** Book III, "Sharing Hypervisor Resources", and what KVM's primary thread switches for all; apart from cpu-model.ts. */
const SHARED: readonly [cpu: string, names: string][] = [
  ['970', ''],
  ['p7', 'AMOR HDEC HID0 HID1 HID4 HMEER HRMOR LPIDR PCR RPR RWMR SDR1 TB TFMR'],
  ['p7-smt2', 'AMOR HDEC HID0 HID1 HID4 HMEER HRMOR LPIDR PCR RPR RWMR SDR1 TB TFMR'],
  ['p8', 'AMOR DHDES DPDES HDEC HID0 HID1 HID4 HMEER HRMOR LPIDR PCR RPR RWMR SDR1 TB TFMR VTB'],
  ['p9', 'TB'],
];

describe.each(SHARED)('the threads of a core of %s', (cpu, names) => {
  test(`share ${names || 'nothing'}, and no register with another core`, () => {
    const hw = machine(cpu);
    const { family, threadsPerCore } = hw.model;
    const others = Array.from({ length: threadsPerCore - 1 }, (_, i) => i + 1);
    const shared = SPRS.filter((row) => isWritten(row) && row.cpus.includes(family))
      .filter(({ name }) => {
        const before = read(hw, threadsPerCore, name);
        const was = others.map((t) => read(hw, t, name));
        write(hw, 0, name, 0x55n);
        expect([name, read(hw, threadsPerCore, name)]).toEqual([name, before]);
        const changed = others.map((t, i) => read(hw, t, name) !== was[i]);
        expect([name, new Set(changed).size]).toEqual([name, others.length > 0 ? 1 : 0]);
        return changed[0] === true;
      })
      .map(({ name }) => name);
    expect(shared.sort().join(' ')).toBe(names);
  });
});

test('whoever writes a shared register, all threads of the core read it, and the state is the same', () => {
  const names = modelOf('p8').shared;
  const writes = fc.array(
    fc.record({
      cpu: fc.nat(1),
      thread: fc.nat(1),
      other: fc.nat(1),
      name: fc.constantFrom(...names),
      value: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(writes, (list) => {
      const [one, two] = [machine('p7-smt2'), machine('p7-smt2')];
      for (const { cpu, thread, other, name, value } of list) {
        if (!one.model.shared.includes(name)) continue;
        write(one, 2 * cpu + thread, name, value);
        write(two, 2 * cpu + other, name, value);
        expect(read(one, 2 * cpu + 1 - thread, name)).toBe(read(one, 2 * cpu + thread, name));
      }
      expect(one.arena.hash()).toBe(two.arena.hash());
    }),
    { numRuns: 30, seed: 5 },
  );
});

describe('HDEC of POWER7', () => {
  test('written by one thread is due on all of its core that let it: LPCR[HDICE], and HV=0 or EE=1', () => {
    const hw = machine('p7');
    for (let t = 0; t < 8; t++) hw.set(t, 'LPCR', LPCR.HDICE);
    hw.setMsr(0, MSR.HV | MSR.EE);
    hw.setMsr(1, MSR.HV);
    hw.setMsr(2, 0n);
    hw.setMsr(3, MSR.EE);
    hw.set(3, 'LPCR', 0n);
    hw.setMsr(4, 0n);
    write(hw, 1, 'HDEC', 0n);
    const due = Array.from({ length: 8 }, (_, t) => hw.pending(t) === 0x980);
    expect(due).toEqual([true, false, true, false, false, false, false, false]);
    write(hw, 2, 'HDEC', 0x7fff0000n);
    expect([hw.pending(0), hw.pending(2)]).toEqual([0, 0]);
  });

  test('ends the slice of a sibling at the same time base', () => {
    const hw = machine('p7');
    for (const t of [0, 1]) hw.set(t, 'LPCR', LPCR.HDICE);
    expect(hw.nextTimer(1)).toBe(NEVER * CYCLES_PER_TICK);
    hw.arena.setClock(0, 80);
    hw.setHdec(0, 5);
    expect(hw.nextTimer(1)).toBe(15 * CYCLES_PER_TICK);
    hw.arena.setHdecExpires(2, 12);
    expect([hw.nextTimer(0), hw.hdec(0), hw.hdec(1)]).toEqual([12 * CYCLES_PER_TICK, 2, 12]);
  });

  test('is each thread’s own on POWER9', () => {
    const hw = machine('p9');
    hw.setHdec(0, 5);
    expect([hw.hdec(0), hw.hdec(1)]).toEqual([5, NEVER]);
  });
});

test('a time base that one thread sets is the same for a sibling whose clock stands still', () => {
  const hw = machine('p8');
  hw.arena.setClock(0, 1000 * CYCLES_PER_TICK);
  write(hw, 0, 'TB', 5000n);
  hw.arena.setClock(3, 1000 * CYCLES_PER_TICK);
  expect([read(hw, 0, 'TB'), read(hw, 3, 'TB')]).toEqual([5000n, 5000n]);
});

describe('the partition that a sibling replaces', () => {
  const PAGE: PageOf = { segment: 0, page: 5 };
  const [OLD, NEW] = [0x200000, 0x300000];
  function loaded(): SharedTable {
    const table = new SharedTable('p7');
    table.hw.arena.write8(OLD, 0x11);
    table.hw.arena.write8(NEW, 0x22);
    table.map(PAGE, OLD);
    expect(table.load(2, PAGE)).toBe(0x11);
    table.map(PAGE, NEW);
    expect(table.load(2, PAGE)).toBe(0x11);
    return table;
  }

  test('LPIDR: translations of the old one are not used, and are back with it', () => {
    const table = loaded();
    write(table.hw, 1, 'LPIDR', 8n);
    expect(table.load(2, PAGE)).toBe(0x22);
    write(table.hw, 3, 'LPIDR', 7n);
    expect(table.load(2, PAGE)).toBe(0x11);
  });

  test('SDR1: the next search is in the new table', () => {
    const table = loaded();
    write(table.hw, 1, 'SDR1', 0x80000n);
    expect(table.load(2, PAGE)).toBe(0x11);
    table.hw.tlbie(1, table.rb(PAGE), 7);
    expect(table.load(2, PAGE)).toBe('e00');
  });
});
