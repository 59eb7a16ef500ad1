// The Interrupts view: a device is followed from its source, by mouse and by keyboard, and the controller is acted on.
import { expect, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { VcorePage } from './vcore-page.ts';

const AT = 's=book3s-hv-2cores&at=main@3000';

test('a device that CPPR holds back waits, and comes when CPPR lets it', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await vcore.press('9');
  const view = page.getByRole('tabpanel', { name: 'Interrupts' });
  await expect(view).toContainText('No interrupt is on its way.');
  const cppr = view.getByLabel('CPPR', { exact: true });
  await cppr.fill('4');
  await vcore.click('Set CPPR');
  await vcore.click('Trigger');
  await expect(view).toContainText('0x1000 waits: rejected by server 0');
  await cppr.fill('255');
  await vcore.click('Set CPPR');
  await expect(
    view.getByRole('button', { name: /^server 0: presents interrupt 0x1000/ }),
  ).toBeVisible();
  await expectAccessible(page, '[role=tabpanel]');
});

test('the graph has one tab stop; arrows move, Enter chooses and focuses the thread', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await vcore.press('9');
  await page.getByRole('button', { name: /^interrupt 0x1000/ }).focus();
  await page.keyboard.press('ArrowRight');
  const server = page.getByRole('button', { name: /^server 0/ });
  await expect(server).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await vcore.press('Enter');
  await vcore.expectLink('focus', 'core0/t1');
  const view = page.getByRole('tabpanel', { name: 'Interrupts' });
  await view.getByRole('button', { name: 'as table' }).click();
  await expect(page.getByRole('table', { name: 'Sources of the host' })).toContainText('MSI');
});
