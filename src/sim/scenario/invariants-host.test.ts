import { expect, test } from 'vitest';
import { LPCR } from '../hardware/bits.ts';
import { ret, type StepDef, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf, vmOf } from '../kvm/context.ts';
import { mtspr, saveNamed } from '../kvm/p7-state.ts';
import type { Edit } from '../kvm/patches.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, violations } from './testing/mutations.ts';

/** The exit saves registers of the guest and does not put those of the host back. */
const onlySave = (routine: string, label: string, names: readonly string[]): Edit => ({
  routine,
  replace: label,
  by: step<KvmCtx, VcpuLocals>(
    [label, 'saved', (k, l) => saveNamed(k, vcpuOf(k, l.vcpu), names)],
    'real',
  ),
});

const other = (routine: string, label: string, run: StepDef<KvmCtx, VcpuLocals>[2]): Edit => ({
  routine,
  replace: label,
  by: step<KvmCtx, VcpuLocals>([label, 'broken', run], 'real'),
});

/** One line of the exit broken on purpose, on each CPU; only the invariant of that name may notice it. */
const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'book3s-hv': [
    ['leaves HDEC', 'host-registers', 'HDEC=', { routine: 'hdec_soon', remove: 'hdec' }],
    ['leaves DABRX', 'host-registers', 'DABRX=0x3', { routine: 'hdec_soon', remove: 'dabr' }],
    ['leaves DSCR', 'host-registers', 'DSCR=0x5', onlySave('hdec_soon', 'dscr', ['DSCR'])],
    ['leaves AMR', 'host-registers', 'AMR=0x3', onlySave('hdec_soon', 'amr', ['AMR', 'UAMOR'])],
    [
      'leaves the SLB empty',
      'host-registers',
      'SLB entry 0 of a guest',
      { routine: 'hdec_soon', remove: 'slb_host' },
    ],
    [
      'leaves LPCR but HDICE',
      'host-registers',
      'LPCR of a guest',
      other('hdec_soon', 'lpcr', (k, l) => mtspr(k, 'LPCR', vmOf(k, l.vcpu).lpcr & ~LPCR.HDICE)),
    ],
    [
      'does not add what the guest used',
      'host-registers',
      'ticks have passed',
      onlySave('guest_exit_cont', 'purr', ['PURR', 'SPURR']),
    ],
  ],
  'guest-smt-p8': [
    ['leaves HDEC', 'host-registers', 'HDEC=', { routine: 'hdec_soon', remove: 'hdec' }],
  ],
  ppc970: [
    ['leaves HDEC', 'host-registers', 'HDEC=', { routine: 'hdec_soon', remove: 'hdec' }],
    ['leaves DABRX', 'host-registers', 'DABRX=0x3', { routine: 'hdec_soon', remove: 'dabr' }],
  ],
  'virt-doorbell': [
    [
      'leaves HDEC',
      'host-registers',
      'HDEC=',
      other('kvmhv_vcpu_entry_p9', 'host_timers', () => ret()),
    ],
  ],
};

const cases = Object.entries(MUTATIONS).flatMap(([scenario, mutations]) =>
  mutations.map(([name, id, why, mutation]) => ({ scenario, name, id, why, mutation })),
);

test.each(cases)(
  '$scenario: when the exit $name, exactly $id fires',
  ({ scenario, id, why, mutation }) => {
    const loaded = makeLoaded({ scenario }, [mutation]);
    loaded.machine.advance(4000, ({ violations: found }) => found.length > 0);
    expect(violations(loaded, 0)).toEqual({ [id]: expect.stringContaining(why) });
  },
);
