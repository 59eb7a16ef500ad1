// Imported before the worker: its session makes the first machine as soon as it is loaded.
import { growMemory, lengthenRing } from './scenarios.ts';

lengthenRing();
growMemory();
