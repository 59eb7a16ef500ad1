// Random programs that jump, store and store into themselves: long runs, single steps, dropped caches and the
// evaluator all reach the same state.
import { describe, expect, test } from 'vitest';
import { VARIANTS } from '../isa/decode.ts';
import type { Engine } from './engine.ts';
import { PAGE } from './layout.ts';
import type { Arena } from './memory.ts';
import { step } from './testing/evaluator.ts';
import { facilitiesOf, flatMachine } from './testing/flat-machine.ts';
import { Random } from './testing/random.ts';
import { readThread, writeThread } from './testing/thread-state.ts';

const REAL_BYTES = 2 * PAGE;
const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

/** Rows that keep a random program busy: no traps and few hooks. */
const COMMON = VARIANTS.flatMap(({ row, flags }, i) =>
  /^(tw|td|sc|.*rfid|b$|stop|m[tf]spr)/.test(row.name) || flags.AA ? [] : [i],
);

interface Started {
  arena: Arena;
  engine: Engine;
}

/** A machine whose memory is random instructions, about to run somewhere in them. */
function start(seed: number, interfere?: (engine: Engine) => void): Started {
  const { arena, engine } = flatMachine({ threads: 2, realBytes: REAL_BYTES }, interfere);
  const random = new Random(seed);
  const littleEndian = seed % 2 === 0;
  for (let ra = 0; ra < REAL_BYTES; ra += 4) {
    const word = random.word(random.pick(COMMON));
    arena.write32(ra, word ?? 0x60000000, littleEndian);
  }
  for (const tid of [0, 1]) {
    const nia = BigInt(random.below(REAL_BYTES / 4) * 4);
    const gpr = Array.from({ length: 32 }, () => BigInt(random.below(REAL_BYTES)));
    writeThread(arena, tid, { ...random.thread(littleEndian), nia, gpr });
  }
  return { arena, engine };
}

/** Runs thread 0 for `count` instructions in slices chosen by `slice`. */
function run({ arena, engine }: Started, count: number, slice: () => number): void {
  for (let done = 0; done < count; done += arena.executed) {
    engine.run(0, Math.min(slice(), count - done), facilitiesOf(arena, 0));
  }
}

describe.each(SEEDS)('program %i', (seed) => {
  test('does what the evaluator does, in slices of any length', () => {
    const machine = start(seed);
    const { arena, engine } = machine;
    const random = new Random(seed + 1000);
    const memory = arena.readBytes(0, REAL_BYTES);
    const state = readThread(arena, 0);
    for (let slice = 0; slice < 60; slice++) {
      engine.run(0, random.below(40), facilitiesOf(arena, 0));
      for (let i = 0; i < arena.executed; i++) step(state, memory);
      expect(readThread(arena, 0)).toEqual(state);
    }
    expect(Buffer.from(memory).equals(Buffer.from(arena.readBytes(0, REAL_BYTES)))).toBe(true);
  });

  test('reaches the same hash in one run, in single steps and with caches dropped at random', () => {
    const count = 1500;
    const whole = start(seed);
    run(whole, count, () => count);
    const single = start(seed);
    run(single, count, () => 1);
    const random = new Random(seed + 2000);
    const disturbed = start(seed, (engine) => {
      if (random.below(4) === 0) engine.dropCaches();
      if (random.below(4) === 0) engine.flushThread(0);
    });
    run(disturbed, count, () => 1 + random.below(50));
    expect(single.arena.hash()).toBe(whole.arena.hash());
    expect(disturbed.arena.hash()).toBe(whole.arena.hash());
  });
});
