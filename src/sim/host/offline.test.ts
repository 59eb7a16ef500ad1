import { describe, expect, test } from 'vitest';
import { pingPong } from '../guest/ping-pong.ts';
import type { Action } from '../machine/inputs.ts';
import type { Machine } from '../machine/machine.ts';
import { smtObserver } from '../scenario/smt-monitor.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { threadsGuest } from '../scenario/testing/threads.ts';
import { mix32 } from '../state/hash.ts';

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

/** Four vcpus in pairs, while the user takes cpus away and gives them back at random moments. */
function hotplugged(cpu: 'p7' | 'p8', seed: number): { machine: Machine; codes: string[] } {
  const per = cpu === 'p7' ? 4 : 8;
  const where = { cpu, cores: 2, online: [0, per], virtualSmt: 2, vcpus: 4, realBytes: 96 << 20 };
  const spec = { ...where, observer: smtObserver, guest: pingPong(4, 10), stepLimit: 300_000 };
  const { machine } = makeGuest('', { seed }, spec);
  const codes: string[] = [];
  for (let n = 0; machine.advance(200 + (mix32(seed, n) % 1800)) > 0; n++) {
    const any = mix32(seed, n, 1) % (2 * per);
    const thread = mix32(seed, n, 2) % 3 === 0 ? any : any - (any % per);
    const kind = mix32(seed, n, 3) % 2 ? 'online' : 'offline';
    const result = machine.inject({ kind, thread });
    codes.push(result.ok ? kind : result.error.code);
  }
  return { machine, codes };
}

test.each([
  ['p7', 4],
  ['p8', 5],
] as const)(
  '%s, schedule %i: whenever cpus go and come, no guest notices; secondaries stay offline while a VM exists',
  (cpu, seed) => {
    const { machine, codes } = hotplugged(cpu, seed);
    expect(machine.endReason()).toBe('powered off');
    expect(machine.m.violations).toEqual([]);
    expect(new Set(codes)).toEqual(
      new Set(['online', 'offline', 'ALREADY', 'LAST_CPU', 'INHIBITED']),
    );
  },
);
