import { beforeEach, describe, expect, test } from 'vitest';
import { Play } from '../host/testing/play.ts';
import { ROUTINES_P7 } from '../machine/text-p7.ts';
import { makeLoaded } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { vcoreOf, vcpuOf, vmOf } from './context.ts';
import { H_PARAMETER, H_RESOURCE, H_SUCCESS } from './hcall.ts';
import { guestReal } from './memslot.ts';
import { bumpYieldCount, LPPACA, pmcregsInUse, updatePending, yieldCount } from './vpa.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeLoaded({ scenario: 'book3s-hv-2cores' }).machine.k;
  new Play(k, 0, ROUTINES_P7, 'qemu_main').until('qemu_main/qemu_thread_create');
});

const VPA = 0x10000;
const DTL = 0x11000;
const SHADOW = 0x12000;
const FUNC = { VPA: 1n, DTL: 2n, SLB: 3n, NO_VPA: 5n, NO_DTL: 6n, NO_SLB: 7n };

const real = (gpa: number): number => guestReal(vmOf(k, 0), BigInt(gpa), 8);
const play = (name: string, vcpu = 1) => new Play(k, 0, ROUTINES_P7, name, { vcpu }).finish();

/** H_REGISTER_VPA by vcpu 0 for vcpu 1; the length goes into the area first. */
function register(func: bigint, gpa = 0, length = 0): number {
  if (func === FUNC.VPA) k.hw.arena.write16(real(gpa) + 4, length);
  else k.hw.arena.write32(real(gpa) + 4, length);
  vcpuOf(k, 0).run.args = [func << 45n, 1n, BigInt(gpa)];
  return play('do_h_register_vpa', 0);
}
const deregister = (func: bigint): number => {
  vcpuOf(k, 0).run.args = [func << 45n, 1n, 0n];
  return play('do_h_register_vpa', 0);
};

describe('H_REGISTER_VPA', () => {
  test('only notes the area: it is used from the next update on', () => {
    expect(register(FUNC.VPA, VPA, 1024)).toBe(H_SUCCESS);
    expect(vcpuOf(k, 1).vpa).toMatchObject({ next_gpa: VPA, update_pending: 1, pinned_addr: 0 });
    expect([updatePending(vcpuOf(k, 1)), updatePending(vcpuOf(k, 0))]).toEqual([true, false]);
    play('kvmppc_update_vpas');
    expect(vcpuOf(k, 1).vpa).toMatchObject({ update_pending: 0, pinned_addr: real(VPA) });
  });

  test.each([
    ['an address that is not on a cache line', () => register(FUNC.VPA, VPA + 64, 1024)],
    ['address 0', () => register(FUNC.VPA, 0, 1024)],
    ['a VPA that is too short', () => register(FUNC.VPA, VPA, 1023)],
    ['a log that is shorter than an entry', () => register(FUNC.DTL, DTL, 47)],
    ['an area that is longer than its page', () => register(FUNC.SLB, SHADOW, 17 << 20)],
    ['an unknown subfunction', () => deregister(4n)],
  ])('refuses %s with H_PARAMETER', (_, call) => {
    expect(call()).toBe(H_PARAMETER);
    expect(updatePending(vcpuOf(k, 1))).toBe(false);
  });

  test('refuses a vcpu and an address that do not exist', () => {
    vcpuOf(k, 0).run.args = [FUNC.VPA << 45n, 7n, BigInt(VPA)];
    expect(play('do_h_register_vpa', 0)).toBe(H_PARAMETER);
    vcpuOf(k, 0).run.args = [FUNC.VPA << 45n, 1n, 0x8000000000n];
    expect(play('do_h_register_vpa', 0)).toBe(H_PARAMETER);
  });

  test('a log and a shadow need a VPA, and keep it', () => {
    expect([register(FUNC.DTL, DTL, 96), register(FUNC.SLB, SHADOW, 640)]).toEqual([
      ...[H_RESOURCE, H_RESOURCE],
    ]);
    register(FUNC.VPA, VPA, 1024);
    expect([register(FUNC.DTL, DTL, 100), register(FUNC.SLB, SHADOW, 640)]).toEqual([0, 0]);
    expect(vcpuOf(k, 1).dtl.len).toBe(96); // whole entries
    expect(deregister(FUNC.NO_VPA)).toBe(H_RESOURCE);
    expect([FUNC.NO_DTL, FUNC.NO_SLB, FUNC.NO_VPA].map(deregister)).toEqual([0, 0, 0]);
    play('kvmppc_update_vpas');
    expect(vcpuOf(k, 1).vpa.pinned_addr).toBe(0);
  });
});

describe('a virtual processor area', () => {
  beforeEach(() => {
    register(FUNC.VPA, VPA, 1024);
    register(FUNC.DTL, DTL, 96);
    play('kvmppc_update_vpas');
  });

  test('begins as that of a vcpu that does not run', () => {
    expect(yieldCount(k, vcpuOf(k, 1))).toBe(1);
    expect(k.hw.arena.read8(real(VPA) + LPPACA.STATUS)).toBe(2);
  });

  test('counts entries and exits, and wraps', () => {
    bumpYieldCount(k, vcpuOf(k, 1));
    expect(k.hw.arena.read32(real(VPA) + LPPACA.YIELD_COUNT)).toBe(2);
    k.hw.arena.write32(real(VPA) + LPPACA.YIELD_COUNT, 0xffffffff);
    bumpYieldCount(k, vcpuOf(k, 1));
    expect(yieldCount(k, vcpuOf(k, 1))).toBe(0);
    bumpYieldCount(k, vcpuOf(k, 0)); // has none
    expect(yieldCount(k, vcpuOf(k, 0))).toBe(0);
  });

  test('says whether the counters are in use; a vcpu without one uses them', () => {
    expect([pmcregsInUse(k, vcpuOf(k, 0)), pmcregsInUse(k, vcpuOf(k, 1))]).toEqual([true, false]);
    k.hw.arena.write8(real(VPA) + LPPACA.PMCREGS_IN_USE, 1);
    expect(pmcregsInUse(k, vcpuOf(k, 1))).toBe(true);
  });

  test('the log gets an entry per dispatch, with the stolen time since the last, and goes round', () => {
    const dispatch = (stolen: number): void => {
      Object.assign(vcpuOf(k, 1), { pc: 0x4321n, msr: 0x9000n, ptid: 2 });
      Object.assign(vcoreOf(k, 1), { pcpu: 4, stolen_tb: stolen });
      play('kvmppc_create_dtl_entry');
    };
    dispatch(30);
    const at = real(DTL);
    const { arena } = k.hw;
    expect([arena.read8(at), arena.read16(at + 2), arena.read32(at + 4)]).toEqual([7, 6, 30]);
    expect([arena.read64(at + 32), arena.read64(at + 40)]).toEqual([0x4321n, 0x9000n]);
    expect(arena.read64(real(VPA) + LPPACA.DTL_IDX)).toBe(1n);
    dispatch(75);
    expect(arena.read32(at + 48 + 4)).toBe(45);
    dispatch(80);
    expect(arena.read32(at + 4)).toBe(5); // the third overwrites the first
    expect(arena.read64(real(VPA) + LPPACA.DTL_IDX)).toBe(3n);
  });
});
