import { beforeEach, describe, expect, test } from 'vitest';
import { DSISR, MSR } from '../hardware/bits.ts';
import {
  avpnOf,
  HPTE_R_M,
  HPTE_R_N,
  HPTE_V_ABSENT,
  HPTE_V_HVLOCK,
  HPTE_V_SECONDARY,
  HPTE_V_VALID,
  hptHash,
  hptMask,
  ptegIndex,
} from '../hardware/mmu/hpte.ts';
import { segmentOf } from '../hardware/mmu/segment.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { vcpuOf, vmOf } from './context.ts';
import { readHpte, storeV, tryLockHpte, unlockHpte } from './hpt.ts';
import { HV_FAULT } from './page-fault.ts';
import { RMAP, rmapOfHpte } from './rmap.ts';

/** Segment 1, VSID 0x123, key for problem state, pages of 4 KB. */
const SLB_V = (0x123n << 12n) | 0x400n;
const EA = 0x10003456n;
const DEVICE = 0x80001000n;
const MEMORY = 0x5000n;
const { NOHPTE, PROT, STORE, KEY } = DSISR;

let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main').machine.k;
  new Play(k, 0, ROUTINES, 'qemu_main').until('qemu_main/qemu_thread_create');
  Object.assign(vcpuOf(k, 0), { pc: 0x2000n, msr: MSR.SF | MSR.DR });
});
const play = (name: string, locals: object) => new Play<VmmCtx>(k, 1, ROUTINES, name, locals);

/** H_ENTER of the page of EA, into its primary or secondary group; returns the slot. */
function enter(ptel: bigint, secondary = false): number {
  const hash = hptHash(segmentOf(SLB_V), EA, 12);
  const pteg = ptegIndex(hash, hptMask(vmOf(k, 0).hpt_order), secondary);
  const v = avpnOf(segmentOf(SLB_V), EA, 12) | (secondary ? HPTE_V_SECONDARY : 0n) | HPTE_V_VALID;
  const { gpr } = vcpuOf(k, 0);
  [gpr[4], gpr[5], gpr[6], gpr[7]] = [0n, BigInt(8 * pteg), v, ptel];
  expect(play('kvmppc_h_enter', { vcpu: 0, ret: 0 }).finish()).toBe(0);
  return Number(gpr[4]);
}
const asks = (status: bigint, data = 1) =>
  play('kvmppc_hpte_hv_fault', { vcpu: 0, ea: EA, slb_v: SLB_V, status, data, ret: 0 });
const fault = (status: bigint, data = 1): number => asks(status, data).finish();
const bits = (...of: bigint[]): number => Number(of.reduce((a, b) => a | b, 0n));

describe('kvmppc_hpte_hv_fault', () => {
  test('gives the guest the fault of a page that it has not mapped', () => {
    expect(fault(NOHPTE | STORE)).toBe(bits(NOHPTE, STORE));
  });

  test('lets the guest try again when a protected page is gone, or a missing one is there by now', () => {
    expect(fault(PROT)).toBe(HV_FAULT.RETRY);
    const slot = enter(MEMORY | HPTE_R_M | 2n);
    expect(fault(NOHPTE)).toBe(HV_FAULT.RETRY);
    expect(readHpte(k, vmOf(k, 0), slot).v & HPTE_V_HVLOCK).toBe(0n);
  });

  test.each([false, true])('finds an absent entry, in the secondary group: %s', (secondary) => {
    const slot = enter(DEVICE | 0x2an, secondary);
    expect(fault(NOHPTE)).toBe(HV_FAULT.KERNEL);
    expect(vcpuOf(k, 0)).toMatchObject({ pgfault_addr: EA, pgfault_index: slot });
    const { v, r } = readHpte(k, vmOf(k, 0), slot);
    expect(vcpuOf(k, 0).pgfault_hpte).toEqual([v, r]);
    expect(v & (HPTE_V_VALID | HPTE_V_ABSENT | HPTE_V_HVLOCK)).toBe(HPTE_V_ABSENT);
  });

  test('wants the instruction when the guest fetches with translation on, and not for a fetch', () => {
    enter(DEVICE | 0x22n);
    vcpuOf(k, 0).msr |= MSR.IR;
    expect(fault(NOHPTE)).toBe(HV_FAULT.MMIO);
    expect(fault(NOHPTE, 0)).toBe(HV_FAULT.KERNEL);
  });

  test.each([
    ['a store to a page that is read only', 3n, STORE, 0n, [PROT, STORE]],
    ['a load in problem state of a page of the supervisor', 0n, 0n, MSR.PR, [PROT]],
    ['a store in problem state to a page that it may load', 1n, STORE, MSR.PR, [PROT, STORE]],
  ])('gives the guest %s', (_, pp, store, msr, causes) => {
    enter(DEVICE | 0x28n | pp);
    vcpuOf(k, 0).msr |= msr;
    expect(fault(NOHPTE | store)).toBe(bits(...causes));
  });

  test('gives the guest what its AMR forbids, if it translates data', () => {
    enter(DEVICE | 0x28n | 0x200n | 2n); // key 1
    vcpuOf(k, 0).spr = { AMR: 2n << 60n };
    expect(fault(NOHPTE)).toBe(HV_FAULT.KERNEL);
    expect(fault(NOHPTE | STORE)).toBe(bits(KEY, STORE));
    vcpuOf(k, 0).msr &= ~MSR.DR;
    expect(fault(NOHPTE | STORE)).toBe(HV_FAULT.KERNEL);
  });

  test('gives the guest a fetch that is not allowed', () => {
    enter(DEVICE | 0x20n | HPTE_R_N | 2n);
    expect(fault(NOHPTE, 0)).toBe(0x10000000);
  });

  test('waits for the lock of the entry, and looks again under it', () => {
    const slot = enter(DEVICE | 0x2an);
    const vm = vmOf(k, 0);
    expect(tryLockHpte(k, vm, slot)).toBe(true);
    const ask = asks(NOHPTE).until('kvmppc_hv_find_lock_hpte/lock');
    ask.step();
    expect(ask.spinning).toBe(`waiting for the lock of HPTE ${slot}`);
    storeV(k, vm, slot, 0n); // removed by who held the lock
    expect(ask.finish()).toBe(Number(NOHPTE));
    expect(readHpte(k, vm, slot).v).toBe(0n);
  });
});

describe('kvmppc_book3s_hv_page_fault', () => {
  const handle = (ea = EA) =>
    play('kvmppc_book3s_hv_page_fault', { vcpu: 0, ea, dsisr: NOHPTE, ret: 0 });

  test('emulates an access to what is no memory, at its place in the page', () => {
    enter(DEVICE | 0x2an);
    fault(NOHPTE);
    vcpuOf(k, 0).last_inst = 0x80650000; // lwz r3, 0(r5)
    handle().finish();
    expect(vcpuOf(k, 0).run.mmio).toMatchObject({ phys_addr: DEVICE | 0x456n, len: 4 });
  });

  test('lets the guest try again when it is another address, or the entry has changed', () => {
    const slot = enter(DEVICE | 0x2an);
    fault(NOHPTE);
    expect(handle(EA + 0x1000n).finish()).toBe(0);
    storeV(k, vmOf(k, 0), slot, 0n);
    expect(handle().finish()).toBe(0);
    expect(vcpuOf(k, 0).run.exit_reason).toBe('');
  });

  test('waits for the lock of the entry', () => {
    const slot = enter(DEVICE | 0x2an);
    fault(NOHPTE);
    tryLockHpte(k, vmOf(k, 0), slot);
    const run = handle().until('kvmppc_book3s_hv_page_fault/lock_hpte');
    run.step();
    expect(run.spinning).toBe(`waiting for the lock of HPTE ${slot}`);
    unlockHpte(k, vmOf(k, 0), slot);
    vcpuOf(k, 0).last_inst = 0x80650000;
    run.finish();
    expect(vcpuOf(k, 0).run.exit_reason).toBe('KVM_EXIT_MMIO');
  });

  test('a valid entry of memory is used again', () => {
    const slot = enter(MEMORY | HPTE_R_M | 3n);
    expect(fault(PROT)).toBe(HV_FAULT.KERNEL); // a load is allowed by now
    const before = readHpte(k, vmOf(k, 0), slot);
    expect(handle().finish()).toBe(0);
    expect(readHpte(k, vmOf(k, 0), slot)).toEqual(before);
  });

  /** A page of memory that the host has taken away: its entry is absent. Returns the slot, and the entry before. */
  function takenAway(): { slot: number; before: ReturnType<typeof readHpte>; at: number } {
    const slot = enter(MEMORY | HPTE_R_M | 2n);
    const vm = vmOf(k, 0);
    const before = readHpte(k, vm, slot);
    const at = rmapOfHpte(k, vm, before.v, MEMORY);
    play('kvm_unmap_rmapp', { vm: 0, at, gfn: 0, index: 0 }).finish();
    expect(readHpte(k, vm, slot).v & (HPTE_V_VALID | HPTE_V_ABSENT)).toBe(HPTE_V_ABSENT);
    expect(k.hw.arena.read64(at) & RMAP.PRESENT).toBe(0n);
    expect(fault(NOHPTE)).toBe(HV_FAULT.KERNEL);
    return { slot, before, at };
  }

  test('an absent entry of memory gets the page of the host back, and its place in the ring', () => {
    const { slot, before, at } = takenAway();
    expect(handle().finish()).toBe(0);
    expect(readHpte(k, vmOf(k, 0), slot)).toEqual(before);
    expect(k.hw.arena.read64(at) & (RMAP.PRESENT | RMAP.LOCK | RMAP.INDEX)).toBe(
      RMAP.PRESENT | BigInt(slot),
    );
    expect(vmOf(k, 0).srcu).toBe(0);
  });

  test.each([
    ['the guest removes it', (slot: number) => storeV(k, vmOf(k, 0), slot, 0n)],
    [
      'its memory slot goes away',
      () => {
        vmOf(k, 0).memslots = [];
      },
    ],
  ])('when %s meanwhile, the guest tries again', (_, change) => {
    const { slot } = takenAway();
    const run = handle().until('kvmppc_book3s_hv_page_fault/lock_again');
    change(slot);
    const { v } = readHpte(k, vmOf(k, 0), slot);
    expect(run.finish()).toBe(0);
    expect(readHpte(k, vmOf(k, 0), slot).v).toBe(v);
    expect(vmOf(k, 0).srcu).toBe(0);
  });
});
