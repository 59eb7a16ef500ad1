import { describe, expect, test } from 'vitest';
import { assemble } from '../isa/assemble.ts';
import { Stop } from './api.ts';
import { flatMachine } from './testing/flat-machine.ts';

/** A machine with a program at 0: r3 counts down from 10, then r4 := 1 and a branch to itself. */
function countdown() {
  const made = assemble('li r3,10\n1: addi r3,r3,-1\ncmpwi r3,0\nbne 1b\nli r4,1\nb .\n');
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  const machine = flatMachine({ threads: 1, realBytes: 1 << 16 });
  machine.arena.writeBytes(0, made.image);
  machine.arena.setSpr(0, 0, 1n << 63n);
  return machine;
}

describe('stopBefore', () => {
  test('ends a run before an instruction by address, each time it is reached', () => {
    const { arena, engine } = countdown();
    engine.stopBefore((real) => real === 0x10);
    expect(engine.run(0, 1000)).toBe(Stop.stopAt);
    expect([arena.executed, arena.nia(0), arena.gpr(0, 3), arena.gpr(0, 4)]).toEqual([
      31,
      0x10n,
      0n,
      0n,
    ]);
    expect(engine.run(0, 1000)).toBe(Stop.stopAt);
    expect(arena.executed).toBe(0);
  });

  test('ends a run by instruction word, also at one that a store has just made', () => {
    const { arena, engine } = countdown();
    engine.stopBefore((_, word) => word === 0x48000000);
    expect(engine.run(0, 1000)).toBe(Stop.stopAt);
    expect([arena.executed, arena.nia(0)]).toEqual([32, 0x14n]);
    arena.setNia(0, 0n);
    arena.write32(0x10, 0x48000000);
    expect(engine.run(0, 1000)).toBe(Stop.stopAt);
    expect([arena.executed, arena.nia(0)]).toEqual([31, 0x10n]);
  });

  test('the budget wins over a place that is not reached, and null lets everything run', () => {
    const { arena, engine } = countdown();
    engine.stopBefore((real) => real === 0x10);
    expect(engine.run(0, 31)).toBe(Stop.budget);
    expect(arena.nia(0)).toBe(0x10n);
    engine.stopBefore(null);
    expect(engine.run(0, 100)).toBe(Stop.budget);
    expect([arena.executed, arena.gpr(0, 4)]).toEqual([100, 1n]);
  });
});
