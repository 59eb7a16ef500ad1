// Stepping and jumping about in a long history, through a session here or through the page's worker.
import type { Grain, Pull, Status } from '../../../src/workers/protocol.ts';

/** What drives the machine: the commands of a session, and a frame with the named sections. */
export interface Driver {
  run(stepsPerSecond: number): unknown;
  pause(): unknown;
  step(grain: Grain, direction: 1 | -1, count: number): Promise<unknown>;
  goto(step: number): Promise<unknown>;
  look(want: Pull['want']): Promise<Status>;
}

const LENGTH = 1_000_000;
const PLACES = 200;
const GRAINS: readonly Grain[] = ['instr', 'op', 'event', 'phase'];
/** The sections of the page as it opens, none of them held. */
const PAGE = { machine: -1, doorbells: -1, inspect: -1, history: -1, checks: -1 };
const RATE_MS = 50;

/**
 * Runs freely for a million steps (`rate`: steps per second), then steps at random places: milliseconds from the
 * command to the picture, `forward` and `back` by every grain, `jump` for the way to the place.
 */
export async function measureHistory(driver: Driver): Promise<Record<string, number[]>> {
  const rate = await runFreely(driver);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    await driver.look(PAGE);
    return performance.now() - start;
  };
  const [jump, forward, back]: number[][] = [[], [], []];
  for (const place of places()) {
    jump?.push(await timed(() => driver.goto(place)));
    for (const grain of GRAINS) {
      forward?.push(await timed(() => driver.step(grain, 1, 1)));
      back?.push(await timed(() => driver.step(grain, -1, 1)));
    }
  }
  return { rate, jump: jump ?? [], forward: forward ?? [], back: back ?? [] };
}
