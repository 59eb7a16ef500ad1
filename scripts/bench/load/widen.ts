// Imported before the worker: its session makes the first machine as soon as it is loaded.
import { lengthenRing, widenMachine } from './scenarios.ts';

lengthenRing();
widenMachine();
