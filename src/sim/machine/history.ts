// History: checkpoints, branches, going back (architecture section 6). Going back is restore and replay of logged
// inputs; it is the only way back. A position is a branch and a step, and includes the inputs applied at that step.
import { type Result, succeed } from '../state/user-error.ts';
import { type Checkpoint, CheckpointTree } from './checkpoints.ts';
import { actionText, type Input } from './inputs.ts';
import type { Machine } from './machine.ts';
import type { Records } from './records.ts';
import { type Bin, binSamples, type Sample, Samples } from './samples.ts';

/** A line of time: shares its parent's past up to `fork`. */
export interface Branch {
  readonly id: number;
  name: string;
  readonly parent: number;
  /** Step on the parent at which it leaves; 0 for the first branch. */
  fork: number;
  inputs: readonly Input[];
  /** Furthest step reached. */
  end: number;
  /** Counters along the branch, from its fork on. */
  readonly samples: Samples;
}

/** Steps between checkpoints: a replay of one interval takes a few milliseconds. */
export const INTERVAL = 4096;

export type Grain = 'instr' | 'op' | 'event' | 'phase';

export class History<M> {
  readonly machine: Machine<M>;
  readonly branches: Branch[];
  private readonly tree: CheckpointTree<Records<M>>;
  private branch = 0;

  constructor(machine: Machine<M>) {
    this.machine = machine;
    this.tree = new CheckpointTree(machine.hw.arena);
    this.branches = [
      {
        id: 0,
        name: 'main',
        parent: -1,
        fork: 0,
        inputs: machine.inputs,
        end: machine.step,
        samples: new Samples(),
      },
    ];
    this.checkpoint();
  }

  get current(): Branch {
    return this.at(this.branch);
  }
  get step(): number {
    return this.machine.step;
  }

  private at(id: number): Branch {
    const found = this.branches[id];
    if (!found) throw new Error(`History: no branch ${id}`);
    return found;
  }

  private checkpoint(): void {
    this.tree.take(this.branch, this.step, structuredClone(this.machine.getRecords()));
  }

  /** Runs up to `count` steps forward; stops early when the run ends or `until` says so. Returns the steps run. */
  advance(count: number, until?: (m: Records<M>['machine']) => boolean): number {
    const start = this.step;
    let stopped = false;
    while (!stopped && this.step < start + count) {
      const base = this.tree.nearest(this.path(this.branch), this.step);
      const boundary = base.step + INTERVAL;
      if (this.step >= boundary) {
        this.checkpoint();
        continue;
      }
      const { samples } = this.current;
      const sampled = samples.next > this.step ? samples.next : boundary;
      const chunk = Math.min(start + count, boundary, sampled) - this.step;
      stopped = this.machine.advance(chunk, until) < chunk || (until?.(this.machine.m) ?? false);
      samples.note(this.machine.m);
    }
    if (count === 0) this.machine.applyDue();
    this.current.end = Math.max(this.current.end, this.step);
    return this.step - start;
  }

  /** Branches from `id` to the root with the last step that belongs to each. */
  private path(id: number): ReadonlyMap<number, number> {
    const path = new Map<number, number>();
    let last = Number.POSITIVE_INFINITY;
    for (let b: Branch | undefined = this.at(id); b; b = this.branches[b.parent]) {
      path.set(b.id, last);
      last = Math.min(last, b.fork);
      if (b.parent < 0) break;
    }
    return path;
  }

  /** Goes to a step of a branch; steps beyond what is known are run. Returns the steps still missing (run ended). */
  goto(branch: number, step: number): number {
    for (const _ of this.approach(branch, step, Number.POSITIVE_INFINITY)) {
      // the whole way at once
    }
    return step - this.step;
  }

  /**
   * The same in slices of `slice` steps, so that a caller can show progress and stay responsive.
   * Yields the steps that are still to be replayed.
   */
  *approach(branch: number, step: number, slice: number): Generator<number, void> {
    const target = Math.max(0, step);
    const ahead = branch === this.branch && this.step <= target;
    const from = this.tree.nearest(this.path(branch), Math.max(0, target - 1));
    if (!ahead || from.step > this.step) this.restore(from, branch);
    while (this.step < target) {
      yield target - this.step;
      if (this.advance(Math.min(slice, target - this.step)) === 0) break;
    }
    this.machine.applyDue();
  }

  private restore(to: Checkpoint<Records<M>>, branch: number): void {
    const continuous = branch === this.branch && to.step <= this.step;
    const shared = continuous ? to.step : Math.min(to.step, this.sharedPast(branch));
    this.tree.restore(to);
    this.machine.setRecords(structuredClone(to.payload));
    this.branch = branch;
    this.machine.inputs = this.current.inputs;
    if (to.step <= shared) this.machine.events.truncate(to.step);
    else this.machine.events.clear();
    this.machine.hw.engine.dropCaches();
  }

  /** Last step that the current branch and `other` have in common. */
  private sharedPast(other: number): number {
    const mine = this.path(this.branch);
    let shared = 0;
    for (const [id, last] of this.path(other)) {
      const own = mine.get(id);
      if (own !== undefined) shared = Math.max(shared, Math.min(own, last));
    }
    return Math.min(shared, this.step);
  }

  /** One or more grains forward. Returns false when the run ended before a boundary. */
  forward(grain: Grain, count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (grain === 'instr') {
        if (this.advance(1) === 0) return false;
        continue;
      }
      const here = this.step;
      this.advance(Number.POSITIVE_INFINITY, (m) => m[`mark_${grain}`] > here);
      if (this.machine.m[`mark_${grain}`] <= here) return false;
    }
    return true;
  }

  /** One or more grains back: to the boundary before this position, or to step 0. */
  back(grain: Grain, count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (this.step === 0) return false;
      this.goto(this.branch, this.step - 1);
      if (grain !== 'instr')
        this.goto(this.branch, Math.min(this.step, this.machine.m[`mark_${grain}`]));
    }
    return true;
  }

  /** Applies an input here. Before the end of the branch this forks a new branch, which becomes the current one. */
  inject(action: Input['action']): Result<{ text: string; forked: boolean }> {
    const parent = this.current;
    const forked = this.step < parent.end;
    // A fork drops what the user injected later on the parent; the scenario's script goes on.
    const done = this.machine.m.inputs_done;
    if (forked) this.machine.inputs = parent.inputs.filter((input, i) => i < done || !input.user);
    const result = this.machine.inject(action);
    if (!result.ok) {
      this.machine.inputs = parent.inputs;
      return result;
    }
    if (forked) {
      const id = this.branches.length;
      const name = `fork ${id}: ${actionText(action)}`;
      this.branches.push({
        id,
        name,
        parent: parent.id,
        fork: this.step,
        inputs: this.machine.inputs,
        end: this.step,
        samples: new Samples(),
      });
      this.branch = id;
    } else parent.inputs = this.machine.inputs;
    this.checkpoint();
    return succeed({ text: result.value, forked });
  }

  /** Replaces the inputs of the first branch before anything has run: those of a link among the script's. */
  presetInputs(inputs: readonly Input[]): void {
    this.current.inputs = inputs;
    this.machine.inputs = inputs;
  }

  /** The history of the current branch in `count` bins: what happened between the checkpoints it was run through. */
  bins(count: number): Bin[] {
    const samples: Sample[] = [];
    for (const [id, last] of [...this.path(this.branch)].reverse())
      samples.push(...this.at(id).samples.upTo(last));
    return binSamples(samples, count);
  }

  /**
   * Looks at the future without going there: steps one at a time until `look` has an answer, at most `most` times,
   * and comes back. Nothing of it is kept.
   */
  peek<T>(most: number, look: () => T | undefined): T | undefined {
    const { step } = this;
    try {
      for (let i = 0; i <= most; i++) {
        const found = look();
        if (found !== undefined || i === most || this.machine.advance(1) === 0) return found;
      }
      return undefined;
    } finally {
      this.backTo(step);
    }
  }

  /** After an exception within a step: puts the machine back before that step, from the last checkpoint. */
  recover(): void {
    this.backTo(this.step);
  }

  /** Replays the current branch to `step` from the last checkpoint before it. */
  private backTo(step: number): void {
    this.restore(this.tree.nearest(this.path(this.branch), Math.max(0, step - 1)), this.branch);
    this.goto(this.branch, step);
  }

  /** Takes back an input that was applied at the end of a branch: the branch is as if it had not come. */
  retract(branch: number, inputs: readonly Input[], step: number): void {
    const target = this.at(branch);
    target.inputs = inputs;
    target.end = step;
    target.samples.forget(step);
    this.tree.forget(branch, step);
    // Branches that came from behind the input keep it; they no longer share that part of the past.
    for (const other of this.branches) {
      if (other.parent === branch) other.fork = Math.min(other.fork, Math.max(0, step - 1));
    }
    this.branch = branch;
    this.restore(this.tree.nearest(this.path(branch), Math.max(0, step - 1)), branch);
    this.goto(branch, step);
  }
}
