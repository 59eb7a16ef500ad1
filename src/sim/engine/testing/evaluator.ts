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
import type { FloatBuilder } from '../../isa/builder-float.ts';
import type { VectorBuilder } from '../../isa/builder-vector.ts';
import { type Flags, VARIANTS, variantOfWord } from '../../isa/decode.ts';
import { field } from '../../isa/fields.ts';
import { facilityField } from '../../isa/pattern.ts';
import type { Facility, Row, Version } from '../../isa/row.ts';
import { Cause, Outcome } from '../api.ts';
import { LINE } from '../layout.ts';
import { atomicOperation } from './evaluator-atomic.ts';
import { EvaluatorFloat } from './evaluator-float.ts';
import { EvaluatorVector } from './evaluator-vector.ts';
import { flatHelper, flatReal, interruptNia, UNMAPPED } from './flat-machine.ts';
import type { ThreadState } from './thread-state.ts';

/**
 * Executes the instruction at NIA of `state` in `memory` on a CPU of `version`. True when a helper asked to yield or
 * NIA was replaced.
 */
export function step(state: ThreadState, memory: Uint8Array, version: Version = '3.0'): boolean {
  const evaluator = new Evaluator(state, memory, version);
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
const FE0 = 1n << 11n;
const FE1 = 1n << 8n;

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
  readonly #version: Version;
  readonly vec: VectorBuilder;
  readonly fp: FloatBuilder;

  constructor(state: ThreadState, memory: Uint8Array, version: Version) {
    this.#version = version;
    this.#s = state;
    this.#memory = memory;
    this.vec = new EvaluatorVector(state, {
      operand: (name) => this.#field(name),
      littleEndian: () => this.#littleEndian(),
      load: (ea, size) => this.load(ea, size),
      store: (ea, size, value) => this.store(ea, size, value),
    });
    this.fp = new EvaluatorFloat(state, {
      operand: (name) => this.#field(name),
      flag: (name) => this.flag(name),
      enabledException: () => {
        if ((state.msr & (FE0 | FE1)) !== 0n) throw this.#raised(Cause.fpEnabled);
      },
    });
  }

  step(): boolean {
    try {
      this.#execute();
      this.#s.nia = this.#mode(this.#next);
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
    const variant = VARIANTS[variantOfWord(this.#word, this.#version)];
    if (variant === undefined) throw this.#raised(Cause.illegal);
    const [hv, pr] = [(msr >> 60n) & 1n, (msr >> 14n) & 1n];
    const allowed =
      variant.row.privilege === 'problem' ||
      (pr === 0n && (variant.row.privilege === 'supervisor' || hv === 1n));
    if (!allowed) throw this.#raised(Cause.privileged);
    this.#requireFacility(variant.row);
    this.#flags = variant.flags;
    variant.row.sem(this);
  }

  /** MSR[FP], [VEC] or [VSX] must be 1; of two facilities, that of the register file that XT or XS is in. */
  #requireFacility(row: Row): void {
    const [lower, upper = lower] = row.facility?.split('/') ?? [];
    const inUpper = upper !== lower && this.#field(facilityField(row)) >= 32n;
    const facility = inUpper ? upper : lower;
    if (facility === undefined) return;
    const bit = { FP: 13n, VEC: 25n, VSX: 23n }[facility as Facility];
    const causes = {
      FP: Cause.fpUnavailable,
      VEC: Cause.vectorUnavailable,
      VSX: Cause.vsxUnavailable,
    };
    if (((this.#s.msr >> bit) & 1n) === 0n) throw this.#raised(causes[facility as Facility]);
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
  divLongU = (high: Expr, b: Expr) => expr((v(high) << 64n) / v(b));
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
    this.#write(this.#places(v(ea), size), v(value), littleEndian);
  }
  #read(ea: bigint, size: number, littleEndian: boolean): bigint {
    const places = this.#places(ea, size);
    const ordered = littleEndian ? places.toReversed() : places;
    return ordered.reduce((value, at) => (value << 8n) | BigInt(this.#memory[at] ?? 0), 0n);
  }
  #write(places: readonly number[], value: bigint, littleEndian: boolean): void {
    for (const [i, at] of (littleEndian ? places : places.toReversed()).entries()) {
      this.#memory[at] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }
  loadQuad(ea: Expr): readonly [Value, Value] {
    const number = this.#read(v(ea), 16, this.#littleEndian());
    return [expr(number >> 64n), expr(number)];
  }
  storeQuad(ea: Expr, high: Expr, low: Expr): void {
    // Two accesses: the first one is done when the second one raises.
    const [first, second] = this.#littleEndian() ? [low, high] : [high, low];
    this.store(ea, 8, first);
    this.store(expr(v(ea) + 8n), 8, second);
  }
  align(ea: Expr, bytes: number): void {
    if (this.#mode(v(ea)) % BigInt(bytes) !== 0n) throw this.#raised(Cause.alignment);
  }
  #string(ea: Expr, bytes: Expr): number[] {
    if (this.#littleEndian()) throw this.#raised(Cause.alignment);
    return this.#places(v(ea), Number(v(bytes)));
  }
  loadString(name: string, ea: Expr, bytes: Expr): void {
    const data = this.#string(ea, bytes).map((at) => this.#memory[at] ?? 0);
    while (data.length % 4 !== 0) data.push(0);
    const view = new DataView(Uint8Array.from(data).buffer);
    for (let i = 0; i < data.length / 4; i++) {
      this.#s.gpr[(Number(this.#field(name)) + i) % 32] = BigInt(view.getUint32(4 * i));
    }
  }
  storeString(name: string, ea: Expr, bytes: Expr): void {
    for (const [i, at] of this.#string(ea, bytes).entries()) {
      const register = this.#s.gpr[(Number(this.#field(name)) + (i >> 2)) % 32] ?? 0n;
      this.#memory[at] = Number((register >> BigInt(24 - 8 * (i % 4))) & 0xffn);
    }
  }
  loadAtomic(name: string, ea: Expr, size: 4 | 8): void {
    const rt = Number(this.#field(name));
    const operand = (n: number) => this.#s.gpr[(rt + n) % 32] ?? 0n;
    this.#s.gpr[rt] = this.#atomic(ea, size, operand(1), operand(2), true);
  }
  storeAtomic(name: string, ea: Expr, size: 4 | 8): void {
    this.#atomic(ea, size, this.#s.gpr[Number(this.#field(name))] ?? 0n, 0n, false);
  }
  /** Book II 4.5, tables of function codes. Returns RT. */
  #atomic(ea: Expr, size: 4 | 8, first: bigint, second: bigint, isLoad: boolean): bigint {
    const width = 8 * size;
    const [a, b] = [BigInt.asUintN(width, first), BigInt.asUintN(width, second)];
    const code = Number(this.#field('FC'));
    this.align(ea, size);
    const operation = atomicOperation(code, isLoad);
    if (operation === null) throw this.#raised(Cause.badAtomic);
    const step = BigInt(operation.neighbour * size);
    const [here, there] = [this.#places(v(ea), size), this.#places(v(ea) + step, size)];
    const memory = this.#read(v(ea), size, this.#littleEndian());
    const beside = this.#read(v(ea) + step, size, this.#littleEndian());
    const after = operation.run({ width, memory, beside, a, b });
    if (step !== 0n) this.#write(there, after.beside, this.#littleEndian());
    this.#write(here, after.memory, this.#littleEndian());
    return after.result;
  }
  /** Real addresses of the bytes; raises if any is not mapped. */
  #places(ea: bigint, size: number): number[] {
    const all = Array.from({ length: size }, (_, i) => this.#mode(ea + BigInt(i)));
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
    const value = this.#sixtyFour() ? v(result) : BigInt.asIntN(32, v(result));
    this.#compareInto(28, value, 0n, true);
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
    this.#setXerBit(29n, t(this.#sixtyFour() ? carry : carry32));
    if (this.#version === '3.0') this.#setXerBit(18n, t(carry32));
  }
  setOv(overflow: Cond, overflow32: Cond, so?: 'kept'): void {
    const ov = t(this.#sixtyFour() ? overflow : overflow32);
    this.#setXerBit(30n, ov);
    if (ov && so !== 'kept') this.#setXerBit(31n, true);
    if (this.#version === '3.0') this.#setXerBit(19n, t(overflow32));
  }
  xer = () => expr(this.#s.xer);
  setXer(value: Expr): void {
    this.#s.xer = v(value) & (this.#version === '3.0' ? 0xe00fffffn : 0xe003ffffn);
  }

  cia = () => expr(this.#s.nia);
  nia = () => expr(this.#mode(this.#s.nia + 4n));
  inMode = (value: Expr) => expr(this.#mode(v(value)));
  /** Bits M:63: MSR[SF] chooses between whole doublewords and low words. */
  #mode(value: bigint): bigint {
    return BigInt.asUintN(this.#sixtyFour() ? 64 : 32, value);
  }
  #sixtyFour(): boolean {
    return this.#s.msr >> 63n === 1n;
  }
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
    this.align(ea, size);
    const value = this.load(ea, size);
    const ra = this.#places(v(ea), 1)[0] ?? 0;
    this.#s.reservation = ra - (ra % LINE);
    return value;
  }
  storeConditional(ea: Expr, size: Size | 16, value: Expr, low?: Expr): void {
    this.align(ea, size);
    const places = this.#places(v(ea), size);
    const ra = places[0] ?? 0;
    const holds = this.#s.reservation === ra - (ra % LINE);
    const whole = low === undefined ? v(value) : (v(value) << 64n) | v(low);
    if (holds) this.#write(places, whole, this.#littleEndian());
    this.#s.reservation = -1;
    this.#setCrBits(28, 15, (holds ? 2 : 0) | Number(this.#xerBit(31n)));
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
