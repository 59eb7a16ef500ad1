// The POWER7 machine in the page: chosen from the header, its views, its patch, and the same states as in Node.
import { expect, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { hashOf, model } from './model.ts';
import { VcorePage } from './vcore-page.ts';

test('is chosen in the header with its own CPU, and shows the code path where doorbells would be', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@0&patch=virt-doorbell:off');
  await page.getByRole('combobox', { name: 'scenario' }).selectOption('book3s-hv');
  await vcore.idle();
  await vcore.expectLink('cpu', 'p7');
  await expect(page.getByText('POWER7 DD2.3 · 1 core of 4 threads')).toBeVisible();
  await expect(vcore.tab('Code path')).toHaveAttribute('aria-selected', 'true');
  await vcore.tab('Doorbells').click();
  await expect(page.getByText('The POWER7 DD2.3 has no doorbells')).toBeVisible();
  await vcore.idle();
  await expectAccessible(page);
});

test('stops at the same state as in Node, forwards and back, and shows what an entry and an exit switch', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=book3s-hv&at=main@0');
  const same = model({ scenario: 'book3s-hv', cpu: '' });
  for (const step of [1500, 420, 30_000]) {
    await vcore.goto(step);
    same.goto(0, step);
    expect((await vcore.position()).hash).toBe(hashOf(same).slice(0, 8));
  }
  await vcore.tab('Checks').click();
  await vcore.idle();
  const table = page.getByRole('table', { name: 'Registers at the last entry and exit' });
  const cells = table.getByRole('row', { name: /^LPIDR/ }).getByRole('cell');
  await expect(cells).toHaveText(['LPIDR', '0x0', '0x1', '0x1', '0x0']);
  await expect(page.getByText('ownInterrupts 900')).toBeVisible();
});

test('without real-mode-hcalls the hypercalls cost partition switches', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=real-mode-hcalls&at=main@0&patch=real-mode-hcalls:off');
  await vcore.goto(3000);
  await vcore.tab('Checks').click();
  await vcore.idle();
  await expect(page.getByText(/\d+ of \d+ hcalls cost two partition switches each/)).toBeVisible();
});
