// The product's worker with a ring of more than a million steps. A page that opens a scenario gets the long one.
import './lengthen.ts';

import '../../../src/workers/worker.ts';
