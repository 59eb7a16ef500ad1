import { expect, test } from 'vitest';
import { call, ret, step } from '../host/routine.ts';
import { type KvmCtx, type VcpuLocals, vcpuOf } from '../kvm/context.ts';
import { completeMmio } from '../kvm/emulate-mmio.ts';
import { FAST_GUEST_RETURN } from '../kvm/p7-entry.ts';
import { RESUME_INVARIANTS } from './invariants-resume.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

type Locals = VcpuLocals & { v: number };

const other = (
  routine: string,
  label: string,
  run: Parameters<typeof step<KvmCtx, Locals>>[0][2],
): Mutation[3] => ({
  routine,
  replace: label,
  by: step<KvmCtx, Locals>([label, 'broken', run], 'virtual'),
});

/** How KVM_RUN completes an access to a device. */
const completes = (how: (k: KvmCtx, vcpu: number) => void): Mutation[3] =>
  other('kvmppc_vcpu_run_hv', 'complete_mmio', (k, l) => {
    if (vcpuOf(k, l.vcpu).mmio_needed) how(k, l.vcpu);
  });

/** One line of the hypervisor broken on purpose, in a scenario; only the invariant of that name may notice it. */
const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'guest-smt': [
    [
      'kvmppc_handle_exit is called whatever the trap is',
      'exit-handled',
      'has an unknown exit of trap 0',
      other('kvmppc_run_core', 'handle_exit', (_k, l) =>
        call('kvmppc_handle_exit_hv', { vcpu: l.v }),
      ),
    ],
  ],
  'virt-doorbell': [
    [
      'kvmppc_handle_exit is called whatever the trap is',
      'exit-handled',
      'has an unknown exit of trap 0',
      other('kvmhv_run_single_vcpu', 'handle_exit', (_k, l) =>
        call('kvmppc_handle_exit_hv', { vcpu: l.vcpu }),
      ),
    ],
  ],
  'real-mode-hcalls': [
    [
      'a real-mode hcall advances pc, which hardware has done',
      'resume-address',
      'vcpu 0 goes on at 0x1274, but its exit was complete at 0x1270',
      other('hcall_try_real_mode', 'result', (k, l) => {
        vcpuOf(k, l.vcpu).gpr[3] = BigInt.asUintN(64, BigInt(l.ret));
        vcpuOf(k, l.vcpu).pc += 4n;
        return ret(FAST_GUEST_RETURN);
      }),
    ],
  ],
  'mmio-absent-hpte': [
    [
      'the completion of an access advances pc again',
      'resume-address',
      'vcpu 0 goes on at 0x180c, but its exit was complete at 0x1808',
      completes((k, v) => {
        completeMmio(k, vcpuOf(k, v));
        vcpuOf(k, v).pc += 4n;
      }),
    ],
    [
      'nobody completes an access',
      'mmio-load',
      'enters the guest with mmio_needed=1',
      { routine: 'kvmppc_vcpu_run_hv', remove: 'complete_mmio' },
    ],
    [
      'an access is completed by each KVM_RUN',
      'mmio-load',
      'enters the guest with mmio_needed=1',
      completes((k, v) => {
        completeMmio(k, vcpuOf(k, v));
        vcpuOf(k, v).mmio_needed = 1;
      }),
    ],
    [
      'a load does not reach its register',
      'mmio-load',
      'vcpu 0 has 0x0 in register 3, but its device gave 0x5a',
      completes((k, v) => {
        vcpuOf(k, v).mmio_needed = 0;
      }),
    ],
  ],
};

const cases = Object.entries(MUTATIONS).flatMap(([scenario, mutations]) =>
  mutations.map(([name, id, why, mutation]) => ({ scenario, name, id, why, mutation })),
);

test.each(cases)('$scenario: when $name, exactly $id fires', ({ scenario, id, why, mutation }) => {
  const loaded = makeLoaded({ scenario }, [mutation]);
  loaded.machine.advance(60_000, ({ violations: found }) => found.length > 0);
  expect(violations(loaded, 0)).toEqual({ [id]: expect.stringContaining(why) });
});

test('every invariant of exits that are answered has a mutation that makes it fire', () => {
  expect(untested(RESUME_INVARIANTS, Object.values(MUTATIONS).flat())).toEqual([]);
});
