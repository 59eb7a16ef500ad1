import { beforeEach, describe, expect, test } from 'vitest';
import { Access } from '../engine/api.ts';
import { HFSCR, LPCR, MSR } from '../hardware/bits.ts';
import { explainWalk } from '../hardware/mmu/walk.ts';
import { Play } from '../host/testing/play.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { makeGuest } from '../scenario/testing/make.ts';
import { processAt } from '../vmm/process.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { vcpuOf, vmOf } from './context.ts';
import { EBUSY, EINVAL } from './errno.ts';
import { guestReal } from './memslot.ts';

let k: VmmCtx;
beforeEach(() => {
  k = makeGuest('main: b main').machine.k;
});
const play = (name: string, locals = {}) => new Play(k, 0, ROUTINES, name, locals);
const build = () => play('qemu_main').until('qemu_main/qemu_thread_create');

describe('KVM_CAP_PPC_SMT', () => {
  test.each([1, 2, 4, 8])('takes %i threads; a vcore stays one vcpu', (mode) => {
    play('kvmppc_core_init_vm_hv').finish();
    expect(play('kvmhv_set_smt_mode', { mode }).finish()).toBe(0);
    expect(k.kvm.vms[0]).toMatchObject({ smt_mode: 1, emul_smt_mode: mode });
  });

  test.each([0, 3, 6, 16, -2])('refuses %i threads', (mode) => {
    play('kvmppc_core_init_vm_hv').finish();
    expect(play('kvmhv_set_smt_mode', { mode }).finish()).toBe(EINVAL);
    expect(k.kvm.vms[0]).toMatchObject({ emul_smt_mode: 1 });
  });

  test('is too late once a vcore exists', () => {
    build();
    expect(play('kvmhv_set_smt_mode', { mode: 2 }).finish()).toBe(EBUSY);
    expect(k.kvm.vms[0]).toMatchObject({ emul_smt_mode: 4 });
  });
});

test('a refused virtual SMT mode stops the VM with a sentence', () => {
  const { machine } = makeGuest('main: b main', {}, { virtualSmt: 3 });
  machine.advance(10_000);
  expect(processAt(machine.k, 0).vmm.stopped).toBe(
    'KVM_CAP_PPC_SMT: error -22 for virtual SMT mode 3',
  );
  expect(machine.endReason()).toBe(processAt(machine.k, 0).vmm.stopped);
});

test('a VM has an LPID and LPCR of its own, and the hardware finds its page table', () => {
  build();
  const vm = vmOf(k, 0);
  expect(vm.lpid).toBe(1);
  expect(vm.lpcr & (LPCR.VPM1 | LPCR.HDICE)).toBe(LPCR.VPM1 | LPCR.HDICE);
  const patb = Number(k.hw.get(0, 'PTCR'));
  expect(k.hw.arena.read64(patb + 16)).toBe(BigInt(vm.hpt_base));
  expect(vm.hpt_base % (1 << 18)).toBe(0);
});

test('guest memory, page table and partition table do not overlap', () => {
  build();
  const vm = vmOf(k, 0);
  const areas = [
    [Number(k.hw.get(0, 'PTCR')), 0x1000],
    [vm.hpt_base, 1 << 18],
    [vm.revmap, 1 << 18],
    ...vm.memslots.flatMap(({ pages }) => pages.map((page) => [page, 1 << 24])),
  ].sort(([a = 0], [b = 0]) => a - b);
  for (let i = 1; i < areas.length; i++) {
    const [[before = 0, size = 0] = [], [next = 0] = []] = [areas[i - 1], areas[i]];
    expect(next).toBeGreaterThanOrEqual(before + size);
  }
});

test('a vcpu may use FP, VEC/VSX, DSCR and TAR; MSGP and what is demand-faulted trap', () => {
  build();
  expect(vcpuOf(k, 0).hfscr).toBe(HFSCR.FP | HFSCR.VECVSX | HFSCR.DSCR | HFSCR.TAR);
});

test('the first KVM_RUN maps the whole memory slot by bolted 16 MB entries', () => {
  build();
  play('kvmppc_hv_setup_htab_rma', { vcpu: 0 }).finish();
  const vm = vmOf(k, 0);
  k.hw.set(0, 'LPIDR', BigInt(vm.lpid));
  k.hw.set(0, 'LPCR', vm.lpcr);
  k.hw.setMsr(0, MSR.SF | MSR.ME);
  for (let page = 0; page < 2; page++) {
    const gpa = BigInt(page) << 24n;
    const { result } = explainWalk(k.hw, 0, gpa + 8n, Access.store);
    if (result.kind !== 'page') throw new Error(`guest page ${page} is not mapped`);
    expect(result.real).toBe(guestReal(vm, gpa + 8n, 8));
    expect(result.entry.hpte % 128).toBe(7 * 16);
    expect(k.hw.arena.read64(result.entry.hpte) & 0x17n).toBe(0x15n); // valid, large, bolted, primary
  }
  expect(explainWalk(k.hw, 0, 2n << 24n, Access.load).result.kind).toBe('fault');
  expect(vm).toMatchObject({ mmu_ready: 1 });
  expect(k.kvm.vcores.every((vcore) => vcore.lpcr === vm.lpcr)).toBe(true);
});
