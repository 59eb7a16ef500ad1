import { expect, test } from 'vitest';
import { ret, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf } from '../kvm/context.ts';
import { P7_INVARIANTS } from './invariants-p7.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'the exit leaves SDR1 of the guest behind',
    'one-partition',
    "thread 0 runs the host with a guest's SDR1",
    { routine: 'hdec_soon', remove: 'sdr1' },
  ],
  [
    'the entry forgets SDR1',
    'one-partition',
    'thread 0 runs vcpu 0 with LPID 1 and SDR1 0x140000',
    { routine: 'kvmppc_hv_entry', remove: 'sdr1' },
  ],
  [
    'an entry is not counted',
    'entry-exit-count',
    'vcore 0 is in the guest, and no thread has entered',
    { routine: 'kvmppc_hv_entry', remove: 'entry_exit_count' },
  ],
  [
    'in_guest stays set behind the switch',
    'in-guest',
    'vcore 0 is said to be in the guest: LPID is 0',
    { routine: 'hdec_soon', remove: 'in_guest' },
  ],
  [
    'the exit leaves the DEC of the guest behind',
    'host-timers',
    'thread 0 has the DEC of a guest: it runs out at',
    {
      routine: 'hdec_soon',
      replace: 'dec',
      by: step<KvmCtx, VcpuLocals>(['dec', 'nothing', () => ret()], 'real'),
    },
  ],
  [
    'the exit forgets DEC',
    'guest-dec',
    'dec_expires of vcpu 0 is 4503599627370496, but DEC of thread 0 runs out at',
    { routine: 'guest_exit_cont', remove: 'dec_expires' },
  ],
];

test.each(MUTATIONS)('when %s, exactly %s fires: %s', (_, id, why, mutation) => {
  expect(violations(makeLoaded({ scenario: 'book3s-hv' }, [mutation]), 4000)).toEqual({
    [id]: expect.stringContaining(why),
  });
});

/** The same, where a core has siblings in the guest. */
const WITH_SIBLINGS: readonly Mutation[] = [
  [
    'a thread enters although an exit has begun',
    'entry-exit-count',
    'when the exit began',
    {
      routine: 'kvmppc_hv_entry',
      replace: 'entry_exit_count',
      by: step<KvmCtx, VcpuLocals>(
        [
          'entry_exit_count',
          'one more, whoever leaves',
          (k, l) => {
            vcoreOf(k, l.vcpu).entry_exit_count += 1;
          },
        ],
        'real',
      ),
    },
  ],
  [
    'the primary does not wait for the others',
    'in-guest',
    'is taken out of the guest before all its threads have left',
    { routine: 'hdec_soon', remove: 'gather' },
  ],
];

test.each(WITH_SIBLINGS)('of siblings: when %s, %s fires, too: %s', (_, id, why, mutation) => {
  const { machine } = makeLoaded({ scenario: 'guest-smt' }, [mutation]);
  machine.advance(60_000, ({ violations: found }) => found.some((one) => one.id === id));
  expect(machine.m.violations).toContainEqual(
    expect.objectContaining({ id, why: expect.stringContaining(why) }),
  );
});

test('every invariant of POWER7 has a mutation that makes it fire', () => {
  expect(untested(P7_INVARIANTS, MUTATIONS)).toEqual([]);
});
