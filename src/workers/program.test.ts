// A session whose guest program is the user's: edited text, files, breakpoints, and their way through undo and links.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { assemble } from '../sim/isa/assemble.ts';
import { makeLoaded } from '../sim/scenario/testing/make.ts';
import { hashText } from '../sim/state/hash.ts';
import type { Catalogue } from './protocol.ts';
import { Session } from './session.ts';
import { COUNTER, FakePace, runToStop, sectionOf, statusOf } from './testing/session.ts';

let pace = new FakePace();
let session = new Session(pace);
beforeEach(async () => {
  pace = new FakePace();
  session = new Session(pace);
  await session.open('at=0');
});

const here = () => ({ step: statusOf(session).step, hash: session.hash() });
const programOf = async (made: Promise<unknown>) => {
  const result = (await made) as { ok: true; value: Catalogue };
  expect(result.ok).toBe(true);
  return result.value.program;
};
/** 16 hex digits of a straight run of a program. */
function straight(program: string, step: number): string {
  const { machine } = makeLoaded({ program });
  machine.advance(step);
  return hashText(machine.hash());
}

describe('an edited program', () => {
  test('runs from its start; the machine is the one that the program makes', async () => {
    const program = await programOf(session.setProgram(COUNTER, []));
    expect(program).toMatchObject({ kind: 'edited', source: COUNTER, entry: 0n });
    expect(program.lines.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(statusOf(session).step).toBe(0);
    await session.goto(3000);
    expect(session.hash()).toBe(straight(COUNTER, 3000));
  });

  test('keeps CPU, patches, seed and the inputs at their model cycles', async () => {
    await session.load({
      scenario: 'virt-doorbell',
      cpu: 'p9-dd23',
      off: ['virt-doorbell'],
      seed: 3,
    });
    await session.goto(1500);
    await session.inject({ kind: 'exit', thread: 1 });
    const made = await session.setProgram(COUNTER, []);
    expect(made).toMatchObject({
      ok: true,
      value: { spec: { off: ['virt-doorbell'], seed: 3, program: COUNTER } },
    });
    await session.goto(9000);
    const { inputs } = sectionOf(session, 'history', { bins: 4 });
    expect(inputs.map(({ text }) => text)).toContain('reschedule IPI to thread 1');
  });

  test('with mistakes is refused with the place of the first, and everything stays', async () => {
    await session.goto(1200);
    const before = here();
    const result = await session.setProgram('start: li r3,0\n addd r3,r4,r5\n lwz r77,0(r3)\n', []);
    expect(result).toMatchObject({
      ok: false,
      error: {
        code: 'PROGRAM_ERRORS',
        message: "The program has 2 errors, the first in line 2: no instruction is named 'addd'.",
      },
    });
    expect(here()).toEqual(before);
    expect(await session.undo()).toMatchObject({ ok: true }); // of the goto: nothing was added
  });

  test.each([
    ['nop\n', 'PROGRAM_NO_START'],
    ['start: nop\n .org 0x3000000\n nop\n', 'PROGRAM_TOO_BIG'],
    [`start: nop\n# ${'-'.repeat(140_000)}\n`, 'PROGRAM_TOO_LONG'],
    ['.equ start, 0x1002\n nop\n', 'PROGRAM_NO_START'],
  ])('%# that cannot be loaded is refused with a code', async (source, code) => {
    expect(await session.setProgram(source, [])).toMatchObject({ ok: false, error: { code } });
  });

  test('every mistake is listed by line without loading anything', () => {
    const mistakes = session.check('start: li r3,0\n addd r3,r4,r5\n lwz r77,0(r3)\n');
    expect(mistakes.map(({ line, code }) => [line, code])).toEqual([
      [2, 'ASM_UNKNOWN_MNEMONIC'],
      [3, 'ASM_BAD_REGISTER'],
    ]);
    expect(session.check(COUNTER)).toEqual([]);
  });

  test('undo brings the program before with its position, redo the edited one', async () => {
    await session.goto(1700);
    const before = here();
    await session.setProgram(COUNTER, []);
    const undone = await session.undo();
    expect(undone).toMatchObject({
      ok: true,
      value: { catalogue: { program: { kind: 'scenario' } } },
    });
    expect(here()).toEqual(before);
    const redone = await session.redo();
    expect(redone).toMatchObject({
      ok: true,
      value: { catalogue: { program: { source: COUNTER } } },
    });
    expect(statusOf(session).step).toBe(0);
  });

  test("given the scenario's own text is no other program", async () => {
    const { source } = await programOf(session.setProgram(null, []));
    await session.setProgram(COUNTER, []);
    expect(await programOf(session.setProgram(source, []))).toMatchObject({ kind: 'scenario' });
    expect(statusOf(session).link).not.toContain('prog=');
  });

  test('checks that need symbols which it lacks say so', async () => {
    await session.setProgram(COUNTER, []);
    await session.goto(2000);
    const { checks } = sectionOf(session, 'checks');
    expect(checks.find(({ name }) => name === 'ring-completes')).toMatchObject({
      ok: -1,
      why: "cannot be told: the program has no symbol 'ring_count', which this check reads",
    });
    expect(checks.find(({ name }) => name === 'no-doorbell-lost')).toMatchObject({ ok: 1 });
  });

  test('its link leads a new session to the same state', async () => {
    await session.setProgram(COUNTER, []);
    await session.goto(2500);
    const { link, linkLacks } = statusOf(session);
    expect(linkLacks).toBe('');
    const other = new Session(new FakePace());
    expect(await other.open(link)).toMatchObject({
      ok: true,
      value: { program: { source: COUNTER } },
    });
    expect(statusOf(other)).toMatchObject({ step: 2500, error: null, link });
    expect(other.hash()).toBe(session.hash());
  });

  test('a link without position opens where the program begins', async () => {
    await session.setProgram(COUNTER, []);
    const prog = /prog=[^&]*/.exec(statusOf(session).link)?.[0];
    const other = new Session(new FakePace());
    await other.open(`s=virt-doorbell&${prog}`);
    const { cursors } = sectionOf(other, 'program', { focus: 'vm1/vcpu0' });
    expect(cursors[0]).toMatchObject({ vcpu: 0, focus: 1, line: 2 });
  });

  test('a link with a broken program under way is refused, and the work stays', async () => {
    await session.goto(1200);
    const before = here();
    for (const prog of ['z1:!!', 'z1:AAAA', 'q9:AAAA', 'file:a.elf'])
      expect(await session.open(`at=0&prog=${prog}`)).toMatchObject({ ok: false });
    expect(here()).toEqual(before);
  });

  test('whatever the text is, it is loaded or refused with a message', async () => {
    const word = fc.constantFrom(
      'start:',
      'li',
      'r3,',
      '.org',
      '.rept 3',
      '.macro x',
      '-1',
      '"',
      '\n',
      '(',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.array(word).map((w) => w.join(' ')),
    );
    const law = fc.asyncProperty(text, async (source) => {
      const result = await session.setProgram(source, [1, 2]);
      if (!result.ok) expect(result.error.message).not.toBe('');
      else expect(await session.goto(1100)).toMatchObject({ ok: true });
    });
    await fc.assert(law, { seed: 5, numRuns: 60 });
  });
});

describe('breakpoints', () => {
  /** Steps at which a machine, stepped one at a time, executes the instruction at `address`. */
  function executions(program: string | undefined, address: bigint, count: number): number[] {
    const { machine } = makeLoaded(program === undefined ? {} : { program });
    const steps: number[] = [];
    while (steps.length < count) {
      const { thread } = machine.nextActor();
      const stands = machine.hw.inGuest(thread) && machine.hw.arena.nia(thread) === address;
      const { step } = machine;
      const { guest_instructions: done } = machine.m;
      if (machine.advance(1) === 0) break;
      if (stands && machine.m.guest_instructions > done) steps.push(step);
    }
    return steps;
  }

  test('stop a run at the steps at which single steps execute the instruction', async () => {
    const program = await programOf(session.setProgram(COUNTER, [3]));
    const address = program.lines.find(({ line }) => line === 3)?.address ?? -1n;
    for (const step of executions(COUNTER, address, 5)) {
      runToStop(session, pace);
      expect(statusOf(session)).toMatchObject({ step, running: false });
      expect(statusOf(session).breakpoint).toMatchObject({
        vcpu: 'vm1/vcpu0',
        text: expect.stringMatching(/^loop on thread \d$/),
      });
      expect(session.hash()).toBe(straight(COUNTER, step));
    }
  });

  test.each(['ring', 'cede', 'on_doorbell'])(
    'at %s stop with four vcpus at a time exactly, also at every speed',
    async (label) => {
      const made = assemble(makeLoaded().scenario.guest);
      const address = (made.ok ? made.symbols.get(label) : undefined) ?? -1n;
      session.setBreakpoint(address, true);
      for (const [i, step] of executions(undefined, address, 6).entries()) {
        if (i % 2 === 0) runToStop(session, pace);
        else {
          session.run(97);
          pace.play(200_000);
        }
        expect(statusOf(session)).toMatchObject({ step, running: false });
      }
    },
  );

  test('are no part of the state', async () => {
    await session.goto(3000);
    const before = here();
    session.setBreakpoint(0x1000n, true);
    expect(here()).toEqual(before);
    await session.goto(100);
    await session.goto(3000);
    expect(here()).toEqual(before);
  });

  test('are listed with line, label and text, and can be removed', async () => {
    await session.setProgram(COUNTER, [3, 99]);
    session.setBreakpoint(0x18n, true);
    await session.goto(1500);
    const rows = () => sectionOf(session, 'program').breakpoints;
    expect(rows()).toMatchObject([
      { address: 8n, line: 3, symbol: 'loop', text: 'addi    r3,r3,1' },
      { address: 0x18n, line: 7, symbol: 'done' },
    ]);
    expect(session.setBreakpoint(8n, false)).toMatchObject({ ok: true });
    expect(rows()).toMatchObject([{ address: 0x18n }]);
  });

  test('stay with a patch switched and a reset, go with another program, and come back by undo', async () => {
    await session.setProgram(COUNTER, [3]);
    const count = () => sectionOf(session, 'program').breakpoints.length;
    await session.setPatch('virt-doorbell', false);
    expect(count()).toBe(1);
    await session.reset();
    expect(count()).toBe(1);
    await session.setProgram(null, []);
    expect(count()).toBe(0);
    await session.undo();
    expect(count()).toBe(1);
  });

  test('are in the link, and open with it', async () => {
    const program = await programOf(session.setProgram(COUNTER, [3]));
    session.setBreakpoint(0x18n, true);
    await session.goto(1500);
    const { link } = statusOf(session);
    expect(new URLSearchParams(link).get('bp')).toBe('8,18');
    const other = new Session(pace);
    await other.open(link);
    expect(statusOf(other)).toMatchObject({ link, error: null });
    expect(sectionOf(other, 'program').breakpoints.map(({ address }) => address)).toEqual([
      program.lines.find(({ line }) => line === 3)?.address,
      0x18n,
    ]);
    other.setBreakpoint(8n, false);
    other.setBreakpoint(0x18n, false);
    expect(statusOf(other).link).not.toContain('bp=');
  });

  test.each([
    ['BAD_BREAKPOINT', 'bp=2'],
    ['BAD_BREAKPOINT', 'bp=8,ffffffffffffffff'],
    ['LINK_BREAKPOINT', 'bp=0x8'],
    ['MANY_BREAKPOINTS', `bp=${Array.from({ length: 65 }, (_, i) => (i * 4).toString(16))}`],
  ])('of a link that are none are refused as %s, and the work stays: %s', async (code, bp) => {
    await session.open('s=virt-doorbell&at=main@700&bp=100');
    const before = statusOf(session);
    expect(await session.open(`s=virt-doorbell&at=main@900&${bp}`)).toMatchObject({
      ok: false,
      error: { code },
    });
    expect(statusOf(session)).toEqual(before);
  });

  test('are at most 64', () => {
    for (let i = 0n; i < 64n; i++)
      expect(session.setBreakpoint(4n * i, true)).toMatchObject({ ok: true });
    expect(session.setBreakpoint(0x1000n, true)).toMatchObject({
      ok: false,
      error: { code: 'MANY_BREAKPOINTS' },
    });
    expect(session.setBreakpoint(4n, true)).toMatchObject({ ok: true }); // it is there
    expect(sectionOf(session, 'program').breakpoints).toHaveLength(64);
  });

  test.each([2n, 1n << 40n, -4n])('at %s are refused', (address) => {
    expect(session.setBreakpoint(address, true)).toMatchObject({
      ok: false,
      error: { code: 'BAD_BREAKPOINT' },
    });
  });
});

describe('a file', () => {
  const counter = assemble(COUNTER);
  const bytes = counter.ok ? counter.image : new Uint8Array();

  test('takes the place of the program; its link names it and carries nothing', async () => {
    const program = await programOf(session.setImage({ name: 'count.bin', bytes }));
    expect(program).toMatchObject({
      kind: 'image',
      format: 'raw',
      file: 'count.bin',
      segments: [{ address: 0, bytes: bytes.length, size: bytes.length }],
    });
    await session.goto(2500);
    expect(session.hash()).toBe(straight(COUNTER, 2500));
    const { link, linkLacks } = statusOf(session);
    expect(linkLacks).toContain('the file count.bin');
    const other = new Session(new FakePace());
    expect(await other.open(link)).toMatchObject({ ok: true });
    expect(statusOf(other).error).toMatchObject({
      code: 'LINK_LOST',
      message: expect.stringContaining('the file count.bin'),
    });
  });

  test('of raw bytes is loaded and started where the user says', async () => {
    const file = { name: 'count.bin', bytes, base: 0x4000n, entry: 0x4004n };
    expect(await programOf(session.setImage(file))).toMatchObject({
      segments: [{ address: 0x4000 }],
      entry: 0x4004n,
    });
  });

  test('keeps its place when seed or patch change, and undo brings the text back', async () => {
    await session.setImage({ name: 'count.bin', bytes });
    const spec = { scenario: 'virt-doorbell', cpu: 'p9-dd23', off: [], seed: 9 };
    expect(await programOf(session.load(spec))).toMatchObject({ kind: 'image' });
    expect(await programOf(session.setPatch('virt-doorbell', false))).toMatchObject({
      kind: 'image',
    });
    expect(
      await programOf(session.load({ ...spec, scenario: 'virt-doorbell-2cores' })),
    ).toMatchObject({
      kind: 'scenario',
    });
  });

  test.each([
    ['nothing', new Uint8Array(), 'IMAGE_EMPTY'],
    ['too much', new Uint8Array(33 << 20), 'IMAGE_MEMORY'],
    ['half a header', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 2), 'ELF_TRUNCATED'],
  ])('with %s is refused with its name, and everything stays', async (_, content, code) => {
    await session.goto(1200);
    const before = here();
    const result = await session.setImage({ name: 'bad.elf', bytes: content });
    expect(result).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining('bad.elf') },
    });
    expect(here()).toEqual(before);
  });
});
