import { expect, test } from 'vitest';
import { goto, ret, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf } from '../kvm/context.ts';
import type { Machine } from '../machine/machine.ts';
import { P7_INVARIANTS } from './invariants-p7.ts';
import type { Watched } from './invariants-watch.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';
import { untilStep } from './testing/threads.ts';

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'the exit leaves SDR1 of the guest behind',
    'one-partition',
    "thread 0 runs the host with a guest's SDR1",
    { routine: 'hdec_soon', remove: 'sdr1' },
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

test('when the entry forgets SDR1, one-partition fires for its thread and in-guest for its vcore, and nothing else', () => {
  const edit = { routine: 'kvmppc_hv_entry', remove: 'sdr1' };
  expect(violations(makeLoaded({ scenario: 'book3s-hv' }, [edit]), 4000)).toEqual({
    'one-partition': expect.stringContaining('thread 0 runs vcpu 0 with LPID 1 and SDR1 0x140000'),
    'in-guest': 'vcore 0 is said to be in the guest: LPID is 1, SDR1 0x140000',
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
  [
    'a run begins with the counts of the last one',
    'entry-exit-count',
    'starts a run, and counts 1 entries and 1 exits',
    {
      routine: 'kvmppc_run_core',
      replace: 'init',
      by: step<KvmCtx, VcpuLocals & { i: number }>(
        [
          'init',
          'n_woken, nap_count, in_guest, napping_threads := 0',
          (k, l) => {
            const vcore = vcoreOf(k, l.vcpu);
            Object.assign(vcore, { n_woken: 0, nap_count: 0, in_guest: 0, napping_threads: 0 });
            vcore.vcore_state = 'VCORE_STARTING';
            l.i = 0;
            return goto('on_primary_thread');
          },
        ],
        'virtual',
      ),
    },
  ],
];

test.each(WITH_SIBLINGS)('of siblings: when %s, exactly %s fires: %s', (_, id, why, mutation) => {
  const loaded = makeLoaded({ scenario: 'guest-smt' }, [mutation]);
  loaded.machine.advance(60_000, ({ violations: found }) => found.length > 0);
  expect(violations(loaded, 0)).toEqual({ [id]: expect.stringContaining(why) });
});

test('a thread that enters when the only one in the guest has begun to leave breaks entry-exit-count', () => {
  const loaded = makeLoaded({ scenario: 'guest-smt' });
  untilStep(loaded, 4, 'hdec_soon/primary');
  const { machine } = loaded;
  const [vcore] = machine.k.kvm.vcores;
  if (!vcore) throw new Error('there is no vcore');
  expect(vcore.entry_exit_count).toBe(0x101);
  vcore.entry_exit_count += 1; // as if it had come without a look
  const [broken] = P7_INVARIANTS.flatMap(
    ({ test: holds }) => holds(machine as unknown as Machine<Watched>) ?? [],
  );
  expect(broken?.why).toBe('vcore 0 counts 2 entries, but 1 when the exit began');
});

test('every invariant of POWER7 has a mutation that makes it fire', () => {
  expect(untested(P7_INVARIANTS, MUTATIONS)).toEqual([]);
});
