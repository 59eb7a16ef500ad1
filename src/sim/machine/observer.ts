// What watches a machine's events: a scenario's monitor, the invariants.
import type { Machine } from './machine.ts';

/** Watches events; keeps its own plain state in `records.monitor`. */
export interface Observer<M> {
  init(): M;
  /** Called for every event, in order, within the step that emits it. */
  onEvent(m: Machine<M>, kind: number, thread: number, vcpu: number, a: number, b: number): void;
  /** Called after each step that emitted an event. */
  afterStep(m: Machine<M>): void;
  /** Called after each host step from the cycle `watch_at` of the machine's record on. */
  onTime?(m: Machine<M>): void;
}
