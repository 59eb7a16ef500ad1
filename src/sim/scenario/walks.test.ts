import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Machine } from '../machine/machine.ts';
import { processAt } from '../vmm/process.ts';
import { SCENARIOS } from './index.ts';
import { makeLoaded } from './testing/make.ts';
import { type Operation, walk } from './testing/walk.ts';

const SEED = 20_261_120;
/** Steps to which a walk jumps: mostly near ones, for speed, and some beyond the first checkpoint interval. */
const target = fc.oneof(
  { weight: 4, arbitrary: fc.nat(2500) },
  { weight: 1, arbitrary: fc.nat(6000) },
);

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
    arbitrary: fc.record({ kind: fc.constant('burst' as const), steps: fc.nat(400) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('single' as const), steps: fc.nat(20) }),
  },
  { weight: 8, arbitrary: moves },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('goto' as const), step: target }) },
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

const spec = fc
  .record({
    scenario: fc.constantFrom(...SCENARIOS),
    unpatched: fc.constantFrom(false, false, true),
    seed: fc.constantFrom(0, 1, 2, 3),
  })
  .map(({ scenario: { id, patches }, unpatched, seed }) => ({
    scenario: id,
    off: unpatched ? patches : [],
    seed,
  }));
const thirty = fc.array(operation, { minLength: 30, maxLength: 30 });

// Four times fifty: 200 walks.
test.each([0, 1, 2, 3])(
  'in 50 random walks of 30 operations every position has the hash of a straight run to it (%i)',
  (part) => {
    const law = fc.property(spec, thirty, (where, operations) => {
      expect(walk(where, operations)).toEqual([]);
    });
    fc.assert(law, { seed: SEED + part, numRuns: 50 });
  },
);

test('one changed byte, register or record changes the hash', () => {
  const hashAfter = (change: (machine: Machine) => void) => {
    const { machine } = makeLoaded();
    machine.advance(1000);
    change(machine);
    return machine.hash();
  };
  const hashes = [
    hashAfter(() => undefined),
    hashAfter(({ hw }) => hw.arena.write8(0x180000, 1)),
    hashAfter(({ hw }) => hw.set(3, 'SPRG3', 1n)),
    hashAfter(({ hw }) => hw.arena.setTlbNext(2, 63)),
    hashAfter(({ k }) => {
      processAt(k, 0).vmm.console += ' ';
    }),
    hashAfter(({ m }) => {
      m.inputs_done += 1;
    }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});
