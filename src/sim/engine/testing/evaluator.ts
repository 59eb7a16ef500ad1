// An independent reading of the instruction table, for tests: plain BigInt, one instruction at a time, no caches.
// Translation, interrupts and helpers follow flat-machine.ts.
import {
  type Builder,
  type Cond,
  type Expr,
  HELPERS,
  type HelperName,
  type Size,
} from '../../isa/builder.ts';
import { type Flags, VARIANTS, variantOfWord } from '../../isa/decode.ts';
import { field } from '../../isa/fields.ts';
import { sprSlot } from '../../isa/spr.ts';
import { Cause, Outcome } from '../api.ts';
import { LINE } from '../layout.ts';
import type { Arena } from '../memory.ts';
import { flatHelper, flatReal, interruptNia, UNMAPPED } from './flat-machine.ts';

const LOCAL_SPRS = ['LR', 'CTR', 'TAR'] as const;

/** Everything of one thread that instructions can change. */
export interface ThreadState {
  gpr: bigint[];
  spr: Record<(typeof LOCAL_SPRS)[number], bigint>;
  cr: number;
  xer: bigint;
  nia: bigint;
  msr: bigint;
  reservation: number;
}

/** Copies a thread's state out of an arena. */
export function readThread(arena: Arena, tid: number): ThreadState {
  const [LR, CTR, TAR] = LOCAL_SPRS.map((name) => arena.spr(tid, sprSlot(name)));
  return {
    gpr: Array.from({ length: 32 }, (_, n) => arena.gpr(tid, n)),
    spr: { LR: LR ?? 0n, CTR: CTR ?? 0n, TAR: TAR ?? 0n },
    cr: arena.cr(tid),
    xer: arena.xer(tid),
    nia: arena.nia(tid),
    msr: arena.spr(tid, sprSlot('MSR')),
    reservation: arena.reservation(tid),
  };
}

/** Puts a thread's state into an arena. */
export function writeThread(arena: Arena, tid: number, state: ThreadState): void {
  for (const [n, value] of state.gpr.entries()) arena.setGpr(tid, n, value);
  for (const name of LOCAL_SPRS) arena.setSpr(tid, sprSlot(name), state.spr[name]);
  arena.setCr(tid, state.cr);
  arena.setXer(tid, state.xer);
  arena.setNia(tid, state.nia);
  arena.setSpr(tid, sprSlot('MSR'), state.msr);
  if (state.reservation >= 0) arena.reserve(tid, state.reservation);
  else arena.clearReservation(tid);
}

/** Executes the instruction at NIA of `state` in `memory`. True when a helper asked to yield or NIA was replaced. */
export function step(state: ThreadState, memory: Uint8Array): boolean {
  const evaluator = new Evaluator(state, memory);
  return evaluator.step();
}

/** Thrown to abandon an instruction. */
class Raised {
  readonly nia: bigint;
  constructor(nia: bigint) {
    this.nia = nia;
  }
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const MSB = 63n;

type Value = Expr & { value: bigint };
type Truth = Cond & { value: boolean };
const expr = (value: bigint): Value => ({ expr: 'i64', value: wrap(value) });
const truth = (value: boolean): Truth => ({ expr: 'bool', value });
const v = (e: Expr): bigint => (e as Value).value;
const t = (c: Cond): boolean => (c as Truth).value;

class Evaluator implements Builder {
  readonly #s: ThreadState;
  readonly #memory: Uint8Array;
  #word = 0;
  #flags: Flags = {};
  #next = 0n;
  #yielded = false;

  constructor(state: ThreadState, memory: Uint8Array) {
    this.#s = state;
    this.#memory = memory;
  }

  step(): boolean {
    try {
      this.#execute();
      this.#s.nia = wrap(this.#next);
      return this.#yielded;
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      this.#s.nia = error.nia;
      return true;
    }
  }

  #execute(): void {
    const { nia, msr } = this.#s;
    this.#word = Number(this.#read(nia, 4, this.#littleEndian()));
    this.#next = nia + 4n;
    const variant = VARIANTS[variantOfWord(this.#word)];
    if (variant === undefined) throw this.#raised(Cause.illegal);
    const [hv, pr] = [(msr >> 60n) & 1n, (msr >> 14n) & 1n];
    const allowed =
      variant.row.privilege === 'problem' ||
      (pr === 0n && (variant.row.privilege === 'supervisor' || hv === 1n));
    if (!allowed) throw this.#raised(Cause.privileged);
    this.#flags = variant.flags;
    variant.row.sem(this);
  }

  #raised(cause: Cause | 'unmapped'): Raised {
    return new Raised(interruptNia(this.#s.nia, cause));
  }
  #field(name: string): bigint {
    return BigInt(field(name).get(this.#word));
  }
  #littleEndian(): boolean {
    return (this.#s.msr & 1n) === 1n;
  }

  reg = (name: string) => expr(this.#s.gpr[Number(this.#field(name))] ?? 0n);
  regOr0 = (name: string) => (this.#field(name) === 0n ? expr(0n) : this.reg(name));
  setReg(name: string, value: Expr): void {
    this.#s.gpr[Number(this.#field(name))] = v(value);
  }
  imm = (name: string) => expr(this.#field(name));
  flag = (name: string) => this.#flags[name] === true;
  const = (value: bigint) => expr(value);
  let = (_: string, value: Expr) => value;

  add = (a: Expr, b: Expr) => expr(v(a) + v(b));
  sub = (a: Expr, b: Expr) => expr(v(a) - v(b));
  mul = (a: Expr, b: Expr) => expr(v(a) * v(b));
  mulHighU = (a: Expr, b: Expr) => expr((v(a) * v(b)) >> 64n);
  mulHighS = (a: Expr, b: Expr) => expr((signed(v(a)) * signed(v(b))) >> 64n);
  divS = (a: Expr, b: Expr) => expr(signed(v(a)) / signed(v(b)));
  divU = (a: Expr, b: Expr) => expr(v(a) / v(b));
  remS = (a: Expr, b: Expr) => expr(signed(v(a)) % signed(v(b)));
  remU = (a: Expr, b: Expr) => expr(v(a) % v(b));
  and = (a: Expr, b: Expr) => expr(v(a) & v(b));
  or = (a: Expr, b: Expr) => expr(v(a) | v(b));
  xor = (a: Expr, b: Expr) => expr(v(a) ^ v(b));
  not = (a: Expr) => expr(~v(a));
  shl = (a: Expr, n: Expr) => expr(v(a) << (v(n) & MSB));
  shrU = (a: Expr, n: Expr) => expr(v(a) >> (v(n) & MSB));
  shrS = (a: Expr, n: Expr) => expr(signed(v(a)) >> (v(n) & MSB));
  rotl(a: Expr, n: Expr): Value {
    const by = v(n) & MSB;
    return expr((v(a) << by) | (v(a) >> (64n - by)));
  }
  clz = (a: Expr) => expr(BigInt(bits(v(a)).indexOf('1') === -1 ? 64 : bits(v(a)).indexOf('1')));
  ctz(a: Expr): Value {
    const last = bits(v(a)).lastIndexOf('1');
    return expr(BigInt(last === -1 ? 64 : 63 - last));
  }
  popcnt = (a: Expr) => expr(BigInt(bits(v(a)).replaceAll('0', '').length));
  exts = (a: Expr, width: 8 | 16 | 32) => expr(BigInt.asIntN(width, v(a)));
  extz = (a: Expr, width: 8 | 16 | 32) => expr(BigInt.asUintN(width, v(a)));

  eq = (a: Expr, b: Expr) => truth(v(a) === v(b));
  ne = (a: Expr, b: Expr) => truth(v(a) !== v(b));
  ltS = (a: Expr, b: Expr) => truth(signed(v(a)) < signed(v(b)));
  ltU = (a: Expr, b: Expr) => truth(v(a) < v(b));
  geU = (a: Expr, b: Expr) => truth(v(a) >= v(b));
  both = (a: Cond, b: Cond) => truth(t(a) && t(b));
  either = (a: Cond, b: Cond) => truth(t(a) || t(b));
  negate = (a: Cond) => truth(!t(a));
  asValue = (c: Cond) => expr(t(c) ? 1n : 0n);
  select = (c: Cond, a: Expr, b: Expr) => (t(c) ? a : b);

  load(ea: Expr, size: Size, opt: { signed?: boolean; reversed?: boolean } = {}): Value {
    const littleEndian = this.#littleEndian() !== (opt.reversed === true);
    const value = this.#read(v(ea), size, littleEndian);
    return expr(opt.signed ? BigInt.asIntN(8 * size, value) : value);
  }
  store(ea: Expr, size: Size, value: Expr, opt: { reversed?: boolean } = {}): void {
    const littleEndian = this.#littleEndian() !== (opt.reversed === true);
    const places = this.#places(v(ea), size);
    for (const [i, at] of (littleEndian ? places : places.toReversed()).entries()) {
      this.#memory[at] = Number((v(value) >> BigInt(8 * i)) & 0xffn);
    }
  }
  #read(ea: bigint, size: number, littleEndian: boolean): bigint {
    const places = this.#places(ea, size);
    const ordered = littleEndian ? places.toReversed() : places;
    return ordered.reduce((value, at) => (value << 8n) | BigInt(this.#memory[at] ?? 0), 0n);
  }
  /** Real addresses of the bytes; raises if any is not mapped. */
  #places(ea: bigint, size: number): number[] {
    const all = Array.from({ length: size }, (_, i) => wrap(ea + BigInt(i)));
    if (all.some((address) => (address & UNMAPPED) !== 0n)) throw this.#raised('unmapped');
    return all.map((address) => flatReal(address, this.#memory.length));
  }

  spr = (name: 'LR' | 'CTR' | 'TAR') => expr(this.#s.spr[name]);
  setSpr(name: 'LR' | 'CTR' | 'TAR', value: Expr): void {
    this.#s.spr[name] = v(value);
  }
  crBit = (name: string) => truth(((this.#s.cr >>> (31 - Number(this.#field(name)))) & 1) === 1);
  setCrBit(name: string, value: Cond): void {
    this.#setCrBits(31 - Number(this.#field(name)), 1, t(value) ? 1 : 0);
  }
  crField = (name: string) =>
    expr(BigInt((this.#s.cr >>> (28 - 4 * Number(this.#field(name)))) & 15));
  setCrField(name: string, value: Expr): void {
    this.#setCrBits(28 - 4 * Number(this.#field(name)), 15, Number(v(value) & 15n));
  }
  compare(name: string, a: Expr, b: Expr, asSigned: boolean): void {
    this.#compareInto(28 - 4 * Number(this.#field(name)), v(a), v(b), asSigned);
  }
  record(result: Expr): void {
    this.#compareInto(28, v(result), 0n, true);
  }
  #compareInto(shift: number, left: bigint, right: bigint, asSigned: boolean): void {
    const [a, b] = asSigned ? [signed(left), signed(right)] : [left, right];
    const order = a < b ? 8 : a > b ? 4 : 2;
    this.#setCrBits(shift, 15, order | Number(this.#xerBit(31n)));
  }
  #setCrBits(shift: number, mask: number, value: number): void {
    this.#s.cr = ((this.#s.cr & ~(mask << shift)) | (value << shift)) >>> 0;
  }
  cr = () => expr(BigInt(this.#s.cr));
  setCr(value: Expr, mask: Expr): void {
    for (let i = 0; i < 8; i++) {
      if (((v(mask) >> BigInt(7 - i)) & 1n) === 0n) continue;
      const shift = 28 - 4 * i;
      this.#setCrBits(shift, 15, Number((v(value) >> BigInt(shift)) & 15n));
    }
  }
  #xerBit = (at: bigint) => (this.#s.xer >> at) & 1n;
  #setXerBit(at: bigint, value: boolean): void {
    this.#s.xer = (this.#s.xer & ~(1n << at)) | (value ? 1n << at : 0n);
  }
  ca = () => expr(this.#xerBit(29n));
  setCa(carry: Cond, carry32: Cond): void {
    this.#setXerBit(29n, t(carry));
    this.#setXerBit(18n, t(carry32));
  }
  setOv(overflow: Cond, overflow32: Cond): void {
    this.#setXerBit(30n, t(overflow));
    if (t(overflow)) this.#setXerBit(31n, true);
    this.#setXerBit(19n, t(overflow32));
  }
  xer = () => expr(this.#s.xer);
  setXer(value: Expr): void {
    this.#s.xer = v(value) & 0xe00fffffn;
  }

  cia = () => expr(this.#s.nia);
  branch(cond: Cond | null, target: Expr): void {
    if (cond === null || t(cond)) this.#next = v(target) & ~3n;
  }
  branchRel(cond: Cond | null, name: string): void {
    if (cond === null || t(cond)) this.#next = this.#s.nia + this.#field(name);
  }
  trapIf(cond: Cond): void {
    if (t(cond)) throw this.#raised(Cause.trap);
  }
  loadReserve(ea: Expr, size: Size): Value {
    this.#align(v(ea), size);
    const value = this.load(ea, size);
    const ra = flatReal(v(ea), this.#memory.length);
    this.#s.reservation = ra - (ra % LINE);
    return value;
  }
  storeConditional(ea: Expr, size: Size, value: Expr): void {
    this.#align(v(ea), size);
    const ra = this.#places(v(ea), 1)[0] ?? 0;
    const holds = this.#s.reservation === ra - (ra % LINE);
    if (holds) this.store(ea, size, value);
    this.#s.reservation = -1;
    this.#setCrBits(28, 15, (holds ? 2 : 0) | Number(this.#xerBit(31n)));
  }
  #align(ea: bigint, size: Size): void {
    if (ea % BigInt(size) !== 0n) throw this.#raised(Cause.alignment);
  }
  helper(name: HelperName, ...args: Expr[]): Value {
    const first = args[0] === undefined ? 0n : v(args[0]);
    const { result, outcome } = flatHelper(HELPERS.indexOf(name), first);
    if (outcome === Outcome.raised) throw new Raised(first & ~3n);
    this.#yielded = outcome === Outcome.yield;
    return expr(result);
  }
}

function bits(value: bigint): string {
  return value.toString(2).padStart(64, '0');
}
