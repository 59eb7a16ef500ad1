// Makes the moves of an exploration. A move of a thread takes along the steps behind it that are nobody else's concern
// (touches.ts): they can be put before whatever others do meanwhile, so that no order of moves is lost. Every state that
// is kept is left by all moves, and a move takes along a bounded number of steps: nobody is put off for ever.
import type { Choice } from '../machine/choices.ts';
import type { Machine } from '../machine/machine.ts';
import { Journal } from './journal.ts';
import { Touches } from './touches.ts';

/** Most steps of a move. */
const LONGEST = 1000;

/** A move that was made. */
export interface Made {
  /** What a step of it threw, '' = nothing. */
  readonly crash: string;
  /** Choices of the machine's schedule that it is. */
  readonly steps: number;
}

export class Moves<M> {
  readonly journal: Journal;
  /** Steps made, those that were taken back at once included. */
  steps = 0;
  readonly #machine: Machine<M>;
  readonly #choices: readonly Choice[];
  readonly #isDone: (m: Machine<M>) => boolean;
  readonly #threads: number;
  readonly #touches: Touches | undefined;
  /** Where a thread was when its next step was taken back: there it is not tried again. */
  readonly #sharedAt = new Set<number>();

  /** `choices`: first the threads in their order, then inputs; `reduces`: moves take along steps. */
  constructor(
    machine: Machine<M>,
    choices: readonly Choice[],
    isDone: (m: Machine<M>) => boolean,
    reduces: boolean,
  ) {
    this.#machine = machine;
    this.#choices = choices;
    this.#isDone = isDone;
    this.#threads = machine.host.cpus.length;
    this.#touches = reduces ? new Touches(this.#threads) : undefined;
    this.journal = new Journal(machine as Machine, this.#touches);
    if (this.#touches) this.#watchJudges(this.#touches);
  }

  /** A move has shown that steps were taken along that concern others: what was found so far is not all. */
  get hasLearnt(): boolean {
    return this.#touches?.hasLearnt ?? false;
  }
  set hasLearnt(has: boolean) {
    if (this.#touches) this.#touches.hasLearnt = has;
  }

  /** Invariants look at the state within the step that they judge. */
  #watchJudges(touches: Touches): void {
    const { observer } = this.#machine;
    this.#machine.observer = {
      init: () => observer.init(),
      onEvent: (...event) => touches.judged(() => observer.onEvent(...event)),
      afterStep: (m) => touches.judged(() => observer.afterStep(m)),
      onTime: (m) => touches.judged(() => observer.onTime?.(m)),
    };
  }

  /** All that had to happen has happened. */
  isDone(): boolean {
    this.#touches?.begin(this.#touches.judge, this.journal.valueAt, this.journal.dead);
    const done = this.#isDone(this.#machine);
    this.#touches?.end();
    return done;
  }

  /** Makes a move and takes note of what it has changed; null when it cannot be made. */
  make(move: number): Made | null {
    const first = this.#step(move);
    if (first === null || first !== '' || !this.#touches || move >= this.#threads)
      return first === null ? null : { crash: first, steps: 1 };
    for (let steps = 1; ; steps++) {
      const mayGoOn = steps < LONGEST && this.#machine.m.violations.length === 0;
      const crash = mayGoOn && !this.#machine.hw.inGuest(move) ? this.#stepAlong(move) : null;
      if (crash === null) return { crash: '', steps };
      if (crash !== '') return { crash, steps: steps + 1 };
    }
  }

  /** The next step, too, if it concerns nobody else; null: it does, or changes nothing, and was taken back. */
  #stepAlong(move: number): string | null {
    const { low, high } = this.journal;
    const where = this.journal.whereIs(move);
    if (this.#sharedAt.has(where)) return null;
    const mark = this.journal.mark();
    const crash = this.#step(move);
    const stands = low === this.journal.low && high === this.journal.high;
    if (crash !== null && !stands && !this.#touches?.isShared) return crash;
    this.#sharedAt.add(where);
    this.journal.undo(mark);
    return null;
  }

  /** '' when the step was made, a message when it threw, null when it cannot be made. */
  #step(move: number): string | null {
    const { m } = this.#machine;
    const before = m.guest_instructions;
    const isThread = move < this.#threads;
    this.steps += 1;
    const { valueAt, dead } = this.journal;
    this.#touches?.begin(isThread ? move : this.#touches.outside, valueAt, dead);
    const crash = this.#follow(move);
    const ran = m.guest_instructions !== before || crash !== '';
    if (crash !== null) this.journal.commit(ran && isThread ? move : -1);
    this.#touches?.end();
    return crash;
  }

  #follow(move: number): string | null {
    try {
      return this.#machine.follow(this.#choices[move] as Choice) ? '' : null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
