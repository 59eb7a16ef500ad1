// The Doorbells view of a machine of 96 hardware threads: one virtual core at a time.
import { expect, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { VcorePage } from './vcore-page.ts';

test('of twelve guests the Doorbells view shows one virtual core, the one that is looked at or chosen', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=twelve-cores&at=main@30000&focus=vm2/vcpu9');
  await page.getByRole('tab', { name: /Doorbells/ }).click();
  const view = page.getByRole('tabpanel', { name: /Doorbells/ });
  const domain = view.getByRole('combobox', { name: 'doorbells stay within' });
  await expect(domain).toHaveValue('B · virtual core 0');
  const targets = view.getByRole('table', { name: 'Where a doorbell is' });
  await expect(targets.getByRole('rowheader')).toHaveCount(8);
  await expect(targets.getByRole('button', { name: /^B9:/ })).toBeVisible();
  await domain.selectOption('C · virtual core 0');
  await expect(targets.getByRole('button', { name: /^C16:/ })).toBeVisible();
  await expect(targets.getByRole('button', { name: /^B/ })).toHaveCount(0);

  const cell = (from: string, to: string) =>
    view.getByRole('button', { name: new RegExp(`Send msgsndp from ${from} to ${to}\\.$`) });
  await cell('C16', 'C16').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(cell('C17', 'C17')).toBeFocused();

  const bits = view.getByRole('region', { name: 'DPDES of the hardware threads' });
  await expect(bits.getByRole('list')).toHaveCount(12);
  await bits.getByRole('button', { name: /^c11\/t7/ }).click();
  await vcore.idle();
  await expect(page.getByRole('combobox', { name: 'Entity in focus' })).toHaveValue('core11/t7');
  await expect(domain).toHaveValue('C · virtual core 0');
  await expectAccessible(page);
});
