// The WebAssembly functions of floating-point arithmetic, which handlers call by name.
import { multiplyAdd, multiplyAddSpecial } from './float-add.ts';
import { compareFloat } from './float-compare.ts';
import { fromInteger, toInteger, toIntegral } from './float-convert.ts';
import { divide, estimate, squareRoot } from './float-divide.ts';
import { multiplyAddFast } from './float-fast.ts';
import { deliver, round, roundsUp, setStatus, settle } from './float-round.ts';
import type { WasmFunction } from './wasm-module.ts';

/** Part of every interpreter module. */
export const FLOAT_FUNCTIONS: readonly WasmFunction[] = [
  settle,
  setStatus,
  deliver,
  roundsUp,
  round,
  multiplyAddSpecial,
  multiplyAdd,
  multiplyAddFast,
  divide,
  squareRoot,
  estimate,
  fromInteger,
  toInteger,
  toIntegral,
  compareFloat,
];
