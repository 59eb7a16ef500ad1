// Untimed exploration: states per second in one process.
import { measureInNode } from './bundle.ts';
import type { Figure } from './table.ts';

const STATES = { kind: 'least', value: 50_000 } as const;

export async function explore(): Promise<Figure[]> {
  const { states = [], moves = [] } = await measureInNode('explore');
  return [
    { name: 'exploration of 4 hardware threads', unit: 'states/s', sample: states, target: STATES },
    { name: 'exploration: moves made and taken back', unit: 'moves/s', sample: moves },
  ];
}
