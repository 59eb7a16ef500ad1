// How long a first visit takes, from navigation to the first picture of the machine.
import type { Browser } from '@playwright/test';
import { VcorePage } from '../../e2e/vcore-page.ts';
import { withSite } from '../preview.ts';
import type { Figure } from './table.ts';

const VISITS = 20;

/** Time until the page is interactive (idle for the first time), each visit with an empty cache. */
export async function firstLoad(): Promise<Figure[]> {
  const sample = await withSite(async (browser, url) => {
    const times: number[] = [];
    for (let i = 0; i < VISITS; i++) times.push(await visit(browser, url));
    return times;
  });
  const target = { kind: 'most', value: 1500 } as const;
  return [{ name: 'first load, interactive', unit: 'ms', sample, target }];
}

/** Milliseconds from the start of navigation to the first `data-idle`. */
async function visit(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.documentElement.dataset.idle === undefined) return;
      performance.mark('first-idle');
      observer.disconnect();
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-idle'] });
  });
  await new VcorePage(page).open(url);
  const time = await page.evaluate(() => performance.getEntriesByName('first-idle')[0]?.startTime);
  await context.close();
  if (time === undefined) throw new Error('the page was idle without ever becoming idle');
  return time;
}
