// WCAG 2.2 AA: scans of every view, the keyboard alone, and the user's own settings of size, colour and motion.
import { expect, type Page, test } from '@playwright/test';
import { VIEWS } from '../src/ui/store.ts';
import { expectAccessible } from './axe.ts';
import { VcorePage } from './vcore-page.ts';

const AT = 's=virt-doorbell&at=main@6000';
/** Patch off and stalled: violations and broken checks are on the screen. */
const STALLED = 's=virt-doorbell&patch=virt-doorbell:off&at=main@1900';

/** How far the page is larger than the window. */
const overflow = (page: Page) =>
  page.evaluate(() => {
    const { scrollWidth, scrollHeight, clientWidth } = document.documentElement;
    return { x: scrollWidth - clientWidth, y: scrollHeight - innerHeight };
  });

test('every view passes the scan in both themes', async ({ page }) => {
  test.slow();
  await page.emulateMedia({ colorScheme: 'light' });
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  await expectAccessible(page);
  for (const tab of ['Code path', 'Console', 'Checks', 'Program', 'HPT', 'Interrupts']) {
    await test.step(tab, async () => {
      await page.emulateMedia({ colorScheme: 'light' });
      await vcore.tab(tab).click();
      await vcore.idle();
      if (tab === 'Program') await page.locator('.cm-content').waitFor(); // loaded when shown
      await expectAccessible(page, '[role=tabpanel]');
      await page.emulateMedia({ colorScheme: 'dark' });
      await expectAccessible(page, '[role=tabpanel]');
    });
  }
  await vcore.enter(STALLED);
  await vcore.tab('Checks').click();
  await vcore.idle();
  await expectAccessible(page);
});

test('table twins, a message and the dialogs pass the scan', async ({ page }) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@6000&h=00000000');
  for (const button of await vcore.button('as table').all()) await button.click();
  await expect(vcore.alert()).toBeVisible();
  await expectAccessible(page);
  for (const key of ['?', 'g', 'b', 'i']) {
    await page.keyboard.press(key);
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page, '[role=dialog]');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
});

/** What has the focus: a name to tell it by, and whether the focus can be seen on it. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const style = getComputedStyle(at);
    const drawn = (s: CSSStyleDeclaration) => s.outlineStyle !== 'none' && s.outlineWidth !== '0px';
    // A radio or a picture may draw the ring on its label or a shape of its own.
    const near = [at, at.closest('label'), ...at.children].filter((e) => e !== null);
    const name = at.getAttribute('aria-label') ?? at.textContent ?? '';
    return {
      name: `${at.tagName} ${at.id} ${name.slice(0, 60)}`,
      visible: near.some((e) => drawn(getComputedStyle(e))) || style.stroke !== 'none',
    };
  });

test('Tab goes once through the whole page, forwards and backwards, and the focus is always seen', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  /** Stops until the focus leaves the page, or as many as asked for. */
  const walk = async (key: string, most = 120): Promise<string[]> => {
    const stops: string[] = [];
    while (stops.length < most) {
      await page.keyboard.press(key);
      const at = await focused(page);
      if (!at) return stops;
      expect(at.visible, `the focus is not visible on ${at.name}`).toBe(true);
      stops.push(at.name);
    }
    return stops;
  };
  const forwards = await walk('Tab');
  expect(new Set(forwards).size).toBeGreaterThan(30);
  expect(forwards.length, 'Tab leaves the page at its end').toBeLessThan(120);
  expect(await walk('Shift+Tab', forwards.length)).toEqual(forwards.toReversed());
});

test('the whole page works by keyboard alone: patch off, run, look, inject, return', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt('s=virt-doorbell&at=main@1000');
  await page.getByRole('switch', { name: /^patch/ }).focus();
  await vcore.press('Enter');
  await vcore.press('End');
  await vcore.press('6');
  await page.getByRole('tabpanel', { name: 'Checks' }).press('Tab');
  await page.keyboard.press('Enter');
  await vcore.idle();
  await vcore.press('Escape');
  const before = await vcore.step();
  await vcore.press('PageUp');
  expect(await vcore.step()).toBeLessThan(before);
  await page.keyboard.press('i');
  await page.getByRole('button', { name: 'Pre-empt the task' }).focus();
  await page.keyboard.press('Enter');
  await vcore.idle();
  await page.keyboard.press('b');
  await page.getByRole('button', { name: 'return to main' }).focus();
  await page.keyboard.press('Enter');
  await vcore.idle();
  expect(await vcore.step()).toBe(before);
});

test('the page does not scroll at 1280x720; one live region tells what the last step did, and stays quiet at run speed', async ({
  page,
}) => {
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  for (const [i] of VIEWS.entries()) {
    await vcore.press(`${i + 1}`);
    expect(await overflow(page)).toEqual({ x: 0, y: 0 });
  }
  const live = page.locator('[aria-live="polite"]');
  await expect(live).toHaveCount(1);
  await vcore.press('ArrowRight');
  await expect(live).toHaveText(new RegExp(`^step ${await vcore.step()}, core 0 thread \\d: `));
  const said = await live.textContent();
  await vcore.button(/^Run/).click();
  await expect(vcore.button(/^Pause/)).toBeVisible();
  expect(await live.textContent()).toBe(said);
  await vcore.click(/^Pause/);
});

test('with reduced motion nothing moves; in forced colours patterns and borders stay, and the page passes the scan', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  for (const key of ['ArrowRight', 'PageDown', 'Shift+ArrowRight']) {
    await vcore.press(key);
    const moving = await page.evaluate(
      () =>
        document
          .getAnimations()
          .filter((a) => Number(a.effect?.getComputedTiming().activeDuration) > 1).length,
    );
    expect(moving).toBe(0);
  }
  await page.emulateMedia({ forcedColors: 'active' });
  await expectAccessible(page);
  const borders = await vcore
    .button(/^event forward/)
    .evaluate((button) => getComputedStyle(button).borderTopStyle);
  expect(borders).toBe('solid');
});

test('at 400 and at 320 px every view is read without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 });
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  const tabs = await page.getByRole('tab').all();
  expect(tabs).toHaveLength(VIEWS.length);
  for (const width of [400, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [i, tab] of tabs.entries()) {
      await tab.click();
      await vcore.idle();
      expect((await overflow(page)).x, VIEWS[i]).toBe(0);
    }
    await vcore.click(/^event forward/);
    if (width === 400) await expectAccessible(page);
  }
});

test('with text at 200 % nothing is lost', async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
  const vcore = new VcorePage(page);
  await vcore.openAt(AT);
  expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe('24px');
  expect((await overflow(page)).x).toBe(0);
  // The views keep their height: the page scrolls down to the transport.
  const tree = await page.getByRole('tree').boundingBox();
  expect(tree?.height).toBeGreaterThan(300);
  await vcore.button(/^Run/).scrollIntoViewIfNeeded();
  await expect(vcore.button(/^Run/)).toBeInViewport({ ratio: 1 });
  await vcore.click(/^event forward/);
});
