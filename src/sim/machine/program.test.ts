import { expect, test } from 'vitest';
import { step } from '../host/routine.ts';
import { PATCHES } from '../kvm/patches/index.ts';
import { makeProgram, type Program } from './program.ts';
import { TEXT_970 } from './text-970.ts';
import { TEXT_P7 } from './text-p7.ts';
import { TEXT_P8 } from './text-p8.ts';
import { TEXT_P9 } from './text-p9.ts';

function program(off: readonly string[] = []): Program {
  const made = makeProgram(TEXT_P9, off);
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}

const TEXTS = [
  ['POWER9', TEXT_P9.routines],
  ['POWER7', TEXT_P7.routines],
  ['POWER8', TEXT_P8.routines],
] as const;

test.each(TEXTS)('%s: routine names are unique, and step labels within a routine', (_, text) => {
  const names = text.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, steps } of text) {
    const labels = steps.map(({ label }) => label);
    expect(new Set(labels).size, name).toBe(labels.length);
  }
});

test.each(TEXTS)('%s: every step has a title, a source, and costs something', (_, text) => {
  for (const { source, about, steps } of text) {
    expect(source).toMatch(/^(arch|init|kernel|mm|virt|QEMU)/);
    expect(about).toMatch(/[.?]$/);
    for (const { title, cost } of steps) {
      expect(title).not.toBe('');
      expect(cost).toBeGreaterThan(0);
    }
  }
});

test('all patches on, each alone off and all off that need no other make a program', () => {
  for (const text of [TEXT_970, TEXT_P7, TEXT_P8, TEXT_P9]) {
    const all = text.patches.filter(({ requires }) => !requires).map(({ id }) => id);
    for (const off of [[], ...all.map((id) => [id]), all])
      expect(makeProgram(text, off).ok).toBe(true);
  }
});

test('a text has every patch of its CPU', () => {
  const texts = { '970': TEXT_970, p7: TEXT_P7, p8: TEXT_P8, p9: TEXT_P9 } as const;
  for (const cpu of ['970', 'p7', 'p8', 'p9'] as const)
    expect(texts[cpu].patches.map(({ id }) => id)).toEqual(
      PATCHES.filter(({ cpus }) => cpus.includes(cpu)).map(({ id }) => id),
    );
});

test('an unknown patch is the user’s mistake, with the known ones as a hint', () => {
  expect(makeProgram(TEXT_P9, ['no-such-patch'])).toEqual({
    ok: false,
    error: {
      code: 'UNKNOWN_PATCH',
      message: "The kernel of this CPU model has no patch 'no-such-patch'.",
      hint: 'Its patches: virt-doorbell.',
    },
  });
});

test('an edit of a step that does not exist is our mistake', () => {
  const edit = { routine: 'schedule', remove: 'no_such_step' };
  expect(() => makeProgram(TEXT_P9, [], [edit])).toThrow(
    'edits schedule/no_such_step, which does not exist',
  );
});

test('a patch that is on shows the steps it added; one that is off shows them struck out', () => {
  const shown = (off: readonly string[]) =>
    program(off)
      .get('kvmppc_vcpu_woken')
      ?.shown.map(({ step: { label }, diff, live }) => `${diff} ${label}${live ? '' : ' (out)'}`);
  expect(shown([])).toEqual([
    'same pending_exceptions',
    'same prodded',
    '+ doorbell_request',
    '+ doorbell_dpdes',
    'same no',
  ]);
  expect(shown(['virt-doorbell'])).toEqual([
    'same pending_exceptions',
    'same prodded',
    '+ doorbell_request (out)',
    '+ doorbell_dpdes (out)',
    'same no',
  ]);
});

test('a replaced step is shown in both texts, and one of them runs', () => {
  const [on, off] = [[], ['virt-doorbell']].map((set) => {
    const live = program(set).get('kvmppc_handle_exit_hv');
    const shown = live?.shown.filter(({ step: { label } }) => label === 'fac_unavail');
    return {
      diffs: shown?.map((s) => `${s.diff}${s.live}`),
      title: live?.steps.get('fac_unavail')?.title,
    };
  });
  expect(on?.diffs).toEqual(['+true', '-false']);
  expect(off?.diffs).toEqual(['+false', '-true']);
  expect(on?.title).not.toBe(off?.title);
});

test('steps follow each other past removed ones, and point at their place in the shown list', () => {
  const entry = program(['virt-doorbell']).get('kvmhv_vcpu_entry_p9');
  expect(entry?.steps.get('pcr')?.next).toBe('dpdes');
  for (const { label, shown } of entry?.steps.values() ?? []) {
    expect(entry?.shown[shown]?.step.label).toBe(label);
  }
});

test('a removed first step leaves the second one first', () => {
  const made = makeProgram(TEXT_P9, [], [{ routine: 'schedule', remove: 'irq_off' }]);
  if (!made.ok) throw new Error(made.error.message);
  expect(made.value.get('schedule')?.first).toBe('__schedule');
  const by = step(['irq_off', 'nothing', () => undefined], 'virtual');
  const replaced = makeProgram(TEXT_P9, [], [{ routine: 'schedule', replace: 'irq_off', by }]);
  if (!replaced.ok) throw new Error(replaced.error.message);
  expect(replaced.value.get('schedule')?.steps.get('irq_off')?.title).toBe('nothing');
});
