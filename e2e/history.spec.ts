// The list of historic changes: preset, switches and search by keyboard, and the machine in which a mistake is seen.
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { endOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

const START = 's=guest-smt&at=main@2000';

async function openHistory(page: Page, fragment = START) {
  const vcore = new VcorePage(page);
  await vcore.openAt(fragment);
  const button = vcore.button(/^historic changes of the kernel/);
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Historic changes' });
  await expect(dialog.getByRole('searchbox', { name: 'Find a change' })).toBeFocused();
  return { vcore, button, dialog };
}

test('by keyboard alone the preset historic-3.6 takes all its fixes away, and gives them back', async ({
  page,
}) => {
  const { vcore, button, dialog } = await openHistory(page);
  const preset = dialog.getByRole('button', { name: 'historic-3.6' });
  await page.keyboard.press('ArrowDown');
  await expect(preset).toBeFocused();
  await vcore.press('Enter');
  await expect(preset).toHaveAttribute('aria-pressed', 'true');
  await expect(preset).toBeFocused();
  await expect(page).toHaveURL(/&patch=historic-3\.6:off&/);
  await expect(dialog.getByRole('status')).toHaveText(/changes, 12 off$/);
  await expectAccessible(page, '[role=dialog]');

  // A switch of the list gives one of them back; what is left is no longer the preset.
  await page.keyboard.press('End');
  const last = dialog.getByRole('switch').last();
  await expect(last).toBeFocused();
  // With the whole of its explanation.
  await expect(dialog.getByRole('listitem').last()).toBeInViewport({ ratio: 1 });
  const wasOn = (await last.getAttribute('aria-checked')) === 'true';
  await vcore.press('Space');
  await expect(last).toBeChecked({ checked: !wasOn });
  await vcore.press('Space');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await vcore.press('Enter');
  await expect(dialog.getByRole('status')).toHaveText(/changes, 0 off$/);

  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
  await expect(button).toHaveAccessibleName(/, 0 off$/);
  expect((await vcore.fragment()).has('patch')).toBe(false);
});

test('a change is found by words, and shown by the machine that breaks without it', async ({
  page,
}) => {
  const { vcore, dialog } = await openHistory(page);
  await page.keyboard.type('3.12');
  await expect(dialog.getByText('mended in 3.12').first()).toBeVisible();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('dscr');
  await expect(dialog.getByRole('switch')).toHaveCount(1);
  await expect(dialog.getByRole('status')).toHaveText(/^1 of \d+ changes, 0 off$/);
  const show = dialog.getByRole('button', { name: 'show what happens without b13-dscr' });
  await show.focus();
  await vcore.press('Enter');
  await expect(dialog).toBeHidden();
  const end = endOf({ scenario: 'book3s-hv', cpu: '', off: ['b13-dscr'] });
  await expect.poll(() => vcore.step()).toBe(end.step);
  expect(await vcore.position()).toEqual({ step: end.step, hash: end.hash });
  await expect(page.getByText('Without b13-dscr, run to the end.')).toBeVisible();
  const checks = page.getByRole('tabpanel', { name: 'Checks' });
  const broken = checks.getByRole('listitem').filter({ hasText: 'guest-registers-kept' });
  await expect(broken).toContainText('broken');
  await expect(vcore.button('historic changes of the kernel')).toHaveAccessibleName(/, 1 off$/);
  // guest-smt was on two cores: what only that machine had is no longer in focus.
  await expect(page.getByRole('combobox', { name: 'Entity in focus' })).toHaveValue('core0/t0');
});

test('at 400 px the list is read without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  const { dialog } = await openHistory(page);
  const wide = await dialog.evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(wide).toBe(0);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, '[role=dialog]');
});
