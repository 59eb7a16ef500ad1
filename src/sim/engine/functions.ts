// The module's functions that are no interpreter loops: handlers call them by name (`code.call`).
import { FLOAT_FUNCTIONS } from './float-functions.ts';
import { GUARDED_STORES } from './guarded-store.ts';
import type { WasmFunction } from './wasm-module.ts';

/** Names are unique over all lists and the imports (frame.ts). */
export const LOCAL_FUNCTIONS: readonly WasmFunction[] = [...GUARDED_STORES, ...FLOAT_FUNCTIONS];
