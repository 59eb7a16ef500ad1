// Virtual cores in the Machine view: a vcore on its core, its vcpus on threads, and inputs at them.
import { expect, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { model } from './model.ts';
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
