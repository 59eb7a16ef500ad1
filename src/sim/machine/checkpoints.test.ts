import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Arena } from '../engine/memory.ts';
import { CheckpointTree } from './checkpoints.ts';

const ROOT = new Map([[0, Number.POSITIVE_INFINITY]]);
const PAGES = 8;

/** A small arena and its tree; `note` writes a number into a page, `read` reads the pages. */
function tree() {
  const arena = new Arena({ threads: 1, realBytes: PAGES * 4096 });
  const made = new CheckpointTree<number>(arena);
  made.take(0, 0, 0);
  return {
    arena,
    tree: made,
    note: (page: number, value: number) => arena.write32(page * 4096, value),
    read: () => Array.from({ length: PAGES }, (_, page) => arena.read32(page * 4096)),
  };
}

test('restoring any checkpoint in any order gives the bytes of that moment', () => {
  const write = fc.record({ page: fc.nat(PAGES - 1), value: fc.nat(1000) });
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), write }),
    fc.record({ kind: fc.constant('take' as const) }),
    fc.record({ kind: fc.constant('restore' as const), pick: fc.nat(1000) }),
  );
  const law = fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
    const { tree: made, note, read } = tree();
    const moments = [read()];
    for (const op of operations) {
      if (op.kind === 'write') note(op.write.page, op.write.value);
      else if (op.kind === 'take') {
        made.take(0, moments.length, moments.length);
        moments.push(read());
      } else {
        const step = op.pick % moments.length;
        const found = made.nearest(ROOT, step);
        expect(found.payload).toBe(step);
        made.restore(found);
        expect(read()).toEqual(moments[step]);
      }
    }
  });
  fc.assert(law, { seed: 5, numRuns: 200 });
});

test('beyond its limit it keeps the newest and every second old one, and those are right', () => {
  const { tree: made, note, read } = tree();
  const moments = [read()];
  for (let step = 1; step <= 2000; step++) {
    note(step % PAGES, step);
    made.take(0, step, step);
    moments.push(read());
  }
  expect(made.count).toBeLessThanOrEqual(384);
  expect(made.nearest(ROOT, 2000).step).toBe(2000);
  expect(made.nearest(ROOT, 0).step).toBe(0);
  for (let step = 0; step <= 2000; step += 97) {
    const found = made.nearest(ROOT, step);
    made.restore(found);
    expect(read()).toEqual(moments[found.step]);
  }
  // The newest quarter is whole.
  for (let step = 1950; step <= 2000; step++) expect(made.nearest(ROOT, step).step).toBe(step);
});

test('registers come back with memory', () => {
  const { arena, tree: made } = tree();
  arena.setGpr(0, 5, 77n);
  made.take(0, 1, 1);
  arena.setGpr(0, 5, 88n);
  made.restore(made.nearest(ROOT, 1));
  expect(arena.gpr(0, 5)).toBe(77n);
  made.restore(made.nearest(ROOT, 0));
  expect(arena.gpr(0, 5)).toBe(0n);
});

test('a path of branches counts each branch up to its fork', () => {
  const { tree: made } = tree();
  made.take(0, 100, 100);
  made.take(0, 200, 200);
  made.take(1, 150, 150);
  const child = new Map([
    [1, Number.POSITIVE_INFINITY],
    [0, 120],
  ]);
  expect(made.nearest(child, 1000).payload).toBe(150);
  expect(made.nearest(child, 140).payload).toBe(100);
  expect(made.nearest(ROOT, 1000).payload).toBe(200);
  expect(() => made.nearest(new Map([[7, 1]]), 5)).toThrow('no checkpoint on this path');
});

test('forgotten checkpoints are not found, and what hangs on them still is right', () => {
  const { tree: made, note, read } = tree();
  note(1, 10);
  made.take(0, 10, 10);
  note(2, 20);
  made.take(0, 20, 20);
  made.take(1, 25, 25);
  made.forget(0, 10);
  expect(made.nearest(ROOT, 1000).payload).toBe(0);
  made.restore(made.nearest(new Map([[1, 100]]), 100));
  expect(read().slice(0, 3)).toEqual([0, 10, 20]);
});
