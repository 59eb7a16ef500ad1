import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hpteOf,
  hptePath,
  icpPath,
  irqPlaceOf,
  routineOf,
  routinePath,
  sourcePath,
  threadOf,
  threadPath,
  vcpuOf,
  vcpuPath,
} from './entity.ts';

describe('entity paths', () => {
  test('a thread is numbered within its core', () => {
    expect(threadPath(6, 4)).toBe('core1/t2');
    expect(threadOf('core1/t2', 4)).toBe(6);
  });

  test('every path of a thread or vcpu leads back to its number', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 8 }), (number, perCore) => {
        expect(threadOf(threadPath(number, perCore), perCore)).toBe(number);
        expect(vcpuOf(vcpuPath(perCore, number))).toBe(number);
      }),
      { seed: 1 },
    );
  });

  test('every path of an interrupt controller leads back to its place', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(0xffffff), fc.nat(200), (vm, number, server) => {
        expect(irqPlaceOf(sourcePath(vm, number))).toEqual({ vm, kind: 'irq', number });
        expect(irqPlaceOf(icpPath(vm, server))).toEqual({ vm, kind: 'icp', number: server });
      }),
      { seed: 3 },
    );
    expect(sourcePath(0, 0x1200)).toBe('irq/0x1200');
    for (const other of ['vm1', 'core0/t0', 'irq/12', 'icp/0x2', 'vm1/vcpu0'])
      expect(irqPlaceOf(other)).toBeNull();
  });

  test('an entry of a page table is what its path names, a PTEG its first entry', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat((1 << 20) - 1), (vm, slot) => {
        expect(hpteOf(hptePath(vm, slot))).toEqual({ vm, slot });
      }),
      { seed: 2 },
    );
    expect(hpteOf('vm2/hpt/pteg17')).toEqual({ vm: 2, slot: 136 });
    for (const other of ['vm1', 'vm1/hpt', 'vm1/hpt/pteg1/8', 'vm1/vcpu0', 'core0/t0']) {
      expect(hpteOf(other)).toBeNull();
    }
  });

  test('a path of another kind names neither thread, vcpu nor routine', () => {
    expect(threadOf('vm1/vcpu2', 4)).toBe(-1);
    expect(vcpuOf('core0/t1')).toBe(-1);
    expect(vcpuOf('vm1/vcore2')).toBe(-1);
    expect(routineOf('vm1')).toBe('');
    expect(routineOf(routinePath('kvmppc_run_vcpu'))).toBe('kvmppc_run_vcpu');
  });
});
