// Sizes of what the first visit loads, as gzip sends it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Figure } from './table.ts';

/** Sizes of the scripts of dist/: what index.html loads, the worker, what it fetches later, and the single file of dist-single/. */
export async function sizes(): Promise<Figure[]> {
  const html = readFileSync('dist/index.html', 'utf8');
  const page = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, f = '']) => f);
  return [
    size('page scripts, gzip', page, 180),
    // 150 was the target before the whole instruction set, floating point and devices came in.
    size('worker script, gzip', scripts('worker'), 190),
    size('scenarios fetched later, gzip', scripts('scenario')),
    { name: 'single file, gzip', unit: 'KiB', sample: [gzipKiB('dist-single/index.html')] },
  ];
}

/** Files of dist/ that Vite made from a module of this name. */
function scripts(name: string): string[] {
  return readdirSync('dist/assets')
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))
    .map((file) => join('assets', file));
}

function size(name: string, files: readonly string[], most?: number): Figure {
  if (files.length === 0) throw new Error(`${name}: no such file in dist/`);
  const total = files.reduce((sum, file) => sum + gzipKiB(join('dist', file)), 0);
  const figure = { name, unit: 'KiB', sample: [total] };
  return most === undefined ? figure : { ...figure, target: { kind: 'most', value: most } };
}

function gzipKiB(file: string): number {
  return gzipSync(readFileSync(file), { level: 9 }).length / 1024;
}
