import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { CPU_MODELS, type CpuModel } from '../hardware/cpu-model.ts';
import { Hardware } from '../hardware/hardware.ts';
import {
  allocHugePage,
  allocPages,
  clearPages,
  freeHugePage,
  freePages,
  freshMemory,
  type HostMemory,
  HUGE_PAGE,
  reserveHugePages,
  reserveRma,
} from './memory.ts';

const MB = 2 ** 20;
let hw: Hardware;
let memory: HostMemory;
beforeEach(() => {
  hw = new Hardware(CPU_MODELS.get('p7') as CpuModel, 1, 64 * MB, () => {});
  memory = freshMemory(2 * MB, 64 * MB);
});

describe('at boot', () => {
  test('the pools take the top of memory, each area aligned to its own size', () => {
    memory = freshMemory(2 * MB, 60 * MB);
    memory.kvm_rma_size = 8 * MB;
    reserveRma(memory);
    reserveRma(memory);
    reserveHugePages(memory, 1);
    expect(memory.rmas.map(({ base }) => base / MB)).toEqual([40, 48]);
    expect(memory.hugepages).toEqual([16 * MB]);
    expect(memory.free).toEqual([
      { at: 2 * MB, bytes: 14 * MB },
      { at: 32 * MB, bytes: 8 * MB },
      { at: 56 * MB, bytes: 4 * MB },
    ]);
  });

  test('pools that do not fit are refused', () => {
    expect(() => reserveHugePages(memory, 4)).toThrow('too little real memory');
  });
});

describe('the page allocator', () => {
  beforeEach(() => reserveHugePages(memory, 2));

  test('gives the lowest whole pages at the alignment asked for, until the pools begin', () => {
    expect(allocPages(hw, memory, 100)).toBe(2 * MB);
    expect(allocPages(hw, memory, 4 * MB, 4 * MB)).toBe(4 * MB);
    expect(allocPages(hw, memory, 32 * MB)).toBe(-1);
    expect(allocPages(hw, memory, 24 * MB)).toBe(8 * MB);
    expect(allocPages(hw, memory, 2 * MB)).toBe(-1);
    expect(allocPages(hw, memory, 1)).toBe(2 * MB + 4096);
  });

  test('gives what was freed again, zeroed', () => {
    const at = allocPages(hw, memory, 8192);
    hw.arena.write64(at + 4096, 7n);
    freePages(memory, at, 8192);
    expect(allocPages(hw, memory, 8192)).toBe(at);
    expect(hw.arena.read64(at + 4096)).toBe(0n);
  });

  test('joins what is freed with its free neighbours, in any order', () => {
    const all = [...memory.free];
    const pieces = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: MB }), key: fc.nat() }));
    fc.assert(
      fc.property(pieces, (wanted) => {
        const taken = wanted.map(({ bytes, key }) => ({
          at: allocPages(hw, memory, bytes),
          bytes,
          key,
        }));
        for (const { at, bytes } of taken.sort((a, b) => a.key - b.key))
          if (at >= 0) freePages(memory, at, bytes);
        expect(memory.free).toEqual(all);
      }),
      { seed: 5, numRuns: 100 },
    );
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
