import { describe, expect, test } from 'vitest';
import { LPCR } from '../hardware/bits.ts';
import { goto, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from '../kvm/context.ts';
import { mfspr, mtspr } from '../kvm/p7-state.ts';
import { CALL_INVARIANTS } from './invariants-call.ts';
import { WAKE_INVARIANTS } from './invariants-wake.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';
import { threadsGuest } from './testing/threads.ts';

/** vcpu 1 sleeps until its decrementer runs out, while vcpu 0 computes. */
const SLEEPER = `
main:   li      r3, 2
        bl      start_all
        lis     r3, 4
        bl      spin
        bl      power_off
secondary:
        li      r3, 1000
        mtdec   r3
        bl      cede
        b       idle
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
`;

/** The two of one virtual core, or each a virtual core of its own. */
const TOGETHER = {};
const APART = { cores: 2, online: [0, 4], virtualSmt: 1 };

/** Threads that nap in H_CEDE do not wake by DEC. */
const deafToDec: Mutation[3] = {
  routine: 'kvmppc_h_cede',
  replace: 'lpcr',
  by: step<KvmCtx, VcpuLocals>(
    [
      'lpcr',
      'LPCR[PECE0] alone',
      (k) => mtspr(k, 'LPCR', (mfspr(k, 'LPCR') | LPCR.PECE0) & ~LPCR.PECE1),
    ],
    'real',
  ),
};

/** No timer stands in for the decrementer of an idle vcpu. */
const noTimer: Mutation[3] = {
  routine: 'kvmppc_run_core',
  replace: 'ceded',
  by: step<KvmCtx, VcpuLocals & { v: number }>(
    [
      'ceded',
      'ret := its answer, trap := 0, and no timer',
      (k, l) => {
        Object.assign(vcpuOf(k, l.v), { ret: l.ret, trap: 0 });
        return goto('dequeue_dec');
      },
    ],
    'virtual',
  ),
};

type Case = readonly [cpu: string, changes: object, mutation: Mutation];

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Case[] = [
  [
    'p7',
    TOGETHER,
    ['DEC wakes no thread', 'ceded-wakes', 'vcpu 1 naps in the guest although its d', deafToDec],
  ],
  [
    'p8',
    TOGETHER,
    ['DEC wakes no thread', 'ceded-wakes', 'vcpu 1 naps in the guest although its d', deafToDec],
  ],
  [
    'p7',
    APART,
    ['an idle vcpu has no timer', 'ceded-wakes', 'vcpu 1 is idle although its d', noTimer],
  ],
  [
    'p9',
    APART,
    [
      'an idle vcpu has no timer',
      'ceded-wakes',
      'vcpu 1 is idle although its decrementer has run out',
      { routine: 'kvmhv_run_single_vcpu', remove: 'set_timer' },
    ],
  ],
];

describe('a vcpu leaves its H_CEDE in time', () => {
  /** Up to the first violation: on POWER8 an exit by HDEC relies on DEC, too, so that `napper-called` fires next. */
  const sleeper = (cpu: string, changes: object, mutation: readonly Mutation[3][]) => {
    const loaded = threadsGuest(SLEEPER, 2, { cpu, ...changes }, [], mutation);
    loaded.machine.advance(400_000, ({ violations: found }) => found.length > 0);
    return violations(loaded, 0);
  };

  test.each(
    MUTATIONS.map(([cpu, changes, [name, id, why, mutation]]) => ({
      cpu,
      changes,
      name,
      id,
      why,
      mutation,
    })),
  )('on $cpu; when $name, exactly $id fires', ({ cpu, changes, id, why, mutation }) => {
    expect(sleeper(cpu, changes, [mutation])).toEqual({ [id]: expect.stringContaining(why) });
  });

  test('and none fires without a mutation', () => {
    expect(sleeper('p7', TOGETHER, [])).toEqual({});
    expect(sleeper('p7', APART, [])).toEqual({});
  });
});

/** The first to leave the guest calls nobody. */
const CALLS: readonly (readonly [scenario: string, mutation: Mutation])[] = [
  [
    'work-queue',
    ['no IPI is sent', 'napper-called', 'naps in it', { routine: 'hdec_soon', remove: 'ipi' }],
  ],
  [
    'guest-smt-p8',
    [
      'no doorbell is sent',
      'napper-called',
      'naps in it',
      { routine: 'guest_exit_cont', remove: 'kvmhv_rm_send_ipi' },
    ],
  ],
];

test.each(
  CALLS.map(([scenario, [name, id, why, mutation]]) => ({ scenario, name, id, why, mutation })),
)(
  '$scenario: when a core begins to leave the guest and $name, exactly $id fires',
  ({ scenario, id, why, mutation }) => {
    const loaded = makeLoaded({ scenario }, [mutation]);
    loaded.machine.advance(60_000, ({ violations: found }) => found.length > 0);
    expect(violations(loaded, 0)).toEqual({ [id]: expect.stringContaining(why) });
  },
);

test('every invariant about time has a mutation that makes it fire', () => {
  const mutations = [...MUTATIONS.map(([, , mutation]) => mutation), ...CALLS.map(([, m]) => m)];
  expect(untested([...WAKE_INVARIANTS, ...CALL_INVARIANTS], mutations)).toEqual([]);
});
