import { describe, expect, test } from 'vitest';
import { LPCR } from '../hardware/bits.ts';
import { CPU_MODELS } from '../hardware/cpu-model.ts';
import { type EventName, KIND } from '../trace/events.ts';
import type { Anatomy } from './anatomy-monitor.ts';
import { GUEST_REGISTERS, HOST_REGISTERS } from './anatomy-registers.ts';
import { report } from './report.ts';
import { makeLoaded } from './testing/make.ts';

/** The machine at its end, and the report. */
function ended(seed = 0) {
  const loaded = makeLoaded({ scenario: 'book3s-hv', seed });
  loaded.machine.advance(Number.POSITIVE_INFINITY);
  return { ...loaded, ...report(loaded), runs: loaded.machine.monitor.runs };
}

describe('book3s-hv', () => {
  const { machine, checks, violations, counters, position, console, runs, spec } = ended();

  test('all checks hold and no invariant is broken', () => {
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(violations).toEqual([]);
    expect(position.ended).toBe('powered off');
    expect(spec.cpu).toBe('p7');
  });

  test('the guest prints from supervisor state and by a system call of its user program', () => {
    expect(console).toBe('POWER7 guest up\nuser state, sc\ndone\n');
  });

  test('every way out of the guest is taken, and no other', () => {
    expect(Object.keys(machine.m.exits_by_reason).sort()).toEqual([
      '500',
      '980',
      'C00',
      'E00',
      'E40',
    ]);
  });

  test('decrementer, system calls and segment interrupts never leave the guest', () => {
    // A third decrementer comes while the guest is idle: the host stands in for it.
    expect(machine.m.own_interrupts).toEqual({ '380': 1, '480': 1, '900': 2, C00: 2 });
  });

  test('a reflected storage fault costs no partition switch, every other exit two', () => {
    const exits = Object.entries(machine.m.exits_by_reason).reduce((sum, [, n]) => sum + n, 0);
    const reflected = machine.m.exits_by_reason.E00 ?? 0;
    expect(reflected).toBe(1);
    // In one run the host's tick was so near that the guest was not entered.
    const runsWithoutGuest = 1;
    expect(runs?.ended).toBe(exits - reflected + runsWithoutGuest);
    expect(counters.partitionSwitches).toBe(2 * (runs?.ended ?? 0));
  });

  test('hcalls go to user space by KVM_EXIT_PAPR_HCALL, H_CEDE to the host alone', () => {
    // Three lines and power-off; the other two of the six sc 1 are H_CEDE and the one from problem state.
    expect(runs?.hcalls).toBe(4);
    expect(machine.m.exits_by_reason.C00).toBe(6);
  });
});

describe('the anatomy of one entry and one exit', () => {
  const { machine } = makeLoaded({ scenario: 'book3s-hv' });
  const anatomy = (): Anatomy => {
    const nothing = { host: {}, entered: {}, left: {}, after: {} };
    return machine.monitor.runs?.last[0] ?? nothing;
  };
  /** Runs until a whole run of the vcore has ended in which the guest had its registers. */
  const DSCR = 5n;
  while (anatomy().left.DSCR !== DSCR && machine.advance(1) > 0);
  const { host, entered, left, after } = anatomy();
  const vm = machine.k.kvm.vms[0];

  test('partition: SDR1, LPID, LPCR and RMOR are the host’s, the guest’s, the host’s', () => {
    const hostLpcr = 0x8048000000007004n;
    expect(host).toMatchObject({ LPIDR: 0n, SDR1: 0x140000n, LPCR: hostLpcr, RMOR: 0n });
    expect(entered).toMatchObject({ LPIDR: 1n, SDR1: vm?.sdr1, LPCR: 0xc048000000007005n });
    expect(after).toMatchObject({ LPIDR: 0n, SDR1: 0x140000n, LPCR: hostLpcr, RMOR: 0n });
    expect(BigInt(vm?.lpcr ?? 0) & LPCR.HDICE).toBe(1n);
  });

  test('what both have is switched: DSCR, CTRL, DABRX, SPRG3, the SLB', () => {
    expect(host).toMatchObject({ DSCR: 0n, CTRL: 1n, DABRX: 7n, SPRG3: 0n });
    expect(left).toMatchObject({ DSCR, CTRL: 0n, DABRX: 3n, SPRG3: 0x144n, AMR: 0x30000000n });
    expect(after).toMatchObject({ DSCR: 0n, CTRL: 1n, DABRX: 7n, SPRG3: 0n, AMR: 0n });
    expect(host.SLB).toMatch(/^0: c0/);
    expect(entered.SLB).toBe('');
    expect(after.SLB).toBe(host.SLB);
  });

  test('every register of the matrix comes back as it was', () => {
    for (const name of HOST_REGISTERS) expect([name, after[name]]).toEqual([name, host[name]]);
    while (anatomy().left === left && machine.advance(1) > 0);
    const again = anatomy().entered;
    for (const name of GUEST_REGISTERS) expect([name, again[name]]).toEqual([name, left[name]]);
  });
});

test('the scenario runs on POWER7 alone, and says so', () => {
  expect([...CPU_MODELS.keys()]).toContain('p7');
  expect(() => makeLoaded({ scenario: 'book3s-hv', cpu: 'p9' })).toThrow(
    "The scenario 'book3s-hv' does not run on the CPU model 'p9'.",
  );
});

test('a patch of the POWER9 kernel is refused', () => {
  expect(() => makeLoaded({ scenario: 'book3s-hv', off: ['virt-doorbell'] })).toThrow(
    "The kernel of this CPU model has no patch 'virt-doorbell'.",
  );
});

describe('book3s-hv-2cores', () => {
  const { machine, checks, violations, runs } = (() => {
    const loaded = makeLoaded({ scenario: 'book3s-hv-2cores' });
    loaded.machine.advance(Number.POSITIVE_INFINITY);
    return { ...loaded, ...report(loaded), runs: loaded.machine.monitor.runs };
  })();
  const kinds = (name: EventName) =>
    machine.events.last(100_000).filter(({ kind }) => kind === KIND[name]);

  test('all checks hold and no invariant is broken', () => {
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(violations).toEqual([]);
  });

  test('the TLB is flushed when a vcpu comes to a thread on which it did not run last', () => {
    const moves = [0, 1].map((v) => {
      const cpus = kinds('vcpu_cpu').filter(({ vcpu, a }) => vcpu === v && a >= 0);
      return cpus.filter(({ a }, i) => a !== cpus[i - 1]?.a).length;
    });
    expect(Math.max(...moves)).toBeGreaterThan(1);
    expect(kinds('tlb_flush')).toHaveLength(moves.reduce((sum, n) => sum + n, 0));
    expect(runs?.ended).toBeGreaterThan(kinds('tlb_flush').length);
  });

  test('a wake-up on the other core goes by IPI', () => {
    expect(kinds('ipi').length).toBeGreaterThan(5);
    expect(kinds('msgsnd')).toEqual([]);
  });
});
