import { describe, expect, test } from 'vitest';
import { pingPong } from '../guest/ping-pong.ts';
import { LPCR } from '../hardware/bits.ts';
import { leaveMessage } from '../host/sched.ts';
import type { Loaded, Monitor } from '../scenario/index.ts';
import { smtObserver } from '../scenario/smt-monitor.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { changes, threadsGuest, untilStep, vcoreOfGuest } from '../scenario/testing/threads.ts';
import { KIND } from '../trace/events.ts';
import { IRQPRIO } from './records.ts';

const MB = 1 << 20;
const P8 = { cpu: 'p8', virtualSmt: 8, observer: smtObserver };
const p8Guest = (text: string, vcpus: number, more: object = {}): Loaded<Monitor> =>
  threadsGuest(text, vcpus, { ...P8, ...more });

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

/** vcpu 1 cedes, vcpu 0 works on. */
const ONE_CEDES = `
main:   li      r3, 2
        bl      start_all
1:      b       1b
secondary:
        bl      cede
        li      r3, 3
        bl      set
        b       secondary
`;

/** Vector of each guest exit since `after` events, by thread. */
const exitsOf = ({ machine }: Loaded<Monitor>, last: number): (readonly [number, number])[] =>
  machine.events
    .last(last)
    .filter(({ kind }) => kind === KIND.kvm_guest_exit)
    .map(({ thread, a }) => [thread, a] as const);

describe('vcore.entry_exit_map', () => {
  test('has a bit for each thread that enters, and one for each that leaves; who leaves first rings the others', () => {
    const loaded = p8Guest(ONE_LEAVES, 4);
    changes(
      loaded,
      () => 0,
      (vcore) => vcore.n_runnable === 4 && vcore.entry_exit_count === 0,
    );
    const maps = changes(
      loaded,
      ({ entry_exit_count }) => entry_exit_count,
      (vcore) => vcore.vcore_state === 'VCORE_EXITING',
    );
    const grown = maps.map((map, i) => map & ~(maps[i - 1] ?? 0));
    expect(grown.slice(1, 5).toSorted((a, b) => a - b)).toEqual([1, 2, 4, 8]);
    expect(grown[5]).toBe(0x400);
    expect(grown.slice(6).toSorted((a, b) => a - b)).toEqual([0x100, 0x200, 0x800]);
    const others = exitsOf(loaded, 120).filter(([, vector]) => vector === 0xe80);
    expect(others.map(([thread]) => thread).toSorted()).toEqual([0, 1, 3]);
    expect(loaded.machine.m.violations).toEqual([]);
  });
});

/** Runs until vcpu 1 naps in H_CEDE, and vcpu 0 works. */
function napping(more: object = {}): Loaded<Monitor> {
  const loaded = p8Guest(ONE_CEDES, 2, more);
  changes(
    loaded,
    () => 0,
    (vcore) => vcore.napping_threads === 2,
  );
  const place = vcoreOfGuest(loaded)?.pcpu ?? 0;
  untilStep(loaded, place + 1, 'kvmppc_h_cede/nap');
  return loaded;
}

describe('a vcpu that naps in H_CEDE', () => {
  test('naps with DEC no later than HDEC, and keeps the time of its own decrementer', () => {
    const { machine } = napping();
    const { arena } = machine.hw;
    expect(arena.decExpires(1)).toBe(arena.hdecExpires(1));
    expect(machine.k.kvm.vcpus[1]?.dec_expires).toBeGreaterThan(arena.decExpires(1));
  });

  test('is kicked by msgsnd or, from another core, by XICS, and nobody leaves the guest', () => {
    for (const [thread, irq] of [
      [0, 'msgsnd'],
      [8, 'ipi'],
    ] as const) {
      const loaded = napping({ cores: 2, online: [0, 8], realBytes: 96 * MB });
      const { machine } = loaded;
      const at = vcoreOfGuest(loaded)?.pcpu ?? 0;
      const before = machine.m.partition_switches;
      const from = thread === 0 ? at : 8 - at;
      machine.k.tid = from;
      expect(kick(loaded, 1)).toBe(irq);
      changes(
        loaded,
        () => 0,
        (vcore) => vcore.napping_threads === 0,
      );
      untilStep(loaded, at + 1, 'fast_guest_return/hrfid');
      expect(machine.m.partition_switches).toBe(before);
      expect(machine.m.violations).toEqual([]);
    }
  });
});

test('an IPI of the host that comes while real mode takes a kick is sent once more, and the host gets it', () => {
  const loaded = napping({ cores: 2, online: [0, 8], realBytes: 96 * MB });
  const { machine } = loaded;
  const at = vcoreOfGuest(loaded)?.pcpu ?? 0;
  machine.k.tid = 8 - at;
  kick(loaded, 1);
  untilStep(loaded, at + 1, 'kvmppc_read_intr/eoi');
  leaveMessage(machine.k, at + 1, 1);
  untilStep(loaded, at + 1, 'kvmppc_read_intr/resend');
  expect(machine.host.xics.icps[at + 1]?.mfrr).toBe(4);
  untilStep(loaded, at + 1, 'guest_exit_cont/dawr');
});

/** kvmppc_ipi_thread by the thread `k.tid`; returns the event that tells how. */
function kick({ machine }: Loaded<Monitor>, vcpu: number): string {
  const step = machine.program.get('kvmppc_fast_vcpu_kick_hv')?.steps.get('kvmppc_ipi_thread');
  const thread = machine.k.kvm.vcpus[vcpu]?.thread_cpu ?? -1;
  step?.run(machine.k, { cpu: thread, vcpu });
  const { kind } = machine.events.last(1)[0] ?? {};
  return kind === KIND.msgsnd ? 'msgsnd' : kind === KIND.ipi ? 'ipi' : 'nothing';
}

/** Of the second virtual core only vcpu 3, its thread 1, is started. */
const NO_VCPU0 = `
main:   li      r3, 3
        bl      start_cpu
1:      bl      cede
        b       1b
secondary:
        li      r3, 200
        bl      spin
        li      r3, 300
        mtdec   r3
        bl      cede
        b       secondary
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
`;

test('a vcore whose vcpu 0 has not been started runs all the same: thread 0 switches for the others, and naps', () => {
  const loaded = p8Guest(NO_VCPU0, 4, {
    virtualSmt: 2,
    cores: 2,
    online: [0, 8],
    realBytes: 96 * MB,
  });
  const { machine } = loaded;
  const vcore = () => machine.k.kvm.vcores[1];
  const until = (holds: () => boolean): void => {
    while (!holds()) if (machine.advance(1) === 0) throw new Error(`until: ${machine.endReason()}`);
  };
  until(() => vcore()?.entry_exit_count === 0b11 && vcore()?.napping_threads === 0b01);
  const primary = machine.host.cpus[vcore()?.pcpu ?? -1];
  expect(primary).toMatchObject({ kvm_vcpu: -1, kvm_vcore: 1, napping: 1 });
  until(() => vcore()?.in_guest === 0);
  expect(vcore()?.entry_exit_count).toBe(0x303);
  until(() => vcore()?.napping_threads === 0b01 && vcore()?.in_guest === 1);
  machine.inject({ kind: 'exit', thread: vcore()?.pcpu ?? -1 });
  until(() => vcore()?.in_guest === 0);
  expect(exitsOf(loaded, 20).at(-1)).toEqual([(vcore()?.pcpu ?? 0) + 1, 0xe80]);
  expect(machine.m.violations).toEqual([]);
});

test('a stray doorbell takes a thread that KVM has grabbed no further than to where it waits for its vcore', () => {
  const loaded = p8Guest(ONE_LEAVES, 4);
  const { machine } = loaded;
  while (vcoreOfGuest(loaded)?.n_runnable !== 2) machine.advance(1);
  untilStep(loaded, 0, 'kvmppc_run_core/grab_hwthread');
  while (machine.host.cpus[7]?.hwthread_req !== 1) machine.advance(1);
  machine.hw.msgsnd(0, 3);
  machine.hw.msgsnd(0, 7);
  untilStep(loaded, 3, 'kvm_no_guest/kvm_secondary_got_guest');
  untilStep(loaded, 3, 'fast_guest_return/hrfid');
  expect(machine.host.cpus[7]?.hwthread_state).toBe('KVM_HWTHREAD_IN_KVM');
  expect(machine.m.violations).toEqual([]);
});

/** Computes with MSR[EE]=0 for long, then lets interrupts in. */
const OPENS_LATE = `
main:   li      r3, 3000
        bl      spin
        bl      irq_on
        li      r3, 900
        bl      spin
        b       power_off
`;

test('a level that is taken back while the guest has MSR[EE]=0 disturbs it once at most, when it lets interrupts in', () => {
  const loaded = p8Guest(OPENS_LATE, 1);
  const { machine } = loaded;
  const vcpu = () => machine.k.kvm.vcpus[0];
  while (!machine.hw.inGuest(0)) machine.advance(1);
  const level = 1 << IRQPRIO.EXTERNAL_LEVEL;
  Object.assign(vcpu() ?? {}, { pending_exceptions: level });
  machine.inject({ kind: 'exit', thread: 0 });
  untilStep(loaded, 0, 'kvmppc_cede_reentry/srr');
  expect(machine.hw.get(0, 'LPCR') & LPCR.MER).not.toBe(0n);
  Object.assign(vcpu() ?? {}, { pending_exceptions: 0 });
  const before = machine.m.exits_by_reason['500'] ?? 0;
  machine.advance(Number.POSITIVE_INFINITY);
  expect(machine.endReason()).toBe('powered off');
  expect((machine.m.exits_by_reason['500'] ?? 0) - before).toBeLessThan(2);
});

test('a guest of four vcpus that takes turns by H_PROD comes to its end on two cores', () => {
  const where = { cores: 2, online: [0, 8], virtualSmt: 2, vcpus: 4, realBytes: 96 * MB };
  const { machine } = makeGuest('', { seed: 3 }, { ...P8, ...where, guest: pingPong(4, 6) });
  machine.advance(Number.POSITIVE_INFINITY);
  expect([machine.endReason(), machine.m.violations]).toEqual(['powered off', []]);
});
