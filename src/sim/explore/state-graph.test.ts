import { expect, test } from 'vitest';
import { StateGraph } from './state-graph.ts';
import { StateSet } from './state-set.ts';

/** 0 -a-> 1 -b-> 2 -c-> 4; 0 -d-> 3 -e-> 4; 3 -f-> 5, which leads nowhere but back to itself through 6. */
function sample(): StateGraph {
  const graph = new StateGraph();
  const edges = [
    [0, 1],
    [1, 2],
    [2, 4],
    [0, 3],
    [3, 4],
    [3, 5],
    [5, 6],
    [6, 5],
  ] as const;
  edges.forEach(([from, to], move) => {
    graph.add(from, to, move);
  });
  return graph;
}

test('the shortest way is found, and none where there is none', () => {
  expect(sample().shortestTo(7, (s) => s === 4)).toEqual({ state: 4, moves: [3, 4] });
  expect(sample().shortestTo(7, (s) => s === 0)).toEqual({ state: 0, moves: [] });
  expect(sample().shortestTo(8, (s) => s === 7)).toBeNull();
});

test('states are told from which an end cannot be reached', () => {
  expect([...sample().canReach(7, (s) => s === 4)]).toEqual([1, 1, 1, 1, 1, 0, 0]);
});

test('thousands of edges and states are kept', () => {
  const many = 200_000;
  const graph = new StateGraph();
  const set = new StateSet();
  let known = 0;
  for (let i = 0; i < many; i++) {
    if (set.add(Math.imul(i, 0x9e3779b1), i >> 3) >= 0) known += 1;
    if (i > 0) graph.add(i - 1, i, 0);
  }
  expect([known, set.size]).toEqual([0, many]);
  for (let i = 0; i < many; i += 997) expect(set.add(Math.imul(i, 0x9e3779b1), i >> 3)).toBe(i);
  expect(graph.shortestTo(many, (s) => s === many - 1)?.moves).toHaveLength(many - 1);
  expect(graph.canReach(many, (s) => s === many - 1).every((can) => can === 1)).toBe(true);
});
