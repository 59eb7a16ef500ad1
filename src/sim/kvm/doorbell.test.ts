import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MSR } from '../hardware/bits.ts';
import { cpuOf } from '../host/context.ts';
import { Play } from '../host/testing/play.ts';
import { assemble } from '../isa/assemble.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { vcoreOf, vcpuOf, vmOf } from './context.ts';
import { EMULATE_FAIL } from './exit.ts';
import { guestReal } from './memslot.ts';

const RESUME_GUEST = 0;
const SERVER = 5n << 27n;

let k: VmmCtx;
/** A VM whose four vcpus exist and have not run, with this virtual SMT mode. */
function makeVm(virtualSmt = 4): void {
  k = makeGuest('main: b main', {}, { virtualSmt }).machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
}
beforeEach(() => makeVm());

const play = (tid: number, name: string, locals: object) =>
  new Play(k, tid, ROUTINES, name, locals);

/** The emulation of `text` by `vcpu` (r3 = value), which has trapped at guest address 0x2000. */
function trapped(text: string, vcpu: number, r3 = 0n, msr = MSR.SF): Play<VmmCtx> {
  const made = assemble(text);
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  k.hw.arena.writeBytes(guestReal(vmOf(k, vcpu), 0x2000n, 4), made.image);
  const v = vcpuOf(k, vcpu);
  v.pc = 0x2000n;
  v.msr = msr;
  v.gpr[3] = r3;
  return play(3, 'kvmppc_emulate_doorbell_instr', { vcpu });
}
const requests = (): number[] => k.kvm.vcpus.map((vcpu) => vcpu.doorbell_request);

describe('kvmppc_emulate_doorbell_instr', () => {
  test.each(['addi r3, r3, 1', 'add r3, r3, r3', 'mfspr r3, 22', 'mtspr 176, r3', '.long 0'])(
    'fails for %s and leaves the pc',
    (text) => {
      expect(trapped(text, 0).finish()).toBe(EMULATE_FAIL);
      expect(vcpuOf(k, 0).pc).toBe(0x2000n);
    },
  );

  test('has the instruction executed again when it cannot be read', () => {
    const run = trapped('msgsndp r3', 0, SERVER);
    vcpuOf(k, 0).pc = 0x1000_0000n;
    expect(run.finish()).toBe(RESUME_GUEST);
    expect(vcpuOf(k, 0).pc).toBe(0x1000_0000n);
    expect(requests()).toEqual([0, 0, 0, 0]);
  });

  test('reads the instruction in the byte order of the guest', () => {
    const run = trapped('msgsndp r3', 2, SERVER | 1n, MSR.SF | MSR.LE);
    const at = guestReal(vmOf(k, 2), 0x2000n, 4);
    k.hw.arena.write32(at, k.hw.arena.read32(at), true);
    expect(run.finish()).toBe(RESUME_GUEST);
    expect(requests()).toEqual([0, 1, 0, 0]);
  });

  test('msgsndp of type 5 sets the request of the named thread and kicks it; the pc moves on', () => {
    for (let thr = 0; thr < 4; thr++) {
      makeVm();
      const run = trapped('msgsndp r3', 2, SERVER | BigInt(thr));
      expect(run.finish()).toBe(RESUME_GUEST);
      expect(requests()).toEqual([0, 1, 2, 3].map((v) => (v === thr ? 1 : 0)));
      expect(run.trace).toContain('kvmppc_fast_vcpu_kick_hv/rcuwait_wake_up');
      expect(vcpuOf(k, 2).pc).toBe(0x2004n);
    }
  });

  test('msgsndp of another type, or beyond the virtual core, is a no-op', () => {
    const law = fc.property(fc.nat(31), fc.nat(127), (type, tag) => {
      const noOp = type !== 5 || tag >= 4;
      for (const vcpu of k.kvm.vcpus) vcpu.doorbell_request = 0;
      trapped('msgsndp r3', 0, (BigInt(type) << 27n) | BigInt(tag)).finish();
      expect(requests().some((bit) => bit === 1)).toBe(!noOp);
      expect(vcpuOf(k, 0).pc).toBe(0x2004n);
    });
    fc.assert(law, { seed: 3, numRuns: 300 });
  });

  test('msgsndp to a thread of the virtual core that has no vcpu is a no-op', () => {
    makeVm(8);
    const run = trapped('msgsndp r3', 0, SERVER | 5n);
    expect(run.finish()).toBe(RESUME_GUEST);
    expect(requests()).toEqual([0, 0, 0, 0]);
  });

  test('msgsndp to a vcpu whose request is set coalesces: no second kick', () => {
    vcpuOf(k, 1).doorbell_request = 1;
    const run = trapped('msgsndp r3', 0, SERVER | 1n);
    run.finish();
    expect(requests()).toEqual([0, 1, 0, 0]);
    expect(run.trace.some((step) => step.startsWith('kvmppc_fast_vcpu_kick_hv'))).toBe(false);
  });

  test('msgsndp stays inside the virtual core of its sender', () => {
    makeVm(2);
    trapped('msgsndp r3', 3, SERVER | 0n).finish();
    expect(requests()).toEqual([0, 0, 1, 0]);
  });

  test('msgclrp of type 5 clears the own request and saved bit, whatever its tag; other types do not', () => {
    for (const vcpu of k.kvm.vcpus) vcpu.doorbell_request = 1;
    for (const vcore of k.kvm.vcores) vcore.dpdes = 1;
    trapped('msgclrp r3', 1, 4n << 27n).finish();
    expect([vcpuOf(k, 1).doorbell_request, vcoreOf(k, 1).dpdes]).toEqual([1, 1]);
    trapped('msgclrp r3', 1, SERVER | 3n).finish();
    expect(requests()).toEqual([1, 0, 1, 1]);
    expect(k.kvm.vcores.map((vcore) => vcore.dpdes)).toEqual([1, 0, 1, 1]);
  });

  test('TIR is the thread number in the virtual core', () => {
    const tirs = (): bigint[] =>
      [0, 1, 2, 3].map((v) => {
        trapped('mfspr r7, 446', v).finish();
        return vcpuOf(k, v).gpr[7] ?? -1n;
      });
    expect(tirs()).toEqual([0n, 1n, 2n, 3n]);
    makeVm(2);
    expect(tirs()).toEqual([0n, 1n, 0n, 1n]);
    makeVm(1);
    expect(tirs()).toEqual([0n, 0n, 0n, 0n]);
  });
});

describe('kvmppc_read_dpdes', () => {
  test('has the bit of each vcpu with a request or a saved bit', () => {
    const law = fc.property(fc.nat(15), fc.nat(15), fc.nat(3), (request, saved, reader) => {
      k.kvm.vcpus.forEach((vcpu, v) => {
        vcpu.doorbell_request = (request >> v) & 1;
        vcoreOf(k, v).dpdes = (saved >> v) & 1;
      });
      expect(play(3, 'kvmppc_read_dpdes', { vcpu: reader }).finish()).toBe(request | saved);
    });
    fc.assert(law, { seed: 4, numRuns: 200 });
  });

  test('reads only the virtual core of the issuer', () => {
    makeVm(2);
    for (const vcpu of k.kvm.vcpus) vcpu.doorbell_request = 1;
    vcpuOf(k, 2).doorbell_request = 0;
    expect(play(3, 'kvmppc_read_dpdes', { vcpu: 3 }).finish()).toBe(0b10);
    expect(play(3, 'kvmppc_read_dpdes', { vcpu: 0 }).finish()).toBe(0b11);
  });

  test('pulls exactly those vcpus out that are in their entry window', () => {
    vcpuOf(k, 1).cpu = 2;
    const read = play(3, 'kvmppc_read_dpdes', { vcpu: 3 });
    read.until('smp_call_function_single/csd_lock_wait').step();
    expect(read.spinning).toBe('waiting for thread 2 to run do_nothing');
    expect(k.hw.arena.dhdes(2)).toBe(1);
    // While it waits the vcpu leaves the guest, which makes its saved bit current.
    vcoreOf(k, 1).dpdes = 1;
    vcpuOf(k, 1).cpu = -1;
    new Play(k, 2, ROUTINES, 'doorbell_exception', { msr: 0n }).finish();
    expect(read.finish()).toBe(0b0010);
    expect([0, 1, 3].map((t) => k.hw.arena.dhdes(t))).toEqual([0, 0, 0]);
  });
});

// The worked example of a doorbell that meets a running, masked vcpu: vcpu 2 on thread 3, vcpu 0 on thread 1.
test('a doorbell to a running vcpu, step by step: request, kick, exit, entry, coalescing, delivery', () => {
  const state = () => [vcpuOf(k, 0).doorbell_request, Number(k.hw.get(1, 'DPDES'))];
  cpuOf(k, 1).curr = vcpuOf(k, 0).task;
  const enter = () =>
    play(1, 'kvmhv_run_single_vcpu', { vcpu: 0 }).until(
      'kvmppc_p9_enter_guest/kvmppc_p9_exit_interrupt',
    );
  /** The kick arrives: the guest leaves through 0xE80, the host looks at it, and the run returns. */
  const kicked = (guest: Play<VmmCtx>) => {
    expect(k.hw.pending(1)).toBe(0xe80);
    k.hw.deliver(1, 0xe80);
    expect(guest.finish()).toBe(RESUME_GUEST);
  };
  new Play(k, 0, ROUTINES, 'kvmppc_hv_setup_htab_rma', { vcpu: 0 }).finish();

  let guest = enter();
  expect(k.hw.inGuest(1)).toBe(true);
  expect(state()).toEqual([0, 0]);

  trapped('msgsndp r3', 2, SERVER).finish();
  expect(state()).toEqual([1, 0]);
  kicked(guest);
  expect(state()).toEqual([1, 0]);
  guest = enter();
  expect(state()).toEqual([0, 1]);
  expect(k.hw.pending(1)).toBe(0); // EE=0

  trapped('msgsndp r3', 2, SERVER).finish();
  expect(state()).toEqual([1, 1]);
  kicked(guest);
  expect([vcpuOf(k, 0).doorbell_request, vcoreOf(k, 0).dpdes]).toEqual([1, 1]);
  expect(k.hw.get(1, 'DPDES')).toBe(0n);
  guest = enter();
  expect(state()).toEqual([0, 1]);

  k.hw.setMsr(1, k.hw.msr(1) | MSR.EE);
  expect(k.hw.pending(1)).toBe(0xa00);
  k.hw.deliver(1, 0xa00);
  expect(state()).toEqual([0, 0]);
  expect(k.hw.msr(1) & MSR.EE).toBe(0n);

  const read = play(3, 'kvmppc_read_dpdes', { vcpu: 2 }).until(
    'smp_call_function_single/csd_lock_wait',
  );
  kicked(guest);
  expect(read.finish()).toBe(0);
});
