import { describe, expect, it } from 'vitest';
import type { Status } from '../../workers/protocol.ts';
import { isIdle, sectionInTurn, visibleViews, wantedSections } from './frames.ts';

const WIDE = {
  narrow: false,
  embed: false,
  view: 'code',
  centre: 'code',
  insn: '',
  focus: 'core0/t0',
} as const;
const REST = { running: false, busy: '' } as Status;

describe('what the page asks the worker for', () => {
  it('is the machine, the centre view and the inspector on a wide window', () => {
    expect(visibleViews(WIDE)).toEqual(['machine', 'code', 'inspector']);
    expect(wantedSections(WIDE)).toEqual(
      expect.arrayContaining(['machine', 'history', 'checks', 'code', 'inspect']),
    );
    expect(wantedSections(WIDE)).not.toContain('doorbells');
  });

  it('includes the instruction that is explained only while the code path is on the screen', () => {
    expect(wantedSections(WIDE)).not.toContain('insn');
    expect(wantedSections({ ...WIDE, insn: 'next' })).toContain('insn');
    const elsewhere = { ...WIDE, insn: 'next', view: 'console', centre: 'console' } as const;
    expect(wantedSections(elsewhere)).not.toContain('insn');
  });

  it('is one view on a narrow window and in an embed', () => {
    expect(visibleViews({ ...WIDE, narrow: true, view: 'console' })).toEqual(['console']);
    expect(wantedSections({ ...WIDE, embed: true, view: 'doorbells' })).toContain('doorbells');
    expect(wantedSections({ ...WIDE, embed: true, view: 'doorbells' })).not.toContain('inspect');
  });
});

it('the page asks for the page table only while it is on the screen', () => {
  expect(wantedSections(WIDE)).not.toContain('hpt');
  expect(wantedSections({ ...WIDE, view: 'hpt', centre: 'hpt' })).toContain('hpt');
});

it('the page asks for the interrupts while their view is on the screen or one has the focus', () => {
  expect(wantedSections(WIDE)).not.toContain('interrupts');
  expect(wantedSections({ ...WIDE, focus: 'vm1/irq/0x1200' })).toContain('interrupts');
  const shown = { ...WIDE, view: 'interrupts', centre: 'interrupts', focus: 'icp/1' } as const;
  expect(wantedSections(shown).filter((name) => name === 'interrupts')).toHaveLength(1);
});

describe('a picture of a fast run', () => {
  it('brings the machine every second time, and between them every other section in turn', () => {
    const pictures = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => sectionInTurn(wantedSections(WIDE), n));
    expect(pictures.filter((_, n) => n % 2 === 0)).toEqual(new Array(4).fill('machine'));
    expect(pictures.filter((_, n) => n % 2 === 1)).toEqual([
      'history',
      'checks',
      'code',
      'inspect',
    ]);
  });
});

describe('the page is idle', () => {
  const quiet = { changes: 3, pending: 0, whole: true };

  it('when a frame asked for after the last change shows a machine at rest', () => {
    expect(isIdle(REST, quiet, quiet)).toBe(true);
  });

  it('not when a command was under way, or came, since the frame was asked for', () => {
    expect(isIdle(REST, { ...quiet, pending: 1 }, quiet)).toBe(false);
    expect(isIdle(REST, quiet, { changes: 3, pending: 1 })).toBe(false);
    expect(isIdle(REST, quiet, { changes: 4, pending: 0 })).toBe(false);
  });

  it('not when some of what is drawn was not asked for', () => {
    expect(isIdle(REST, { ...quiet, whole: false }, quiet)).toBe(false);
  });

  it('not while the machine runs or works on something long', () => {
    expect(isIdle({ ...REST, running: true }, quiet, quiet)).toBe(false);
    expect(isIdle({ ...REST, busy: 'going to step 812,004' }, quiet, quiet)).toBe(false);
  });
});
