// Untimed exploration (architecture section 5): all interleavings of a machine from where it stands. Any thread that can
// act goes next, or any of the given inputs comes. Depth first: after each move the machine is put back by journals.
// What a key leaves out and why that is sound: README.md.
import { mixLow } from '../engine/journal.ts';
import type { Choice, Choices } from '../machine/choices.ts';
import type { Action } from '../machine/inputs.ts';
import type { Machine } from '../machine/machine.ts';
import { Journal, type Mark } from './journal.ts';
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
  /** States on the longest path without repetition that was followed. */
  readonly depth: number;
  /** Every state was left by every move: nothing was cut off. */
  readonly complete: boolean;
  /** States in which all that had to happen has happened. */
  readonly done: number;
  readonly failures: readonly Failure[];
}

export function explore<M>(what: Exploration<M>): Explored {
  return new Explorer(what).run();
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

/** What became of a state, by number. */
const STATE = { left: 0, done: 1, cut: 2, broken: 3, crashed: 4 } as const;

class Explorer<M> {
  readonly #what: Exploration<M>;
  readonly #from: number;
  readonly #choices: readonly Choice[];
  readonly #threads: number;
  readonly #journal: Journal;
  readonly #seen = new StateSet();
  readonly #graph = new StateGraph();
  readonly #fates: number[] = [];
  readonly #whys = new Map<number, string>();
  #moves = 0;
  #depth = 0;

  constructor(what: Exploration<M>) {
    const { machine, outside } = what;
    this.#what = what;
    this.#from = machine.step;
    this.#threads = machine.host.cpus.length;
    const threads = machine.host.cpus.map((_, thread): Choice => ({ kind: 'thread', thread }));
    this.#choices = [...threads, ...outside.map(({ action }) => action)];
    this.#journal = new Journal(machine as Machine);
  }

  run(): Explored {
    const path: Visit[] = [];
    const came = this.#what.outside.map(() => 0);
    const { preemptions = Number.POSITIVE_INFINITY } = this.#what;
    const first = this.#arrive({ ...this.#key(came, ''), came, last: -1, preemptions }, '');
    if (first) path.push(first);
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      if (visit.next === this.#choices.length) {
        path.pop();
        const back = path.at(-1);
        if (back) this.#journal.undo(back.mark);
        continue;
      }
      const child = this.#tryMove(visit, this.#moveAt(visit, visit.next++));
      if (child) path.push(child);
      else this.#journal.undo(visit.mark);
      this.#depth = Math.max(this.#depth, path.length);
    }
    return this.#result();
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
    const { machine } = this.#what;
    const before = machine.m.guest_instructions;
    const crash = this.#follow(move);
    if (crash === null) return null;
    const ran = machine.m.guest_instructions !== before || crash !== '';
    this.#moves += 1;
    this.#journal.commit(ran && isThread ? move : -1);
    const { low, high } = this.#key(came, crash);
    if (low === visit.low && high === visit.high) return null;
    if (move === visit.last) visit.lastGoesOn = true;
    const last = isThread ? move : visit.last;
    const preemptions = visit.preemptions - (preempts ? 1 : 0);
    return this.#arrive({ low, high, came, last, preemptions }, crash, visit.state, move);
  }

  /** '' when the move was made, a message when it threw, null when it cannot be made. */
  #follow(move: number): string | null {
    try {
      return this.#what.machine.follow(this.#choices[move] as Choice) ? '' : null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #comes(came: readonly number[], index: number): readonly number[] | null {
    const times = this.#what.outside[index]?.times ?? 0;
    if ((came[index] ?? 0) >= times) return null;
    return times === Number.POSITIVE_INFINITY ? came : came.with(index, (came[index] ?? 0) + 1);
  }

  #key(came: readonly number[], crash: string): Pick<Visit, 'low' | 'high'> {
    let { low, high } = this.#journal;
    // What broke may be the fault of the way: the same records reached otherwise are another state.
    if (crash || this.#what.machine.m.violations.length > 0) high = ~high;
    for (const times of came) {
      low = Math.imul(low + times, 0x9e3779b1);
      high = Math.imul(high ^ times, 0x85ebca6b);
    }
    return { low, high };
  }

  /** Enters a state into the set and the graph; its visit, if it is a new one to go on from. */
  #arrive(by: Arrival, crash: string, from = -1, move = -1): Visit | null {
    // With few pre-emptions it matters who moved last, and how many are left.
    const bound = Number.isFinite(by.preemptions) ? mixLow(by.last, by.preemptions) : 0;
    const known = this.#seen.add(by.low ^ bound, by.high);
    if (from >= 0) this.#graph.add(from, known < 0 ? this.#seen.size - 1 : known, move);
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
    if (fate !== STATE.left) return null;
    return { ...by, state, mark: this.#journal.mark(), lastGoesOn: false, next: 0 };
  }

  // --- what came of it

  #result(): Explored {
    const states = this.#seen.size;
    const fates = this.#fates;
    const count = (fate: number): number => fates.filter((f) => f === fate).length;
    return {
      states,
      moves: this.#moves,
      depth: this.#depth,
      complete: count(STATE.cut) === 0,
      done: count(STATE.done),
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
    const list = way.moves.map((move) => this.#choices[move] as Choice);
    const why = this.#whys.get(way.state) ?? 'from here the end cannot be reached any more';
    return [{ kind, why, choices: { from: this.#from, list } }];
  }
}
