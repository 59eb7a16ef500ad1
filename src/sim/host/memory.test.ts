import { beforeEach, describe, expect, test } from 'vitest';
import { CPU_MODELS, type CpuModel } from '../hardware/cpu-model.ts';
import { Hardware } from '../hardware/hardware.ts';
import { make } from '../state/schema.ts';
import {
  allocHugePage,
  allocPages,
  clearPages,
  freeHugePage,
  freePages,
  HOST_MEMORY,
  type HostMemory,
  HUGE_PAGE,
  reserveMemory,
} from './memory.ts';

const MB = 2 ** 20;
let hw: Hardware;
let memory: HostMemory;
beforeEach(() => {
  hw = new Hardware(CPU_MODELS.get('p7') as CpuModel, 1, 64 * MB, () => {});
  memory = make(HOST_MEMORY, { next_free: 2 * MB });
});

describe('at boot', () => {
  test('the pools take the top of memory, each area aligned to its own size', () => {
    reserveMemory(memory, 60 * MB, { hugepages: 1, kvm_rma_size: 8 * MB, kvm_rma_count: 2 });
    expect(memory.rmas.map(({ base }) => base / MB)).toEqual([40, 48]);
    expect(memory.hugepages).toEqual([16 * MB]);
    expect(memory.memory_end).toBe(16 * MB);
  });

  test('pools that do not fit are refused', () => {
    const boot = { hugepages: 4, kvm_rma_size: 0, kvm_rma_count: 0 };
    expect(() => reserveMemory(memory, 64 * MB, boot)).toThrow('too little real memory');
  });
});

describe('the page allocator', () => {
  beforeEach(() =>
    reserveMemory(memory, 64 * MB, { hugepages: 2, kvm_rma_size: 0, kvm_rma_count: 0 }),
  );

  test('gives whole pages at the alignment asked for, until the pools begin', () => {
    expect(allocPages(hw, memory, 100)).toBe(2 * MB);
    expect(allocPages(hw, memory, 4 * MB, 4 * MB)).toBe(4 * MB);
    expect(allocPages(hw, memory, 32 * MB)).toBe(-1);
    expect(allocPages(hw, memory, 24 * MB)).toBe(8 * MB);
    expect(allocPages(hw, memory, 1)).toBe(-1);
  });

  test('gives what was freed again, zeroed', () => {
    const at = allocPages(hw, memory, 8192);
    hw.arena.write64(at + 4096, 7n);
    freePages(memory, at, 8192);
    expect(allocPages(hw, memory, 4096)).not.toBe(at);
    expect(allocPages(hw, memory, 8192)).toBe(at);
    expect(hw.arena.read64(at + 4096)).toBe(0n);
  });

  test('the pool gives its lowest page first, zeroed, and takes pages back', () => {
    hw.arena.write64(32 * MB, 7n);
    expect(allocHugePage(hw, memory)).toBe(32 * MB);
    expect(hw.arena.read64(32 * MB)).toBe(0n);
    expect([allocHugePage(hw, memory), allocHugePage(hw, memory)]).toEqual([48 * MB, -1]);
    freeHugePage(memory, 48 * MB);
    freeHugePage(memory, 32 * MB);
    expect(memory.hugepages).toEqual([32 * MB, 48 * MB]);
  });

  test('zeroing leaves pages clean that are zero', () => {
    hw.arena.write64(32 * MB, 7n);
    hw.arena.clearDirty();
    clearPages(hw, 32 * MB, HUGE_PAGE);
    const { firstReal } = hw.arena;
    const dirty = hw.arena.dirtyPages().filter((page) => page >= firstReal);
    expect(dirty).toEqual([firstReal + (32 * MB) / 4096]);
  });
});
