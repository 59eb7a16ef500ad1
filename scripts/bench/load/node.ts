// Runs the measurement named on the command line and prints its samples as JSON. bundle.ts builds and starts it.
import { Session } from '../../../src/workers/session.ts';
import { measureEngine } from './engine.ts';
import { measureEnterRate } from './enter-rate.ts';
import { measureExplore } from './explore.ts';
import { type Driver, measureHistory } from './history.ts';
import { measurePrograms, measureStartUp } from './run-programs.ts';
import { lengthenRing } from './scenarios.ts';
import { measureThreads } from './threads.ts';
import { measureTranslated } from './translated.ts';

/** A session in this process. */
function openSession(): Driver {
  const session = new Session({
    now: () => performance.now(),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    later: (ms, callback) => (ms > 0 ? setTimeout(callback, ms) : setImmediate(callback)),
  });
  return {
    run: (speed) => session.run(speed),
    pause: () => session.pause(),
    step: (grain, direction, count) => session.step(grain, direction, count),
    goto: (step) => session.goto(step),
    look: async (want) =>
      session.frame({
        want,
        focus: 'core0/t0',
        insn: '',
        hpt: null,
        eventsWanted: 400,
        bins: 320,
        back: [],
      }).status,
  };
}

const MEASUREMENTS: Readonly<Record<string, () => unknown>> = {
  engine: measureEngine,
  programs: measurePrograms,
  startUp: measureStartUp,
  translated: measureTranslated,
  explore: measureExplore,
  threads: measureThreads,
  enterRate: measureEnterRate,
  history: () => {
    lengthenRing();
    return measureHistory(openSession());
  },
};

console.log(JSON.stringify(await MEASUREMENTS[process.argv[2] ?? '']?.()));
