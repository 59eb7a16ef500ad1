// Builds the code that the benchmarks measure. Measured code is bundled as the product's is: run from the sources
// it would pay for the module loader.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

/** Samples by name, as measuring code hands them over. */
export type Samples = Readonly<Record<string, readonly number[]>>;

const LOAD = 'scripts/bench/load';
const OUT = '.cache/bench';

/** Runs one of the measurements of load/node.ts in a Node of its own. */
export async function measureInNode(name: string): Promise<Samples> {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: { ssr: `${LOAD}/node.ts`, outDir: `${OUT}/node`, target: 'es2023' },
  });
  const out = execFileSync(process.execPath, [`${OUT}/node/node.js`, name], { encoding: 'utf8' });
  return JSON.parse(out) as Samples;
}

/** Builds a page (an HTML file) whose worker is one of load/; returns the folder to serve. */
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
