// The interpreter function's locals, its state in the scratch page and the functions that it calls: what everything
// that writes its code shares.
import {
  type Code,
  type I32,
  I32_TYPE,
  type I64,
  I64_TYPE,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Local,
} from './emitter.ts';
import { SCRATCH } from './layout.ts';
import type { WasmImport } from './wasm-module.ts';

/** The parameter and the fixed locals of the hot and the cold function; temporaries follow. */
export const LOCAL = {
  /** Arena address of the thread's page; the parameter. */
  base: i32Local(0),
  /** Arena address of the current decoded entry. */
  ip: i32Local(1),
  /** Hot: instructions that may still be started. */
  left: i32Local(2),
  /** Cold: result of the last call. */
  status: i32Local(3),
} as const;
export const FIRST_TEMP_32 = 4;

/** i64 locals come after all i32 locals: their numbers depend on how many i32 temporaries there are. */
export const TEMPS_32 = 20;
/** Hot: address of the next instruction when it is not `ip`'s. */
export const TARGET = i64Local(FIRST_TEMP_32 + TEMPS_32);
export const FIRST_TEMP_64 = TARGET.index + 1;

const SCRATCH_AT = i32Const(0);
const inScratch = (offset: number) => ({
  value: i32.load(SCRATCH_AT, offset),
  set: (code: Code, value: I32) => code.store32(SCRATCH_AT, offset, value),
});
const wideInScratch = (offset: number) => ({
  value: i64.load(SCRATCH_AT, offset),
  set: (code: Code, value: I64) => code.store64(8, SCRATCH_AT, offset, value),
});

/** The part of the interpreter's state that lies in the scratch page (layout.ts). */
export const STATE = {
  args: [0, 8, 16].map((offset) => wideInScratch(SCRATCH.arg + offset)),
  result: wideInScratch(SCRATCH.result),
  executed: inScratch(SCRATCH.executed),
  left: inScratch(SCRATCH.left),
  yielded: inScratch(SCRATCH.yielded),
  codePage: inScratch(SCRATCH.codePage),
  pageEa: wideInScratch(SCRATCH.pageEa),
} as const;

/** Hot: EA of the entry at `ip`; of the end sentinel: the start of the following page. */
export function currentAddress(): I64 {
  const entries = i32.sub(LOCAL.ip, STATE.codePage.value);
  return i64.add(STATE.pageEa.value, i64.extendU(i32.shrU(entries, i32Const(2))));
}

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
/** The functions after those: hot, cold, and the one that calls them. */
export const HOT_INDEX = IMPORTS.length + GUARDED_STORES.length;
export const COLD_INDEX = HOT_INDEX + 1;

/** What the hot function returns: the budget is used up, or the instruction at NIA is for the cold one. */
export const HotEnd = { budget: 0, cold: 1 } as const;
/** What the cold function returns: it executed an instruction (as Stop), or only made NIA ready to execute. */
export const ColdEnd = { executed: 0, yield: 1, raised: 2, ready: 3 } as const;
