// `npm run screenshot`: builds the page and saves docs/screenshot.png (light) and docs/screenshot-dark.png.
import type { Browser } from '@playwright/test';
import { VcorePage } from '../e2e/vcore-page.ts';
import { buildSite, withSite } from './preview.ts';

/** What the pictures show: the fragment of a link (scenario, position, focus). */
const FRAGMENT = '#s=virt-doorbell&at=main@3250&focus=vm1/vcpu3';

const PICTURES = [
  { colorScheme: 'light', path: 'docs/screenshot.png' },
  { colorScheme: 'dark', path: 'docs/screenshot-dark.png' },
] as const;

async function shoot(browser: Browser, url: string): Promise<void> {
  for (const { colorScheme, path } of PICTURES) {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 720 },
      colorScheme,
      reducedMotion: 'reduce',
    });
    await new VcorePage(page).open(url + FRAGMENT);
    await page.screenshot({ path });
    await page.close();
    console.log(path);
  }
}

await buildSite();
await withSite(shoot);
