// How many instructions a guest runs by the clocks before anything else could happen, and what each costs.
import { mix32 } from '../state/hash.ts';

/** Cycles for which a jittered thread keeps its speed. */
const JITTER_WINDOW = 128;
/** Most instructions at once. */
const LONGEST = 1 << 20;

/**
 * The slice of a thread whose clock is `clock`: instruction i starts at clock + i * cost, which must lie below `until`.
 * `most`: instructions that it may have; at least one runs. `seed` 0: every instruction costs a cycle.
 */
export function guestSlice(of: {
  readonly clock: number;
  readonly seed: number;
  readonly thread: number;
  readonly until: number;
  readonly most: number;
}): { readonly cost: number; readonly slice: number } {
  const { clock, seed, thread, most } = of;
  const window = Math.floor(clock / JITTER_WINDOW);
  const cost = seed === 0 ? 1 : 1 + (mix32(seed, thread, window) % 3);
  const end = seed === 0 ? Number.POSITIVE_INFINITY : (window + 1) * JITTER_WINDOW;
  const left = Math.ceil((Math.min(of.until, end) - clock) / cost);
  return { cost, slice: Math.max(1, Math.min(most, left, LONGEST)) };
}
