// What goes wrong without fixes that sit in steps of their own (numbers: historic bugs B1 to B31 of the reference).
import { expect, test } from 'vitest';
import { cpuOf } from '../host/context.ts';
import { step, tail } from '../host/routine.ts';
import { xicsWakeCpu } from '../host/xics.ts';
import type { Loaded, Monitor } from '../scenario/index.ts';
import { threadsGuest, untilStep, vcoreOfGuest } from '../scenario/testing/threads.ts';
import type { KvmCtx } from './context.ts';
import type { Edit } from './patches.ts';

/** vcpus 0 and 1 idle for good; vcpu 2 calls for user space when both do. */
const TWO_NAP = `
main:   li      r3, 3
        bl      start_all
        li      r3, 2
        bl      wait
        b       idle
secondary:
        ld      r3, PC_ID(r13)
        cmpdi   r3, 1
        beq     idle
        li      r3, 2
        bl      set
        li      r3, 1500
        bl      spin
        bl      report
1:      b       1b
`;

test('B3: without an IPI to threads that nap, a core that must leave the guest waits for them', () => {
  const mutation: Edit = { routine: 'hdec_soon', remove: 'ipi' };
  const leaves = (edits: Edit[]): Loaded<Monitor> => {
    const loaded = threadsGuest(TWO_NAP, 3, {}, [], edits);
    untilStep(loaded, 2, 'hdec_soon/hdec_zero');
    expect(vcoreOfGuest(loaded)).toMatchObject({ napping_threads: 0b011, in_guest: 1 });
    return loaded;
  };
  untilStep(leaves([]), 0, 'kvmppc_run_core/exiting');
  const stuck = leaves([mutation]);
  stuck.machine.advance(3000);
  expect(vcoreOfGuest(stuck)).toMatchObject({ in_guest: 1, entry_exit_count: 0x103 });
});

/** vcpu 0 works alone: threads 1 to 3 of its core are grabbed, and nap. */
const ALONE = `
main:   b       main
`;

/** A stray IPI to thread 2, and its way back to a nap. */
function stray(loaded: Loaded<Monitor>, nap: string): void {
  loaded.machine.k.tid = 0;
  xicsWakeCpu(loaded.machine.k, 2);
  untilStep(loaded, 2, nap);
}

test('B8: a request that a stray IPI uses up lets the next one take the thread into the kernel', () => {
  const used: Edit = {
    routine: 'system_reset_pSeries',
    replace: 'hwthread_req',
    by: step<KvmCtx, { msr: bigint }>(
      [
        'hwthread_req',
        'cpu_start=0x80? cleared, and to kvm_start_guest',
        (k, l) => {
          if (!cpuOf(k).hwthread_req) return undefined;
          cpuOf(k).hwthread_req = 0;
          return tail('kvm_start_guest', { srr1: l.msr });
        },
      ],
      'real',
    ),
  };
  const run = (edits: Edit[], nap: string) => {
    const loaded = threadsGuest(ALONE, 1, {}, [], edits);
    untilStep(loaded, 0, 'fast_guest_return/hrfid');
    stray(loaded, 'kvm_no_guest/nap');
    stray(loaded, nap);
    expect(vcoreOfGuest(loaded)?.in_guest).toBe(1);
    return loaded.machine.host.cpus[2];
  };
  expect(run([], 'kvm_no_guest/nap')?.hwthread_req).toBe(1);
  expect(run([used], 'pnv_smp_cpu_kill_self/irq_on')?.hwthread_state).toBe(
    'KVM_HWTHREAD_IN_KERNEL',
  );
});

test('B9: a thread that says it naps and still translates sees its partition taken away', () => {
  const mutation: Edit = { routine: 'power7_nap', remove: 'real_mode' };
  const run = (edits: Edit[]): string[] => {
    const loaded = threadsGuest(ALONE, 1, {}, [], edits);
    const { machine } = loaded;
    untilStep(loaded, 2, 'power7_nap/hwthread_state');
    machine.hw.arena.setClock(2, 1e9); // it takes its time to the instruction behind
    untilStep(loaded, 0, 'kvmppc_hv_entry/in_guest');
    return machine.m.violations.map(({ id, where }) => `${id} ${where}`);
  };
  expect(run([])).toEqual([]);
  expect(run([mutation])).toEqual(['one-partition core0/t2']);
});

test('B9: power7_nap announces the nap in real mode; without the fix, with translation on', () => {
  const modes = (off: string[]): string[] => {
    const { machine } = threadsGuest(ALONE, 1, {}, off);
    const steps = [...(machine.program.get('power7_nap')?.steps.values() ?? [])];
    return steps.slice(-3).map(({ label, mode }) => `${label} ${mode}`);
  };
  expect(modes([])).toEqual(['real_mode virtual', 'hwthread_state real', 'nap real']);
  const late = ['hwthread_state virtual', 'real_mode virtual', 'nap real'];
  expect(modes(['b9-nap-real-mode'])).toEqual(late);
});
