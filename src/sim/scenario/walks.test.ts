import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SCENARIOS } from './index.ts';
import { makeLoaded } from './testing/make.ts';
import { type Operation, walk } from './testing/walk.ts';

const SEED = 20_260_000;
/** Steps in which a walk moves: beyond the first checkpoint interval. */
const FAR = 6000;

const vcpu = fc.nat(3);
const thread = fc.nat(4); // one more than there are online: refused
const action = fc.oneof(
  fc.record({ kind: fc.constant('doorbell' as const), from: vcpu, to: vcpu }),
  fc.record({ kind: fc.constantFrom('exit' as const, 'hdec', 'preempt'), thread }),
  fc.record({ kind: fc.constant('dec' as const), vcpu }),
);
const grain = fc.constantFrom('instr' as const, 'op', 'event', 'phase');
const moves = fc.record({
  kind: fc.constantFrom('forward' as const, 'back'),
  grain,
  count: fc.integer({ min: 1, max: 4 }),
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('burst' as const), steps: fc.nat(900) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('single' as const), steps: fc.nat(20) }),
  },
  { weight: 8, arbitrary: moves },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('goto' as const), step: fc.nat(FAR) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('branch' as const),
      pick: fc.nat(9),
      back: fc.nat(300),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('inject' as const), action }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('saveLoad' as const), steps: fc.nat(300) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'dropCaches' as const }) },
);

const spec = fc.record({
  scenario: fc.constantFrom(...SCENARIOS.map(({ id }) => id)),
  off: fc.constantFrom([], [], ['virt-doorbell']),
  seed: fc.constantFrom(0, 1, 2, 3),
});
const thirty = fc.array(operation, { minLength: 30, maxLength: 30 });

test('in 200 random walks of 30 operations every position has the hash of a fresh run to it', () => {
  const law = fc.property(spec, thirty, (where, operations) => {
    expect(walk(where, operations)).toEqual([]);
  });
  fc.assert(law, { seed: SEED, numRuns: 200 });
});

test('a walk notices a machine that does not come back to the same state', () => {
  const { machine } = makeLoaded();
  machine.advance(1000);
  const hash = machine.hash();
  machine.hw.arena.write8(0x180000, 1);
  expect(machine.hash()).not.toBe(hash);
});
