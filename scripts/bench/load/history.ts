// Stepping and jumping about in a long history, through a session here or through the page's worker.
import type { Grain, Pull, Status } from '../../../src/workers/protocol.ts';

/** What drives the machine: commands, and a frame with the sections asked for. */
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
 * Runs freely for a million steps (`rate`: steps per second), then steps at random places of them. In milliseconds
 * from the command to the picture: `forward` and `back` by every grain, `jump` for the way to the place.
 */
export async function measureHistory(driver: Driver): Promise<Record<string, number[]>> {
  const rate = await runFreely(driver);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    await driver.look(PAGE);
    return performance.now() - start;
  };
  const jump: number[] = [];
  const forward: number[] = [];
  const back: number[] = [];
  for (const place of places()) {
    jump.push(await timed(() => driver.goto(place)));
    for (const grain of GRAINS) {
      forward.push(await timed(() => driver.step(grain, 1, 1)));
      back.push(await timed(() => driver.step(grain, -1, 1)));
    }
  }
  return { rate, jump, forward, back };
}

/** Steps per second in each interval of a free run from the start to LENGTH. */
async function runFreely(driver: Driver): Promise<number[]> {
  const rates: number[] = [];
  let from = { step: 0, at: performance.now() };
  await driver.run(0);
  while (from.step < LENGTH) {
    await new Promise((resolve) => setTimeout(resolve, RATE_MS));
    const status = await driver.look({});
    const at = performance.now();
    if (!status.running) throw new Error(`the run ended at step ${status.step}: ${status.ended}`);
    rates.push(((status.step - from.step) / (at - from.at)) * 1000);
    from = { step: status.step, at };
  }
  await driver.pause();
  return rates;
}

/** Steps to visit, the same ones each time: a linear congruential walk. */
function places(): number[] {
  let x = 1;
  return Array.from({ length: PLACES }, () => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((x / 2 ** 32) * LENGTH);
  });
}
