// Pictures of a machine of 96 hardware threads while it runs as fast as it can, in a window of 1920 x 1080.
import type { Browser, Page } from '@playwright/test';
import { VcorePage } from '../../e2e/vcore-page.ts';
import { withSite } from '../preview.ts';
import { buildPage } from './bundle.ts';
import type { Figure } from './table.ts';
import { costPerMark, intervals, lengths, readTrace, type Trace } from './trace.ts';

const WARM_UP_MS = 3000;
const TRACED_MS = 10_000;
const FRAME = { kind: 'most', value: 16.7, at: 0.99 } as const;

/** A real machine whose four vcpus are on 96 threads, and synthetic rows that all change in every picture. */
export async function frames(): Promise<Figure[]> {
  const wide = await traceRun('worker-wide');
  const busy = await traceRun('worker-busy');
  return [...rows('96 threads', wide), ...rows('96 threads, all rows synthetic and busy', busy)];
}

function rows(what: string, trace: Trace): Figure[] {
  return [
    { name: `${what}: frame made`, unit: 'ms', sample: lengths(trace, 'frame') },
    {
      name: `${what}: decode, commit, style, layout, paint`,
      unit: 'ms',
      sample: costPerMark(trace, 'picture'),
      target: FRAME,
    },
    { name: `${what}: from picture to picture`, unit: 'ms', sample: intervals(trace, 'picture') },
  ];
}

/** The browser's trace of the product's page over one of the workers of load/. */
async function traceRun(worker: string): Promise<Trace> {
  const outDir = await buildPage('index.html', worker);
  return withSite(async (browser, url) => readTrace(await recordRun(browser, url)), outDir);
}

/** The browser's trace of a fast run of the page at `url`, `prepare`d before it begins. */
export async function recordRun(
  browser: Browser,
  url: string,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.addInitScript(markPictures);
  await new VcorePage(page).open(url);
  await prepare(page);
  await page.getByRole('slider', { name: /speed/ }).press('End');
  await page.getByRole('button', { name: /^Run/ }).click();
  await page.waitForTimeout(WARM_UP_MS);
  await browser.startTracing(page, {
    categories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'],
  });
  await page.waitForTimeout(TRACED_MS);
  return browser.stopTracing();
}

/** In the page: leaves a mark in the trace whenever a frame arrives. */
function markPictures(): void {
  const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage') ?? {};
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    set(this: MessagePort, handler: (event: MessageEvent) => void) {
      set?.call(this, (event: MessageEvent) => {
        if (event.data?.sections) performance.mark('picture');
        handler.call(this, event);
      });
    },
  });
}
