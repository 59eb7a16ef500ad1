// The product runs wherever it is shipped: as a site, from file://, in a sandboxed frame of another origin.
// The page is idle only when the worker has sent its first picture.
import { pathToFileURL } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { sizes } from '../scripts/bench/sizes.ts';
import { ratio } from '../scripts/bench/table.ts';
import { SCENARIOS } from '../src/sim/scenario/index.ts';
import { expectAccessible } from './axe.ts';
import { model, positionOf } from './model.ts';
import { VcorePage } from './vcore-page.ts';

const SINGLE_FILE = 'dist-single/index.html';
const SINGLE_URL = 'http://127.0.0.1:4792/index.html';

/** Where these tests start, and where a step by event leads from there. */
const AT = 's=virt-doorbell&at=main@2000';
function afterEvent() {
  const m = model();
  m.goto(0, 2000);
  m.forward('event', 1);
  return positionOf(m);
}

/** Collects what goes wrong in a page: errors on the console and uncaught exceptions. */
function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return problems;
}

/** The list is complete; that takes a moment after the first picture. */
async function expectAllScenarios(page: Page): Promise<void> {
  const scenarios = page.getByRole('combobox', { name: 'scenario' }).getByRole('option');
  await expect(scenarios).toHaveCount(SCENARIOS.length);
}

test('the site starts its worker, without an error and without an accessibility violation', async ({
  page,
}) => {
  const problems = problemsOf(page);
  await new VcorePage(page).open();
  await expectAccessible(page);
  expect(problems).toEqual([]);
});

test('the site lists every scenario once its first picture is there', async ({ page }) => {
  await new VcorePage(page).open();
  await expectAllScenarios(page);
});

test('scenarios that cannot be fetched are said to be missing, and the page goes on', async ({
  page,
}) => {
  await page.route('**/scenario-*.js', (route) => route.abort());
  const vcore = new VcorePage(page);
  await vcore.open(`/#${AT}`);
  await expect(page.getByText('The other scenarios could not be fetched.')).toBeVisible();
  await vcore.click(/^event forward/);
  expect(await vcore.position()).toEqual(afterEvent());
});

test('the single file runs from file:// and loads nothing else', async ({ page }) => {
  const problems = problemsOf(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  const url = pathToFileURL(SINGLE_FILE).href;
  const vcore = new VcorePage(page);
  await vcore.open(`${url}#${AT}`);
  await vcore.click(/^event forward/);
  expect(await vcore.position()).toEqual(afterEvent());
  await expectAllScenarios(page);
  expect(requests.filter((r) => !/^(blob|data):/.test(r))).toEqual([url]);
  expect(problems).toEqual([]);
});

test('the single file runs in a sandboxed frame of another origin', async ({ page }) => {
  await new VcorePage(page).open();
  const problems = problemsOf(page);
  // Any page of the site's origin can be the host; its own content does not matter.
  await page.setContent(
    `<title>host</title><iframe sandbox="allow-scripts" src="${SINGLE_URL}#${AT}"></iframe>`,
  );
  const frame = page.frame({ url: `${SINGLE_URL}#${AT}` });
  if (!frame) throw new Error('the host page has no frame with the single file');
  expect(await frame.evaluate(() => globalThis.origin)).toBe('null');
  const vcore = new VcorePage(frame);
  await vcore.idle();
  await vcore.click(/^event forward/);
  expect(await vcore.step()).toBe(afterEvent().step);
  expect(problems).toEqual([]);
  // The frame has neither a clipboard nor an address of its own: the link is shown.
  await vcore.click('copy the link to this position');
  const shown = frame.getByRole('status').filter({ hasText: 'The link is:' });
  await expect(shown).toContainText(`h=${afterEvent().hash}`);
});

test('the scripts of the site stay within their size budgets', async () => {
  const over = (await sizes()).filter((figure) => (ratio(figure) ?? 0) > 1);
  expect(over).toEqual([]);
});
