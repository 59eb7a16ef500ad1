import { expect, test } from 'vitest';
import { tlbEntry } from '../../src/sim/hardware/mmu/tlb.ts';
import { PROGRAMS } from './load/programs.ts';
import { translatedGuest } from './load/translated.ts';

const COPY = PROGRAMS.find(({ id }) => id === 'copy')?.text ?? '';
const BUDGET = 200_000;

test('the guest of the benchmark takes no interrupt, and computes the same with translation off and on', () => {
  const [off, on] = [false, true].map((translation) => {
    const hw = translatedGuest(COPY, translation);
    for (let ran = 0; ran < BUDGET; ) ran += hw.run(0, BUDGET - ran, 1);
    return hw;
  });
  if (!off || !on) throw new Error('no hardware');
  expect(on.arena.nia(0)).toBe(off.arena.nia(0));
  expect(off.arena.nia(0)).toBeGreaterThan(0x1000n);
  for (let r = 0; r < 32; r++) expect(on.arena.gpr(0, r)).toBe(off.arena.gpr(0, r));
  // Its pages come by the page table: 4 KB ones, and with translation off the 16 MB one of the real mode area.
  const shifts = (hw: typeof on) =>
    new Set(Array.from({ length: 64 }, (_, i) => tlbEntry(hw, 0, i)?.base).filter((b) => b));
  expect([...shifts(on)]).toEqual([12]);
  expect([...shifts(off)]).toEqual([24]);
});
