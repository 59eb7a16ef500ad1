// `npm run bench [-- NAME ...]`: builds, measures (all benchmarks, or those named), prints one table.
// `npm run bench -- --write` measures all and replaces the table in docs/figures.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { build } from 'vite';
import { engine } from './bench/engine.ts';
import { explore } from './bench/explore.ts';
import { firstLoad } from './bench/first-load.ts';
import { frames } from './bench/frames.ts';
import { history } from './bench/history.ts';
import { hpt } from './bench/hpt.ts';
import { programs } from './bench/programs.ts';
import { sizes } from './bench/sizes.ts';
import { type Benchmark, type Figure, table } from './bench/table.ts';
import { threads } from './bench/threads.ts';
import { translated } from './bench/translated.ts';
import { buildSite } from './preview.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  engine,
  programs,
  translated,
  history,
  frames,
  hpt,
  explore,
  threads,
  sizes,
  'first-load': firstLoad,
};

const FIGURES = 'docs/figures.md';
const BEGIN = '<!-- npm run bench -->';
const END = '<!-- end of npm run bench -->';

/** Date, machine, and how busy it is with other things. */
function describeMachine(): string {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  const load = loadavg()[0]?.toFixed(1);
  return `${date}, ${cpu?.model ?? 'unknown cpu'}, ${cpus().length} cores, load ${load} before the start, Node ${process.version}`;
}

async function measure(names: readonly string[]): Promise<string> {
  const circumstances = describeMachine();
  await buildSite();
  await build({ mode: 'single', logLevel: 'warn' });
  const figures: Figure[] = [];
  for (const name of names) figures.push(...((await BENCHMARKS[name]?.()) ?? []));
  return `${circumstances}\n\n${table(figures)}`;
}

/** Replaces what stands between the two markers of docs/figures.md. */
function record(text: string): void {
  const old = readFileSync(FIGURES, 'utf8');
  const [before, rest] = old.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${FIGURES} lacks the markers ${BEGIN} and ${END}`);
  writeFileSync(FIGURES, `${before}${BEGIN}\n${text}\n${END}${after}`);
}

const args = process.argv.slice(2);
const write = args.includes('--write');
const wanted = args.filter((arg) => arg !== '--write');
const known = Object.keys(BENCHMARKS);
if (wanted.some((name) => !known.includes(name)) || (write && wanted.length > 0)) {
  console.error(`bench: usage: npm run bench -- [--write | NAME ...], NAME of ${known.join(', ')}`);
  process.exitCode = 2;
} else {
  const text = await measure(wanted.length > 0 ? wanted : known);
  console.log(text);
  if (write) record(text);
}
