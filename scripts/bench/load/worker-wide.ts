// The product's worker with a machine of 96 hardware threads that runs for long. Each frame leaves a measure in the
// trace of the browser.
import './widen.ts';

import '../../../src/workers/worker.ts';
import { Session } from '../../../src/workers/session.ts';

const { frame } = Session.prototype;
Session.prototype.frame = function (pull) {
  const start = performance.now();
  const made = frame.call(this, pull);
  performance.measure('frame', { start });
  return made;
};
