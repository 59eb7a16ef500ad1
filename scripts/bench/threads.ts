// Model steps per second with 96 hardware threads, in Node.
import { measureInNode } from './bundle.ts';
import type { Figure } from './table.ts';

export async function threads(): Promise<Figure[]> {
  const { steps = [], instructions = [] } = await measureInNode('threads');
  return [
    { name: '12 x 8 threads running guests', unit: 'steps/s', sample: steps },
    { name: '12 x 8 threads: guest instructions of these', unit: '1/s', sample: instructions },
  ];
}
