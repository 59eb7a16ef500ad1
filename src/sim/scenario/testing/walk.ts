// Walks through a machine's history, and the check that every position was the one that another machine reaches by
// running straight to it from step 0.
import { type Grain, History } from '../../machine/history.ts';
import type { Action, Input } from '../../machine/inputs.ts';
import type { Machine } from '../../machine/machine.ts';
import { restore, save } from '../../machine/snapshot.ts';
import type { LoadSpec } from '../index.ts';
import { makeLoaded } from './make.ts';

export type Operation =
  | { readonly kind: 'burst'; readonly steps: number }
  | { readonly kind: 'single'; readonly steps: number }
  | { readonly kind: 'forward' | 'back'; readonly grain: Grain; readonly count: number }
  | { readonly kind: 'goto'; readonly step: number }
  | { readonly kind: 'branch'; readonly pick: number; readonly back: number }
  | { readonly kind: 'inject'; readonly action: Action }
  | { readonly kind: 'saveLoad'; readonly steps: number }
  | { readonly kind: 'dropCaches' };

/** A position that was visited: the inputs of its branch, the step, the hash of the state there. */
interface Visit {
  readonly inputs: readonly Input[];
  readonly step: number;
  readonly hash: bigint;
}

/** Walks; returns what went wrong: positions whose hash is not that of a straight run to them. */
export function walk(spec: Partial<LoadSpec>, operations: readonly Operation[]): string[] {
  const history = new History(makeLoaded(spec).machine);
  const other = makeLoaded(spec).machine;
  const start = save(other);
  const visits: Visit[] = [];
  const wrong: string[] = [];
  operations.forEach((operation, i) => {
    if (!perform(history, operation, other)) wrong.push(`operation ${i}: a loaded machine differs`);
    const { machine, current, step } = history;
    visits.push({ inputs: current.inputs, step, hash: machine.hash() });
  });
  for (const inputs of new Set(visits.map((visit) => visit.inputs))) {
    restore(other, start);
    other.inputs = inputs;
    const here = visits.filter((visit) => visit.inputs === inputs);
    for (const { step, hash } of here.sort((a, b) => a.step - b.step)) {
      other.advance(step - other.step);
      if (other.hash() !== hash) wrong.push(`step ${step} with ${JSON.stringify(inputs)}`);
    }
  }
  return wrong;
}

function perform<M>(history: History<M>, op: Operation, other: Machine<M>): boolean {
  switch (op.kind) {
    case 'burst':
      history.advance(op.steps);
      return true;
    case 'single':
      for (let i = 0; i < op.steps; i++) history.advance(1);
      return true;
    case 'forward':
      history.forward(op.grain, op.count);
      return true;
    case 'back':
      history.back(op.grain, op.count);
      return true;
    case 'goto':
      history.goto(history.current.id, op.step);
      return true;
    case 'branch': {
      const branch = history.branches[op.pick % history.branches.length];
      if (branch) history.goto(branch.id, Math.max(0, branch.end - op.back));
      return true;
    }
    case 'inject':
      history.inject(op.action);
      return true;
    case 'saveLoad':
      return saveLoad(history.machine, other, op.steps);
    case 'dropCaches':
      history.machine.hw.engine.dropCaches();
      return true;
  }
}

/** Saves; another machine that loads it goes on like this one; then this one loads it, too. */
function saveLoad<M>(machine: Machine<M>, other: Machine<M>, steps: number): boolean {
  const snapshot = save(machine);
  other.inputs = machine.inputs;
  restore(other, snapshot);
  const loadedAlike = other.hash() === machine.hash();
  for (const each of [machine, other]) each.advance(steps);
  const wentOnAlike = other.hash() === machine.hash();
  restore(machine, snapshot);
  return loadedAlike && wentOnAlike;
}
