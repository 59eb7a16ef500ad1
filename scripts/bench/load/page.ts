// Measurements that run in a page; bundle.ts builds the page and calls them by name.
import { connect } from '../../../src/workers/client.ts';
import type { Frame, Pull } from '../../../src/workers/protocol.ts';
import { measureEngine } from './engine.ts';
import { measureEnterRate } from './enter-rate.ts';
import { measureExplore } from './explore.ts';
import { type Driver, measureHistory } from './history.ts';
import { measurePrograms, measureStartUp } from './run-programs.ts';
import { measureThreads } from './threads.ts';
import { measureTranslated } from './translated.ts';

/** The page's own worker, with the first scenario opened. */
async function openWorker(): Promise<Driver> {
  const { commands, frames } = connect((why) => {
    throw new Error(why);
  });
  await commands.open('');
  return {
    run: (speed) => commands.run(speed),
    pause: () => commands.pause(),
    step: (grain, direction, count) => commands.step(grain, direction, count),
    goto: (step) => commands.goto(step),
    look: (want) =>
      new Promise((resolve) => {
        const pull: Pull = {
          want,
          focus: 'core0/t0',
          insn: '',
          hpt: null,
          eventsWanted: 400,
          bins: 320,
          back: [],
        };
        frames.onmessage = (event: MessageEvent<Frame>) => resolve(event.data.status);
        frames.postMessage(pull);
      }),
  };
}

const measurements = {
  engine: async () => measureEngine(),
  programs: async () => measurePrograms(),
  startUp: async () => measureStartUp(),
  translated: async () => measureTranslated(),
  explore: async () => measureExplore(),
  threads: async () => measureThreads(),
  enterRate: async () => measureEnterRate(),
  history: async () => measureHistory(await openWorker()),
};

export type Measurements = typeof measurements;

declare global {
  interface Window {
    measurements: Measurements;
  }
}
window.measurements = measurements;
