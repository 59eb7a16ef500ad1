// The HPT view of a table of a million entries while the machine runs as fast as it can, in a window of 1920 x 1080.
import { withSite } from '../preview.ts';
import { buildPage } from './bundle.ts';
import { recordRun } from './frames.ts';
import type { Figure } from './table.ts';
import { costPerMark, lengths, readTrace } from './trace.ts';

const FRAME = { kind: 'most', value: 16.7, at: 0.99 } as const;

export async function hpt(): Promise<Figure[]> {
  const outDir = await buildPage('index.html', 'worker-hpt');
  const trace = await withSite(
    async (browser, url) =>
      readTrace(
        await recordRun(browser, url, async (page) => {
          await page.getByRole('tab', { name: 'HPT' }).click();
          await page.getByRole('slider', { name: /1,048,576 entries/ }).waitFor();
        }),
      ),
    outDir,
  );
  return [
    { name: 'HPT of 1 M entries: section made', unit: 'ms', sample: lengths(trace, 'hpt') },
    {
      name: 'HPT of 1 M entries: decode, commit, style, layout, paint',
      unit: 'ms',
      sample: costPerMark(trace, 'picture'),
      target: FRAME,
    },
  ];
}
