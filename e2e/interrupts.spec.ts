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
  await cppr.fill('3');
  await view.getByLabel('interrupt to end').selectOption('the IPI');
  await vcore.click('EOI');
  await expect(
    view.getByRole('button', { name: /^server 0: presents nothing, CPPR 03/ }),
  ).toBeVisible();
  await expectAccessible(page, '[role=tabpanel]');
});

test('a source is acted on by mouse and by key; the graph has one tab stop, and what is chosen is in focus', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(`${AT}&focus=irq/0x1000`);
  await vcore.press('9');
  const inspector = page.getByRole('group', { name: 'Inspector' });
  await expect(inspector).toContainText('ICS source');
  const source = page.getByRole('button', { name: /^interrupt 0x1000/ });
  await source.click({ button: 'right' });
  const menu = page.getByRole('dialog', { name: 'Inject at irq/0x1000' });
  await expectAccessible(page, '[role=dialog]');
  await menu.getByRole('button', { name: 'Mask it' }).click();
  await vcore.idle();
  await expect(source).toHaveAccessibleName(/masked/);
  await source.focus();
  await page.keyboard.press('i');
  await menu.getByRole('combobox', { name: 'to server' }).selectOption('4');
  await menu.getByRole('button', { name: 'Re-route it' }).click();
  await vcore.idle();
  await expect(source).toHaveAccessibleName(/prio 05, to server 4/);
  await source.focus();
  await page.keyboard.press('i');
  await menu.getByRole('button', { name: 'Trigger it' }).click();
  await vcore.idle();
  await expect(page.getByRole('button', { name: /^server 4: presents/ })).toBeVisible();

  await source.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await vcore.press('Enter');
  await vcore.expectLink('focus', 'icp/3');
  await expect(inspector).toContainText('pending_priority');
  await page.keyboard.press('i');
  const server = page.getByRole('dialog', { name: 'Inject at icp/3' });
  await server.getByRole('spinbutton', { name: 'CPPR' }).fill('300');
  await server.getByRole('button', { name: 'Set CPPR' }).click();
  await expect(vcore.alert()).toContainText('A priority is 0 to 255, not 300.');
  await page.getByRole('button', { name: /^server 3/ }).focus();
  await page.keyboard.press('i');
  await server.getByRole('spinbutton', { name: 'CPPR' }).fill('6');
  await server.getByRole('combobox', { name: 'source' }).selectOption('the IPI');
  await server.getByRole('button', { name: 'End the interrupt' }).press('Enter');
  await vcore.idle();
  await expect(page.getByRole('button', { name: /^server 3: .*CPPR 06/ })).toBeVisible();
  await page.getByRole('button', { name: /^server 3/ }).focus();
  await page.keyboard.press('ArrowRight');
  await vcore.press('Enter');
  await vcore.expectLink('focus', 'core0/t3');
  const view = page.getByRole('tabpanel', { name: 'Interrupts' });
  await expect(view.locator('.irq-graph [tabindex="0"]')).toHaveCount(1);
  await view.getByRole('button', { name: 'as table' }).click();
  await expect(page.getByRole('table', { name: 'Sources of the host' })).toContainText('MSI');
});
