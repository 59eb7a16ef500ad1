import { expect, test } from 'vitest';
import { cpuOf } from '../host/context.ts';
import { type Mode, spin, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from '../kvm/context.ts';
import { ONE_EXIT } from '../kvm/p7-entry.ts';
import { entryBit, exitBit } from '../kvm/p8-state.ts';
import { NONE } from '../state/ids.ts';
import { KIND } from '../trace/events.ts';
import { P8_INVARIANTS } from './invariants-p8.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

/** A step with another text. */
function other<L extends VcpuLocals>(
  routine: string,
  label: string,
  run: Parameters<typeof step<KvmCtx, L>>[0][2],
  mode: Mode = 'real',
): Mutation[3] {
  return { routine, replace: label, by: step<KvmCtx, L>([label, 'broken', run], mode) };
}

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'a thread sets the exit bit of another one',
    'entry-exit-map',
    'has exit bits 10000000, but entry bits 00000001',
    other('guest_exit_cont', 'kvmhv_commence_exit', (k, l) => {
      vcoreOf(k, l.vcpu).entry_exit_count |= exitBit(7);
      k.emit(KIND.core_exit, k.tid, l.vcpu, 0, 0);
    }),
  ],
  [
    'a thread enters only when an exit has begun',
    'entered-in-time',
    'of the moment at which the exit began',
    other('kvmppc_hv_entry', 'entry_exit_map', (k, l) => {
      const [{ ptid }, vcore] = [vcpuOf(k, l.vcpu), vcoreOf(k, l.vcpu)];
      if (ptid === 1 && vcore.entry_exit_count < ONE_EXIT) return spin('too early');
      vcore.entry_exit_count |= entryBit(ptid);
      return undefined;
    }),
  ],
  [
    'the last thread that cedes naps as well',
    'map-one-awake',
    'has all of its threads',
    other('kvmppc_h_cede', 'napping_threads', (k, l) => {
      vcoreOf(k, l.vcpu).napping_threads |= entryBit(vcpuOf(k, l.vcpu).ptid);
      cpuOf(k).napping = 1;
    }),
  ],
  [
    'vcpus get the threads in another order',
    'fixed-thread',
    'vcpu 3 enters thread 5, but its thread is 3',
    other<VcpuLocals & { cpu: number }>(
      'kvmppc_start_thread',
      'dec_timer',
      (k, l) => {
        l.cpu = vcoreOf(k, l.vcpu).pcpu + ((8 - vcpuOf(k, l.vcpu).ptid) % 8);
      },
      'virtual',
    ),
  ],
  [
    'a thread says that it has finished, and goes on',
    'threads-finished',
    'handles its exits while thread',
    other<VcpuLocals & { looks?: number }>('secondary_nap', 'kvm_vcpu', (k, l) => {
      cpuOf(k).kvm_vcore = NONE;
      l.looks = (l.looks ?? 0) + 1;
      return l.looks < 1000 ? spin('slow') : undefined;
    }),
  ],
  [
    'the exit leaves DPDES as it is',
    'host-dpdes',
    'has a doorbell of a guest in DPDES, in the partition of the host',
    { routine: 'hdec_soon', remove: 'clear_dpdes' },
  ],
];

test.each(MUTATIONS)('when %s, exactly %s fires: %s', (_, id, why, mutation) => {
  const loaded = makeLoaded({ scenario: 'guest-smt-p8' }, [mutation]);
  loaded.machine.advance(60_000, ({ violations: found }) => found.length > 0);
  expect(violations(loaded, 0)).toEqual({ [id]: expect.stringContaining(why) });
});

test('every invariant of POWER8 has a mutation that makes it fire', () => {
  expect(untested(P8_INVARIANTS, MUTATIONS)).toEqual([]);
});
