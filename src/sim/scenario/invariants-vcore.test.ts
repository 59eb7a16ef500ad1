import { expect, test } from 'vitest';
import { call, goto, ret, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from '../kvm/context.ts';
import { VCORE_INVARIANTS } from './invariants-vcore.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

/** A step with another text. */
const other = (
  routine: string,
  label: string,
  run: Parameters<typeof step<KvmCtx, VcpuLocals>>[0][2],
) => ({
  routine,
  replace: label,
  by: step<KvmCtx, VcpuLocals>([label, 'broken', run], 'virtual'),
});

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly (readonly [scenario: string, mutation: Mutation])[] = [
  [
    'book3s-hv-2cores',
    [
      'H_PROD does not kick a ceded vcpu',
      'vcore-asleep',
      'was prodded, and nobody is about to wake it',
      { routine: 'kvmppc_h_prod', remove: 'kick' },
    ],
  ],
  [
    'guest-smt',
    [
      'a late joiner leaves a thread free',
      'vcore-threads',
      'vcpu 0 enters, and the vcpus of its vcore have the threads 0, 2',
      other('kvmppc_run_vcpu', 'late_joiner', (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (vcore.vcore_state !== 'VCORE_RUNNING') return goto('loop');
        vcpuOf(k, l.vcpu).ptid = vcore.n_runnable;
        return call('kvmppc_create_dtl_entry', { vcpu: l.vcpu });
      }),
    ],
  ],
  [
    'guest-smt',
    [
      'a vcore runs although one of its vcpus is busy',
      'vcore-runner',
      'runs although 1 of its vcpus are busy in the host',
      other('kvmppc_run_vcpu', 'n_busy', (k, l) => {
        const vcore = vcoreOf(k, l.vcpu);
        if (vcore.vcore_state === 'VCORE_INACTIVE') return goto('runner');
        vcore.lock = -1;
        return call('kvmppc_wait_for_exec', { vcpu: l.vcpu, wait_state: 'TASK_INTERRUPTIBLE' });
      }),
    ],
  ],
  [
    'guest-smt',
    [
      'a thread is woken and not counted',
      'vcore-naps',
      'woke 0 threads, and 1 nap',
      other('kvmppc_start_thread', 'n_woken', () => ret()),
    ],
  ],
  [
    'guest-smt',
    [
      'a vcpu that comes back stays busy',
      'vcore-counts',
      'counts 1 busy and',
      other('kvmppc_run_vcpu', 'prev_state', () => goto('loop')),
    ],
  ],
  [
    'lock-holder',
    [
      'an exit does not count in the VPA',
      'yield-count',
      'does not run, and its yield_count',
      { routine: 'hdec_soon', remove: 'yield_count' },
    ],
  ],
];

test.each(
  MUTATIONS.map(([scenario, [name, id, why, mutation]]) => ({ scenario, name, id, why, mutation })),
)('when $name, exactly $id fires', ({ scenario, id, why, mutation }) => {
  const loaded = makeLoaded({ scenario }, [mutation]);
  loaded.machine.advance(60_000, ({ violations: found }) => found.length > 0);
  expect(violations(loaded, 1)).toEqual({ [id]: expect.stringContaining(why) });
});

test('every invariant of virtual cores has a mutation that makes it fire', () => {
  const mutations = MUTATIONS.map(([, mutation]) => mutation);
  expect(untested(VCORE_INVARIANTS, mutations)).toEqual([]);
});
