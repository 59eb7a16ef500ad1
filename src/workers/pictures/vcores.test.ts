import { beforeAll, expect, test } from 'vitest';
import type { Machine } from '../../sim/machine/machine.ts';
import { makeLoaded } from '../../sim/scenario/testing/make.ts';
import { THREAD_MODES, VCPU_STATES } from '../sections.ts';
import { focusOf } from './focus.ts';
import { machineTables } from './machine.ts';

const GUEST = THREAD_MODES.indexOf('guest');
let m: Machine;

/** Goes on until the tables say so. */
function until(says: (tables: ReturnType<typeof machineTables>) => boolean): void {
  for (let i = 0; i < 40_000; i++) {
    m.advance(1);
    if (i % 16 === 0 && says(machineTables(m))) return;
  }
  throw new Error('it never came to that');
}

beforeAll(() => {
  m = makeLoaded({ scenario: 'guest-smt' }).machine as Machine;
  until(({ threads }) => threads.filter((row) => row.mode === GUEST).length > 1);
});

test('a vcpu is docked on the thread that KVM gave it, though its task sleeps on cpu_run', () => {
  const { threads, vcpus } = machineTables(m);
  const [thread] = threads.filter((row) => row.mode === GUEST && vcpus[row.vcpu]?.runner === 0);
  if (!thread) throw new Error('a thread without the runner');
  expect(vcpus[thread.vcpu]).toMatchObject({
    thread: thread.thread,
    waits: 'cpu_run',
    state: VCPU_STATES.indexOf('guest'),
  });
  expect(focusOf(m, `vm1/vcpu${thread.vcpu}`).thread).toBe(thread.thread);
  expect(focusOf(m, m.threadPath(thread.thread)).vcpu).toBe(thread.vcpu);
});

test('a vcore in the guest is on the core of its threads, with as many entered as entry_exit_count says', () => {
  const { threads, vcores } = machineTables(m);
  const inside = threads.filter((row) => row.mode === GUEST);
  const [vcore] = vcores;
  expect(vcore).toMatchObject({ state: 'VCORE_RUNNING', in_guest: 1, map: 0, left: 0 });
  expect(new Set(inside.map((row) => row.core))).toEqual(new Set([vcore?.core]));
  const entered = (m.k.kvm.vcores[0]?.entry_exit_count ?? 0) & 0xff;
  expect(vcore?.entered).toBe(2 ** entered - 1);
});

test('threads that the host has taken offline are offline while they nap, and guests while KVM has them', () => {
  const { threads } = machineTables(m);
  const core = threads.filter((row) => row.core === threads.find((t) => t.mode === GUEST)?.core);
  expect(core.some((row) => row.mode === GUEST && !m.host.cpus[row.thread]?.online)).toBe(true);
  expect(core.some((row) => row.mode === THREAD_MODES.indexOf('offline'))).toBe(true);
});

test('on POWER8 entered and left are the bits of entry_exit_map, and each vcpu has the thread of its number', () => {
  const p8 = makeLoaded({ scenario: 'guest-smt-p8' }).machine as Machine;
  const map = () => p8.k.kvm.vcores[0]?.entry_exit_count ?? 0;
  while (map() >> 8 === 0 || (map() & 0xff) === 1)
    if (p8.advance(1) === 0) throw new Error('it never left');
  const { vcores, vcpus } = machineTables(p8);
  expect(vcores[0]).toMatchObject({ map: 1, entered: map() & 0xff, left: map() >> 8 });
  for (const { vcpu, thread } of vcpus.filter((row) => row.thread >= 0)) expect(thread).toBe(vcpu);
});
