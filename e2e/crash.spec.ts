// When the worker dies the page says so, keeps its picture, and starts again where it was.
import { expect, test } from '@playwright/test';
import { VcorePage } from './vcore-page.ts';

test('after a crash of the worker the page reloads at its position', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell-2threads&seed=3&at=main@2500&focus=vm1/vcpu1');
  await vcore.press('i');
  await vcore.click('Pre-empt the task');
  await vcore.goto(2600);
  const before = await vcore.position();
  // An error that nobody catches, thrown inside the worker as a bug would throw it.
  await page.workers()[0]?.evaluate(() => {
    setTimeout(() => {
      throw new Error('poison');
    });
  });
  await expect(vcore.alert()).toContainText('The machine has stopped working.');
  await expect(vcore.alert()).toContainText('poison');
  await expect(page.getByRole('treeitem', { name: /^core 0 thread 0 / })).toBeVisible();
  await vcore.click('reload at this position');
  await expect(vcore.alert()).toHaveCount(0);
  expect(await vcore.position()).toEqual(before);
  await expect(page.getByRole('combobox', { name: 'Entity in focus' })).toHaveValue('vm1/vcpu1');
  await vcore.press('ArrowRight');
  expect(await vcore.step()).toBeGreaterThan(2600);
});
