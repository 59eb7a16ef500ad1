import { beforeEach, describe, expect, test } from 'vitest';
import { makeLoaded } from '../scenario/testing/make.ts';
import { processAt } from '../vmm/process.ts';
import type { Action } from './inputs.ts';
import type { Machine } from './machine.ts';

let machine: Machine;
beforeEach(() => {
  machine = makeLoaded().machine;
});

/** Runs until the condition holds. */
function runUntil(condition: () => boolean): void {
  while (!condition()) if (machine.advance(1) === 0) throw new Error('it never came to that');
}
const vcpu = (n: number) => machine.k.kvm.vcpus[n];
const inGuest = (n: number) => () => {
  const on = vcpu(n)?.thread_cpu ?? -1;
  return on >= 0 && machine.hw.inGuest(on);
};

describe('what cannot be done is refused with a code, and changes nothing', () => {
  const cases: [code: string, step: number, action: Action, scenario?: string][] = [
    ['NO_THREAD', 100, { kind: 'exit', thread: 4 }],
    ['NO_THREAD', 100, { kind: 'preempt', thread: -1 }],
    ['OFFLINE', 100, { kind: 'preempt', thread: 2 }, 'virt-doorbell-2threads'],
    ['NO_VCPU', 0, { kind: 'doorbell', from: 0, to: 1 }],
    ['NO_VCPU', 0, { kind: 'dec', vcpu: 0 }],
    ['NO_VCPU', 3000, { kind: 'dec', vcpu: 4 }],
    ['NO_VCPU', 3000, { kind: 'doorbell', from: 0, to: 4 }],
    ['NOT_STARTED', 500, { kind: 'doorbell', from: 3, to: 0 }],
    ['NOT_IN_GUEST', 0, { kind: 'hdec', thread: 0 }],
    ['STOPPED', 1e9, { kind: 'doorbell', from: 0, to: 1 }],
  ];
  test.each(cases)('%s at step %i: %o', (code, step, action, scenario = 'virt-doorbell') => {
    machine = makeLoaded({ scenario }).machine;
    machine.advance(step);
    const before = machine.hash();
    expect(machine.inject(action)).toMatchObject({ ok: false, error: { code } });
    expect(machine.hash()).toBe(before);
    expect(machine.inputs).toEqual(machine.spec.inputs);
  });
});

test('an exit request takes a running guest out by 0xE80', () => {
  runUntil(inGuest(1));
  const thread = vcpu(1)?.cpu ?? -1;
  const before = machine.m.exits_by_reason.E80 ?? 0;
  expect(machine.inject({ kind: 'exit', thread })).toMatchObject({ ok: true });
  runUntil(() => (machine.m.exits_by_reason.E80 ?? 0) > before);
  expect(machine.host.cpus[thread]?.ipi_messages).not.toBe(0);
});

test('an IPI to a thread that is offline on POWER7 is a stray one: it wakes, and naps again', () => {
  machine = makeLoaded({ scenario: 'book3s-hv' }).machine;
  machine.advance(100);
  const before = machine.hw.arena.clock(2);
  const injected = machine.inject({ kind: 'exit', thread: 2 });
  expect(injected).toMatchObject({ ok: true, value: expect.stringContaining('a stray IPI') });
  machine.advance(2000);
  expect(machine.hw.arena.clock(2)).toBeGreaterThan(before);
  expect(machine.host.cpus[2]).toMatchObject({
    online: 0,
    hwthread_state: 'KVM_HWTHREAD_IN_NAP',
    oops: '',
  });
  expect(machine.host.xics.icps[2]).toMatchObject({ xisr: 0, mfrr: 0xff });
});

test('HDEC expiry takes a running guest out by 0x980', () => {
  runUntil(inGuest(1));
  const thread = vcpu(1)?.cpu ?? -1;
  machine.inject({ kind: 'hdec', thread });
  runUntil(() => machine.m.exits_by_reason['980'] === 1);
});

test('DEC expiry of a running guest is taken by the guest itself, without an exit', () => {
  runUntil(() => inGuest(2)() && (machine.hw.msr(vcpu(2)?.cpu ?? 0) & 0x8000n) !== 0n);
  const thread = vcpu(2)?.cpu ?? -1;
  const exits = machine.m.guest_exits;
  machine.inject({ kind: 'dec', vcpu: 2 });
  expect(machine.hw.pending(thread)).toBe(0x900);
  runUntil(() => machine.hw.arena.nia(thread) === 0x900n);
  expect(machine.m.guest_exits - exits).toBeLessThanOrEqual(3); // others may leave meanwhile
});

test('DEC expiry wakes a ceded vcpu, and its halted thread not in the past', () => {
  const asleep = () =>
    vcpu(1)?.rcuwait === 1 &&
    machine.host.cpus.some(
      (cpu, t) =>
        cpu.stopped === 1 &&
        cpu.hrtimers.some(({ arg }) => arg === 1) &&
        machine.hw.arena.clock(t) < machine.m.cycle - 500,
    );
  runUntil(asleep);
  let { cycle } = machine.m;
  machine.inject({ kind: 'dec', vcpu: 1 });
  const { entries = 0 } = vcpu(1) ?? {};
  runUntil(() => {
    expect(machine.m.cycle).toBeGreaterThanOrEqual(cycle);
    cycle = machine.m.cycle;
    return (vcpu(1)?.entries ?? 0) > entries;
  });
});

test('pre-emption puts a kworker on the cpu of a running vcpu, and the vcpu runs later', () => {
  runUntil(inGuest(0));
  const thread = vcpu(0)?.cpu ?? -1;
  machine.inject({ kind: 'preempt', thread });
  const { curr: _, kworker } = machine.host.cpus[thread] ?? { curr: -1, kworker: -1 };
  runUntil(() => machine.host.cpus[thread]?.curr === kworker);
  runUntil(inGuest(0));
});

test('a doorbell is rung by the sender itself: 0x500, the device, msgsndp', () => {
  const loaded = makeLoaded();
  machine = loaded.machine;
  machine.advance(3000);
  const sends = () => loaded.machine.monitor.matrix[1]?.[3]; // the ring goes from 1 to 2
  expect(sends()).toBe(0);
  machine.inject({ kind: 'doorbell', from: 1, to: 3 });
  runUntil(() => sends() === 1);
  expect(processAt(machine.k, 0).vmm.ring_to[1]).toBe(-1);
});
