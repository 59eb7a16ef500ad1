// The plain schedule: the thread with the smallest clock acts next, ties go to the lower number (architecture section 5).
import type { Hardware } from '../hardware/hardware.ts';
import { type Cpu, HALTED } from '../host/records.ts';
import { type HwThreadId, NONE } from '../state/ids.ts';

/** Who acts next, when (in model cycles), and the key up to which it stays the next one. */
export interface Next {
  readonly thread: HwThreadId;
  readonly key: number;
  readonly limit: number;
}

/** When thread `t` may act: its clock, or the time at which something ends its `stop`; Infinity = never. */
export function actsAt(hw: Hardware, t: HwThreadId, cpu: Cpu): number {
  const { arena } = hw;
  if (cpu.curr === NONE) return Number.POSITIVE_INFINITY; // nobody has started it
  const clock = arena.clock(t);
  if (!cpu.stopped) return clock;
  if (cpu.stopped === HALTED.NAP) return hw.wakesAt(t);
  if (arena.dhdes(t) !== 0 || arena.inputs(t) !== 0) return clock;
  return Math.max(clock, hw.decEnds(t));
}

/** The next by the clocks. */
export function nextByClock(hw: Hardware, cpus: readonly Cpu[]): Next {
  let thread = -1;
  let key = Number.POSITIVE_INFINITY;
  let limit = Number.POSITIVE_INFINITY;
  for (let t = 0; t < cpus.length; t++) {
    const own = actsAt(hw, t, cpus[t] as Cpu);
    if (own < key) {
      // The former best has a lower id: this thread must stay strictly below it.
      limit = Math.min(limit, key);
      key = own;
      thread = t;
    } else limit = Math.min(limit, own + 0.5); // ties go to the lower id
  }
  return { thread, key, limit };
}
