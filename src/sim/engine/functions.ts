// The module's functions that are no interpreter loops: handlers call them by name (`code.call`).
import { FLOAT_FUNCTIONS } from './float-functions.ts';
import type { Mode } from './frame.ts';
import { GUARDED_STORES } from './guarded-store.ts';
import { WALK_FUNCTIONS } from './walk.ts';
import { MISS_FUNCTIONS } from './walk-access.ts';
import type { WasmFunction } from './wasm-module.ts';

/** Those that a mode needs. Names are unique over all lists and the imports (frame.ts). */
export function localFunctions({ facilities }: Mode): readonly WasmFunction[] {
  const always = [...GUARDED_STORES, ...WALK_FUNCTIONS, ...MISS_FUNCTIONS];
  return facilities ? [...always, ...FLOAT_FUNCTIONS] : always;
}
