// The interpreter: one WebAssembly function with a br_table over pre-decoded 16-byte entries, generated from the
// instruction table. Two modules, for big-endian and little-endian data; each is compiled once per process.
//
// lookup: finds the decoded page of TARGET      next: dispatches the entry at ip
// A handler ends with ip += 16, a near branch with ip += displacement; both go to next. A far branch, the end of
// the page and every instruction that called a hook go through lookup. `left` reaches 0 exactly when the budget is
// used up, or when a hook ran (then `held` has the rest).
import { sprSlot } from '../isa/spr.ts';
import { Cause, Stop } from './api.ts';
import {
  Code,
  type I32,
  I32_TYPE,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Const,
  i64Local,
} from './emitter.ts';
import {
  FIRST_TEMP_32,
  FIRST_TEMP_64,
  FIXED_I64,
  GUARDED_STORE_PARAMS,
  GUARDED_STORES,
  IMPORTS,
  type ImportName,
  importIndex,
  LOCAL,
  PAGE_EA,
  TARGET,
  TEMPS_32,
} from './frame.ts';
import { HANDLERS, type Handler, type Layouts } from './handlers.ts';
import { FAST, LINE, SCRATCH, THREAD } from './layout.ts';
import { OperandLayout } from './operands.ts';
import { Scope } from './scope.ts';
import { type Exits, WasmBuilder } from './wasm-builder.ts';
import { assembleModule, type WasmFunction } from './wasm-module.ts';

export interface Interpreter {
  readonly module: WebAssembly.Module;
  readonly layouts: Layouts;
  /** Size of the module, for the figures. */
  readonly bytes: number;
}

/** The instance's function: arena addresses of the thread's page and fast translations, budget -> Stop. */
export type RunFunction = (base: number, fast: number, budget: number) => number;

const { base, fast, budget, ip, left, held, yielded, code: codePage, status } = LOCAL;
const ZERO = i32Const(0);
const MSR_LOW = THREAD.spr + 8 * sprSlot('MSR');
const PR = 1 << 14;
const HV_HIGH = 1 << 28;

const compiled = new Map<boolean, Interpreter>();

/** The interpreter for data (and fetch) of the given byte order. */
export function interpreterFor(littleEndian: boolean): Interpreter {
  const known = compiled.get(littleEndian);
  if (known !== undefined) return known;
  const { bytes, layouts } = generate(littleEndian);
  const made = { module: new WebAssembly.Module(bytes), layouts, bytes: bytes.length };
  compiled.set(littleEndian, made);
  return made;
}

/** The bytes of the module. */
export function generate(littleEndian: boolean): {
  bytes: Uint8Array<ArrayBuffer>;
  layouts: Layouts;
} {
  const layouts: (readonly OperandLayout['operands'][number][])[] = [];
  const run = runFunction(littleEndian, layouts);
  return { bytes: assembleModule(IMPORTS, [...GUARDED_STORES.map(guardedStore), run]), layouts };
}

function runFunction(
  littleEndian: boolean,
  layouts: (readonly OperandLayout['operands'][number][])[],
): WasmFunction {
  const code = new Code();
  const scope = new Scope(code, { i32: FIRST_TEMP_32, i64: FIRST_TEMP_64 });
  code.set(left, budget);
  code.set(TARGET, i64.load(base, THREAD.nia));
  const raised = code.block();
  const lookup = code.loop();
  writeLookup(code, lookup, raised);
  const next = code.loop();
  code.if(i32.eqz(left), () => {
    code.set(TARGET, currentAddress());
    code.br(lookup);
  });
  code.set(left, i32.sub(left, i32Const(1)));
  writeHandlers(scope, { next, lookup, raised }, littleEndian, layouts);
  code.end();
  code.end();
  code.end();
  // Raised: the instruction counts as one executed; the hook has stored what came before it.
  const executed = i32.load(ZERO, SCRATCH.executed);
  code.store32(ZERO, SCRATCH.executed, i32.add(executed, i32Const(1)));
  code.emit(i32Const(Stop.raised));
  if (scope.peak32 > TEMPS_32) throw new Error(`interpreter: ${scope.peak32} i32 temporaries`);
  return {
    params: [I32_TYPE, I32_TYPE, I32_TYPE],
    i32Locals: FIRST_TEMP_32 - 3 + TEMPS_32,
    i64Locals: FIXED_I64 + scope.peak64,
    code,
    exportAs: 'run',
  };
}

/** Stops or goes on at TARGET: finds its decoded page, asks `fetchMiss` for it when it has no fast translation. */
function writeLookup(code: Code, lookup: number, raised: number): void {
  code.if(i32.eqz(left), () => {
    code.if(i32.or(i32.eqz(held), yielded), () => {
      code.store64(8, base, THREAD.nia, TARGET);
      code.store32(ZERO, SCRATCH.executed, i32.sub(budget, held));
      code.return(yielded); // Stop.budget is 0, Stop.yield is 1
    });
    code.set(left, held);
    code.set(held, ZERO);
  });
  const page = i64.and(TARGET, i64Const(-4096n));
  // Fetch entries: index = EA bits 12-17, 16 bytes each.
  const index = i32.and(i32.shrU(i32.wrap(TARGET), i32Const(8)), i32Const(0x3f0));
  code.set(ip, i32.add(fast, index));
  code.if(i64.ne(i64.load(ip, FAST.fetch + FAST.fetchTag), page), () => {
    code.store64(8, base, THREAD.nia, TARGET);
    code.store32(ZERO, SCRATCH.executed, i32.sub(budget, left));
    call(code, 'fetchMiss');
    code.brIf(i32.eqz(status), raised);
    code.br(lookup);
  });
  code.set(PAGE_EA, page);
  code.set(codePage, i32.load(ip, FAST.fetch + FAST.fetchCode));
  const entry = i32.shl(i32.and(i32.wrap(TARGET), i32Const(0xffc)), i32Const(2));
  code.set(ip, i32.add(codePage, entry));
}

/** One block per handler; the dispatch is innermost, handler i starts where the i-th block ends. */
function writeHandlers(
  scope: Scope,
  exits: Exits,
  littleEndian: boolean,
  layouts: (readonly OperandLayout['operands'][number][])[],
): void {
  const { code } = scope;
  const bodies = [
    () => writeUndecoded(code, exits),
    () => writePageEnd(code, exits),
    () => writeIllegal(code, exits),
    ...HANDLERS.map((handler) => () => layouts.push(writeRow(scope, exits, handler, littleEndian))),
  ];
  const labels = bodies.map(() => code.block()).reverse();
  code.brTable(i32.load16(ip, 0), labels);
  for (const body of bodies) {
    code.end();
    body();
  }
}

function writeUndecoded(code: Code, { next }: Exits): void {
  code.set(left, i32.add(left, i32Const(1)));
  call(code, 'decodeLine', ip);
  code.br(next);
}

function writePageEnd(code: Code, { lookup }: Exits): void {
  code.set(left, i32.add(left, i32Const(1)));
  code.set(TARGET, currentAddress());
  code.br(lookup);
}

function writeIllegal(code: Code, { raised }: Exits): void {
  code.store64(8, base, THREAD.nia, currentAddress());
  const remaining = i32.add(left, i32Const(1));
  code.store32(ZERO, SCRATCH.executed, i32.sub(budget, remaining));
  call(code, 'raiseWord', ip, i32Const(Cause.illegal));
  code.br(raised);
}

function writeRow(scope: Scope, exits: Exits, { variant, near }: Handler, littleEndian: boolean) {
  scope.reset();
  const layout = new OperandLayout();
  const b = new WasmBuilder(scope, exits, layout, { flags: variant.flags, littleEndian, near });
  const pr = i32.and(i32.load(base, MSR_LOW), i32Const(PR));
  const hv = i32.and(i32.load(base, MSR_LOW + 4), i32Const(HV_HIGH));
  if (variant.row.privilege === 'supervisor') b.requirePrivilege(pr);
  if (variant.row.privilege === 'hypervisor') b.requirePrivilege(i32.or(pr, i32.eqz(hv)));
  variant.row.sem(b);
  b.finish();
  return layout.operands;
}

/** EA of the entry at ip; of the end sentinel: the start of the following page. */
function currentAddress() {
  return i64.add(PAGE_EA, i64.extendU(i32.shrU(i32.sub(ip, codePage), i32Const(2))));
}

function call(code: Code, name: ImportName, ...args: I32[]): void {
  code.call(importIndex(name), args, status);
}

/**
 * (ea, value, fast entry) -> 1 if stored: a store to a page some of whose lines are guarded (they hold decoded
 * code or a reservation), when the entry allows it and the access touches no guarded line.
 */
function guardedStore({ size, swap }: (typeof GUARDED_STORES)[number]): WasmFunction {
  const [ea, value, entry] = [i64Local(0), i64Local(1), i32Local(2)];
  const code = new Code();
  const scope = new Scope(code, { i32: 3, i64: 3 + 8 });
  const end = scope.let64(i64.add(ea, i64Const(BigInt(size - 1))));
  const lineBit = (at: typeof ea) =>
    i32.shl(i32Const(1), i32.shrU(i32.wrap(at), i32Const(Math.log2(LINE))));
  const lines = i32.or(lineBit(ea), lineBit(end));
  const guard = i32.load(i32.load(entry, FAST.guard), 0);
  const page = i64.and(end, i64Const(-4096n));
  code.if(i64.ne(i64.load(entry, FAST.guarded), page), () => code.return(ZERO));
  code.if(i32.and(guard, lines), () => code.return(ZERO));
  const at = scope.let32(i32.add(i32.load(entry, FAST.addend), i32.wrap(ea)));
  scope.storeMemory(at, size, value, swap);
  code.emit(i32Const(1));
  return { params: GUARDED_STORE_PARAMS, i32Locals: 8, i64Locals: scope.peak64, code };
}
