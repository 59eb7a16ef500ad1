// The interpreter against the evaluator (testing/evaluator.ts): same words, same registers and memory.
import { describe, expect, test } from 'vitest';
import { VARIANTS } from '../isa/decode.ts';
import { Stop } from './api.ts';
import { PAGE } from './layout.ts';
import type { Arena } from './memory.ts';
import { readThread, step, type ThreadState, writeThread } from './testing/evaluator.ts';
import { flatMachine } from './testing/flat-machine.ts';
import { Random } from './testing/random.ts';

const REAL_BYTES = 4 * PAGE;

function fill(arena: Arena, random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: REAL_BYTES }, () => random.below(256));
  arena.writeBytes(0, bytes);
  return bytes;
}

describe.each([
  ['big-endian', false],
  ['little-endian', true],
])('%s', (_, littleEndian) => {
  const { arena, engine } = flatMachine({ threads: 1, realBytes: REAL_BYTES });
  const random = new Random(littleEndian ? 2 : 1);
  const memory = fill(arena, random);

  /** One instruction at a random place: first with cold caches for its data, then with the pages mapped. */
  function compareOne(word: number, before: ThreadState, name: string): void {
    const nia = random.below(REAL_BYTES / 4) * 4;
    const state = { ...before, nia: BigInt(nia) };
    arena.write32(nia, word, littleEndian);
    const bytesBefore = arena.readBytes(0, REAL_BYTES);
    memory.set(bytesBefore);
    const after = structuredClone(state);
    const yields = step(after, memory);
    for (const round of ['first', 'second']) {
      arena.writeBytes(0, bytesBefore);
      writeThread(arena, 0, state);
      const stop = engine.run(0, 1);
      const seen = {
        ...readThread(arena, 0),
        executed: arena.executed,
        stops: stop !== Stop.budget,
      };
      expect(seen, `${name} ${round}`).toEqual({ ...after, executed: 1, stops: yields });
      const same = Buffer.from(memory).equals(Buffer.from(arena.readBytes(0, REAL_BYTES)));
      expect(same, `${name} ${round}`).toBe(true);
    }
    engine.flushThread(0);
  }

  test.each(VARIANTS.map((variant, i) => [variantName(i), i, variant] as const))(
    '%s does what the evaluator says',
    (name, i) => {
      for (let round = 0; round < 24; round++) {
        const word = random.word(i);
        if (word === undefined) continue;
        compareOne(word, random.thread(littleEndian), `${name} ${word.toString(16)}`);
      }
    },
  );
});

function variantName(i: number): string {
  const variant = VARIANTS[i] as (typeof VARIANTS)[number];
  const on = Object.entries(variant.flags).flatMap(([flag, set]) => (set ? [flag] : []));
  return [variant.row.name, ...on].join(' ');
}
