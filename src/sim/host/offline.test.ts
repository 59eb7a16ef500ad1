import { describe, expect, test } from 'vitest';
import type { Action } from '../machine/inputs.ts';
import type { Machine } from '../machine/machine.ts';
import { threadsGuest } from '../scenario/testing/threads.ts';

/** Two cores, of which the host uses thread 0; two vcpus, each a vcore of its own, that print without end. */
const WORK = `
main:   li      r3, 2
        bl      start_all
secondary:
        li      r3, 300
        bl      spin
        bl      report
        b       secondary
`;
const twoCores = (): Machine =>
  threadsGuest(WORK, 2, { cores: 2, online: [0, 4], virtualSmt: 1 }).machine;

function apply(machine: Machine, action: Action): void {
  const result = machine.inject(action);
  if (!result.ok) throw new Error(result.error.message);
}

const onlineOf = ({ host }: Machine) => host.cpus.flatMap((cpu, t) => (cpu.online ? [t] : []));
const entriesOf = ({ k }: Machine) => k.kvm.vcpus.map(({ entries }) => entries);

describe('a cpu that goes offline while guests run', () => {
  test('gives its tasks to another one and naps; both guests go on there', () => {
    const machine = twoCores();
    machine.advance(12_000);
    apply(machine, { kind: 'offline', thread: 4 });
    machine.advance(3000);
    expect(onlineOf(machine)).toEqual([0]);
    expect(machine.host.cpus[4]).toMatchObject({
      hwthread_state: 'KVM_HWTHREAD_IN_NAP',
      queue: [],
      hrtimers: [],
      going_offline: 0,
    });
    expect(machine.host.tasks[machine.host.cpus[4]?.curr ?? -1]?.comm).toBe('swapper/4');
    const before = entriesOf(machine);
    machine.advance(40_000);
    const after = entriesOf(machine);
    expect(after.filter((entries, v) => entries > (before[v] ?? 0))).toHaveLength(2);
    expect(machine.k.kvm.vcores.map(({ pcpu }) => pcpu)).toEqual([0, 0]);
    expect(machine.m.violations).toEqual([]);
  });

  test('comes back by an IPI, and takes a guest again', () => {
    const machine = twoCores();
    machine.advance(12_000);
    apply(machine, { kind: 'offline', thread: 4 });
    machine.advance(3000);
    apply(machine, { kind: 'online', thread: 4 });
    machine.advance(40_000);
    expect(onlineOf(machine)).toEqual([0, 4]);
    expect(machine.k.kvm.vcores.map(({ pcpu }) => pcpu).sort()).toEqual([0, 4]);
    expect(machine.host.xics.icps[4]?.cppr).toBe(0xff);
    expect(machine.m.violations).toEqual([]);
  });
});
