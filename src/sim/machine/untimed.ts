// An untimed schedule in a machine: which choice comes next, and what a guest does as one choice. Time stands still.
import { CYCLES_PER_TICK, type Hardware } from '../hardware/hardware.ts';
import type { HwThreadId } from '../state/ids.ts';
import type { Choice, Choices } from './choices.ts';
import { GuestMoves } from './guest-move.ts';
import type { Action } from './inputs.ts';
import type { MachineRecord } from './records.ts';

/** What it needs of its machine. */
export interface Board {
  readonly hw: Hardware;
  readonly m: MachineRecord;
  /** True when a thread can act without waiting for a timer. */
  canAct(thread: HwThreadId): boolean;
  /** Applies an input at this position; false when it is refused. */
  applyChosen(action: Action): boolean;
}

export class Untimed {
  /** The machine makes a single choice, whatever its schedule says. */
  following = false;
  readonly #board: Board;
  readonly #choices: Choices | undefined;
  readonly #moves: GuestMoves;

  constructor(board: Board, choices: Choices | undefined) {
    this.#board = board;
    this.#choices = choices;
    this.#moves = new GuestMoves(board.hw);
  }

  /** The choice at this position; undefined: the clocks decide. */
  get chosen(): Choice | undefined {
    if (!this.#choices) return undefined;
    const { step, choices_done } = this.#board.m;
    return step >= this.#choices.from ? this.#choices.list[choices_done] : undefined;
  }

  /** Time stands still. */
  get isOn(): boolean {
    return this.following || this.chosen !== undefined;
  }

  /** The step at which the list begins, if it is still ahead. */
  get begins(): number {
    const { m } = this.#board;
    const ahead = this.#choices && m.step < this.#choices.from;
    return ahead ? this.#choices.from : Number.POSITIVE_INFINITY;
  }

  /** Goes on to the next choice that is a step: inputs come, and threads that cannot act are passed over. */
  settle(): void {
    const { m } = this.#board;
    if (m.choices_done === 0 && this.chosen) this.alignClocks();
    for (let choice = this.chosen; choice; choice = this.chosen) {
      if (choice.kind === 'thread' && this.#board.canAct(choice.thread)) return;
      if (choice.kind !== 'thread') this.#board.applyChosen(choice);
      m.choices_done += 1;
    }
  }

  /** All threads come to the same moment, at which a tick of the time base begins, so that time can stand still. */
  alignClocks(): void {
    const { hw, m } = this.#board;
    const threads = Array.from({ length: hw.threads }, (_, t) => t);
    const latest = Math.max(m.cycle, ...threads.map((t) => hw.arena.clock(t)));
    m.cycle = Math.ceil(latest / CYCLES_PER_TICK) * CYCLES_PER_TICK;
    for (const t of threads) hw.arena.setClock(t, m.cycle);
  }

  /** Runs the next straight line of a guest, at most `budget` instructions of it; returns how many it ran. */
  runGuest(thread: HwThreadId, budget: number): number {
    const { hw, m } = this.#board;
    const ran = hw.run(thread, Math.min(budget, this.#moves.length(thread)), 0);
    const goesOn = hw.inGuest(thread) && hw.pending(thread) === 0 && !this.#moves.isVisible(thread);
    m.choice_open = goesOn ? 1 : 0;
    return ran;
  }

  /** The step of a choice is done; the choice, too, unless its guest goes on. */
  stepDone(): void {
    const { m } = this.#board;
    if (m.choice_open === 0) m.choices_done += 1;
  }
}
