// The interpreter: WebAssembly over pre-decoded 16-byte entries, generated from the instruction table. Two modules,
// for big-endian and little-endian data; each is compiled once per process.
//
// `hot` is one br_table over all rows that usually need nothing but registers and the fast translations; it makes no
// calls, which keeps it small enough for good code. What it cannot do (a miss, an undecoded entry, a helper) it
// leaves to `cold`, which executes that one instruction in full, calling TypeScript. `run` alternates them. So the
// state that a hook sees is exact: NIA is the current instruction and the count of completed ones is stored.
import { sprSlot } from '../isa/spr.ts';
import { Cause, Stop } from './api.ts';
import { ColdBuilder, type ColdExits } from './cold-builder.ts';
import {
  Code,
  type I32,
  I32_TYPE,
  type I64,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Const,
  i64Local,
  type Label,
} from './emitter.ts';
import {
  COLD_INDEX,
  ColdEnd,
  currentAddress,
  FIRST_TEMP_32,
  FIRST_TEMP_64,
  GUARDED_STORE_PARAMS,
  GUARDED_STORES,
  HOT_INDEX,
  HotEnd,
  IMPORTS,
  type ImportName,
  importIndex,
  LOCAL,
  STATE,
  TARGET,
  TEMPS_32,
} from './frame.ts';
import { HANDLERS, type Layouts } from './handlers.ts';
import { HotBuilder, type HotExits } from './hot-builder.ts';
import { CODE, FAST, LINE, THREAD } from './layout.ts';
import { OperandLayout } from './operands.ts';
import { Scope } from './scope.ts';
import { fastAddress, lastPage } from './wasm-builder.ts';
import { assembleModule, type WasmFunction } from './wasm-module.ts';

export interface Interpreter {
  readonly module: WebAssembly.Module;
  readonly layouts: Layouts;
}

/** The instance's function: arena address of the thread's page, budget -> Stop. */
export type RunFunction = (base: number, budget: number) => number;

const { base, ip, left, status } = LOCAL;
const MSR_LOW = THREAD.spr + 8 * sprSlot('MSR');
const PR = 1 << 14;
const HV_HIGH = 1 << 28;

const compiled = new Map<boolean, Interpreter>();

/** The interpreter for data (and fetch) of the given byte order. */
export function interpreterFor(littleEndian: boolean): Interpreter {
  const known = compiled.get(littleEndian);
  if (known !== undefined) return known;
  const { bytes, layouts } = generate(littleEndian);
  const made = { module: new WebAssembly.Module(bytes), layouts };
  compiled.set(littleEndian, made);
  return made;
}

/** The bytes of the module, and where its handlers look for operands. */
export function generate(littleEndian: boolean): {
  bytes: Uint8Array<ArrayBuffer>;
  layouts: Layouts;
} {
  const layouts = HANDLERS.map(() => new OperandLayout());
  const functions = [
    ...GUARDED_STORES.map(guardedStore),
    hotFunction(littleEndian, layouts),
    coldFunction(littleEndian, layouts),
    runFunction(),
  ];
  return { bytes: assembleModule(IMPORTS, functions), layouts };
}

/** (base, budget) -> Stop. Keeps `executed` and `left` while hot and cold take turns. */
function runFunction(): WasmFunction {
  const [budget, end] = [i32Local(1), i32Local(2)];
  const code = new Code();
  const countExecuted = () => STATE.executed.set(code, i32.sub(budget, STATE.left.value));
  STATE.left.set(code, budget);
  const again = code.loop();
  code.call(HOT_INDEX, [base], end);
  countExecuted();
  code.if(i32.eq(end, i32Const(HotEnd.budget)), () => code.return(i32Const(Stop.budget)));
  code.call(COLD_INDEX, [base], end);
  code.brIf(i32.eq(end, i32Const(ColdEnd.ready)), again);
  STATE.left.set(code, i32.sub(STATE.left.value, i32Const(1)));
  code.brIf(i32.eq(end, i32Const(ColdEnd.executed)), again);
  countExecuted();
  code.return(end); // ColdEnd.yield and .raised are those of Stop
  code.end();
  code.emit(end);
  return { params: [I32_TYPE, I32_TYPE], i32Locals: 1, i64Locals: 0, code, exportAs: 'run' };
}

/** base -> HotEnd, with STATE.left and NIA. */
function hotFunction(littleEndian: boolean, layouts: Layouts): WasmFunction {
  const { code, scope } = newFunction();
  code.set(left, STATE.left.value);
  code.set(TARGET, nia());
  const cold = code.block();
  const lookup = code.loop();
  code.if(i32.eqz(left), () => leaveHot(code, TARGET, left, HotEnd.budget));
  findPage(code, TARGET, () => leaveHot(code, TARGET, left, HotEnd.cold));
  const next = code.loop();
  code.if(i32.eqz(left), () => {
    code.set(TARGET, currentAddress());
    code.br(lookup);
  });
  code.set(left, i32.sub(left, i32Const(1)));
  const pageEnd = () => {
    code.set(left, i32.add(left, i32Const(1)));
    code.set(TARGET, currentAddress());
    code.br(lookup);
  };
  const advance = code.block();
  const rows = hotRows(scope, { next, advance, lookup, cold }, littleEndian, layouts);
  writeHandlers(code, [cold, pageEnd, cold, ...rows]);
  code.end();
  code.set(ip, i32.add(ip, i32Const(CODE.entryBytes)));
  code.br(next);
  code.end();
  code.end();
  code.end();
  leaveHot(code, currentAddress(), i32.add(left, i32Const(1)), HotEnd.cold);
  code.emit(i32Const(HotEnd.cold));
  return finishFunction(scope);
}

function leaveHot(code: Code, address: I64, remaining: I32, end: number): void {
  code.store64(8, base, THREAD.nia, address);
  STATE.left.set(code, remaining);
  code.return(i32Const(end));
}

function hotRows(scope: Scope, exits: HotExits, littleEndian: boolean, layouts: Layouts) {
  return HANDLERS.map(({ variant, near, hot }, i): Body => {
    if (!hot) return exits.cold;
    return () => {
      scope.reset();
      const options = { flags: variant.flags, littleEndian, near };
      const b = new HotBuilder(scope, layouts[i] as OperandLayout, options, exits);
      variant.row.sem(b);
      b.finish();
    };
  });
}

/** base -> ColdEnd. Executes the instruction at NIA, or maps or decodes it. */
function coldFunction(littleEndian: boolean, layouts: Layouts): WasmFunction {
  const { code, scope } = newFunction();
  STATE.yielded.set(code, i32Const(0));
  const raised = code.block();
  const done = code.block();
  findPage(code, nia(), () => {
    call(code, 'fetchMiss');
    code.brIf(i32.eqz(status), raised);
    code.return(i32Const(ColdEnd.ready));
  });
  const decode = () => {
    call(code, 'decodeLine', ip);
    code.return(i32Const(ColdEnd.ready));
  };
  const illegal = () => {
    call(code, 'raiseWord', ip, i32Const(Cause.illegal));
    code.br(raised);
  };
  const rows = coldRows(scope, { done, raised }, littleEndian, layouts);
  // Only an instruction that the hot function gave up comes here: never the sentinel.
  writeHandlers(code, [decode, done, illegal, ...rows]);
  code.end();
  code.return(STATE.yielded.value); // ColdEnd.executed is 0, .yield is 1
  code.end();
  code.emit(i32Const(ColdEnd.raised));
  return finishFunction(scope);
}

function coldRows(scope: Scope, exits: ColdExits, littleEndian: boolean, layouts: Layouts) {
  return HANDLERS.map(({ variant, near, cold }, i): Body => {
    if (!cold) return exits.done;
    return () => {
      scope.reset();
      const options = { flags: variant.flags, littleEndian, near };
      const b = new ColdBuilder(scope, layouts[i] as OperandLayout, options, exits);
      const pr = i32.and(i32.load(base, MSR_LOW), i32Const(PR));
      const hv = i32.and(i32.load(base, MSR_LOW + 4), i32Const(HV_HIGH));
      if (variant.row.privilege === 'supervisor') b.requirePrivilege(pr);
      if (variant.row.privilege === 'hypervisor') b.requirePrivilege(i32.or(pr, i32.eqz(hv)));
      variant.row.sem(b);
      b.finish();
    };
  });
}

/** Sets ip to the decoded entry of `address`, or does `missing` (which leaves) when its page has no translation. */
function findPage(code: Code, address: I64, missing: () => void): void {
  const page = i64.and(address, i64Const(-4096n));
  // Fetch entries: index = EA bits 12-17, 16 bytes each.
  const index = i32.and(i32.shrU(i32.wrap(address), i32Const(8)), i32Const(0x3f0));
  const { fetch, fetchTag, fetchCode } = FAST;
  code.set(ip, i32.add(base, index));
  code.if(i64.ne(i64.load(ip, FAST.base + fetch + fetchTag), page), missing);
  STATE.pageEa.set(code, page);
  STATE.codePage.set(code, i32.load(ip, FAST.base + fetch + fetchCode));
  const entry = i32.shl(i32.and(i32.wrap(address), i32Const(0xffc)), i32Const(2));
  code.set(ip, i32.add(STATE.codePage.value, entry));
}

/** What dispatch does for a handler: code of its own, or a jump elsewhere. */
type Body = (() => void) | Label;

/** One block per body; the dispatch is innermost, a body starts where its block ends. In order of handler number. */
function writeHandlers(code: Code, bodies: readonly Body[]): void {
  const own = bodies.filter((body) => typeof body !== 'number');
  const blocks = own.map(() => code.block()).reverse();
  const labelOf = new Map(own.map((body, i) => [body, blocks[i]]));
  const labels = bodies.map((body) => (typeof body === 'number' ? body : labelOf.get(body)));
  code.brTable(i32.load16(ip, CODE.handler), labels as Label[]);
  for (const body of own) {
    code.end();
    body();
  }
}

function newFunction(): { code: Code; scope: Scope } {
  const code = new Code();
  return { code, scope: new Scope(code, { i32: FIRST_TEMP_32, i64: FIRST_TEMP_64 }) };
}

function finishFunction(scope: Scope): WasmFunction {
  if (scope.peak32 > TEMPS_32) throw new Error(`interpreter: ${scope.peak32} i32 temporaries`);
  return {
    params: [I32_TYPE],
    i32Locals: FIRST_TEMP_32 - 1 + TEMPS_32,
    i64Locals: 1 + scope.peak64,
    code: scope.code,
  };
}

function nia(): I64 {
  return i64.load(base, THREAD.nia);
}

function call(code: Code, name: ImportName, ...args: I32[]): void {
  code.call(importIndex(name), args, status);
}

/**
 * (ea, value, fast entry less FAST.base) -> 1 if stored: a store to a page some of whose lines are guarded (they hold
 * decoded code or a reservation), when the entry allows it and the access touches no guarded line.
 */
function guardedStore({ size, swap }: (typeof GUARDED_STORES)[number]): WasmFunction {
  const [ea, value, entry] = [i64Local(0), i64Local(1), i32Local(2)];
  const code = new Code();
  const scope = new Scope(code, { i32: 3, i64: 3 + 8 });
  const end = scope.let64(i64.add(ea, i64Const(BigInt(size - 1))));
  const lineBit = (at: I64) =>
    i32.shl(i32Const(1), i32.shrU(i32.wrap(at), i32Const(Math.log2(LINE))));
  const lines = i32.or(lineBit(ea), lineBit(end));
  const guard = i32.load(i32.load(entry, FAST.base + FAST.guard), 0);
  const refuse = () => code.return(i32Const(0));
  code.if(i64.ne(i64.load(entry, FAST.base + FAST.guarded), lastPage(ea, size)), refuse);
  code.if(i32.and(guard, lines), refuse);
  scope.storeMemory(scope.let32(fastAddress(entry, ea)), size, value, swap);
  code.emit(i32Const(1));
  return { params: GUARDED_STORE_PARAMS, i32Locals: 8, i64Locals: scope.peak64, code };
}
