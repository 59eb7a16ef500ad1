// Builds and runs the code that the benchmarks measure. It is bundled as the product's is: run from the sources it
// would pay for the module loader.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { withSite } from '../preview.ts';
import type { Measurements } from './load/page.ts';

/** Samples by name. */
export type Samples = Readonly<Record<string, readonly number[]>>;

const LOAD = 'scripts/bench/load';
const OUT = '.cache/bench';

/** Runs one of the measurements of load/node.ts in a Node of its own. */
export async function measureInNode(name: string): Promise<Samples> {
  const outDir = `${OUT}/node`;
  await build({
    configFile: false,
    logLevel: 'warn',
    build: { ssr: `${LOAD}/node.ts`, outDir, target: 'es2023' },
  });
  return JSON.parse(
    execFileSync(process.execPath, [`${outDir}/node.js`, name], { encoding: 'utf8' }),
  );
}

/** Runs one of the measurements of load/page.ts in Chromium. */
export async function measureInPage(name: keyof Measurements): Promise<Samples> {
  const page = `${LOAD}/page.html`;
  const outDir = await buildPage(page, 'worker-long');
  return withSite(async (browser, url) => {
    const tab = await browser.newPage();
    await tab.goto(`${url}${page}`);
    return tab.evaluate((what) => window.measurements[what](), name);
  }, outDir);
}

/** Builds a page (an HTML file) with a worker of load/ in place of its own; returns the folder to serve. */
export async function buildPage(html: string, worker: string): Promise<string> {
  const outDir = `${OUT}/${worker}`;
  const replacement = resolve(LOAD, `${worker}.ts?worker`);
  await build({
    configFile: false,
    logLevel: 'warn',
    base: './',
    plugins: [react()],
    resolve: { alias: [{ find: /^\.\/worker\.ts\?worker$/, replacement }] },
    worker: { format: 'es' },
    build: { target: 'es2023', outDir, emptyOutDir: true, rolldownOptions: { input: html } },
  });
  return outDir;
}
