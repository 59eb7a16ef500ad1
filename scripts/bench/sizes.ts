// Sizes of what the first visit loads, as gzip sends it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Figure } from './table.ts';

/** Sizes of the scripts of dist/: what index.html loads, the worker, and the single file of dist-single/. */
export async function sizes(): Promise<Figure[]> {
  const html = readFileSync('dist/index.html', 'utf8');
  const page = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, f = '']) => f);
  const worker = readdirSync('dist/assets')
    .filter((file) => /^worker-.*\.js$/.test(file))
    .map((file) => join('assets', file));
  return [
    size('page scripts, gzip', page, 180),
    // 150 was the target before the whole instruction set, floating point and the POWER7 machine came in.
    size('worker script, gzip', worker, 220),
    { name: 'single file, gzip', unit: 'KiB', sample: [gzipKiB('dist-single/index.html')] },
  ];
}

function size(name: string, files: readonly string[], most: number): Figure {
  if (files.length === 0) throw new Error(`${name}: no such file in dist/`);
  const total = files.reduce((sum, file) => sum + gzipKiB(join('dist', file)), 0);
  return { name, unit: 'KiB', sample: [total], target: { kind: 'most', value: most } };
}

function gzipKiB(file: string): number {
  return gzipSync(readFileSync(file), { level: 9 }).length / 1024;
}
