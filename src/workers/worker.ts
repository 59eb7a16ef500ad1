// The worker's entry: one Comlink object, and a port on which the page pulls frames.
import { expose } from 'comlink';
import { allMnemonics } from '../sim/isa/mnemonics.ts';
import type { Commands, Pull } from './protocol.ts';
import type { Pace } from './runner.ts';
import { Session } from './session.ts';

/** Yields through a MessageChannel: unlike a timer it has no minimum delay. */
const turns = new MessageChannel();
const waiting: (() => void)[] = [];
turns.port1.onmessage = () => waiting.shift()?.();
const soon = (callback: () => void): void => {
  waiting.push(callback);
  turns.port2.postMessage(null);
};

const pace: Pace = {
  now: () => performance.now(),
  breathe: () => new Promise((resolve) => soon(resolve)),
  later: (ms, callback) => {
    if (ms > 0) setTimeout(callback, ms);
    else soon(callback);
  },
};

const session = new Session(pace);

const commands: Commands = {
  open: (fragment) => session.open(fragment),
  load: (spec) => session.load(spec),
  scenarios: () => session.scenarios(),
  setProgram: (source, stops) => session.setProgram(source, stops),
  setImage: (file) => session.setImage(file),
  check: (source) => session.check(source),
  mnemonics: () => [...new Set(allMnemonics())],
  setBreakpoint: (address, on) => session.setBreakpoint(address, on),
  setPatch: (id, on) => session.setPatch(id, on),
  reset: () => session.reset(),
  run: (stepsPerSecond) => session.run(stepsPerSecond),
  pause: () => session.pause(),
  step: (grain, direction, count) => session.step(grain, direction, count),
  goto: (step) => session.goto(step),
  inject: (input) => session.inject(input),
  selectBranch: (id) => session.selectBranch(id),
  renameBranch: (id, name) => session.renameBranch(id, name),
  undo: () => session.undo(),
  redo: () => session.redo(),
  hash: () => session.hash(),
  connectFrames: (port) => {
    port.onmessage = (event: MessageEvent<Pull>) => {
      const frame = session.frame(event.data);
      port.postMessage(
        frame,
        Object.values(frame.sections).flatMap((section) => Object.values(section.tables)),
      );
    };
  },
};

expose(commands);
