// The functions that execute instructions: `hot` and `vector`, which run on over their own rows, and `cold`, which
// executes one instruction. interpreter.ts tells how they work together.
import type { FacilityRule } from '../isa/row.ts';
import { sprSlot } from '../isa/spr.ts';
import { Cause } from './api.ts';
import { ColdBuilder, type ColdExits } from './cold-builder.ts';
import {
  type Code,
  type I32,
  type I64,
  i32,
  i32Const,
  i64,
  i64Const,
  type Label,
} from './emitter.ts';
import { withheldBy } from './facility.ts';
import {
  ColdEnd,
  currentAddress,
  declareLocals,
  HotEnd,
  type ImportName,
  inMode,
  LOCAL,
  type Mode,
  STATE,
} from './frame.ts';
import { HANDLERS, type Handler } from './handlers.ts';
import { HotBuilder, type HotExits } from './hot-builder.ts';
import { CODE, FAST, THREAD } from './layout.ts';
import type { Scope } from './scope.ts';

import type { WasmFunction } from './wasm-module.ts';

const { base, ip, left, status, target } = LOCAL;
const MSR_LOW = THREAD.spr + 8 * sprSlot('MSR');
const PR = 1 << 14;
const HV_HIGH = 1 << 28;

/** base -> HotEnd, with STATE.left and NIA: executes the rows whose home it is. */
export function hotFunction(name: 'hot' | 'vector', mode: Mode): WasmFunction {
  const write = (scope: Scope) => writeHot(scope, name, mode);
  return { name, params: ['bool'], results: ['bool'], write };
}

function writeHot(scope: Scope, name: 'hot' | 'vector', mode: Mode): void {
  declareLocals(scope);
  const { code } = scope;
  code.set(left, STATE.left.value);
  code.set(target, inMode(mode, nia()));
  const other = code.block();
  const cold = code.block();
  const lookup = code.loop();
  code.if(i32.eqz(left), () => leaveHot(code, target, left, HotEnd.budget));
  findPage(code, target, () => leaveHot(code, target, left, HotEnd.cold));
  const next = code.loop();
  code.if(i32.eqz(left), () => {
    code.set(target, currentAddress(mode));
    code.br(lookup);
  });
  code.set(left, i32.sub(left, i32Const(1)));
  const pageEnd = () => {
    code.set(left, i32.add(left, i32Const(1)));
    code.set(target, currentAddress(mode));
    code.br(lookup);
  };
  const advance = code.block();
  const exits = { next, advance, lookup, cold };
  const rows = HANDLERS.map((handler): Body => {
    if (handler.home === name) return () => writeHotRow(scope, handler, mode, exits);
    return handler.home === 'cold' || !mode.facilities ? cold : other;
  });
  writeHandlers(code, [cold, pageEnd, cold, ...rows]);
  code.end();
  code.set(ip, i32.add(ip, i32Const(CODE.entryBytes)));
  code.br(next);
  code.end();
  code.end();
  code.end();
  leaveHot(code, currentAddress(mode), i32.add(left, i32Const(1)), HotEnd.cold);
  code.end();
  leaveHot(code, currentAddress(mode), i32.add(left, i32Const(1)), HotEnd.other);
  code.emit(i32Const(HotEnd.other));
}

function leaveHot(code: Code, address: I64, remaining: I32, end: number): void {
  code.store64(8, base, THREAD.nia, address);
  STATE.left.set(code, remaining);
  code.return(i32Const(end));
}

function writeHotRow(scope: Scope, handler: Handler, mode: Mode, exits: HotExits): void {
  scope.reset();
  const { variant, near, layout } = handler;
  for (const { cond } of withheldBy(variant.row, layout)) scope.code.brIf(cond, exits.cold);
  const b = new HotBuilder(scope, layout, { ...mode, flags: variant.flags, near }, exits);
  variant.row.sem(b);
  b.finish();
}

/** base -> ColdEnd. Executes the instruction at NIA, or maps or decodes it. */
export function coldFunction(mode: Mode): WasmFunction {
  const write = (scope: Scope) => writeCold(scope, mode);
  return { name: 'cold', params: ['bool'], results: ['bool'], write };
}

function writeCold(scope: Scope, mode: Mode): void {
  declareLocals(scope);
  const { code } = scope;
  STATE.yielded.set(code, i32Const(0));
  const raised = code.block();
  const done = code.block();
  findPage(code, nia(), () => {
    code.call('missFetch', [base], status);
    code.brIf(i32.eqz(status), raised);
    code.return(i32Const(ColdEnd.ready));
  });
  const decode = () => {
    call(code, 'decodeLine', ip);
    code.return(status);
  };
  const illegal = () => {
    call(code, 'raiseWord', ip, i32Const(Cause.illegal));
    code.br(raised);
  };
  const exits = { done, raised };
  const withheld = new Map<FacilityRule, Body>();
  const rows = HANDLERS.map((handler): Body => {
    const { facility } = handler.variant.row;
    if (handler.cold && (mode.facilities || facility === undefined)) {
      return () => writeColdRow(scope, handler, mode, exits);
    }
    if (facility === undefined) return done;
    // Rows of one facility share their body; in a pair the register decides.
    const known = withheld.get(facility);
    if (known !== undefined) return known;
    const body = () => writeWithheld(code, handler, raised);
    if (!facility.includes('/')) withheld.set(facility, body);
    return body;
  });
  // Only an instruction that another function gave up comes here: never the sentinel, nor a hot row without accesses.
  writeHandlers(code, [decode, done, illegal, ...rows]);
  code.end();
  code.return(STATE.yielded.value); // ColdEnd.executed is 0, .yield is 1
  code.end();
  code.emit(i32Const(ColdEnd.raised));
}

function writeColdRow(scope: Scope, handler: Handler, mode: Mode, exits: ColdExits): void {
  scope.reset();
  const { variant, near, layout } = handler;
  const b = new ColdBuilder(scope, layout, { ...mode, flags: variant.flags, near }, exits);
  const pr = i32.and(i32.load(base, MSR_LOW), i32Const(PR));
  const hv = i32.and(i32.load(base, MSR_LOW + 4), i32Const(HV_HIGH));
  if (variant.row.privilege === 'supervisor') b.requirePrivilege(pr);
  if (variant.row.privilege === 'hypervisor') b.requirePrivilege(i32.or(pr, i32.eqz(hv)));
  for (const { cond, cause } of withheldBy(variant.row, layout)) b.raiseIf(cond, cause);
  variant.row.sem(b);
  b.finish();
}

/** The cold function gets rows that touch only registers when their facility is withheld, else never. */
function writeWithheld(code: Code, { variant, layout }: Handler, raised: Label): void {
  for (const { cond, cause } of withheldBy(variant.row, layout)) {
    code.if(cond, () => call(code, 'raise', i32Const(cause)));
  }
  code.br(raised);
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

/** What dispatch does for a handler: code of its own (shared by all that have the same one), or a jump elsewhere. */
type Body = (() => void) | Label;

/** One block per body; the dispatch is innermost, a body starts where its block ends. In order of handler number. */
function writeHandlers(code: Code, bodies: readonly Body[]): void {
  const own = [...new Set(bodies.filter((body) => typeof body !== 'number'))];
  const blocks = own.map(() => code.block()).reverse();
  const labelOf = new Map(own.map((body, i) => [body, blocks[i]]));
  const labels = bodies.map((body) => (typeof body === 'number' ? body : labelOf.get(body)));
  code.brTable(i32.load16(ip, CODE.handler), labels as Label[]);
  for (const body of own) {
    code.end();
    body();
  }
}

function nia(): I64 {
  return i64.load(base, THREAD.nia);
}

function call(code: Code, name: ImportName, ...args: I32[]): void {
  code.call(name, args, status);
}
