import { describe, expect, test } from 'vitest';
import { LPCR, PROGRAM, PSSCR } from '../hardware/bits.ts';
import { KIND } from '../trace/events.ts';
import { processAt } from '../vmm/process.ts';
import type { Loaded, Monitor } from './index.ts';
import * as guests from './testing/guests.ts';
import { makeGuest } from './testing/make.ts';

const { resultOf } = guests;

/** Runs a guest to its end. */
function run(loaded: Loaded<Monitor>): Loaded<Monitor> {
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  return loaded;
}

function signedResults(loaded: Loaded<Monitor>, count: number): number[] {
  return Array.from({ length: count }, (_, n) => Number(BigInt.asIntN(64, resultOf(loaded, n))));
}

/** Runs until KVM has made vcpu 0 take 0x700; returns the cause in its SRR1. */
function causeOf700({ machine }: Loaded<Monitor>): bigint {
  while (machine.k.kvm.vcpus[0]?.pc !== 0x700n) {
    if (machine.advance(1) === 0) throw new Error('0x700 never came');
  }
  return machine.k.kvm.vcpus[0].srr1 & 0x783f0000n;
}

describe('what no facility emulates reaches the guest as 0x700, illegal instruction', () => {
  test('a word that is no instruction, by 0xE40', () => {
    const loaded = makeGuest(guests.ILLEGAL);
    expect(causeOf700(loaded)).toBe(PROGRAM.ILLEGAL);
    run(loaded);
    expect(processAt(loaded.machine.k, 0).vmm.console).toBe('unexpected\n');
    expect(loaded.machine.m.exits_by_reason).toMatchObject({ E40: 1 });
  });

  test('mtspr DPDES, by 0xF80 cause 10', () => {
    const loaded = makeGuest(guests.WRITE_DPDES);
    expect(causeOf700(loaded)).toBe(PROGRAM.ILLEGAL);
    run(loaded);
    expect(processAt(loaded.machine.k, 0).vmm.console).toBe('unexpected\n');
    expect(loaded.machine.m.exits_by_reason).toMatchObject({ F80: 1 });
    expect((loaded.machine.k.kvm.vcpus[0]?.hfscr ?? 0n) >> 56n).toBe(10n);
  });

  test('stop under PSSCR[ESL], by 0xF80 cause 9', () => {
    const loaded = makeGuest(guests.STOP);
    for (let t = 0; t < 4; t++) loaded.machine.hw.set(t, 'PSSCR', PSSCR.ESL);
    run(loaded);
    expect(processAt(loaded.machine.k, 0).vmm.console).toBe('unexpected\n');
    expect((loaded.machine.k.kvm.vcpus[0]?.hfscr ?? 0n) >> 56n).toBe(9n);
  });
});

test('stop with PSSCR[ESL]=PSSCR[EC]=0 goes on without an exit', () => {
  const { machine } = run(makeGuest(guests.STOP));
  expect(machine.endReason()).toBe('powered off');
  expect(Object.keys(machine.m.exits_by_reason)).toEqual(['C00']);
});

test.each([
  ['a branch outside guest memory', guests.FETCH_OUTSIDE, 'E20'],
  ['a load outside guest memory', guests.LOAD_OUTSIDE, 'E00'],
])('%s is the guest’s own storage interrupt, given back by the hypervisor', (_, text, trap) => {
  const { machine } = run(makeGuest(text));
  expect(processAt(machine.k, 0).vmm.console).toBe('unexpected\n');
  expect(machine.endReason()).toBe('powered off');
  expect(machine.m.exits_by_reason[trap]).toBe(1);
});

test('refused hcalls return H_PARAMETER or H_FUNCTION, refused RTAS calls a status', () => {
  const loaded = run(makeGuest(guests.REFUSED_HCALLS));
  expect(signedResults(loaded, 8)).toEqual([-4, -2, -4, -3, -3, -3, -4, 0]);
  expect(processAt(loaded.machine.k, 0).vmm.console).toBe('');
  expect(loaded.machine.endReason()).toBe('powered off');
});

test('msgsndp of another type or beyond the virtual core rings nobody, and TIR is the thread number', () => {
  const loaded = run(makeGuest(guests.STRAY_DOORBELLS));
  expect(signedResults(loaded, 4)).toEqual([0, 0, 0, 0]);
  expect(loaded.machine.monitor.sent.every((n) => n === 0)).toBe(true);
});

test('two doorbells to a vcpu that never ran are one pending bit', () => {
  const loaded = run(makeGuest(guests.TWICE_TO_A_SLEEPER));
  expect(resultOf(loaded, 0)).toBe(0b1000n);
  expect(loaded.machine.monitor.coalesced[3]).toBe(1);
  expect(loaded.machine.k.kvm.vcpus[3]).toMatchObject({ doorbell_request: 1, entries: 0 });
});

test('the decrementer wakes a ceded vcpu, later or at once, and 0x900 comes once for each', () => {
  const loaded = run(makeGuest(guests.DECREMENTER));
  expect(resultOf(loaded, 0)).toBe(2n);
  expect(loaded.machine.endReason()).toBe('powered off');
});

test('an external interrupt waits in LPCR[MER] while EE=0, comes when EE=1, and comes once', () => {
  const loaded = makeGuest(guests.MASKED_EXTERNAL, {}, { stepLimit: 300_000 });
  const { machine } = loaded;
  machine.inputs = [
    { step: -1, cycle: 20_000, user: false, action: { kind: 'doorbell', from: 0, to: 1 } },
  ];
  machine.advance(30_000);
  const on = machine.k.kvm.vcpus[0]?.cpu ?? -1;
  expect(machine.hw.inGuest(on)).toBe(true);
  expect(machine.hw.get(on, 'LPCR') & LPCR.MER).not.toBe(0n);
  expect(resultOf(loaded, 0)).toBe(0n);
  run(loaded);
  expect(signedResults(loaded, 2)).toEqual([1, 1]);
  expect(machine.endReason()).toBe('powered off');
});

test('a guest that never leaves is taken out by HDEC at each host tick', () => {
  const { machine } = run(makeGuest(guests.LONG_SPIN));
  // 65536 instructions and a tick every 2000 time-base ticks of 8 cycles.
  expect(machine.m.exits_by_reason['980']).toBe(4);
});

test('a kick between the stores of cpu and thread_cpu goes by smp_send_reschedule', () => {
  const loaded = makeGuest(guests.KICKS, { seed: 15 });
  let seen = 0;
  loaded.machine.storyboard.onStep = (_, label) => {
    if (label === 'smp_send_reschedule') seen += 1;
  };
  run(loaded);
  expect(seen).toBeGreaterThan(0);
  expect(loaded.machine.m.violations).toEqual([]);
});

test('a doorbell that comes while another is loaded into DPDES is delivered by itself', () => {
  let apart = 0;
  for (let seed = 0; seed < 20; seed++) {
    const loaded = makeGuest(guests.CROSSFIRE, { seed });
    const { machine } = loaded;
    // The moment of interest: vcpu 0 takes 0xA00 while a request for the next one is set.
    const came = () => machine.events.last(2)[0]?.kind === KIND.dpdes_deliver;
    machine.advance(Number.POSITIVE_INFINITY, () => {
      if (came() && machine.k.kvm.vcpus[0]?.doorbell_request === 1) apart += 1;
      return false;
    });
    const { sent, delivered, coalesced, owed } = machine.monitor;
    expect(machine.m.violations, `seed ${seed}`).toEqual([]);
    expect(machine.endReason()).toBe('powered off');
    expect(sent[0]).toBe(120);
    expect((delivered[0] ?? 0) + (coalesced[0] ?? 0) + (owed[0] ?? 0)).toBe(120);
    expect(BigInt(delivered[0] ?? 0)).toBe(resultOf(loaded, 0));
  }
  expect(apart).toBeGreaterThan(0);
});
