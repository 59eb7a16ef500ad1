// What the page shows of one instruction: its form, what it reads and writes, and the values before and after.
import { beforeEach, describe, expect, test } from 'vitest';
import { Session } from '../session.ts';
import { COUNTER, FakePace, runToStop, sectionOf, statusOf } from '../testing/session.ts';

let pace = new FakePace();
let session = new Session(pace);
beforeEach(async () => {
  pace = new FakePace();
  session = new Session(pace);
  await session.open('at=0');
});

const at = () => ({ status: statusOf(session), hash: session.hash() });

describe('an instruction', () => {
  const look = (insn: string, focus = 'vm1/vcpu0') => sectionOf(session, 'insn', { insn, focus });

  beforeEach(async () => {
    await session.setProgram(COUNTER, [4]);
    runToStop(session, pace);
  });

  test('that the focus executes next has the values before and after', () => {
    const { insn, places } = look('next');
    expect(insn[0]).toMatchObject({
      text: 'stw     r3,8(r4)',
      name: 'stw',
      form: 'D',
      symbol: 'loop+0x4',
    });
    expect(insn[0]?.state).toMatch(/^Values before and after, on thread \d \(the next step\)\.$/);
    expect(places).toMatchObject([
      { name: 'r4', before: '0x4000', after: '0x4000', read: 1, written: 0 },
      { name: 'r3', before: '0x1', after: '0x1' },
      {
        name: 'memory',
        before: '00000000 00000000 at 0x4008',
        after: '00000001 00000000 at 0x4008',
      },
      { name: 'NIA', before: '0xc', after: '0x10', written: 1 },
    ]);
  });

  test('has the values after that a step really leads to', async () => {
    const { places } = look('next');
    await session.step('instr', 1, 1);
    const { cursors } = sectionOf(session, 'program', { focus: 'vm1/vcpu0' });
    const after = places.find(({ name }) => name === 'NIA')?.after;
    expect(`0x${cursors[0]?.address.toString(16)}`).toBe(after);
  });

  test('of floating point or vectors shows the registers of both halves', async () => {
    const text = `start:  mfmsr   r3
        oris    r3, r3, 0x280           # MSR[VEC,VSX]
        ori     r3, r3, 0x2000          # MSR[FP]
        mtmsrd  r3
        lfd     f1, one(0)
        fadd    f2, f1, f1
        xxpermdi vs34, vs1, vs2, 0
        mfspr   r5, 446                 # TIR
        b       .
one:    .quad   0x3ff0000000000000
`;
    await session.setProgram(text, [6, 7, 8]);
    const changed = () =>
      look('next')
        .places.filter(({ name, before, after }) => name !== 'NIA' && before !== after)
        .map(({ name, after }) => [name, after]);
    runToStop(session, pace);
    expect(changed()).toContainEqual(['f2', '0x4000000000000000']);
    runToStop(session, pace);
    expect(changed()).toEqual([['vs34', '0x3ff0000000000000_4000000000000000']]);
    runToStop(session, pace);
    expect(look('next').places).toContainEqual({
      name: 'TIR',
      read: 1,
      written: 0,
      before: '0x0',
      after: '0x0',
    });
  });

  test('elsewhere is named without values, and says so', () => {
    const { insn, places, fields } = look('8');
    expect(insn[0]).toMatchObject({
      text: 'addi    r3,r3,1',
      rtl: expect.stringContaining('EXTS(SI)'),
    });
    expect(insn[0]?.state).toMatch(/^No values: vcpu 0 stands at loop\+0x4\./);
    expect(places.map(({ before, after }) => before + after)).toEqual(['', '']);
    expect(fields.map(({ name, first, last }) => [name, first, last])).toEqual([
      ['PO', 0, 5],
      ['RT', 6, 10],
      ['RA', 11, 15],
      ['SI', 16, 31],
    ]);
  });

  test('looked at changes nothing, wherever one is', async () => {
    for (const step of [0, 900, 1300, 2000]) {
      await session.goto(step);
      const before = at();
      for (const focus of ['core0/t0', 'core0/t1', 'vm1/vcpu0', 'vm1/vcpu3']) {
        look('next', focus);
        look('1000', focus);
      }
      expect(at()).toEqual(before);
    }
  });

  test.each(['zz', 'fffffffffffffffff', 'fffffffffffffff0', '-4'])(
    'at %s there is none',
    (insn) => {
      expect(look(insn).insn).toEqual([]);
    },
  );
});
