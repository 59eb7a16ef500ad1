import { beforeEach, describe, expect, test } from 'vitest';
import { taskOf } from '../host/context.ts';
import { HALTED } from '../host/records.ts';
import { ONE_EXIT } from '../kvm/p7-entry.ts';
import { IRQPRIO } from '../kvm/records.ts';
import { vcpuPlace } from '../kvm/vcpu-place.ts';
import type { Loaded, Monitor } from '../scenario/index.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { Action } from './inputs.ts';
import { actionText } from './inputs.ts';

let loaded: Loaded<Monitor>;
const m = () => loaded.machine;
const vcpu = (n: number) => {
  const found = m().k.kvm.vcpus[n];
  if (!found) throw new Error(`vcpu ${n} does not exist yet`);
  return found;
};
const place = (n: number) => vcpuPlace(m().k, n);
const inject = (action: Action) => m().inject(action);
const code = (action: Action): string => {
  const result = inject(action);
  return result.ok ? 'done' : result.error.code;
};
const until = (holds: () => boolean) => m().advance(60_000, holds);

beforeEach(() => {
  loaded = makeLoaded({ scenario: 'guest-smt' });
});

/** vcpus 0 and 1 are in the guest, on threads 4 and 5. */
function together(): void {
  until(() => m().monitor.smt?.joined.length === 1);
  m().advance(200);
}

describe('a signal', () => {
  test('ends KVM_RUN of a vcpu on another thread, at the next HDEC tick and not before', () => {
    together();
    expect(place(1)).toBe('guest');
    inject({ kind: 'signal', vcpu: 1 });
    until(() => taskOf(m().k, vcpu(1).task).state === 'TASK_UNINTERRUPTIBLE');
    expect(place(1)).toBe('guest');
    until(() => vcpu(1).run.exit_reason === 'KVM_EXIT_INTR');
    expect(Object.keys(m().m.exits_by_reason)).toEqual(['980', 'C00']);
    expect(vcpu(1).ret).toBe(-4);
    until(() => place(1) === 'guest');
    expect(taskOf(m().k, vcpu(1).task).signal).toBe(0);
  });

  test('to the runner takes the core out of the guest at once', () => {
    together();
    inject({ kind: 'signal', vcpu: 0 });
    until(() => vcpu(0).run.exit_reason === 'KVM_EXIT_INTR');
    expect(m().m.exits_by_reason[500]).toBe(1);
  });
});

describe('H_PROD from nowhere', () => {
  test('of a vcpu that has not ceded is kept for its next H_CEDE', () => {
    together();
    inject({ kind: 'prod', vcpu: 1 });
    expect(vcpu(1)).toMatchObject({ prodded: 1, ceded: 0 });
    expect(place(1)).toBe('guest');
  });

  test('of one that naps takes the core out, and it runs again', () => {
    together();
    until(() => place(2) === 'ceded');
    inject({ kind: 'prod', vcpu: 2 });
    const { entries } = vcpu(2);
    until(() => vcpu(2).entries > entries);
    expect(vcpu(2).ceded).toBe(0);
  });
});

test('what comes from nowhere for a vcpu that naps on POWER8 wakes its thread, now and not in its past', () => {
  loaded = makeLoaded({ scenario: 'guest-smt-p8' });
  const naps = (n: number): boolean => {
    const { napping, stopped } = m().host.cpus[vcpu(n).thread_cpu] ?? {};
    return napping === 1 && stopped === HALTED.NAP;
  };
  until(() => m().m.guest_entries > 30);
  until(() => naps(5) && naps(6) && (m().k.kvm.vcores[0]?.entry_exit_count ?? 0) < ONE_EXIT);
  inject({ kind: 'prod', vcpu: 5 });
  inject({ kind: 'dec', vcpu: 6 });
  const [entries, cycle] = [[5, 6].map((n) => vcpu(n).entries), m().m.cycle];
  m().advance(1);
  expect(m().m.cycle).toBeGreaterThanOrEqual(cycle);
  until(() => [5, 6].every((n, i) => vcpu(n).entries > (entries[i] ?? 0)));
  expect(m().m.cycle).toBeLessThan(cycle + 1000);
});

test('HDEC that expires on POWER8 takes the threads that nap out, too, which have it in DEC', () => {
  loaded = makeLoaded({ scenario: 'guest-smt-p8' });
  const nappers = (): number => m().host.cpus.filter(({ napping }) => napping === 1).length;
  const vcore = () => m().k.kvm.vcores[0];
  until(() => m().m.guest_entries > 30);
  until(() => nappers() > 2 && m().hw.inGuest(0) && (vcore()?.entry_exit_count ?? 0) < ONE_EXIT);
  inject({ kind: 'hdec', thread: 0 });
  const { cycle } = m().m;
  until(() => vcore()?.in_guest === 0);
  expect(m().m.cycle).toBeLessThan(cycle + 3000);
});

test('an external interrupt waits while MSR[EE]=0, and its edge is delivered once', () => {
  together();
  inject({ kind: 'external', vcpu: 1 });
  expect(vcpu(1).pending_exceptions).toBe(1 << IRQPRIO.EXTERNAL);
  until(() => m().m.guest_exits > 20 && place(1) === 'guest');
  expect(vcpu(1).pending_exceptions).toBe(1 << IRQPRIO.EXTERNAL); // it has interrupts off so far
  m().advance(Number.POSITIVE_INFINITY);
  expect(vcpu(1).pending_exceptions).toBe(0);
  expect(m().m.violations).toEqual([]);
});

describe('a late start', () => {
  test('is refused before the guest has said where a cpu begins, and of a vcpu that runs', () => {
    until(() => m().k.vmms[0]?.running === 1);
    expect(code({ kind: 'start', vcpu: 3 })).toBe('NO_ENTRY');
    together();
    expect(code({ kind: 'start', vcpu: 1 })).toBe('STARTED');
    expect(code({ kind: 'start', vcpu: 9 })).toBe('NO_VCPU');
  });

  test('lets a vcpu join the run that goes on', () => {
    together();
    inject({ kind: 'start', vcpu: 3 });
    until(() => place(3) === 'guest');
    expect(vcpu(3).thread_cpu).toBe(6);
    expect(m().monitor.smt?.joined).toEqual([1, 3]);
  });
});

describe('cpus of the host', () => {
  test('secondary threads stay offline while a VM exists', () => {
    together();
    expect(code({ kind: 'online', thread: 1 })).toBe('INHIBITED');
    expect(code({ kind: 'online', thread: 0 })).toBe('ALREADY');
    expect(code({ kind: 'offline', thread: 99 })).toBe('NO_THREAD');
  });

  test('thread 0 of the core in use goes offline: the vcore moves to the other core; the last cpu stays', () => {
    together();
    expect(code({ kind: 'offline', thread: 4 })).toBe('done');
    until(() => m().host.cpus[4]?.online === 0 && place(0) === 'guest');
    expect(vcpu(0).thread_cpu).toBeLessThan(4);
    expect(code({ kind: 'offline', thread: 0 })).toBe('LAST_CPU');
    expect(m().m.violations).toEqual([]);
  });
});

test('nothing is done to a VM that has stopped, or to a vcpu that was never started', () => {
  together();
  expect(code({ kind: 'prod', vcpu: 3 })).toBe('NOT_STARTED');
  m().advance(Number.POSITIVE_INFINITY);
  expect(code({ kind: 'signal', vcpu: 0 })).toBe('STOPPED');
});

test('each has a text of its own', () => {
  const actions: Action[] = [
    ...(['signal', 'prod', 'external', 'start'] as const).map((kind) => ({ kind, vcpu: 1 })),
    ...(['online', 'offline'] as const).map((kind) => ({ kind, thread: 4 })),
  ];
  expect(new Set(actions.map(actionText)).size).toBe(actions.length);
});
