import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import { defineConfig } from 'vitest/config';

/** Turns the icon of public/, which Vite would copy beside the page, into a data URL inside it. */
function inlineIcon(): Plugin {
  return {
    name: 'vcore-inline-icon',
    transformIndexHtml: (html) =>
      html.replace(
        /href="[^"]*favicon\.svg"/,
        `href="data:image/svg+xml,${encodeURIComponent(readFileSync('public/favicon.svg', 'utf8'))}"`,
      ),
  };
}

// Modes: default = site in dist/; `single` = one HTML file in dist-single/ for file:// and sandboxed
// frames; `soak` = the long tests (*.soak.ts) of vitest.
export default defineConfig(({ mode }) => {
  const single = mode === 'single';
  return {
    base: './',
    plugins: [react(), ...(single ? [viteSingleFile(), inlineIcon()] : [])],
    // A page on file:// or of an opaque origin may start a classic worker from a blob, not a module
    // worker and not one from a URL: the same `import W from './x.ts?worker'` becomes an inlined one.
    resolve: { alias: single ? [{ find: /\?worker$/, replacement: '?worker&inline' }] : [] },
    worker: { format: single ? ('iife' as const) : ('es' as const) },
    build: {
      target: 'es2023',
      outDir: single ? 'dist-single' : 'dist',
      copyPublicDir: !single,
    },
    test: {
      include:
        mode === 'soak' ? ['src/**/*.soak.ts'] : ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
      environment: 'node',
      testTimeout: 60_000, // only a hang takes that long
      maxWorkers: '100%', // nothing else runs meanwhile; the default leaves a core idle
      isolate: false, // test files share their modules, which keep no state: a quarter of the time
    },
  };
});
