import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeLoaded } from '../sim/scenario/testing/make.ts';
import { hashText } from '../sim/state/hash.ts';
import { GRAINS, type Status } from './protocol.ts';
import { SECTIONS } from './sections.ts';
import { Session } from './session.ts';
import { FakePace } from './testing/session.ts';

let pace = new FakePace();
let session = new Session(pace);
beforeEach(async () => {
  pace = new FakePace();
  session = new Session(pace);
  await session.open('at=0');
});

const status = (): Status =>
  session.frame({ want: {}, focus: '', insn: '', hpt: null, eventsWanted: 0, bins: 0, back: [] })
    .status;
const here = () => ({ step: status().step, hash: session.hash(), link: status().link });
/** 16 hex digits of a straight run of the default scenario. */
function straight(step: number): string {
  const { machine } = makeLoaded();
  machine.advance(step);
  return hashText(machine.hash());
}

describe('opening', () => {
  test('nothing leads to where the ring begins, with nothing to undo', async () => {
    session = new Session(pace);
    expect(await session.open('')).toMatchObject({ ok: true });
    expect(status().step).toBeGreaterThan(1000);
    expect(session.hash()).toBe(straight(status().step));
    expect(await session.undo()).toMatchObject({ ok: false, error: { code: 'NOTHING' } });
  });

  test('the own link leads a new session to the same state, inputs included', async () => {
    await session.goto(2000);
    await session.inject({ kind: 'doorbell', from: 1, to: 3 });
    await session.step('event', 1, 4);
    await session.goto(1500);
    await session.inject({ kind: 'preempt', thread: 2 });
    await session.step('phase', 1, 3);
    const { link, hash } = here();
    const other = new Session(new FakePace());
    expect(await other.open(link)).toMatchObject({ ok: true });
    expect(other.hash()).toBe(hash);
    expect(
      other.frame({ want: {}, focus: '', insn: '', hpt: null, eventsWanted: 0, bins: 0, back: [] })
        .status.link,
    ).toBe(link);
  });

  test.each([
    ['s=no-such', 'UNKNOWN_SCENARIO'],
    ['cpu=p5', 'UNKNOWN_CPU'],
    ['patch=nope:off', 'UNKNOWN_PATCH'],
    ['seed=9999999999', 'BAD_SEED'],
    ['at=x', 'LINK_POSITION'],
    ['ev=z1:AAAA', 'LINK_INPUTS'],
    ['at=700&h=00000000', 'LINK_DRIFT'],
    ['at=900000', 'LINK_STEP'],
  ])('%s under way is refused with %s and leaves the work as it was', async (link, code) => {
    await session.goto(1200);
    await session.inject({ kind: 'exit', thread: 1 });
    const before = here();
    expect(await session.open(link)).toMatchObject({ ok: false, error: { code } });
    expect(here()).toEqual(before);
  });

  test('a first link with a wrong hash is shown, with the reason', async () => {
    session = new Session(pace);
    expect(await session.open('at=700&h=00000000')).toMatchObject({ ok: true });
    expect(status()).toMatchObject({ step: 700, error: { code: 'LINK_DRIFT' } });
    expect(session.hash()).toBe(straight(700));
  });
});

describe('steps', () => {
  test.each(GRAINS)('of grain %s forward and back visit the same positions', async (grain) => {
    await session.goto(1800);
    const positions: ReturnType<typeof here>[] = [];
    for (let i = 0; i < 6; i++) {
      await session.step(grain, 1, 1);
      positions.push(here());
    }
    for (const position of positions.slice(0, -1).reverse()) {
      await session.step(grain, -1, 1);
      expect(here()).toEqual(position);
    }
    await session.step(grain, 1, 5);
    expect(here()).toEqual(positions.at(-1));
  });

  test('long ways give way, show their progress, and a newer command ends them', async () => {
    pace.perLook = 5;
    const long = session.goto(20_000);
    await Promise.resolve();
    expect(status().busy).toBe('going to step 20,000');
    expect(status().link).toBe('');
    await session.goto(300);
    await long;
    expect(status()).toMatchObject({ step: 300, busy: '' });
    expect(session.hash()).toBe(straight(300));
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 60])('step %d is no step number', async (step) => {
    await session.goto(100);
    expect(await session.goto(step)).toMatchObject({ ok: false, error: { code: 'BAD_STEP' } });
    expect(status().step).toBe(100);
  });

  test('beyond the end stops at the end and says why', async () => {
    const result = await session.goto(1_000_000);
    expect(result).toMatchObject({ ok: false, error: { code: 'BEYOND_END' } });
    if (!result.ok)
      expect(result.error.message).toMatch(/^The run ends at step \d+ \(powered off\)/);
    expect(status().ended).toBe('powered off');
  });
});

describe('running', () => {
  test('at a speed makes so many steps in a second, until it is paused', () => {
    session.run(200);
    expect(status().running).toBe(true);
    pace.play(1000);
    expect(Math.abs(status().step - 201)).toBeLessThanOrEqual(4);
    const { step } = status();
    session.pause();
    pace.play(1000);
    expect(status()).toMatchObject({ step, running: false });
    expect(session.hash()).toBe(straight(step));
  });

  test('as fast as it goes ends by itself, where the command line ends', () => {
    pace.perLook = 1;
    session.run(0);
    pace.play(60_000);
    const { machine } = makeLoaded();
    machine.advance(Number.POSITIVE_INFINITY);
    expect(status()).toMatchObject({ running: false, ended: 'powered off', step: machine.step });
    expect(session.hash()).toBe(hashText(machine.hash()));
  });
});

describe('injecting', () => {
  test('undo takes it back, redo brings it again; at the end of the branch', async () => {
    await session.goto(1500);
    const before = here();
    await session.inject({ kind: 'exit', thread: 2 });
    const after = here();
    expect(after.hash).not.toBe(before.hash);
    expect(await session.undo()).toMatchObject({ ok: true });
    expect(here()).toEqual(before);
    expect(await session.redo()).toMatchObject({ ok: true });
    expect(here()).toEqual(after);
  });

  test('in the past forks; undo returns to the old branch, redo to the new one', async () => {
    await session.goto(2500);
    await session.goto(1500);
    const before = here();
    const result = await session.inject({ kind: 'preempt', thread: 1 });
    expect(result).toMatchObject({ ok: true });
    if (result.ok) expect(result.value).toMatch(/A new branch begins here\.$/);
    const after = here();
    expect(status()).toMatchObject({ branch: 1, end: 1500 });
    await session.undo();
    expect(here()).toEqual(before);
    expect(status()).toMatchObject({ branch: 0, end: 2500 });
    await session.redo();
    expect(here()).toEqual(after);
    expect(status().branch).toBe(1);
  });

  test('a new action forgets what could be redone', async () => {
    await session.goto(1500);
    await session.inject({ kind: 'exit', thread: 2 });
    await session.undo();
    await session.inject({ kind: 'exit', thread: 3 });
    expect(await session.redo()).toMatchObject({ ok: false, error: { code: 'NOTHING' } });
  });

  test('what is refused leaves position, state, link and undo as they were', async () => {
    await session.goto(1000);
    await session.inject({ kind: 'exit', thread: 1 });
    const before = here();
    for (const action of [
      { kind: 'exit', thread: 9 },
      { kind: 'dec', vcpu: 9 },
      { kind: 'doorbell', from: 3, to: 0 },
    ] as const) {
      expect(await session.inject(action)).toMatchObject({ ok: false });
      expect(here()).toEqual(before);
    }
    expect(await session.undo()).toMatchObject({
      ok: true,
      value: { text: 'undo: reschedule IPI to thread 1' },
    });
  });

  test('undoing everything in a row comes back to the start, redoing to the end', async () => {
    const marks = [here()];
    for (const step of [900, 1700, 1200]) {
      await session.goto(step);
      marks.push(here());
      await session.inject({ kind: 'exit', thread: step % 4 });
      marks.push(here());
    }
    for (const mark of marks.slice(0, -1).reverse()) {
      await session.undo();
      expect(here()).toEqual(mark);
    }
    for (const mark of marks.slice(1)) {
      await session.redo();
      expect(here()).toEqual(mark);
    }
  });
});

describe('branches', () => {
  test('are chosen by number, go to their end, and are named', async () => {
    await session.goto(2000);
    await session.goto(1000);
    await session.inject({ kind: 'preempt', thread: 1 });
    await session.step('instr', 1, 200);
    const young = here();
    expect(session.renameBranch(1, '  late kworker ')).toMatchObject({ ok: true });
    await session.selectBranch(0);
    expect(here()).toMatchObject({ step: 2000, hash: straight(2000) });
    await session.selectBranch(1);
    expect(here()).toEqual(young);
    expect(status().branchName).toBe('late kworker');
  });

  test('keep their past when the input that they come from is undone and replaced', async () => {
    await session.goto(1000);
    await session.inject({ kind: 'exit', thread: 2 });
    await session.step('instr', 1, 500);
    await session.goto(1200);
    await session.inject({ kind: 'preempt', thread: 1 });
    const young = here();
    for (let i = 0; i < 3; i++) await session.undo();
    expect(here()).toMatchObject({ step: 1000, hash: straight(1000) });
    await session.step('instr', 1, 100);
    await session.inject({ kind: 'exit', thread: 3 });
    await session.selectBranch(1);
    expect(here()).toEqual(young);
  });

  test('that do not exist, or names that are empty, are refused', async () => {
    const before = here();
    expect(await session.selectBranch(7)).toMatchObject({ error: { code: 'NO_BRANCH' } });
    expect(session.renameBranch(7, 'x')).toMatchObject({ error: { code: 'NO_BRANCH' } });
    expect(session.renameBranch(0, '   ')).toMatchObject({ error: { code: 'EMPTY_NAME' } });
    expect(here()).toEqual(before);
    expect(status().branchName).toBe('main');
  });
});

describe('the patch switch', () => {
  test('lands at the same model cycle, with the same inputs, and undo returns', async () => {
    await session.goto(1100);
    await session.inject({ kind: 'preempt', thread: 2 });
    await session.goto(1900);
    const before = here();
    const { cycle } = status();
    expect(await session.setPatch('virt-doorbell', false)).toMatchObject({
      ok: true,
      value: { spec: { off: ['virt-doorbell'] } },
    });
    const after = here();
    expect(status().cycle).toBeGreaterThanOrEqual(cycle);
    expect(after.link).toContain('patch=virt-doorbell:off');
    expect(after.link).toContain('ev=');
    await session.step('instr', -1, 1);
    expect(status().cycle).toBeLessThan(cycle);
    await session.step('instr', 1, 1);
    await session.undo();
    expect(here()).toEqual(before);
    await session.redo();
    expect(here()).toEqual(after);
  });

  test('off and on again is the machine that was there', async () => {
    await session.goto(1900);
    const before = here();
    await session.setPatch('virt-doorbell', false);
    await session.setPatch('virt-doorbell', true);
    const { cycle } = status();
    const same = makeLoaded().machine;
    same.advance(Number.POSITIVE_INFINITY, (m) => m.cycle >= cycle);
    expect(session.hash()).toBe(hashText(same.hash()));
    expect(status().step).toBeGreaterThanOrEqual(before.step);
  });

  test('at step 0 applies an input of step 0 again', async () => {
    await session.inject({ kind: 'exit', thread: 0 });
    const before = session.hash();
    await session.setPatch('virt-doorbell', true);
    expect(session.hash()).toBe(before);
  });

  test('of an unknown patch is refused', async () => {
    await session.goto(700);
    const before = here();
    expect(await session.setPatch('nope', false)).toMatchObject({
      ok: false,
      error: { code: 'UNKNOWN_PATCH' },
    });
    expect(here()).toEqual(before);
  });
});

test('reset starts the scenario again, and undo returns to the work', async () => {
  await session.goto(1000);
  await session.inject({ kind: 'exit', thread: 1 });
  const before = here();
  await session.reset();
  expect(status()).toMatchObject({ step: 0, branch: 0 });
  expect(status().link).not.toContain('ev=');
  await session.undo();
  expect(here()).toEqual(before);
});

test('drawing every section changes nothing', async () => {
  await session.goto(1700);
  await session.inject({ kind: 'exit', thread: 1 });
  await session.step('event', 1, 3);
  const before = here();
  const want = Object.fromEntries(Object.keys(SECTIONS).map((name) => [name, 0]));
  for (const focus of ['core0/t1', 'vm1/vcpu2', 'vm1', '']) {
    const frame = session.frame({
      want,
      focus,
      insn: 'next',
      hpt: {
        vm: 1,
        window: { level: 0, x: 0, y: 0, w: 64, h: 64 },
        slot: 16383,
        find: { by: 'ra', value: 0x1000n },
        thread: focus,
        walk: { of: 'last' },
      },
      eventsWanted: 100,
      bins: 50,
      back: [],
    });
    expect(frame.status.error).toBeNull();
  }
  expect(here()).toEqual(before);
});

/** A command of a user, by name and a number that says where or which. */
const COMMANDS: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
  goto: (n) => session.goto(n % 3000),
  forward: (n) => session.step(GRAINS[n % 4] ?? 'op', 1, 1 + (n % 5)),
  back: (n) => session.step(GRAINS[n % 4] ?? 'op', -1, 1 + (n % 5)),
  exit: (n) => session.inject({ kind: 'exit', thread: n % 4 }),
  doorbell: (n) => session.inject({ kind: 'doorbell', from: n % 4, to: (n >> 2) % 4 }),
  branch: (n) => session.selectBranch(n % 3),
  patch: (n) => session.setPatch('virt-doorbell', n % 2 === 0),
  undo: () => session.undo(),
  redo: () => session.redo(),
};

test('whatever the user did, the link leads a new session to the same state', async () => {
  const command = fc.record({
    name: fc.constantFrom(...Object.keys(COMMANDS)),
    n: fc.nat(100_000),
  });
  const law = fc.asyncProperty(fc.array(command, { minLength: 15, maxLength: 25 }), async (all) => {
    session = new Session(new FakePace());
    await session.open('at=0');
    for (const { name, n } of all) await COMMANDS[name]?.(n);
    const { hash, link } = here();
    const other = new Session(new FakePace());
    expect(await other.open(link)).toMatchObject({ ok: true });
    expect(other.hash()).toBe(hash);
  });
  await fc.assert(law, { seed: 8, numRuns: 25 });
});
