// Builds the site and serves it as `vite preview` does, for scripts that look at it with a browser.
import { type Browser, chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { launchOptions } from './browser.ts';

/** Builds dist/ afresh. */
export async function buildSite(): Promise<void> {
  await build({ logLevel: 'warn' });
}

/** Calls `use` with a browser and the URL of the site in `outDir`, and closes both afterwards. */
export async function withSite<T>(
  use: (browser: Browser, url: string) => Promise<T>,
  outDir = 'dist',
): Promise<T> {
  const server = await preview({ build: { outDir }, preview: { host: '127.0.0.1', port: 4793 } });
  const browser = await chromium.launch(launchOptions());
  try {
    const [url] = server.resolvedUrls?.local ?? [];
    if (!url) throw new Error('vite preview has no local URL');
    return await use(browser, url);
  } finally {
    await browser.close();
    await server.close();
  }
}
