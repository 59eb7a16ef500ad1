// Runs a machine from one position again and again, each time with another list of choices: how a counter-example is
// made short. Afterwards the machine is where it was.
import type { Choice } from '../machine/choices.ts';
import type { Machine } from '../machine/machine.ts';
import { Journal } from './journal.ts';

export class Trial<M> {
  readonly #machine: Machine<M>;
  readonly #journal: Journal;

  /** The machine belongs to the trial from now on. */
  constructor(machine: Machine<M>) {
    this.#machine = machine;
    this.#journal = new Journal(machine);
  }

  /**
   * Makes the choices, passes over those that cannot be made, and goes on by the clocks for at most `steps` steps.
   * Returns what `look` sees then.
   */
  run<T>(choices: readonly Choice[], steps: number, look: (m: Machine<M>) => T): T {
    const mark = this.#journal.mark();
    try {
      for (const choice of choices) this.#machine.follow(choice);
      this.#machine.advance(steps);
      return look(this.#machine);
    } finally {
      this.#journal.commitAll();
      this.#journal.undo(mark);
    }
  }
}

/** Parts of the list are left out as long as what is left still fails; the result fails. */
export function shrink<T>(
  list: readonly T[],
  fails: (list: readonly T[]) => boolean,
): readonly T[] {
  let kept = list;
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    const before = kept.length;
    for (let at = 0; at < kept.length; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (fails(without)) kept = without;
      else at += size;
    }
    if (size === 1 && kept.length === before) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return kept;
}

/** Some choices of one kind in a row. */
interface Run {
  readonly choice: Choice;
  readonly times: number;
}

/** The same for choices: whole runs of one choice are left out, then runs are made shorter. */
export function shrinkChoices(
  list: readonly Choice[],
  fails: (list: readonly Choice[]) => boolean,
): readonly Choice[] {
  let runs = shrink(runsOf(list), (fewer) => fails(choicesOf(fewer)));
  for (let i = runs.length - 1; i >= 0; i--) {
    const times = leastTimes(runs[i]?.times ?? 0, (n) => fails(choicesOf(withTimes(runs, i, n))));
    runs = withTimes(runs, i, times);
  }
  return choicesOf(runs);
}

/** By halving: a number up to `most` that will do where nothing much smaller does; `most` does. */
function leastTimes(most: number, does: (times: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (does(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

function withTimes(runs: readonly Run[], at: number, times: number): readonly Run[] {
  return runs.map((run, i) => (i === at ? { ...run, times } : run));
}

function runsOf(list: readonly Choice[]): readonly Run[] {
  const runs: Run[] = [];
  for (const choice of list) {
    const last = runs.at(-1);
    if (last && JSON.stringify(last.choice) === JSON.stringify(choice))
      runs[runs.length - 1] = { choice, times: last.times + 1 };
    else runs.push({ choice, times: 1 });
  }
  return runs;
}

const choicesOf = (runs: readonly Run[]): Choice[] =>
  runs.flatMap(({ choice, times }) => new Array<Choice>(times).fill(choice));
