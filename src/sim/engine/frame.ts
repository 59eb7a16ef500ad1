// The interpreter functions' locals, their state in the scratch page and the functions that they call: what
// everything that writes their code shares.
import {
  type Code,
  type I32,
  type I64,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Const,
  i64Local,
  type ValueType,
} from './emitter.ts';
import { SCRATCH } from './layout.ts';
import type { Scope } from './scope.ts';
import type { Signature } from './wasm-module.ts';

/** What is fixed when code is generated; each mode has its own module. */
export interface Mode {
  /** MSR[LE]. */
  readonly littleEndian: boolean;
  /** MSR[SF]. */
  readonly sixtyFour: boolean;
  /** The CPU has the bits OV32 and CA32. */
  readonly version30: boolean;
  /** FP, VEC or VSX may be on. Without, their rows do nothing but raise: half of the code is left out. */
  readonly facilities: boolean;
}

/** An address or a count as the mode sees it: in 32-bit mode the low word. Book I 1.10.3. */
export function inMode(mode: Mode, value: I64): I64 {
  return mode.sixtyFour ? value : i64.and(value, i64Const(0xffff_ffffn));
}

/** The parameter and the fixed locals of the hot, vector and cold functions; temporaries follow. */
export const LOCAL = {
  /** Arena address of the thread's pages; the parameter. */
  base: i32Local(0),
  /** Arena address of the current decoded entry. */
  ip: i32Local(1),
  /** Hot and vector: instructions that may still be started. */
  left: i32Local(2),
  /** Cold: result of the last call. */
  status: i32Local(3),
  /** Hot and vector: address of the next instruction when it is not `ip`'s. */
  target: i64Local(4),
} as const;
const FIXED_LOCALS: readonly ValueType[] = ['bool', 'bool', 'bool', 'i64'];

/** Declares the fixed locals: first in each of those functions. */
export function declareLocals(scope: Scope): void {
  for (const type of FIXED_LOCALS) scope.fixed(type);
}

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
  realBase: inScratch(SCRATCH.realBase),
  realBytes: inScratch(SCRATCH.realBytes),
  guardBase: inScratch(SCRATCH.guardBase),
  realMarks: inScratch(SCRATCH.realMarks),
  guardedBase: inScratch(SCRATCH.guardedBase),
  facilities: inScratch(SCRATCH.facilities),
} as const;

/** Hot and vector: EA of the entry at `ip`; of the end sentinel: the start of the following page. */
export function currentAddress(mode: Mode): I64 {
  const entries = i32.sub(LOCAL.ip, STATE.codePage.value);
  return inMode(mode, i64.add(STATE.pageEa.value, i64.extendU(i32.shrU(entries, i32Const(2)))));
}

/** Functions that TypeScript gives to an instance; arguments and results are described in engine.ts. */
const imported = <Name extends string>(name: Name, params: number) => ({
  name,
  params: Array.from({ length: params }, () => 'bool' as const),
  results: ['bool'] as const,
});
export const IMPORTS = [
  imported('fetchMiss', 0),
  imported('mapFetch', 1),
  imported('decodeLine', 1),
  imported('slowLoad', 1),
  imported('slowStore', 1),
  imported('loadReserve', 1),
  imported('storeConditional', 1),
  imported('loadString', 1),
  imported('storeString', 1),
  imported('loadAtomic', 3),
  imported('storeAtomic', 3),
  imported('helper', 1),
  imported('raise', 1),
  imported('raiseWord', 2),
] as const satisfies readonly Signature[];
export type ImportName = (typeof IMPORTS)[number]['name'];

/** Access description that slow paths get: size and byte order of the access. */
export const ACCESS = { size: 31, littleEndian: 32 } as const;

/**
 * What the hot and vector functions return: the budget is used up, or the instruction at NIA is for the cold
 * function, or for the other of these two.
 */
export const HotEnd = { budget: 0, cold: 1, other: 2 } as const;
/**
 * What the cold function returns: it executed an instruction (as Stop), only made NIA ready to execute, or found that
 * the run stops there (as Stop).
 */
export const ColdEnd = { executed: 0, yield: 1, raised: 2, ready: 3, stopAt: 4 } as const;
