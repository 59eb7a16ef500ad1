// Virtual cores in the Machine view: a vcore on its core, its vcpus on threads, and inputs at them.
import { expect, test } from '@playwright/test';
import type { Action } from '../src/sim/machine/inputs.ts';
import { expectAccessible } from './axe.ts';
import { hashOf, model } from './model.ts';
import { VcorePage } from './vcore-page.ts';

/** The first step at which two threads of a core run guest code. */
function stepWithTwoInGuest(): number {
  const m = model({ scenario: 'guest-smt', cpu: '' });
  const { hw } = m.machine;
  const threads = Array.from({ length: hw.threads }, (_, t) => t);
  while (threads.filter((t) => hw.inGuest(t)).length < 2) m.forward('instr', 1);
  return m.step;
}

test('a vcore is up on its core with its vcpus on threads, and can be looked at and injected to', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(`s=guest-smt&at=main@${stepWithTwoInGuest()}`);
  const plaque = page.getByRole('treeitem', {
    name: /^vcore 0 of VM A: VCORE_RUNNING; on core \d/,
  });
  await expect(plaque).toHaveAccessibleName(/entered 2; began to leave 0; in_guest 1/);
  const inGuest = page.getByRole('treeitem', { name: /runs guest code; vcpu A\d is docked/ });
  await expect(inGuest).toHaveCount(2);
  await plaque.click();
  await vcore.idle();
  await expect(page.getByRole('combobox', { name: 'Entity in focus' })).toHaveValue('vm1/vcore0');
  await expect(page.getByRole('group', { name: 'Inspector' })).toContainText('entry_exit_count');
  await plaque.click({ button: 'right' });
  await expect(page.getByRole('dialog', { name: 'Inject at vm1/vcore0' })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  const machine = page.getByRole('group', { name: 'Machine' });
  await machine.getByRole('button', { name: 'as table' }).click();
  await expect(machine.getByRole('table', { name: 'Virtual cores' })).toContainText(
    'VCORE_RUNNING',
  );
});

test('the header is one row of a 1280 pixel window, also with two patches and the history', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=guest-smt&at=main@0');
  const height = async () => (await page.getByRole('banner').boundingBox())?.height;
  const row = await height();
  for (const scenario of ['guest-smt-p8', 'ppc970', 'real-mode-hcalls-smt', 'nap-state-lost']) {
    await vcore.enter(`s=${scenario}&at=main@0`);
    expect(await height(), scenario).toBe(row);
  }
});

/** Inputs to a vcpu, and to a hardware thread as a cpu of the host; one that cannot be is refused with the reason. */
const INPUTS: readonly (readonly [name: string, choice: 'vcpu' | 'thread', action: Action])[] = [
  ['Let DEC expire', 'vcpu', { kind: 'dec', vcpu: 1 }],
  ['Signal its task', 'vcpu', { kind: 'signal', vcpu: 0 }],
  ['Prod it', 'vcpu', { kind: 'prod', vcpu: 1 }],
  ['Interrupt it', 'vcpu', { kind: 'external', vcpu: 1 }],
  ['Start it late', 'vcpu', { kind: 'start', vcpu: 3 }],
  ['Let HDEC expire', 'thread', { kind: 'hdec', thread: 4 }],
  ['Pre-empt the task', 'thread', { kind: 'preempt', thread: 4 }],
  ['Online', 'thread', { kind: 'online', thread: 5 }],
  ['Offline', 'thread', { kind: 'offline', thread: 0 }],
];

test('inputs to vcpus and cpus do what the model does, or say why not, by mouse and by key', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  const step = stepWithTwoInGuest();
  await vcore.openAt('s=guest-smt&at=main@0');
  const refused: string[] = [];
  for (const [i, [name, choice, action]] of INPUTS.entries()) {
    await test.step(name, async () => {
      await vcore.enter(`s=guest-smt&at=main@${step}&focus=core1/t0`);
      if (i % 2 === 0) await page.keyboard.press('i');
      else
        await page.getByRole('treeitem', { name: /^core 1 thread 0 / }).click({ button: 'right' });
      const dialog = page.getByRole('dialog', { name: 'Inject at core1/t0' });
      const target = 'thread' in action ? action.thread : 'vcpu' in action ? action.vcpu : -1;
      await dialog
        .getByRole('combobox', { name: choice, exact: true })
        .selectOption(String(target));
      await dialog.getByRole('button', { name, exact: true }).click();
      await vcore.idle();
      const m = model({ scenario: 'guest-smt', cpu: '' });
      m.goto(0, step);
      const done = m.inject(action);
      if (!done.ok) {
        refused.push(done.error.code);
        await expect(vcore.alert()).toContainText(done.error.message);
        return;
      }
      await expect(page.getByRole('status').filter({ hasText: done.value.text })).toBeVisible();
      m.advance(300);
      await vcore.goto(step + 300);
      expect((await vcore.fragment()).get('h')).toBe(hashOf(m).slice(0, 8));
    });
  }
  expect(refused).toEqual(['INHIBITED']);
});
