import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sprSlot } from '../isa/spr.ts';
import { ArenaJournal } from './journal.ts';
import { Arena } from './memory.ts';

const THREADS = 3;
const REAL = 64 * 1024;

const thread = fc.nat({ max: THREADS - 1 });
const value = fc.nat({ max: 3 }).map(BigInt);
/** What may be done to an arena by whoever writes it in TypeScript. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('gpr'), thread, value }),
  fc.record({ kind: fc.constant('lpcr'), thread, value }),
  fc.record({ kind: fc.constant('slb'), thread, value }),
  fc.record({ kind: fc.constant('memory'), thread, value }),
  fc.record({ kind: fc.constant('reserve'), thread, value }),
);
const LPCR = sprSlot('LPCR');

function apply(
  arena: Arena,
  { kind, thread: t, value: v }: { kind: string; thread: number; value: bigint },
) {
  if (kind === 'gpr') arena.setGpr(t, 5, v);
  else if (kind === 'lpcr') arena.setSpr(t, LPCR, v);
  else if (kind === 'slb') arena.setSlb(t, 2, 'vsid', v);
  else if (kind === 'memory') arena.write64(8192 * t + 8 * Number(v), v + 1n);
  else arena.reserve(t, 4096 * Number(v));
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(change, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
);

test('an arena goes back to what it was, and its key is one of its contents', () => {
  const law = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    const arena = new Arena({ threads: THREADS, realBytes: REAL });
    const journal = new ArenaJournal(arena);
    const here = () => ({ hash: arena.hash(), key: `${journal.low},${journal.high}` });
    const path = [{ mark: journal.mark(), ...here() }];
    const keys = new Map<bigint, string>();
    for (const now of steps) {
      if (typeof now === 'number') {
        path.length -= Math.min(path.length - 1, now);
        journal.undo(path.at(-1)?.mark ?? 0);
      } else {
        for (const each of now) apply(arena, each);
        journal.commit(-1);
        path.push({ mark: journal.mark(), ...here() });
      }
      const { hash, key } = here();
      expect({ hash, key }).toMatchObject({ hash: path.at(-1)?.hash, key: path.at(-1)?.key });
      expect(keys.get(hash) ?? key).toBe(key);
      keys.set(hash, key);
    }
    expect(new Set(keys.values()).size).toBe(keys.size);
  });
  fc.assert(law, { seed: 4, numRuns: 60 });
});
