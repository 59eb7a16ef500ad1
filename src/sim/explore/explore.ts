// Untimed exploration (architecture section 5): all interleavings of a machine from where it stands. Any thread that can
// act goes next, or any of the given inputs comes. Depth first: after each move the machine is put back by journals.
// What a key leaves out and why that is sound: README.md.
import { mixLow } from '../engine/journal.ts';
import type { Choice, Choices } from '../machine/choices.ts';
import type { Action } from '../machine/inputs.ts';
import type { Machine } from '../machine/machine.ts';
import type { Mark } from './journal.ts';
import { Moves } from './moves.ts';
import { StateGraph } from './state-graph.ts';
import { StateSet } from './state-set.ts';

/** Something from outside that may come between any two moves, at most `times` times. */
export interface Outside {
  readonly action: Action;
  readonly times: number;
}

export interface Exploration<M> {
  /** At its position; the exploration uses it up. */
  readonly machine: Machine<M>;
  readonly outside: readonly Outside[];
  /** States after which it stops. */
  readonly limit: number;
  /** How often a thread may go on in place of another that could; without it: at will. Few make most mistakes show. */
  readonly preemptions?: number;
  /** Each step is a move of its own, even if it is nobody else's concern (moves.ts). With few pre-emptions it is. */
  readonly unreduced?: boolean;
  /** True when all that had to happen has happened: from every state such a state must be in reach. */
  readonly isDone: (m: Machine<M>) => boolean;
}

/** What went wrong: an invariant, a step that threw, or a state from which the end cannot be reached. */
export interface Failure {
  readonly kind: 'invariant' | 'crash' | 'stuck';
  readonly why: string;
  /** A shortest list of choices that leads there, among those explored. */
  readonly choices: Choices;
}

export interface Explored {
  readonly states: number;
  /** Moves made, those that led to states seen before and those that changed nothing included. */
  readonly moves: number;
  /** Steps made: those of moves, those taken back, and those of searches that only learnt. */
  readonly steps: number;
  /** States on the longest path without repetition that was followed. */
  readonly depth: number;
  /** Every state was left by every move: nothing was cut off. */
  readonly complete: boolean;
  /** States in which all that had to happen has happened. */
  readonly done: number;
  /** Sum of the keys of these states: the same for the same set, within one run of the program. */
  readonly ends: number;
  readonly failures: readonly Failure[];
}

/** Searches until nothing more is learnt of who has to do with what (moves.ts): the last search is one of all orders. */
export function explore<M>(what: Exploration<M>): Explored {
  const { machine, outside, isDone } = what;
  const from = machine.step;
  const threads = machine.host.cpus.map((_, thread): Choice => ({ kind: 'thread', thread }));
  const choices = [...threads, ...outside.map(({ action }) => action)];
  const reduces =
    !what.unreduced && what.preemptions === undefined && threads.length <= MOST_THREADS;
  const moves = new Moves(machine, choices, isDone, reduces);
  const start = moves.journal.mark();
  for (;;) {
    moves.hasLearnt = false;
    const search = new Search(what, choices, moves, from);
    search.run();
    if (!moves.hasLearnt) return search.result();
    moves.journal.undo(start);
  }
}

/** A state on the path, and what is left to try there. */
interface Visit {
  readonly state: number;
  readonly mark: Mark;
  readonly low: number;
  readonly high: number;
  /** Inputs that have come, by index. */
  readonly came: readonly number[];
  /** The thread that moved last, -1 at the start; whether it can go on; how often another may do so instead. */
  readonly last: number;
  lastGoesOn: boolean;
  readonly preemptions: number;
  next: number;
}
/** How a state was reached. */
type Arrival = Pick<Visit, 'low' | 'high' | 'came' | 'last' | 'preemptions'>;

/** Threads with which a move may take along steps: their bits and two more are those of a number. */
const MOST_THREADS = 28;
/** States that a search which has learnt something goes on for at least. */
const HASTE = 1000;
/** An edge of the graph is a move plus this many times its steps. */
const EDGE = 1024;

/** What became of a state, by number. */
const STATE = { left: 0, done: 1, cut: 2, broken: 3, crashed: 4 } as const;

class Search<M> {
  readonly #what: Exploration<M>;
  readonly #choices: readonly Choice[];
  readonly #threads: number;
  readonly #does: Moves<M>;
  /** The machine's step at the start. */
  readonly #from: number;
  readonly #seen = new StateSet();
  readonly #graph = new StateGraph();
  readonly #fates: number[] = [];
  readonly #whys = new Map<number, string>();
  #moves = 0;
  #depth = 0;
  #ends = 0;

  constructor(what: Exploration<M>, choices: readonly Choice[], moves: Moves<M>, from: number) {
    this.#what = what;
    this.#choices = choices;
    this.#threads = what.machine.host.cpus.length;
    this.#does = moves;
    this.#from = from;
  }

  run(): void {
    const path: Visit[] = [];
    /** States after which a search that has learnt something is given up. */
    let enough = Number.POSITIVE_INFINITY;
    const came = this.#what.outside.map(() => 0);
    const { preemptions = Number.POSITIVE_INFINITY } = this.#what;
    const first = this.#arrive({ ...this.#key(came, ''), came, last: -1, preemptions }, '');
    if (first) path.push(first);
    for (let visit = path.at(-1); visit && this.#seen.size < enough; visit = path.at(-1)) {
      if (enough === Number.POSITIVE_INFINITY && this.#does.hasLearnt)
        enough = 2 * this.#seen.size + HASTE;
      if (visit.next === this.#choices.length) {
        path.pop();
        const back = path.at(-1);
        if (back) this.#does.journal.undo(back.mark);
        continue;
      }
      const child = this.#tryMove(visit, this.#moveAt(visit, visit.next++));
      if (child) path.push(child);
      else this.#does.journal.undo(visit.mark);
      this.#depth = Math.max(this.#depth, path.length);
    }
  }

  /** The moves in the order in which they are tried: that of the last thread first. */
  #moveAt({ last }: Visit, index: number): number {
    if (last < 0 || index > last) return index;
    return index === 0 ? last : index - 1;
  }

  /** Makes a move; the visit of the state that it leads to, if that is a new one to go on from. */
  #tryMove(visit: Visit, move: number): Visit | null {
    const outside = move - this.#threads;
    const came = outside < 0 ? visit.came : this.#comes(visit.came, outside);
    const isThread = outside < 0;
    const preempts = isThread && visit.lastGoesOn && move !== visit.last;
    if (!came || (preempts && visit.preemptions === 0)) return null;
    const made = this.#does.make(move);
    if (made === null) return null;
    this.#moves += 1;
    const { crash, steps } = made;
    const { low, high } = this.#key(came, crash);
    if (low === visit.low && high === visit.high) return null;
    if (move === visit.last) visit.lastGoesOn = true;
    const last = isThread ? move : visit.last;
    const preemptions = visit.preemptions - (preempts ? 1 : 0);
    const edge = move + EDGE * steps;
    return this.#arrive({ low, high, came, last, preemptions }, crash, visit.state, edge);
  }

  #comes(came: readonly number[], index: number): readonly number[] | null {
    const times = this.#what.outside[index]?.times ?? 0;
    if ((came[index] ?? 0) >= times) return null;
    return times === Number.POSITIVE_INFINITY ? came : came.with(index, (came[index] ?? 0) + 1);
  }

  #key(came: readonly number[], crash: string): Pick<Visit, 'low' | 'high'> {
    let { low, high } = this.#does.journal;
    // What broke may be the fault of the way: the same records reached otherwise are another state.
    if (crash || this.#what.machine.m.violations.length > 0) high = ~high;
    for (const times of came) {
      low = Math.imul(low + times, 0x9e3779b1);
      high = Math.imul(high ^ times, 0x85ebca6b);
    }
    return { low, high };
  }

  /** Enters a state into the set and the graph; its visit, if it is a new one to go on from. */
  #arrive(by: Arrival, crash: string, from = -1, edge = -1): Visit | null {
    // With few pre-emptions it matters who moved last, and how many are left.
    const bound = Number.isFinite(by.preemptions) ? mixLow(by.last, by.preemptions) : 0;
    const known = this.#seen.add(by.low ^ bound, by.high);
    if (from >= 0) this.#graph.add(from, known < 0 ? this.#seen.size - 1 : known, edge);
    return known < 0 ? this.#discover(by, crash) : null;
  }

  #discover(by: Arrival, crash: string): Visit | null {
    const state = this.#seen.size - 1;
    const [broken] = this.#what.machine.m.violations;
    const fate = crash
      ? STATE.crashed
      : broken
        ? STATE.broken
        : this.#what.isDone(this.#what.machine)
          ? STATE.done
          : this.#seen.size > this.#what.limit
            ? STATE.cut
            : STATE.left;
    this.#fates[state] = fate;
    if (crash || broken) this.#whys.set(state, crash || `${broken?.id}: ${broken?.why}`);
    if (fate === STATE.done) this.#ends = (this.#ends + mixLow(by.low, by.high)) | 0;
    if (fate !== STATE.left) return null;
    return { ...by, state, mark: this.#does.journal.mark(), lastGoesOn: false, next: 0 };
  }

  // --- what came of it

  result(): Explored {
    const states = this.#seen.size;
    const fates = this.#fates;
    const count = (fate: number): number => fates.filter((f) => f === fate).length;
    return {
      states,
      moves: this.#moves,
      depth: this.#depth,
      complete: count(STATE.cut) === 0,
      done: count(STATE.done),
      ends: this.#ends,
      steps: this.#does.steps,
      failures: [
        ...this.#failure('crash', (state) => fates[state] === STATE.crashed),
        ...this.#failure('invariant', (state) => fates[state] === STATE.broken),
        ...this.#stuck(states),
      ],
    };
  }

  /** States from which nothing leads on to an end, nor to one that was cut off. */
  #stuck(states: number): Failure[] {
    const isLeft = (state: number): boolean => this.#fates[state] === STATE.left;
    // With few pre-emptions a thread that polls may keep the others off for ever: only dead ends count.
    if (this.#what.preemptions !== undefined) {
      const goesOn = this.#graph.goesOn(states);
      return this.#failure('stuck', (state) => isLeft(state) && goesOn[state] === 0);
    }
    const fine = this.#graph.canReach(states, (state) => !isLeft(state));
    return this.#failure('stuck', (state) => fine[state] === 0);
  }

  #failure(kind: Failure['kind'], isOne: (state: number) => boolean): Failure[] {
    const way = this.#graph.shortestTo(this.#seen.size, isOne);
    if (way === null) return [];
    const list = way.moves.flatMap((edge) =>
      new Array<Choice>(Math.floor(edge / EDGE)).fill(this.#choices[edge % EDGE] as Choice),
    );
    const why = this.#whys.get(way.state) ?? 'from here the end cannot be reached any more';
    return [{ kind, why, choices: { from: this.#from, list } }];
  }
}
