// How many states a second the untimed exploration finds on a machine of four hardware threads, and what a state costs.
import { exploreSystem } from '../../../src/sim/scenario/testing/search.ts';

const SCENARIO = 'cede-ipi-cores';
const LIMIT = 100_000;
const SAMPLES = 10;
/** Every state counts: no step is taken along with another. */
const WHAT = { scenario: SCENARIO, limit: LIMIT, unreduced: true } as const;

/** States and moves per second; moves lead to known states, too, and each is made, keyed and taken back. */
export function measureExplore(): Record<string, number[]> {
  const states: number[] = [];
  const moves: number[] = [];
  exploreSystem(WHAT); // compiles
  for (let i = 0; i < SAMPLES; i++) {
    const start = performance.now();
    const found = exploreSystem(WHAT);
    const seconds = (performance.now() - start) / 1000;
    states.push(found.states / seconds);
    moves.push(found.moves / seconds);
  }
  return { states, moves };
}
