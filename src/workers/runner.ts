// Runs work in slices so that the worker stays responsive: free running at a speed, and long operations with progress.
// It has no clock of its own: the worker's entry (and tests) give it one.

/** Time and yielding. */
export interface Pace {
  now(): number;
  /** Resolves soon, after other messages had their turn. */
  breathe(): Promise<void>;
  /** Calls back after `ms`, or as soon as possible for 0. */
  later(ms: number, callback: () => void): void;
}

/** What the runner works on. */
export interface Track {
  /** Runs up to `count` steps; fewer means that the run has ended or stopped. */
  advance(count: number): number;
  /** True at a place where a run stops. */
  stopsHere(): boolean;
  /** Something that a picture shows has changed. */
  changed(): void;
  /** A step threw: our own bug. */
  crashed(error: unknown): void;
}

/** Milliseconds of work between two turns of the message queue. */
const SLICE_MS = 8;
/** Steps run between two looks at the clock. */
const BURST = 512;
/** Milliseconds between two measurements of the rate. */
const RATE_MS = 250;

export class Runner {
  private readonly pace: Pace;
  private readonly track: Track;
  running = false;
  /** Steps per second asked for; 0 = as fast as it goes. */
  speed = 0;
  /** Steps per second achieved. */
  rate = 0;
  /** Text and share done of a long operation; '' = none. */
  busy = { text: '', done: 0 };
  private token = 0;
  private credit = 0;
  private lastTick = 0;
  private counted = { steps: 0, since: 0 };

  constructor(pace: Pace, track: Track) {
    this.pace = pace;
    this.track = track;
  }

  /** Ends the run and any long operation: a newer command wins. */
  stop(): void {
    this.token++;
    this.running = false;
  }

  run(stepsPerSecond: number): void {
    this.speed = stepsPerSecond;
    if (this.running) return;
    this.stop();
    this.running = true;
    this.credit = 1; // the first step comes at once
    this.lastTick = this.pace.now();
    this.counted = { steps: 0, since: this.lastTick };
    this.rate = 0;
    this.track.changed();
    this.tick(this.token);
  }

  private tick(token: number): void {
    if (token !== this.token || !this.running) return;
    if (!this.survives(() => this.slice())) return;
    this.measure();
    const ms = this.speed === 0 ? 0 : 1000 / Math.min(60, Math.max(this.speed, 20));
    this.pace.later(ms, () => this.tick(token));
  }

  /** Runs what the speed allows for at most SLICE_MS; false when the run has ended. */
  private slice(): boolean {
    const start = this.pace.now();
    const unlimited = this.speed === 0;
    const earned = ((start - this.lastTick) / 1000) * this.speed;
    const atOnce = Math.max(1, this.speed / 10);
    this.lastTick = start;
    this.credit = unlimited ? Number.POSITIVE_INFINITY : Math.min(this.credit + earned, atOnce);
    while (this.credit >= 1 && this.pace.now() - start < SLICE_MS) {
      const burst = Math.min(BURST, Math.floor(this.credit));
      const ran = this.track.advance(burst);
      this.counted.steps += ran;
      this.credit -= ran;
      this.track.changed();
      if (ran < burst || this.track.stopsHere()) {
        this.stop();
        return false;
      }
    }
    if (unlimited) this.credit = 0;
    return true;
  }

  private measure(): void {
    const now = this.pace.now();
    const span = now - this.counted.since;
    if (span < RATE_MS) return;
    this.rate = Math.round((this.counted.steps / span) * 1000);
    this.counted = { steps: 0, since: now };
  }

  /** Calls `work` until it returns false, giving way every few milliseconds; a newer command ends it. */
  async inSlices(text: string, work: () => boolean, progress: () => number): Promise<void> {
    const { token } = this;
    let start = this.pace.now();
    while (token === this.token && this.survives(work)) {
      if (this.pace.now() - start < SLICE_MS) continue;
      this.busy = { text, done: progress() };
      this.track.changed();
      await this.pace.breathe();
      start = this.pace.now();
    }
    this.busy = { text: '', done: 0 };
    this.track.changed();
  }

  private survives(work: () => boolean): boolean {
    try {
      return work();
    } catch (error) {
      this.stop();
      this.track.crashed(error);
      return false;
    }
  }
}
