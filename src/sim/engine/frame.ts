// The interpreter function's locals and the functions that it calls, shared by everything that writes its code.
import { I32_TYPE, I64_TYPE, i32Local, i64Local } from './emitter.ts';
import type { WasmImport } from './wasm-module.ts';

/** Parameters and fixed locals; temporaries follow the fixed ones. */
export const LOCAL = {
  /** Arena address of the thread's page. */
  base: i32Local(0),
  /** Arena address of its fast translations. */
  fast: i32Local(1),
  budget: i32Local(2),
  /** Arena address of the current decoded entry. */
  ip: i32Local(3),
  /** Instructions that may still be started; 0 also makes the dispatcher pause (see `held`). */
  left: i32Local(4),
  /** What `left` was when a hook ran: after the instruction the fetch translation is looked up again. */
  held: i32Local(5),
  /** 1 when the current instruction's helper asked to leave the engine. */
  yielded: i32Local(6),
  /** Arena address of the decoded page, and EA of the page. */
  code: i32Local(7),
  /** Result of the last call. */
  status: i32Local(8),
} as const;
export const FIRST_TEMP_32 = 9;

/** i64 locals come after all i32 locals: their numbers depend on how many i32 temporaries there are. */
export const TEMPS_32 = 20;
const FIRST_64 = FIRST_TEMP_32 + TEMPS_32;
export const PAGE_EA = i64Local(FIRST_64);
/** Address of the next instruction when it is not `ip`'s. */
export const TARGET = i64Local(FIRST_64 + 1);
export const FIRST_TEMP_64 = FIRST_64 + 2;
export const FIXED_I64 = 2;

/** Functions that TypeScript gives to an instance; arguments and results are described in engine.ts. */
export const IMPORTS = [
  { name: 'fetchMiss', params: [] },
  { name: 'decodeLine', params: [I32_TYPE] },
  { name: 'slowLoad', params: [I32_TYPE] },
  { name: 'slowStore', params: [I32_TYPE] },
  { name: 'loadReserve', params: [I32_TYPE] },
  { name: 'storeConditional', params: [I32_TYPE] },
  { name: 'helper', params: [I32_TYPE] },
  { name: 'raise', params: [I32_TYPE] },
  { name: 'raiseWord', params: [I32_TYPE, I32_TYPE] },
] as const satisfies readonly WasmImport[];
export type ImportName = (typeof IMPORTS)[number]['name'];

/** Function index of an import. */
export function importIndex(name: ImportName): number {
  return IMPORTS.findIndex((i) => i.name === name);
}

/** Access description that slow paths get: size and byte order of the access. */
export const ACCESS = { size: 15, littleEndian: 32 } as const;

/** Parameters of the module's own guarded-store functions: ea, value, fast entry. */
export const GUARDED_STORE_PARAMS = [I64_TYPE, I64_TYPE, I32_TYPE] as const;
const STORE_SIZES = [1, 2, 4, 8] as const;
/** The guarded-store functions, in order: each size without, then with byte swap. */
export const GUARDED_STORES = STORE_SIZES.flatMap((size) =>
  [false, true].map((swap) => ({ size, swap })),
);
export function guardedStoreIndex(size: number, swap: boolean): number {
  const at = GUARDED_STORES.findIndex((s) => s.size === size && s.swap === swap);
  return IMPORTS.length + at;
}
