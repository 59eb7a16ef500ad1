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

/** The measurements that both sides have. */
export type Measurement = keyof Measurements;

/** Runs one of the measurements of load/node.ts so many times, each in a Node of its own; the samples of all runs. */
export async function measureInNode(name: Measurement, runs = 1): Promise<Samples> {
  const outDir = `${OUT}/node`;
  await build({
    configFile: false,
    logLevel: 'warn',
    build: { ssr: `${LOAD}/node.ts`, outDir, target: 'es2023' },
  });
  const run = (): Samples =>
    JSON.parse(execFileSync(process.execPath, [`${outDir}/node.js`, name], { encoding: 'utf8' }));
  return joined(Array.from({ length: runs }, run));
}

/** Runs one of the measurements of load/page.ts so many times in Chromium, each in a page of its own. */
export async function measureInPage(name: Measurement, runs = 1): Promise<Samples> {
  const page = `${LOAD}/page.html`;
  const outDir = await buildPage(page, 'worker-long');
  return withSite(async (browser, url) => {
    const all: Samples[] = [];
    for (let i = 0; i < runs; i++) {
      const tab = await browser.newPage();
      await tab.goto(`${url}${page}`);
      all.push(await tab.evaluate((what) => window.measurements[what](), name));
      await tab.close();
    }
    return joined(all);
  }, outDir);
}

function joined(all: readonly Samples[]): Samples {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, all.flatMap((one) => one[name] ?? [])]));
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
