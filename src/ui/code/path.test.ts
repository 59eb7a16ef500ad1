import { describe, expect, test } from 'vitest';
import { CATALOGUE, DISASM, ROUTINES, thread } from '../../../e2e/fixtures/picture.ts';
import {
  type Choice,
  focusedThread,
  GUEST,
  NOTHING,
  ownStep,
  patchesOf,
  routineInFocus,
  whereItStands,
} from './path.ts';

const STACK = [
  { routine: 0, step: 1, locals: '' },
  { routine: 2, step: 5, locals: '' },
];
const choice = (more: Partial<Choice>): Choice => ({
  catalogue: CATALOGUE,
  focus: 'core0/t1',
  stack: STACK,
  disasm: [],
  threads: [thread(0, 'virt'), thread(1, 'real', { vcpu: 3 })],
  ...more,
});

describe('what the code path shows', () => {
  test('a thread in the hypervisor stands in its innermost routine', () => {
    expect(whereItStands(choice({}))).toBe(2);
  });

  test('a thread in the guest stands in guest code, above the routine that entered it', () => {
    const threads = [thread(1, 'guest')];
    expect(whereItStands(choice({ threads, disasm: DISASM }))).toBe(GUEST);
  });

  test('a vcpu that left the guest stands in the hypervisor, although its code is known', () => {
    expect(whereItStands(choice({ focus: 'vm1/vcpu3', disasm: DISASM }))).toBe(2);
  });

  test('a vcpu without routines stands at its saved instruction', () => {
    expect(whereItStands(choice({ focus: 'vm1/vcpu7', stack: [], disasm: DISASM }))).toBe(GUEST);
  });

  test('without stack and code there is nothing to show', () => {
    expect(whereItStands(choice({ focus: 'vm1', stack: [] }))).toBe(NOTHING);
  });

  test('a vcpu in focus is found on the thread it is docked on', () => {
    expect(focusedThread(choice({ focus: 'vm1/vcpu3' }))?.thread).toBe(1);
    expect(focusedThread(choice({ focus: 'vm1/vcpu7' }))).toBeUndefined();
    expect(focusedThread(choice({ focus: 'vm1' }))).toBeUndefined();
  });

  test('a focus that names a routine shows that routine, an unknown name none', () => {
    expect(routineInFocus(choice({ focus: 'fn/kvmhv_p9_guest_entry' }))).toBe(2);
    expect(routineInFocus(choice({ focus: 'fn/no_such_function' }))).toBe(NOTHING);
    expect(routineInFocus(choice({}))).toBe(NOTHING);
  });

  test('the own cursor executes in the innermost routine and waits in the others', () => {
    expect(ownStep(STACK, 2, false)).toEqual({ step: 5, innermost: true });
    expect(ownStep(STACK, 0, false)).toEqual({ step: 1, innermost: false });
    expect(ownStep(STACK, 1, false).step).toBe(-1);
  });

  test('while the guest runs even the innermost routine waits', () => {
    expect(ownStep(STACK, 2, true).innermost).toBe(false);
  });

  test('the steps that a patch adds and removes are counted', () => {
    expect(patchesOf(ROUTINES[2]?.steps ?? [])).toEqual([
      { patch: 'virt-doorbell', added: 1, removed: 1 },
    ]);
    expect(patchesOf(ROUTINES[0]?.steps ?? [])).toEqual([]);
  });
});
