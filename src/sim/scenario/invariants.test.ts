import { expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { ENTER_GUEST, step } from '../host/routine.ts';
import type { KvmCtx, VcpuLocals } from '../kvm/context.ts';
import { vcpuOf } from '../kvm/context.ts';
import { KIND } from '../trace/events.ts';
import { INVARIANTS } from './invariants.ts';
import { TWICE_TO_A_SLEEPER } from './testing/guests.ts';
import { makeGuest, makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'the exit leaves the LPIDR of the guest behind',
    'host-partition',
    "thread 1 runs the host with a guest's LPIDR",
    { routine: 'kvmhv_vcpu_entry_p9', remove: 'switch_mmu_to_host' },
  ],
  [
    'the partition is switched before in_guest says so',
    'host-partition',
    "thread 1 runs the host with a guest's LPIDR",
    { routine: 'kvmhv_vcpu_entry_p9', remove: 'in_guest' },
  ],
  [
    'vcpu.cpu stays set behind the exit',
    'entry-window',
    'vcpu 0 is said to be on thread 1, which is in the host with interrupts on',
    { routine: 'kvmhv_run_single_vcpu', remove: 'cpu_none' },
  ],
  [
    'thread_cpu is not stored before the entry',
    'entry-window',
    'vcpu 0 runs on thread 1 and nobody can know it',
    { routine: 'kvmhv_run_single_vcpu', remove: 'thread_cpu' },
  ],
  [
    'a doorbell does not kick its target',
    'ceded-asleep',
    'vcpu 1 sleeps although doorbell_request is set, and nobody is about to wake it',
    { routine: 'kvmppc_emulate_doorbell_instr', remove: 'kick' },
  ],
  [
    'H_PROD does not kick a ceded vcpu',
    'ceded-asleep',
    'vcpu 2 sleeps although it was prodded, and nobody is about to wake it',
    { routine: 'kvmppc_pseries_do_hcall', remove: 'kick' },
  ],
  [
    'hrfid keeps MSR[HV]',
    'guest-hv',
    'vcpu 0 enters the guest with MSR[HV]=1',
    {
      routine: 'kvmppc_p9_enter_guest',
      replace: 'hrfid',
      by: step<KvmCtx, VcpuLocals>(
        [
          'hrfid',
          'MSR := HSRR1 with HV=1',
          (k, l) => {
            k.hw.setMsr(k.tid, k.hw.get(k.tid, 'HSRR1') | MSR.HV);
            k.emit(KIND.kvm_guest_enter, k.tid, l.vcpu, 0, 0);
            return ENTER_GUEST;
          },
        ],
        'real',
      ),
    },
  ],
  [
    'hrfid takes MSR[ME] of the guest',
    'guest-hv',
    'vcpu 0 enters the guest with MSR[ME]=0',
    {
      routine: 'kvmppc_p9_enter_guest',
      replace: 'hrfid',
      by: step<KvmCtx, VcpuLocals>(
        [
          'hrfid',
          'MSR := HSRR1 with ME=0',
          (k, l) => {
            k.hw.setMsr(k.tid, k.hw.get(k.tid, 'HSRR1') & ~(MSR.HV | MSR.ME));
            k.emit(KIND.kvm_guest_enter, k.tid, l.vcpu, 0, 0);
            return ENTER_GUEST;
          },
        ],
        'real',
      ),
    },
  ],
  [
    'the exit forgets DEC',
    'dec-expires',
    'dec_expires of vcpu 0 is 4503599627370496, but DEC of thread 1 runs out at',
    { routine: 'kvmhv_vcpu_entry_p9', remove: 'dec_expires' },
  ],
  [
    'a deep stop loses the time base',
    'guest-tb',
    'the time base of vcpu 2 goes back from',
    {
      routine: 'do_idle',
      replace: 'woken',
      by: step<KvmCtx, VcpuLocals>(
        [
          'woken',
          'the time base was stopped and nobody resynchronised it',
          ({ hw, tid }) => {
            hw.arena.setClock(tid, Math.max(0, hw.arena.clock(tid) - 4000));
          },
        ],
        'virtual',
      ),
    },
  ],
  [
    'a request is consumed without a bit in vcore.dpdes',
    'doorbell-lost',
    'vcpu 3 was sent a doorbell, and no bit anywhere holds it',
    { routine: 'kvmhv_vcpu_entry_p9', remove: 'doorbell_to_dpdes' },
  ],
  [
    'msgclrp leaves vcore.dpdes set',
    'doorbell-invented',
    'vcpu 2 has a doorbell that nobody sent',
    {
      routine: 'kvmppc_emulate_doorbell_instr',
      replace: 'msgclrp',
      by: step<KvmCtx, VcpuLocals>(
        ['msgclrp', 'nothing', (k, l) => k.emit(KIND.msgclrp, k.tid, l.vcpu, 0, 0)],
        'virtual',
      ),
    },
  ],
  [
    'a DPDES read does not pull running vcpus out of the guest',
    'dpdes-read-true',
    'DPDES read as',
    { routine: 'kvmppc_read_dpdes', remove: 'ipi' },
    12,
  ],
];

test.each(MUTATIONS)('when %s, exactly %s fires: %s', (_, id, why, mutation, seed = 0) => {
  expect(violations(makeLoaded({ seed }, [mutation]), 40_000)).toEqual({
    [id]: expect.stringContaining(why),
  });
});

test('when the exit leaves DPDES set, host-doorbell fires, and then the host takes the doorbell', () => {
  const { machine } = makeLoaded({}, [{ routine: 'kvmhv_vcpu_entry_p9', remove: 'clear_dpdes' }]);
  machine.advance(40_000);
  const [first, second] = machine.m.violations;
  expect(first).toMatchObject({ id: 'host-doorbell', where: 'core0/t0' });
  expect(second).toMatchObject({
    id: 'host-interrupt',
    why: 'thread 0 takes 0xa00 in the host',
  });
});

test('when requests are counted instead of set, exactly doorbell-bit fires', () => {
  const by = step<KvmCtx, VcpuLocals & { target: number; thr: number }>(
    [
      'set_request',
      'doorbell_request += 1',
      (k, l) => {
        vcpuOf(k, l.target).doorbell_request += 1;
        k.emit(KIND.msgsndp, k.tid, l.vcpu, l.thr, 1);
      },
    ],
    'virtual',
  );
  const mutation = [
    { routine: 'kvmppc_emulate_doorbell_instr', replace: 'set_request', by },
  ] as const;
  const loaded = makeGuest(TWICE_TO_A_SLEEPER, {}, {}, mutation);
  expect(violations(loaded, 40_000)).toEqual({
    'doorbell-bit': 'vcpu 3 counts 2 doorbells in one place; a pending doorbell is one bit',
  });
});

test('every invariant has a mutation that makes it fire', () => {
  const alone = ['host-doorbell', 'doorbell-bit'];
  expect(untested(INVARIANTS, MUTATIONS, alone)).toEqual([]);
});
