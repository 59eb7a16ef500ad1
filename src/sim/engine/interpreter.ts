// The interpreter: WebAssembly over pre-decoded 16-byte entries, generated from the instruction table. One module for
// each mode, generated and compiled when first needed, once per process.
//
// `hot` is one br_table over all rows that usually need nothing but registers and the fast translations; it makes no
// calls, which keeps it small enough for good code. `vector` is the same for the rows with a facility (floating
// point, vector, VSX), which may call functions of the module. What these cannot do (a miss, an undecoded entry, a
// helper) they leave to `cold`, which executes that one instruction in full, calling TypeScript. `run` lets them take
// turns. So the state that a hook sees is exact: NIA is the current instruction and the count of completed ones is
// stored.
import { Stop } from './api.ts';
import { i32, i32Const, i32Local } from './emitter.ts';
import { ColdEnd, HotEnd, IMPORTS, type Mode, STATE } from './frame.ts';
import { localFunctions } from './functions.ts';
import { coldFunction, hotFunction } from './loops.ts';
import type { Scope } from './scope.ts';
import { assembleModule, type WasmFunction } from './wasm-module.ts';

/** The instance's function: arena address of the thread's page, budget -> Stop. */
export type RunFunction = (base: number, budget: number) => number;

const compiled = new Map<string, WebAssembly.Module>();

/** The interpreter of a mode. */
export function interpreterFor(mode: Mode): WebAssembly.Module {
  const key = Object.values(mode).join();
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(generate(mode));
  compiled.set(key, module);
  return module;
}

/** The bytes of a mode's module. */
export function generate(mode: Mode): Uint8Array<ArrayBuffer> {
  const vector = mode.facilities ? [hotFunction('vector', mode)] : [];
  const loops = [hotFunction('hot', mode), ...vector, coldFunction(mode)];
  return assembleModule(IMPORTS, [...localFunctions(mode), ...loops, runFunction(mode)]);
}

/** (base, budget) -> Stop. Keeps `executed` and `left` while the functions take turns. */
function runFunction(mode: Mode): WasmFunction {
  const write = (scope: Scope) => writeRun(scope, mode);
  return { name: 'run', params: ['bool', 'bool'], results: ['bool'], exported: true, write };
}

function writeRun(scope: Scope, mode: Mode): void {
  const { code } = scope;
  const [base, budget, end] = [i32Local(0), i32Local(1), scope.fixed('bool')];
  const countExecuted = () => STATE.executed.set(code, i32.sub(budget, STATE.left.value));
  STATE.left.set(code, budget);
  const again = code.loop();
  code.call('hot', [base], end);
  if (mode.facilities) {
    code.if(i32.eq(end, i32Const(HotEnd.other)), () => {
      code.call('vector', [base], end);
      code.brIf(i32.eq(end, i32Const(HotEnd.other)), again);
    });
  }
  countExecuted();
  code.if(i32.eq(end, i32Const(HotEnd.budget)), () => code.return(i32Const(Stop.budget)));
  code.call('cold', [base], end);
  code.brIf(i32.eq(end, i32Const(ColdEnd.ready)), again);
  code.if(i32.eq(end, i32Const(ColdEnd.stopAt)), () => code.return(i32Const(Stop.stopAt)));
  STATE.left.set(code, i32.sub(STATE.left.value, i32Const(1)));
  code.brIf(i32.eq(end, i32Const(ColdEnd.executed)), again);
  countExecuted();
  code.return(end); // ColdEnd.yield and .raised are those of Stop
  code.end();
  code.emit(end);
}
