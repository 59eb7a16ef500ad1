// A thin trace of the counters over all of a branch's history, for the scrubber: level of detail that never grows
// beyond a bound. Derived from the run, not state.
import type { MachineRecord } from './records.ts';

/** What happened between two steps. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  readonly exits: number;
  readonly ipis: number;
  readonly guest: number;
  readonly violations: number;
}

/** Counters up to a step. */
export interface Sample {
  readonly step: number;
  readonly entries: number;
  readonly exits: number;
  readonly ipis: number;
  readonly guest: number;
  readonly violations: number;
}

const MOST = 2048;

export class Samples {
  /** Steps between samples; doubles when there are too many. */
  spacing = 64;
  private rows: Sample[] = [];

  /** First step at which the next sample is wanted. */
  get next(): number {
    return (this.rows.at(-1)?.step ?? 0) + this.spacing;
  }

  /** Notes the counters at a step; steps already known are ignored. */
  note(m: MachineRecord): void {
    if (m.step < this.next) return;
    this.rows.push({
      step: m.step,
      entries: m.guest_entries,
      exits: m.guest_exits,
      ipis: m.ipis,
      guest: m.guest_instructions,
      violations: m.violations.length,
    });
    if (this.rows.length <= MOST) return;
    this.rows = this.rows.filter((_, i) => i % 2 === 1);
    this.spacing *= 2;
  }

  /** Samples at or before a step. */
  upTo(step: number): Sample[] {
    return this.rows.filter((row) => row.step <= step);
  }

  /** Forgets what lies behind a step. */
  forget(step: number): void {
    this.rows = this.upTo(step);
  }
}

const ZERO: Sample = { step: 0, entries: 0, exits: 0, ipis: 0, guest: 0, violations: 0 };

/** At most `count` bins over samples in ascending order. */
export function binSamples(samples: readonly Sample[], count: number): Bin[] {
  const every = Math.max(1, Math.ceil(samples.length / Math.max(1, count)));
  const bins: Bin[] = [];
  let before = ZERO;
  for (let i = every - 1; i < samples.length + every - 1; i += every) {
    const after = samples[Math.min(i, samples.length - 1)];
    if (!after) break;
    bins.push({
      from: before.step,
      to: after.step,
      entries: after.entries - before.entries,
      exits: after.exits - before.exits,
      ipis: after.ipis - before.ipis,
      guest: after.guest - before.guest,
      violations: after.violations - before.violations,
    });
    before = after;
  }
  return bins;
}
