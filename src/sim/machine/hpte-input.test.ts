import { beforeEach, describe, expect, test } from 'vitest';
import { makeLoaded } from '../scenario/testing/make.ts';
import { HPTE_EDITS, type HpteEdit } from '../trace/hpt.ts';
import type { Machine } from './machine.ts';

/** The bolted entry of guest address 0. */
const SLOT = 2047 * 8 + 7;
const EMPTY = 16;

let machine: Machine;
beforeEach(() => {
  machine = makeLoaded().machine;
  machine.advance(3000);
});

const at = (slot: number): number => (machine.k.kvm.vms[0]?.hpt_base ?? 0) + 16 * slot;
const words = (slot: number): readonly [bigint, bigint] => [
  machine.hw.arena.read64(at(slot)),
  machine.hw.arena.read64(at(slot) + 8),
];
const edit = (slot: number, what: HpteEdit, vm = 0) =>
  machine.inject({ kind: 'hpte', vm, slot, edit: what });

describe('an input to an entry of the hashed page table', () => {
  test.each([
    ['invalidate', 1n, 0n],
    ['lock', 0x40n, 0n],
    ['clear-r', 0n, 0x100n],
    ['clear-c', 0n, 0x80n],
  ] as const)('%s changes just these bits', (what, v, r) => {
    const [oldV, oldR] = words(SLOT);
    expect(edit(SLOT, what)).toMatchObject({ ok: true });
    expect(words(SLOT)).toEqual([oldV ^ v, oldR ^ r]);
  });

  test('unlock takes the lock away again', () => {
    const before = words(SLOT);
    edit(SLOT, 'lock');
    expect(edit(SLOT, 'unlock')).toMatchObject({ ok: true });
    expect(words(SLOT)).toEqual(before);
  });

  test('bad makes any entry map the memory in which the table lies', () => {
    for (const slot of [SLOT, EMPTY]) {
      expect(edit(slot, 'bad')).toMatchObject({ ok: true });
      const [v, r] = words(slot);
      expect(v & 1n).toBe(1n);
      const table = machine.k.kvm.vms[0]?.hpt_base ?? 0;
      expect(r & 0x01fffffffffff000n).toBe(BigInt(table - (table % 0x1000000)));
    }
  });

  test('leaves the TLBs as they are: nobody executes a tlbie', () => {
    const tlbs = () =>
      Array.from({ length: machine.hw.threads }, (_, t) =>
        Array.from({ length: 64 }, (__, e) => machine.hw.arena.tlb64(t, e, 1)),
      );
    const before = tlbs();
    edit(SLOT, 'invalidate');
    expect(tlbs()).toEqual(before);
  });

  test.each([
    ['NO_VM', SLOT, 'lock', 3],
    ['NO_HPTE', -1, 'lock', 0],
    ['NO_HPTE', 1 << 14, 'lock', 0],
    ['NO_HPTE', 1.5, 'lock', 0],
    ['NOT_VALID', EMPTY, 'invalidate', 0],
    ['NOTHING_TO_DO', EMPTY, 'unlock', 0],
    ['NOTHING_TO_DO', EMPTY, 'clear-c', 0],
  ] as const)('%s: slot %d %s of VM %d is refused and changes nothing', (code, slot, what, vm) => {
    const before = machine.hash();
    expect(edit(slot, what, vm)).toMatchObject({ ok: false, error: { code } });
    expect(machine.hash()).toBe(before);
  });

  test('before there is a table it is refused', () => {
    machine = makeLoaded().machine;
    expect(edit(SLOT, 'lock')).toMatchObject({ ok: false, error: { code: 'NO_VM' } });
  });

  test('is replayed to the same state', () => {
    for (const what of HPTE_EDITS) edit(what === 'unlock' ? SLOT : EMPTY + 1, what);
    machine.advance(500);
    const again = makeLoaded().machine;
    again.inputs = machine.inputs;
    again.advance(machine.step);
    expect(again.hash()).toBe(machine.hash());
  });
});
