import { beforeEach, describe, expect, test } from 'vitest';
import { makeLoaded } from '../scenario/testing/make.ts';
import { type Grain, History, INTERVAL } from './history.ts';

const GRAINS: readonly Grain[] = ['instr', 'op', 'event', 'phase'];
const EXIT = { kind: 'exit', thread: 1 } as const;
const PREEMPT = { kind: 'preempt', thread: 2 } as const;

const make = () => new History(makeLoaded().machine);
let history = make();
beforeEach(() => {
  history = make();
});
const here = () => ({ step: history.step, hash: history.machine.hash() });

describe('steps forward and back', () => {
  test.each(GRAINS)('of grain %s visit the same positions', (grain) => {
    history.goto(0, 2000);
    const positions = Array.from({ length: 12 }, () => {
      history.forward(grain, 1);
      return here();
    });
    for (const position of positions.slice(0, -1).reverse()) {
      history.back(grain, 1);
      expect(here()).toEqual(position);
    }
  });

  test.each(GRAINS)('several at once are the same as one after another (%s)', (grain) => {
    const other = make();
    for (const each of [history, other]) each.goto(0, 1500);
    history.forward(grain, 5);
    for (let i = 0; i < 5; i++) other.forward(grain, 1);
    expect(here()).toEqual({ step: other.step, hash: other.machine.hash() });
    history.back(grain, 3);
    for (let i = 0; i < 3; i++) other.back(grain, 1);
    expect(here()).toEqual({ step: other.step, hash: other.machine.hash() });
  });

  test('a larger grain never stops more often than a smaller one', () => {
    const stops = GRAINS.map((grain) => {
      history.goto(0, 1000);
      let count = 0;
      while (history.step < 3000) {
        history.forward(grain, 1);
        count += 1;
      }
      return count;
    });
    expect(stops).toEqual([...stops].sort((a, b) => b - a));
  });

  test('back from the start goes nowhere, forward from the end neither', () => {
    expect(history.back('event', 1)).toBe(false);
    expect(history.step).toBe(0);
    history.advance(Number.POSITIVE_INFINITY);
    const end = here();
    for (const grain of GRAINS) expect(history.forward(grain, 1)).toBe(false);
    expect(here()).toEqual(end);
    expect(history.back('instr', 1)).toBe(true);
    expect(history.step).toBe(end.step - 1);
  });

  test('goto across checkpoints reaches the same state as a straight run', () => {
    const { machine } = makeLoaded();
    history.advance(3 * INTERVAL);
    for (const step of [INTERVAL, INTERVAL - 1, 2 * INTERVAL + 1, 7, 0, 2 * INTERVAL]) {
      expect(history.goto(0, step)).toBe(0);
      const straight = makeLoaded().machine;
      straight.advance(step);
      expect(here()).toEqual({ step, hash: straight.hash() });
    }
    expect(machine.step).toBe(0);
  });

  test('goto beyond the end says how many steps are missing', () => {
    const missing = history.goto(0, 1_000_000);
    expect(history.step + missing).toBe(1_000_000);
    expect(history.machine.endReason()).toBe('powered off');
  });
});

describe('an injected input', () => {
  test('at the end of a branch stays on it', () => {
    history.goto(0, 1000);
    const result = history.inject(EXIT);
    expect(result).toMatchObject({ ok: true, value: { forked: false } });
    expect(history.branches).toHaveLength(1);
    expect(history.current.inputs.some((input) => input.user)).toBe(true);
  });

  test('in the past forks a branch with a name; the old one is as it was', () => {
    history.goto(0, 2000);
    const old = here();
    history.goto(0, 1000);
    expect(history.inject(PREEMPT)).toMatchObject({ ok: true, value: { forked: true } });
    expect(history.branches.map(({ name, parent, fork }) => [name, parent, fork])).toEqual([
      ['main', -1, 0],
      ['fork 1: a kworker pre-empts the task on thread 2', 0, 1000],
    ]);
    history.advance(500);
    const young = here();
    history.goto(0, 2000);
    expect(here()).toEqual(old);
    history.goto(1, 1500);
    expect(here()).toEqual(young);
  });

  test('in the past drops what the user injected later on that branch, and keeps the script', () => {
    history.goto(0, 1500);
    history.inject(EXIT);
    history.goto(0, 1000);
    history.inject(PREEMPT);
    const kinds = history.current.inputs.filter(({ user }) => user).map(({ action }) => action);
    expect(kinds).toEqual([PREEMPT]);
    const scripted = (id: number) =>
      history.branches[id]?.inputs.filter(({ user }) => !user).length ?? 0;
    expect(scripted(1)).toBe(scripted(0));
  });

  test('that is refused changes nothing, at the end or in the past', () => {
    history.goto(0, 2000);
    for (const step of [2000, 1000]) {
      history.goto(0, step);
      const before = { ...here(), inputs: history.current.inputs, on: history.current.id };
      expect(history.inject({ kind: 'exit', thread: 99 })).toMatchObject({ ok: false });
      expect({ ...here(), inputs: history.current.inputs, on: history.current.id }).toEqual(before);
      expect(history.machine.inputs).toBe(history.current.inputs);
      expect(history.branches).toHaveLength(1);
    }
  });

  test('and another one at the same place both come back by replay, in their order', () => {
    history.goto(0, 1000);
    history.inject(EXIT);
    history.inject(PREEMPT);
    const both = here();
    history.goto(0, 0);
    history.goto(0, 1000);
    expect(here()).toEqual(both);
  });

  test('of a link that is refused at its place counts as applied, and the run goes on', () => {
    const tooEarly = { kind: 'doorbell', from: 0, to: 1 } as const;
    const input = { step: 5, cycle: 0, user: true, action: tooEarly };
    history.presetInputs([input, ...history.current.inputs]);
    history.advance(100);
    expect(history.step).toBe(100);
    expect(history.machine.m.inputs_done).toBe(1);
  });
});

describe('a retracted input', () => {
  test('leaves the branch as if it had not come', () => {
    history.goto(0, 1000);
    const before = here();
    const { inputs } = history.current;
    history.inject(EXIT);
    history.advance(700);
    history.retract(0, inputs, 1000);
    expect(here()).toEqual(before);
    expect(history.current).toMatchObject({ end: 1000, inputs });
    history.advance(700);
    const straight = makeLoaded().machine;
    straight.advance(1700);
    expect(here()).toEqual({ step: 1700, hash: straight.hash() });
  });
});

test('an input at step 0 can be retracted, too', () => {
  const before = here();
  const { inputs } = history.current;
  history.inject(EXIT);
  expect(here().hash).not.toBe(before.hash);
  history.retract(0, inputs, 0);
  expect(here()).toEqual(before);
  history.advance(300);
  history.goto(0, 0);
  expect(here()).toEqual(before);
});

test('the bins of a branch cover it from its root, and add up to the counters', () => {
  history.goto(0, 9000);
  history.goto(0, 5000);
  history.inject(PREEMPT);
  history.advance(3000);
  const bins = history.bins(40);
  expect(bins.length).toBeLessThanOrEqual(40);
  expect(bins[0]?.from).toBe(0);
  const last = bins.at(-1)?.to ?? 0;
  expect(last).toBeGreaterThan(7900);
  history.goto(1, last);
  const sum = (key: 'entries' | 'exits' | 'ipis') => bins.reduce((all, bin) => all + bin[key], 0);
  const { guest_entries, guest_exits, ipis } = history.machine.m;
  expect([sum('entries'), sum('exits'), sum('ipis')]).toEqual([guest_entries, guest_exits, ipis]);
});

test('events behind a position are forgotten when it is gone back to, and come again alike', () => {
  history.goto(0, 1500);
  const events = history.machine.events.last(200);
  history.goto(0, 1000);
  expect(history.machine.events.last(1)[0]?.step).toBeLessThan(1000);
  history.goto(0, 1500);
  expect(history.machine.events.last(200)).toEqual(events);
});

describe('a look ahead', () => {
  test('brings back what it saw and leaves no trace: position, end of the branch, inputs', () => {
    history.goto(0, 1500);
    history.inject(EXIT);
    const before = { ...here(), end: history.current.end, inputs: history.machine.inputs };
    const seen = history.peek(300, () => (history.step === 1700 ? here() : undefined));
    expect({ ...here(), end: history.current.end, inputs: history.machine.inputs }).toEqual(before);
    history.goto(0, 1700);
    expect(here()).toEqual(seen);
  });

  test('gives up after so many steps, at the end of the run, and when the look itself fails', () => {
    history.goto(0, 1500);
    const before = here();
    let looks = 0;
    expect(history.peek(10, () => void looks++)).toBeUndefined();
    expect(looks).toBe(11);
    const failing = () => {
      if (history.step > 1505) throw new Error('cannot look');
      return undefined;
    };
    expect(() => history.peek(10, failing)).toThrow('cannot look');
    expect(here()).toEqual(before);
    history.advance(Number.POSITIVE_INFINITY);
    const end = here();
    expect(history.peek(10, () => undefined)).toBeUndefined();
    expect(here()).toEqual(end);
  });
});

test('breakpoints change no step: the run with them ends where single steps end', () => {
  const program = 'start: li r3,0\n1: addi r3,r3,1\n b 1b\n';
  const ends = [[], [0x7ff0n]].map((breakpoints) => {
    const { machine } = makeLoaded({ program });
    machine.breakpoints = new Set(breakpoints);
    machine.advance(Number.POSITIVE_INFINITY);
    return { step: machine.step, why: machine.endReason(), hash: machine.hash() };
  });
  expect(ends[0]).toMatchObject({ step: 400_000, why: 'step limit' });
  expect(ends[1]).toEqual(ends[0]);
});
