import { defineConfig } from '@playwright/test';
import { launchOptions } from './scripts/browser.ts';

/** Origin of the site (dist/) and, on another port and so another origin, of the single file (dist-single/). */
const SITE = 4791;
const SINGLE = 4792;

function preview(folder: string, port: number) {
  return {
    command: `node node_modules/vite/bin/vite.js preview --outDir ${folder} --host 127.0.0.1 --port ${port} --strictPort`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  };
}

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 2, // of the two cores one alone would wait for pages to load
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/playwright.json' }]],
  use: {
    baseURL: `http://127.0.0.1:${SITE}`,
    viewport: { width: 1280, height: 720 },
    launchOptions: launchOptions(),
  },
  webServer: [preview('dist', SITE), preview('dist-single', SINGLE)],
});
