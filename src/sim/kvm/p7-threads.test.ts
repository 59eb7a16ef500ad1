import { describe, expect, test } from 'vitest';
import { LPCR } from '../hardware/bits.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import type { Loaded, Monitor } from '../scenario/index.ts';
import {
  changes,
  MIX,
  threadsGuest,
  untilStep,
  vcoreOfGuest,
} from '../scenario/testing/threads.ts';
import { KIND } from '../trace/events.ts';
import { vmOf } from './context.ts';
import { KVM_INTERRUPT, kvmInterrupt } from './exceptions.ts';
import { guestReal } from './memslot.ts';

/** vcpu 2 calls for user space while all others work. */
const ONE_LEAVES = `
main:   li      r3, 4
        bl      start_all
1:      b       1b
secondary:
        ld      r3, PC_ID(r13)
        cmpdi   r3, 2
1:      bne     1b
        li      r3, 200
        bl      spin
        bl      report
1:      b       1b
`;

describe('four threads in the guest', () => {
  test('enter one by one, and leave when one of them leaves: 4/0 to 4/4', () => {
    const loaded = threadsGuest(ONE_LEAVES, 4);
    changes(
      loaded,
      () => 0,
      (vcore) => vcore.n_woken === 3,
    );
    const counts = changes(
      loaded,
      ({ entry_exit_count }) => entry_exit_count,
      (vcore) => vcore.vcore_state === 'VCORE_EXITING',
    );
    expect(counts).toEqual([0, 1, 2, 3, 4, 0x104, 0x204, 0x304, 0x404]);
    expect(vcoreOfGuest(loaded)).toMatchObject({ in_guest: 0, n_woken: 3, nap_count: 3 });
    const exits = loaded.machine.events.last(60).filter(({ kind }) => kind === KIND.kvm_guest_exit);
    expect(exits.slice(-4).map(({ thread, a }) => [thread, a])[0]).toEqual([2, 0xc00]);
    expect(exits.slice(-3).map(({ a }) => a)).toEqual([0x980, 0x980, 0x980]);
    expect(loaded.machine.m.violations).toEqual([]);
  });
});

/** 5.6 of the reference: T1 and T2 cede, T1's decrementer wakes it, T0 cedes, T1 leaves. */
const THREE_CEDE = `
main:   li      r3, 3
        bl      start_all
        li      r3, 1
        bl      wait
        bl      cede
1:      b       1b
secondary:
        ld      r3, PC_ID(r13)
        cmpdi   r3, 2
        beq     2f
        li      r3, 300
        mtdec   r3
        bl      cede
        li      r3, 400
        bl      spin
        bl      report
1:      b       1b
2:      li      r3, 200
        bl      spin
        bl      cede
1:      b       1b
on_decrementer:
        mflr    r8
        lis     r3, 0x7fff
        mtdec   r3
        li      r3, 1
        bl      set
        mtlr    r8
        blr
`;

describe('H_CEDE in real mode', () => {
  test('threads nap while another works, wake by their decrementer, and are woken for an exit', () => {
    const loaded = threadsGuest(THREE_CEDE, 3);
    changes(
      loaded,
      () => 0,
      (vcore) => vcore.entry_exit_count === 3,
    );
    const seen = changes(
      loaded,
      ({ napping_threads, entry_exit_count }) => [
        napping_threads.toString(2).padStart(3, '0'),
        entry_exit_count.toString(16),
      ],
      (vcore) => vcore.vcore_state === 'VCORE_EXITING',
    );
    const order = seen.map(([napping, count]) => `${napping} ${count}`);
    expect(order.slice(0, 6)).toEqual(['000 3', '010 3', '110 3', '100 3', '101 3', '101 103']);
    expect(order.at(-1)).toBe('000 303');
    expect(vcoreOfGuest(loaded)).toMatchObject({ n_woken: 2, nap_count: 2 });
    expect(loaded.machine.m.violations).toEqual([]);
  });
});

describe('a thread that ran a guest and is then woken by the host', () => {
  /** Thread 2 naps behind a run, the runner has released it, and a stray IPI comes. */
  function strayIpi(off: readonly string[]): Loaded<Monitor> {
    const loaded = threadsGuest(ONE_LEAVES, 4, {}, off);
    untilStep(loaded, 2, 'kvm_no_guest/nap');
    untilStep(loaded, 0, 'kvmppc_run_core/exiting');
    const { machine } = loaded;
    machine.k.tid = 0;
    xicsWakeCpu(machine.k, 2);
    return loaded;
  }

  test('takes its registers from memory, serves the IPI, and naps again', () => {
    const loaded = strayIpi([]);
    untilStep(loaded, 2, 'power7_nap/nap');
    const { machine } = loaded;
    expect(machine.host.cpus[2]).toMatchObject({
      oops: '',
      hwthread_state: 'KVM_HWTHREAD_IN_NAP',
      nap_state_lost: 0,
    });
    expect(machine.hw.arena.gpr(2, 31)).toBe(2n);
    expect(machine.host.xics.icps[2]).toMatchObject({ xisr: 0, mfrr: 0xff });
  });

  test('without nap-state-lost goes on with what the guest left in r14-r31, and crashes', () => {
    const loaded = strayIpi(['nap-state-lost']);
    untilStep(loaded, 2, 'die/halt');
    const { machine } = loaded;
    expect(machine.host.cpus[2]?.oops).toContain('goes on with r30=0x0');
    expect(machine.events.last(2000).filter(({ kind }) => kind === KIND.oops)).toHaveLength(1);
    expect(machine.host.cpus.filter(({ oops }) => oops !== '')).toHaveLength(1);
  });
});

/** vcpu 1 is started late, by a task on another core, while vcpu 0 works in the guest. */
const JOINS = `
main:   li      r3, 2
        bl      start_all
        li      r3, 1
        bl      wait
        bl      report
1:      b       1b
secondary:
        li      r3, 1
        bl      set
1:      b       1b
`;
const TWO_CORES = { cores: 2, online: [0, 4] };

describe('a vcpu whose task comes while its vcore runs', () => {
  test('joins on the next thread, and the others stay in the guest', () => {
    const loaded = threadsGuest(JOINS, 2, TWO_CORES);
    untilStep(loaded, 4, 'kvmppc_start_thread/dec_timer');
    // Thread 4 is slow: vcpu 0 has entered the guest meanwhile.
    const { arena } = loaded.machine.hw;
    arena.setClock(4, arena.clock(4) + 3000);
    untilStep(loaded, 4, 'kvmppc_start_thread/xics_wake_cpu');
    expect(vcoreOfGuest(loaded)).toMatchObject({ entry_exit_count: 1, in_guest: 1 });
    const { guest_exits } = loaded.machine.m;
    untilStep(loaded, 1, 'fast_guest_return/hrfid');
    expect(vcoreOfGuest(loaded)).toMatchObject({ entry_exit_count: 2, n_woken: 1 });
    expect(loaded.machine.m.guest_exits).toBe(guest_exits);
    expect(loaded.machine.k.kvm.vcpus[1]?.ptid).toBe(1);
    untilStep(loaded, 0, 'kvmppc_run_core/exiting');
    expect(vcoreOfGuest(loaded)).toMatchObject({ entry_exit_count: 0x202, nap_count: 1 });
    expect(loaded.machine.m.violations).toEqual([]);
  });

  test('is too late when an exit has begun: it is not counted, naps, and has run nothing', () => {
    const loaded = threadsGuest(JOINS, 2, TWO_CORES);
    untilStep(loaded, 4, 'kvmppc_start_thread/xics_wake_cpu');
    // The thread is slow to wake, and the host ends the run of the core meanwhile.
    const { machine } = loaded;
    machine.hw.arena.setClock(1, machine.hw.arena.clock(0) + 500);
    machine.k.tid = 4;
    xicsWakeCpu(machine.k, 0);
    untilStep(loaded, 1, 'secondary_too_late/secondary_nap');
    expect(vcoreOfGuest(loaded)).toMatchObject({ entry_exit_count: 0x101, in_guest: 0 });
    expect(machine.k.kvm.vcpus[1]).toMatchObject({ trap: 0, entries: 0 });
    untilStep(loaded, 0, 'kvmppc_run_core/exiting');
    expect(vcoreOfGuest(loaded)).toMatchObject({ n_woken: 1, nap_count: 1 });
    untilStep(loaded, 1, 'fast_guest_return/hrfid');
    expect(machine.m.violations).toEqual([]);
  });
});

/** vcpu 0 idles, vcpu 1 works. */
const THREAD0_IDLE = `
main:   li      r3, 2
        bl      start_all
        li      r3, 1
        bl      wait
        b       idle
secondary:
        li      r3, 1
        bl      set
1:      b       1b
`;

test('an interrupt of the host that finds thread 0 napping in H_CEDE is left to the host', () => {
  const loaded = threadsGuest(THREAD0_IDLE, 2);
  const { machine } = loaded;
  untilStep(loaded, 0, 'kvmppc_h_cede/nap');
  const before = machine.m.partition_switches;
  machine.k.tid = 0;
  xicsWakeCpu(machine.k, 0);
  untilStep(loaded, 0, 'kvm_start_guest/thread_0');
  expect(machine.host.xics.icps[0]).toMatchObject({ xisr: 2, mfrr: 4 });
  untilStep(loaded, 0, 'kvm_end_cede/entry_exit_count');
  expect(vcoreOfGuest(loaded)).toMatchObject({ napping_threads: 0, entry_exit_count: 2 });
  untilStep(loaded, 0, 'do_IRQ/icp_native_get_irq');
  expect(machine.m.partition_switches).toBe(before + 1);
  expect(vcoreOfGuest(loaded)).toMatchObject({ entry_exit_count: 0x202, in_guest: 0 });
  expect(machine.host.xics.icps[0]).toMatchObject({ xisr: 0 });
  expect(machine.m.violations).toEqual([]);
});

/** Masked until flag 1 is set, then open; counts its external interrupts at flag 8. */
const MASKED = `
main:   li      r3, 1
        bl      wait
        bl      irq_on
1:      b       1b
on_external:
        lis     r9, FLAGS@h
        ori     r9, r9, FLAGS@l
        lbz     r10, 8(r9)
        addi    r10, r10, 1
        stb     r10, 8(r9)
        blr
`;

describe('an external interrupt for a guest that has it masked', () => {
  /** Counts what the guest gets within one run of the vcore, from when it opens EE. */
  function delivered(irq: (typeof KVM_INTERRUPT)['SET' | 'SET_LEVEL']): number {
    const loaded = threadsGuest(MASKED, 1);
    const { machine } = loaded;
    untilStep(loaded, 0, 'fast_guest_return/hrfid');
    const [vcpu] = machine.k.kvm.vcpus;
    if (!vcpu) throw new Error('no vcpu');
    kvmInterrupt(vcpu, irq);
    machine.k.tid = 0;
    xicsWakeCpu(machine.k, 0); // the kick: it enters anew
    untilStep(loaded, 0, 'kvmppc_cede_reentry/external');
    expect(machine.hw.get(0, 'LPCR') & LPCR.MER).toBe(LPCR.MER);
    const flags = guestReal(vmOf(machine.k, 0), 0x7100n, 16);
    machine.hw.arena.write8(flags + 1, 1);
    const before = machine.m.partition_switches;
    machine.advance(1200);
    expect(machine.m.partition_switches).toBe(before);
    return machine.hw.arena.read8(flags + 8);
  }

  test('an edge comes once it opens, bounced by MER, and only once', () => {
    expect(delivered(KVM_INTERRUPT.SET)).toBe(1);
  });

  test('a level comes again and again', () => {
    expect(delivered(KVM_INTERRUPT.SET_LEVEL)).toBeGreaterThan(3);
  });
});

test.each([
  [1, [0]],
  [2, [0, 4]],
] as const)(
  'four vcpus that cede, prod and leave get through, and every invariant holds (%i cores)',
  (cores, online) => {
    for (const seed of [0, 1, 2]) {
      const { machine } = threadsGuest(MIX, 4, { cores, online }, [], [], seed);
      machine.advance(200_000);
      expect([seed, machine.endReason(), machine.m.violations]).toEqual([seed, 'powered off', []]);
    }
  },
);
