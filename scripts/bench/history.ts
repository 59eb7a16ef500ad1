// Free run and stepping in a history of a million steps, in Node and in Chromium.
import { measureInNode, measureInPage, type Samples } from './bundle.ts';
import type { Figure } from './table.ts';

const RATE = { kind: 'least', value: 1_000_000 } as const;
const STEP = { kind: 'most', value: 50 } as const;

/** From the command to the picture's tables; forward and back by every grain at random steps of the million. */
export async function history(): Promise<Figure[]> {
  return [
    ...rows('Node', await measureInNode('history')),
    ...rows('Chromium', await measureInPage('history')),
  ];
}

function rows(where: string, { rate = [], jump = [], forward = [], back = [] }: Samples): Figure[] {
  return [
    { name: `free run in ${where}`, unit: 'steps/s', sample: rate, target: RATE },
    { name: `step forward in ${where}`, unit: 'ms', sample: forward, target: STEP },
    { name: `step back in ${where}`, unit: 'ms', sample: back, target: STEP },
    { name: `jump to any step in ${where}`, unit: 'ms', sample: jump },
  ];
}
