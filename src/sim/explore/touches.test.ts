import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Agent, Touches } from './touches.ts';

/** Places of a little world: a vcpu's field, who holds the vcpu (by thread), and a task's stack. */
const FIELD = 0;
const HOLD = [1, 2] as const;
const STACK = 3;
/** Registers of threads 0 and 1. */
const REGISTER = [4, 5] as const;

function world(): {
  touches: Touches;
  holds: number[];
  move: (agent: Agent, what: (touches: Touches) => void) => boolean;
} {
  const touches = new Touches(2);
  touches.addField('kvm.vcpus.gpr', 0);
  for (const t of [0, 1]) touches.addField('host.cpus.kvm_vcpu', t);
  touches.addField('host.tasks.stack', 0);
  for (const t of [0, 1]) touches.addRegister(t);
  const holds = [-1, -1];
  const move = (agent: Agent, what: (touches: Touches) => void): boolean => {
    touches.begin(agent, (place) => holds[place - HOLD[0]]);
    what(touches);
    touches.end();
    return touches.isShared;
  };
  return { touches, holds, move };
}

test('what two read is nobody’s concern, until one of them writes it', () => {
  const { touches, move } = world();
  expect(move(0, (t) => t.onRead(FIELD))).toBe(false);
  expect(move(1, (t) => t.onRead(FIELD))).toBe(false);
  expect(touches.hasLearnt).toBe(false);
  expect(move(1, (t) => t.onWrite(FIELD, 7))).toBe(true);
  expect(touches.hasLearnt).toBe(true);
  expect(move(0, (t) => t.onRead(FIELD))).toBe(true);
});

test('a register of another thread is always its concern, the own one is until another has used it', () => {
  const { move } = world();
  expect(move(0, (t) => t.onWrite(REGISTER[0], 0))).toBe(false);
  expect(move(0, (t) => t.onRead(REGISTER[1]))).toBe(true);
  expect(move(1, (t) => t.onRead(REGISTER[1]))).toBe(false);
  expect(move(1, (t) => t.onWrite(REGISTER[1], 0))).toBe(true);
});

test('real memory concerns everybody', () => {
  expect(world().move(0, (t) => t.onMemory())).toBe(true);
});

describe('while a thread holds a vcpu', () => {
  test('its fields are the thread’s own, though others use them at other times', () => {
    const { holds, move } = world();
    move(1, (t) => t.onWrite(FIELD, 1));
    expect(move(0, (t) => t.onWrite(FIELD, 1))).toBe(true);
    holds[0] = 0;
    expect(move(0, (t) => t.onWrite(FIELD, 1))).toBe(false);
  });

  test('one that others use then, too, is not', () => {
    const { touches, holds, move } = world();
    holds[0] = 0;
    move(0, (t) => t.onWrite(FIELD, 1));
    touches.hasLearnt = false;
    move(1, (t) => t.onRead(FIELD));
    expect(touches.hasLearnt).toBe(true);
    expect(move(0, (t) => t.onWrite(FIELD, 1))).toBe(true);
  });

  test('and another takes it away: that thread’s holding counts no more', () => {
    const { touches, holds, move } = world();
    move(1, (t) => t.onWrite(FIELD, 1));
    holds[0] = 0;
    expect(move(0, (t) => t.onWrite(FIELD, 1))).toBe(false);
    touches.hasLearnt = false;
    move(1, (t) => t.onWrite(HOLD[0], -1));
    expect(touches.hasLearnt).toBe(true);
    expect(move(0, (t) => t.onWrite(FIELD, 1))).toBe(true);
  });
});

test('an invariant that looks at a stack does not make each step of its task a concern of others', () => {
  const { move } = world();
  const judge = (t: Touches): void => t.judged(() => t.onRead(STACK));
  move(0, (t) => t.onWrite(STACK, 0));
  expect(move(1, judge)).toBe(true); // but what it finds depends on that task
  expect(move(0, (t) => t.onWrite(STACK, 0))).toBe(false);
  move(1, (t) => t.onRead(STACK));
  expect(move(0, (t) => t.onWrite(STACK, 0))).toBe(true);
});

/** A move of the law below: an agent, a place, a write or a read. */
const access = fc.record({
  agent: fc.nat({ max: 1 }),
  place: fc.constantFrom(FIELD, STACK, ...REGISTER),
  writes: fc.boolean(),
});

test('when nothing more is learnt, no two moves of two agents that concern nobody get in each other’s way', () => {
  const law = fc.property(fc.array(access, { minLength: 1, maxLength: 12 }), (moves) => {
    const { touches, move } = world();
    const make = (): boolean[] =>
      moves.map(({ agent, place, writes }) =>
        move(agent, (t) => (writes ? t.onWrite(place, 0) : t.onRead(place))),
      );
    let shared = make();
    for (touches.hasLearnt = false, shared = make(); touches.hasLearnt; shared = make())
      touches.hasLearnt = false;
    for (const [i, one] of moves.entries()) {
      if (shared[i]) continue;
      const other = moves.find(
        ({ agent, place, writes }) =>
          agent !== one.agent && place === one.place && (writes || one.writes),
      );
      expect(other).toBeUndefined();
    }
  });
  fc.assert(law, { seed: 3, numRuns: 200 });
});
