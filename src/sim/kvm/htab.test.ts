import { beforeEach, describe, expect, test } from 'vitest';
import { fillTlb, tlbEntry } from '../hardware/mmu/tlb.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from '../vmm/process.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { vcpuOf, vmOf } from './context.ts';
import { EBUSY, EINVAL, ENOMEM } from './errno.ts';
import type { Vm } from './records.ts';

const MB = 2 ** 20;
let k: VmmCtx;
let vm: Vm;
beforeEach(() => {
  k = makeGuest('main: b main', {}, { vcpus: 2 }).machine.k;
  play('qemu_main').until('qemu_main/qemu_thread_create');
  play('kvmppc_hv_setup_htab_rma', { vcpu: 0 }).finish();
  vm = vmOf(k, 0);
});
const play = (name: string, locals = {}) => new Play(k, 0, ROUTINES, name, locals);
const allocate = (order: number): number => play('kvmppc_alloc_reset_hpt', { order }).finish();
const used = (at: number, bytes: number): boolean =>
  k.hw.arena.readBytes(at, bytes).some((byte) => byte !== 0);
const pate0 = (): bigint => k.hw.arena.read64(Number(k.hw.get(0, 'PTCR')) + 16 * vm.lpid);

describe('KVM_PPC_ALLOCATE_HTAB', () => {
  test.each([17, 25, 0, -18, 18.5])('refuses order %d', (order) => {
    const before = structuredClone(vm);
    expect(allocate(order)).toBe(EINVAL);
    expect(vm).toEqual(before);
  });

  test('gives a table of the size asked for, where the hardware looks; the old one is used again', () => {
    const old = vm.hpt_base;
    expect(allocate(20)).toBe(0);
    expect([vm.hpt_order, vm.hpt_base % MB, vm.mmu_ready]).toEqual([20, 0, 0]);
    expect(pate0()).toBe(BigInt(vm.hpt_base) | 2n);
    expect([used(vm.hpt_base, MB), used(vm.revmap, MB)]).toEqual([false, false]);
    expect(allocate(18)).toBe(0);
    expect([vm.hpt_base, used(old, MB / 4)]).toEqual([old, false]);
  });

  test('of the same size empties table, revmap entries, reverse maps and TLBs', () => {
    const [rmap = 0] = vm.memslots.map((slot) => slot.rmap);
    expect([used(vm.hpt_base, MB / 4), used(rmap, 64)]).toEqual([true, true]);
    const tag = { lpid: vm.lpid, b: 0, base: 12, va: 0x1000n } as const;
    fillTlb(k.hw, 1, { ...tag, actual: 12, hpte: vm.hpt_base, r: 0n });
    const at = vm.hpt_base;
    expect(allocate(18)).toBe(0);
    expect(vm.hpt_base).toBe(at);
    expect([vm.hpt_base, vm.revmap].map((table) => used(table, MB / 4))).toEqual([false, false]);
    expect(used(rmap, 64)).toBe(false);
    expect(tlbEntry(k.hw, 1, 0)).toBe(null);
    expect(vm.mmu_ready).toBe(0);
  });

  test('is refused while a vcpu runs', () => {
    vcpuOf(k, 1).state = 'KVMPPC_VCPU_RUNNABLE';
    expect(allocate(18)).toBe(EBUSY);
    expect(vm.mmu_ready).toBe(1);
  });

  test('leaves the old table when there is no room', () => {
    const { hpt_base, hpt_order } = vm;
    expect(allocate(24)).toBe(ENOMEM);
    expect(vm).toMatchObject({ hpt_base, hpt_order, mmu_ready: 1 });
    expect(used(vm.hpt_base, MB / 4)).toBe(true);
  });
});

test('a guest runs with a table of 16 MB, its VRMA in the last groups', () => {
  const loaded = makeGuest('main: bl power_off\n', {}, { hptOrder: 24, realBytes: 96 * MB });
  loaded.machine.advance(20_000);
  expect(processAt(loaded.machine.k, 0).vmm.stopped).toBe('powered off');
  const { arena } = loaded.machine.hw;
  const { hpt_base, hpt_order } = vmOf(loaded.machine.k, 0);
  expect(hpt_order).toBe(24);
  const valid = (index: number): bigint => arena.read64(hpt_base + 16 * index) & 1n;
  expect([1_048_575, 0x1fffe * 8 + 7, 0x1fffd * 8 + 7].map(valid)).toEqual([1n, 1n, 0n]);
});

test.each([17, 24])(
  'an order of %i that cannot be had stops the VM with a sentence',
  (hptOrder) => {
    const loaded = makeGuest('main: bl power_off\n', {}, { hptOrder });
    loaded.machine.advance(20_000);
    const error = hptOrder === 17 ? EINVAL : ENOMEM;
    const why = `KVM_PPC_ALLOCATE_HTAB: error ${error} for order ${hptOrder}`;
    expect(processAt(loaded.machine.k, 0).vmm.stopped).toBe(why);
  },
);
