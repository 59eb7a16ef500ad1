// The query: options of the interface for links and embedding pages.
import { expect, test } from '@playwright/test';
import { model, positionOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

const AT = 's=virt-doorbell&at=main@3000';

test('an embed is one view with its transport, steps, and leaves its address alone', async ({
  page,
}) => {
  await page.setViewportSize({ width: 640, height: 400 });
  const vcore = new VcorePage(page);
  await vcore.openAt(AT, '?embed=1&view=doorbells');
  await expect(page.getByRole('group', { name: 'Doorbells', exact: true })).toBeVisible();
  await expect(page.getByRole('banner')).toHaveCount(0);
  await expect(page.getByRole('tree')).toHaveCount(0);
  const url = page.url();
  await vcore.click(/^event forward/);
  const m = model();
  m.goto(0, 3000);
  m.forward('event', 1);
  expect(await vcore.step()).toBe(positionOf(m).step);
  expect(page.url()).toBe(url);
  const overflow = await page.evaluate(() => ({
    x: document.documentElement.scrollWidth - innerWidth,
    y: document.documentElement.scrollHeight - innerHeight,
  }));
  expect(overflow).toEqual({ x: 0, y: 0 });
});

test('an embed takes no focus when it loads', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT, '?embed=1&view=code');
  await expect(page.locator('body')).toBeFocused();
});

test('a view, a theme and a scale can be asked for', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT, '?view=console&theme=dark&scale=1.5');
  await expect(vcore.tab('Console')).toHaveAttribute('aria-selected', 'true');
  const look = () =>
    page.evaluate(() => {
      const { backgroundColor, fontSize } = getComputedStyle(document.body);
      const root = getComputedStyle(document.documentElement);
      return { scheme: root.colorScheme, fontSize, page: root.backgroundColor, backgroundColor };
    });
  expect(await look()).toMatchObject({ scheme: 'dark', fontSize: '18px' });
  await vcore.openAt(AT, '?theme=light');
  expect(await look()).toMatchObject({ scheme: 'light', page: 'rgb(238, 240, 242)' });
});

test('the theme key goes round dark, light and the system, and is remembered', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await page.keyboard.press('Shift+D');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await vcore.open(page.url());
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.keyboard.press('Shift+D');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await vcore.button('theme: light').click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
});

test('keys=off leaves every single key to the page around, and Ctrl+Z working', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT, '?keys=off');
  for (const key of ['ArrowRight', 'Space', 'g', 'i', 'Home', '?']) await vcore.press(key);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await vcore.step()).toBe(3000);
  await vcore.goto(100);
  await vcore.press('Control+z');
  expect(await vcore.step()).toBe(3000);
});

test('unknown options and bad values are ignored one by one', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT, '?view=hologram&theme=pink&scale=99&shiny=1');
  await expect(page.getByRole('tree')).toBeVisible();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  await expect(vcore.alert()).toHaveCount(0);
});
