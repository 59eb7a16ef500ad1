// The interpreter against the evaluator (testing/evaluator.ts): same words, same registers and memory.
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { VARIANTS } from '../isa/decode.ts';
import { Stop } from './api.ts';
import { PAGE } from './layout.ts';
import type { Arena } from './memory.ts';
import { step } from './testing/evaluator.ts';
import { facilitiesOf, flatMachine } from './testing/flat-machine.ts';
import { Random } from './testing/random.ts';
import { readThread, type ThreadState, writeThread } from './testing/thread-state.ts';

const REAL_BYTES = 4 * PAGE;

function fill(arena: Arena, random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: REAL_BYTES }, () => random.below(256));
  arena.writeBytes(0, bytes);
  return bytes;
}

/** XER bits OV32 and CA32. */
const XER_30 = 0xc0000n;
const ROUNDS = 8;

describe.each([
  { littleEndian: false, sixtyFour: true, version: '3.0' },
  { littleEndian: true, sixtyFour: true, version: '3.0' },
  { littleEndian: false, sixtyFour: false, version: '2.07' },
  { littleEndian: true, sixtyFour: false, version: '3.0' },
] as const)('%o', ({ littleEndian, sixtyFour, version }) => {
  const { arena, engine } = flatMachine({ threads: 1, realBytes: REAL_BYTES, version });
  const random = new Random((littleEndian ? 2 : 1) + (sixtyFour ? 0 : 2));
  const memory = fill(arena, random);

  /** One instruction at a random place: first with cold caches for its data, then with the pages mapped. */
  function compareOne(word: number, before: ThreadState, name: string): void {
    const nia = random.below(REAL_BYTES / 4) * 4;
    const state = { ...before, nia: BigInt(nia) };
    arena.write32(nia, word, littleEndian);
    const bytesBefore = arena.readBytes(0, REAL_BYTES);
    memory.set(bytesBefore);
    const after = structuredClone(state);
    const yields = step(after, memory, version);
    for (const round of ['first', 'second']) {
      arena.writeBytes(0, bytesBefore);
      writeThread(arena, 0, state);
      const stop = engine.run(0, 1, facilitiesOf(arena, 0));
      const seen = {
        ...readThread(arena, 0),
        executed: arena.executed,
        stops: stop !== Stop.budget,
      };
      const expected = { ...after, executed: 1, stops: yields };
      // `toEqual` is slow: it is only to tell what differs.
      if (!isDeepStrictEqual(seen, expected)) expect(seen, `${name} ${round}`).toEqual(expected);
      const same = Buffer.from(memory).equals(Buffer.from(arena.readBytes(0, REAL_BYTES)));
      expect(same, `${name} ${round}`).toBe(true);
    }
    engine.flushThread(0);
  }

  test.each(VARIANTS.map((variant, i) => [variantName(i), i, variant] as const))(
    '%s does what the evaluator says',
    (name, i) => {
      for (let round = 0; round < ROUNDS; round++) {
        const word = random.word(i);
        if (word === undefined) continue;
        const thread = reserving(word, random.thread(littleEndian, sixtyFour));
        const xer = version === '3.0' ? thread.xer : thread.xer & ~XER_30;
        compareOne(word, { ...thread, xer }, `${name} ${word.toString(16)}`);
      }
    },
  );
});

/** In half of all cases with the reservation that a store conditional of `word` would need. */
function reserving(word: number, thread: ThreadState): ThreadState {
  if ((thread.gpr[0] ?? 0n) % 2n === 0n) return thread;
  const [ra, rb] = [(word >>> 16) & 31, (word >>> 11) & 31];
  const ea = (ra === 0 ? 0n : (thread.gpr[ra] ?? 0n)) + (thread.gpr[rb] ?? 0n);
  return { ...thread, reservation: Number((ea % BigInt(REAL_BYTES)) & ~127n) };
}

function variantName(i: number): string {
  const variant = VARIANTS[i] as (typeof VARIANTS)[number];
  const on = Object.entries(variant.flags).flatMap(([flag, set]) => (set ? [flag] : []));
  return [variant.row.name, ...on].join(' ');
}
