import { expect, test } from 'vitest';
import { cpuOf } from '../host/context.ts';
import { step } from '../host/routine.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from '../kvm/context.ts';
import { KIND } from '../trace/events.ts';
import { NAP_INVARIANTS } from './invariants-nap.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';
import { MIX, threadsGuest, untilStep } from './testing/threads.ts';

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'the last thread that cedes naps as well',
    'cede-one-awake',
    'threads napping',
    {
      routine: 'kvmppc_h_cede',
      replace: 'napping_threads',
      by: step<KvmCtx, VcpuLocals>(
        [
          'napping_threads',
          'its bit is set, whoever else naps',
          (k, l) => {
            vcoreOf(k, l.vcpu).napping_threads |= 1 << vcpuOf(k, l.vcpu).ptid;
            cpuOf(k).napping = 1;
          },
        ],
        'real',
      ),
    },
  ],
  [
    'a thread that wakes leaves its bit behind',
    'cede-napping',
    'its PACAs say',
    {
      routine: 'kvm_end_cede',
      replace: 'napping_threads',
      by: step<KvmCtx, VcpuLocals>(
        [
          'napping_threads',
          'PACA: napping := 0',
          (k, l) => {
            cpuOf(k).napping = 0;
            k.emit(KIND.cede_wake, k.tid, l.vcpu, 0, 0);
          },
        ],
        'real',
      ),
    },
  ],
];

test.each(MUTATIONS)('when %s, exactly %s fires: %s', (_, id, why, mutation) => {
  const loaded = threadsGuest(MIX, 4, {}, [], [mutation]);
  loaded.machine.advance(20_000, (m) => m.violations.length > 0);
  expect(violations(loaded, 0)).toEqual({ [id]: expect.stringContaining(why) });
});

test('when a stray IPI takes a thread into the kernel, no-kernel-in-guest fires, for it runs in the wrong partition', () => {
  const loaded = threadsGuest('main: b main\n', 1);
  const { k } = loaded.machine;
  untilStep(loaded, 0, 'fast_guest_return/hrfid');
  cpuOf(k, 2).hwthread_req = 0; // as if nobody had grabbed it
  k.tid = 0;
  xicsWakeCpu(k, 2);
  expect(violations(loaded, 200)).toEqual({
    'one-partition': expect.stringContaining('thread 2'),
    'no-kernel-in-guest': expect.stringContaining('thread 2 of its core is in the kernel'),
  });
});

test('when a thread goes on with lost registers, exactly no-oops fires', () => {
  const loaded = threadsGuest(MIX, 4, {}, ['nap-state-lost']);
  untilStep(loaded, 2, 'kvm_no_guest/nap');
  untilStep(loaded, 0, 'kvmppc_run_core/exiting');
  loaded.machine.k.tid = 0;
  xicsWakeCpu(loaded.machine.k, 2);
  expect(violations(loaded, 400)).toEqual({
    'no-oops': expect.stringContaining('thread 2: Oops: pnv_smp_cpu_kill_self'),
  });
});

test('every invariant of naps has something that makes it fire', () => {
  expect(untested(NAP_INVARIANTS, MUTATIONS, ['no-kernel-in-guest', 'no-oops'])).toEqual([]);
});
