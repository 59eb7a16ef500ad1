import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { RESUME, vcpuOf } from './context.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main').machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
});

/** kvmppc_handle_exit_hv of vcpu 0, which has left at 0x2000 by this trap. */
function handle(trap: number, msr = MSR.SF): number {
  Object.assign(vcpuOf(k, 0), { trap, msr, pc: 0x2000n });
  return new Play(k, 1, ROUTINES, 'kvmppc_handle_exit_hv', { vcpu: 0 }).finish();
}

describe('kvmppc_handle_exit_hv', () => {
  test.each([
    ['hypervisor decrementer', 0x980],
    ['hypervisor doorbell', 0xe80],
  ])('resumes the guest after a %s, which only concerned the host', (_, trap) => {
    expect(handle(trap)).toBe(RESUME.GUEST);
    expect(vcpuOf(k, 0).pc).toBe(0x2000n);
  });

  test('hands an hcall on with r3 to r12', () => {
    vcpuOf(k, 0).gpr = Array.from({ length: 32 }, (_, n) => BigInt(100 + n));
    expect(handle(0xc00)).toBe(RESUME.HOST);
    expect(vcpuOf(k, 0).run).toMatchObject({
      exit_reason: 'KVM_EXIT_PAPR_HCALL',
      nr: 103,
      args: [104n, 105n, 106n, 107n, 108n, 109n, 110n, 111n, 112n],
    });
  });

  test.each([
    ['sc 1 from problem state', 0xc00, MSR.SF | MSR.PR],
    ['an instruction that does not exist', 0xe40, MSR.SF],
  ])('makes %s an illegal instruction of the guest', (_, trap, msr) => {
    expect(handle(trap, msr)).toBe(RESUME.GUEST);
    expect(vcpuOf(k, 0)).toMatchObject({ pc: 0x700n, srr0: 0x2000n });
    expect(vcpuOf(k, 0).srr1 & 0x783f0000n).toBe(0x80000n);
  });

  test('emulates no facility but MSGP', () => {
    for (const cause of [0, 1, 2, 3, 5, 7, 8, 9]) {
      vcpuOf(k, 0).hfscr = BigInt(cause) << 56n;
      expect(handle(0xf80)).toBe(RESUME.GUEST);
      expect(vcpuOf(k, 0).pc).toBe(0x700n);
    }
  });

  test('reports a trap that nothing handles as KVM_EXIT_UNKNOWN', () => {
    expect(handle(0x200)).toBe(RESUME.HOST);
    expect(vcpuOf(k, 0).run).toMatchObject({ exit_reason: 'KVM_EXIT_UNKNOWN', nr: 0x200 });
  });
});
