// Writes the WebAssembly handler of one row: the engine's reading of the semantics vocabulary (isa/builder.ts), as
// far as hot and cold handlers agree (interpreter.ts says what those are).
// Reads of registers are evaluated where the row asks for them, so a row may write a register it has read.
import type { Builder, Cond, Expr, HelperName, Size } from '../isa/builder.ts';
import type { Flags } from '../isa/decode.ts';
import { sprSlot } from '../isa/spr.ts';
import { ArithmeticBuilder, boolOf, i64Of } from './arithmetic-builder.ts';
import {
  type I32,
  type I64,
  i32,
  i32Const,
  i64,
  i64Const,
  select,
  type V128,
  v128,
} from './emitter.ts';
import { simd } from './emitter-vector.ts';
import { WasmFloat } from './float-builder.ts';
import { inMode, LOCAL, type Mode } from './frame.ts';
import { FAST, THREAD } from './layout.ts';
import type { OperandLayout, OperandUse } from './operands.ts';
import type { Scope } from './scope.ts';
import { WasmVector } from './vector-builder.ts';

/** What distinguishes the handlers that one row gets. */
export interface HandlerOptions extends Mode {
  readonly flags: Flags;
  /** Relative branches stay in their page. */
  readonly near: boolean;
}

const { base, ip } = LOCAL;
const ZERO = i64Const(0n);
const XER_SLOT = THREAD.spr + 8 * sprSlot('XER');
const XER_LOW = 0x3ffffn;
const XER_CA = 29;
/** XER bits that have slots of their own, with their distance from the low end. */
const XER_BITS = [
  [THREAD.so, 31],
  [THREAD.ov, 30],
  [THREAD.ca, XER_CA],
  [THREAD.ov32, 19],
  [THREAD.ca32, 18],
] as const;

/** The low `bits` bits of i32 `value`. */
const lowBits = (value: I32, bits: number) => i32.and(value, i32Const(2 ** bits - 1));

/**
 * What hot and cold handlers have in common: everything but storage accesses, control flow and hooks. The row's
 * semantics is run once on the builder; `finish` ends the handler.
 */
export abstract class WasmBuilder extends ArithmeticBuilder implements Builder {
  protected readonly layout: OperandLayout;
  protected readonly options: HandlerOptions;
  #vec: WasmVector | undefined;
  #fp: WasmFloat | undefined;
  /** Register reads since the last write: reading again costs nothing. */
  readonly #reads = new Map<string, I32 | I64>();

  constructor(scope: Scope, layout: OperandLayout, options: HandlerOptions) {
    super(scope);
    this.layout = layout;
    this.options = options;
  }

  get vec(): WasmVector {
    this.#vec ??= new WasmVector(this, this.scope, this.layout, this.options);
    return this.#vec;
  }
  get fp(): WasmFloat {
    this.#fp ??= new WasmFloat(this, this.scope, this.layout);
    return this.#fp;
  }

  /** Goes on with the following instruction. */
  abstract finish(): void;

  abstract load(ea: Expr, size: Size, opt?: { signed?: boolean; reversed?: boolean }): I64;
  abstract store(ea: Expr, size: Size, value: Expr, opt?: { reversed?: boolean }): void;
  abstract align(ea: Expr, bytes: number): void;
  abstract loadReserve(ea: Expr, size: Size): I64;
  abstract storeConditional(ea: Expr, size: Size | 16, value: Expr, low?: Expr): void;
  abstract loadString(field: string, ea: Expr, bytes: Expr): void;
  abstract storeString(field: string, ea: Expr, bytes: Expr): void;
  abstract loadAtomic(field: string, ea: Expr, size: 4 | 8): void;
  abstract storeAtomic(field: string, ea: Expr, size: 4 | 8): void;
  abstract cia(): I64;
  abstract branch(cond: Cond | null, target: Expr): void;
  abstract branchRel(cond: Cond | null, field: string): void;
  abstract trapIf(cond: Cond): void;
  abstract helper(name: HelperName, ...args: Expr[]): I64;
  abstract giveUpIfEnabled(): void;
  abstract raiseAtEnd(pending: I32): void;

  // --- operands

  reg(field: string): I64 {
    return this.#read64(`reg:${field}`, () => i64.load(this.#at(field, 'reg'), 0));
  }
  regOr0(field: string): I64 {
    return this.#read64(`regOr0:${field}`, () => i64.load(this.#at(field, 'regOr0'), 0));
  }
  setReg(field: string, value: Expr): void {
    this.#write64(this.#at(field, 'reg'), 0, i64Of(value));
  }
  imm(field: string): I64 {
    const operand = this.layout.place(field, 'imm');
    return operand.size === 8 ? i64.load(ip, operand.offset) : i64.load16(ip, operand.offset);
  }
  flag(name: string): boolean {
    return this.options.flags[name] === true;
  }
  const(value: bigint): I64 {
    return i64Const(value);
  }
  let(_name: string, value: Expr): I64 {
    return this.scope.let64(i64Of(value));
  }

  // --- special registers

  spr(name: 'LR' | 'CTR' | 'TAR'): I64 {
    return this.#read64(`spr:${name}`, () => i64.load(base, THREAD.spr + 8 * sprSlot(name)));
  }
  setSpr(name: 'LR' | 'CTR' | 'TAR', value: Expr): void {
    this.#write64(base, THREAD.spr + 8 * sprSlot(name), i64Of(value));
  }

  crBit(field: string): I32 {
    return this.#read32(`crBit:${field}`, () => {
      const { at, shift } = this.#crBitPlace(field);
      return lowBits(i32.shrU(i32.load(at, THREAD.cr), shift), 1);
    });
  }
  setCrBit(field: string, value: Cond): void {
    const bit = this.scope.let32(boolOf(value));
    const { at, shift } = this.#crBitPlace(field);
    const others = i32.xor(i32.shl(i32Const(1), shift), i32Const(15));
    const kept = i32.and(i32.load(at, THREAD.cr), others);
    this.#write32(at, THREAD.cr, i32.or(kept, i32.shl(bit, shift)));
  }
  crField(field: string): I64 {
    return this.#read64(`crField:${field}`, () =>
      i64.extendU(i32.load(this.#at(field, 'crField'), THREAD.cr)),
    );
  }
  setCrField(field: string, value: Expr): void {
    this.#write32(this.#at(field, 'crField'), THREAD.cr, lowBits(i32.wrap(i64Of(value)), 4));
  }
  compare(field: string, a: Expr, b: Expr, signed: boolean): void {
    this.#compareInto(this.#at(field, 'crField'), i64Of(a), i64Of(b), signed);
  }
  record(result: Expr): void {
    const value = i64Of(result);
    this.#compareInto(base, this.options.sixtyFour ? value : i64.extend32(value), ZERO, true);
  }
  cr(): I64 {
    return this.#read64('cr', () => {
      const field = (i: number) => i32.load(base, THREAD.cr + 4 * i);
      const shifted = Array.from({ length: 8 }, (_, i) => i32.shl(field(i), i32Const(28 - 4 * i)));
      return i64.extendU(shifted.reduce((all, one) => i32.or(all, one)));
    });
  }
  setCr(value: Expr, mask: Expr): void {
    const word = this.scope.let32(i32.wrap(i64Of(value)));
    const chosen = this.scope.let32(i32.wrap(i64Of(mask)));
    for (let i = 0; i < 8; i++) {
      const update = lowBits(i32.shrU(word, i32Const(28 - 4 * i)), 4);
      const isChosen = lowBits(i32.shrU(chosen, i32Const(7 - i)), 1);
      const old = i32.load(base, THREAD.cr + 4 * i);
      this.#write32(base, THREAD.cr + 4 * i, select(isChosen, update, old));
    }
  }

  /** CR0 := 0b00 || stored || SO, of the conditional stores. */
  protected setStored(stored: I64): void {
    const bit = i32.shl(i32.wrap(stored), i32Const(1));
    this.#write32(base, THREAD.cr, i32.or(bit, this.#bit(THREAD.so)));
  }

  ca(): I64 {
    return this.#read64('ca', () => i64.extendU(this.#bit(THREAD.ca)));
  }
  setCa(carry: Cond, carry32: Cond): void {
    this.#write32(base, THREAD.ca, boolOf(this.options.sixtyFour ? carry : carry32));
    if (this.options.version30) this.#write32(base, THREAD.ca32, boolOf(carry32));
  }
  setOv(overflow: Cond, overflow32: Cond, so?: 'kept'): void {
    const ov = this.scope.let32(boolOf(this.options.sixtyFour ? overflow : overflow32));
    this.#write32(base, THREAD.ov, ov);
    if (so !== 'kept') this.#write32(base, THREAD.so, i32.or(this.#bit(THREAD.so), ov));
    if (this.options.version30) this.#write32(base, THREAD.ov32, boolOf(overflow32));
  }
  xer(): I64 {
    return this.#read64('xer', () => {
      const bits = XER_BITS.map(([slot, at]) => i32.shl(this.#bit(slot), i32Const(at)));
      const high = i64.extendU(bits.reduce((all, one) => i32.or(all, one)));
      return i64.or(high, i64.load(base, XER_SLOT));
    });
  }
  setXer(value: Expr): void {
    const xer = this.scope.let64(i64Of(value));
    for (const [slot, at] of XER_BITS) {
      const isMissing = at < XER_CA && !this.options.version30;
      const bit = lowBits(i32.shrU(i32.wrap(xer), i32Const(at)), 1);
      this.#write32(base, slot, isMissing ? i32Const(0) : bit);
    }
    this.#write64(base, XER_SLOT, i64.and(xer, i64Const(XER_LOW)));
  }

  inMode(value: Expr): I64 {
    return inMode(this.options, i64Of(value));
  }
  nia(): I64 {
    return this.inMode(i64.add(this.cia(), i64Const(4n)));
  }

  loadQuad(address: Expr): readonly [I64, I64] {
    const ea = this.effective(address);
    const first = this.load(ea, 8);
    const second = this.load(i64.add(ea, i64Const(8n)), 8);
    return this.options.littleEndian ? [second, first] : [first, second];
  }
  storeQuad(address: Expr, high: Expr, low: Expr): void {
    const ea = this.effective(address);
    const [first, second] = this.options.littleEndian ? [low, high] : [high, low];
    this.store(ea, 8, first);
    this.store(i64.add(ea, i64Const(8n)), 8, second);
  }

  loadVector(address: Expr): V128 {
    const reversed = !this.options.littleEndian;
    const ea = this.effective(address);
    const first = this.load(ea, 8, { reversed });
    return simd.pair(this.load(i64.add(ea, i64Const(8n)), 8, { reversed }), first);
  }
  storeVector(address: Expr, value: V128): void {
    const reversed = !this.options.littleEndian;
    const ea = this.effective(address);
    this.store(ea, 8, v128.lane64(value, 0), { reversed });
    this.store(i64.add(ea, i64Const(8n)), 8, v128.lane64(value, 1), { reversed });
  }

  // --- for both kinds of handlers

  /** The EA of an access whose address was computed as `address`. */
  protected effective(address: Expr): I64 {
    return this.scope.let64(this.inMode(address));
  }

  /** A hook may have written registers. */
  protected forgetReads(): void {
    this.#reads.clear();
  }

  // --- private

  /** Not 0 unless `ea` is a multiple of `bytes`. */
  protected misalignment(ea: I64, bytes: number): I32 {
    return i32.and(i32.wrap(ea), i32Const(bytes - 1));
  }

  /** Address of the thread's page plus the offset that the entry holds for the field. */
  #at(field: string, use: OperandUse): I32 {
    return i32.add(base, i32.load16(ip, this.layout.place(field, use).offset));
  }
  #bit(slot: number): I32 {
    return i32.load(base, slot);
  }
  #read64(key: string, load: () => I64): I64 {
    const known = this.#reads.get(key) as I64 | undefined;
    if (known !== undefined) return known;
    const value = this.scope.let64(load());
    this.#reads.set(key, value);
    return value;
  }
  #read32(key: string, load: () => I32): I32 {
    const known = this.#reads.get(key) as I32 | undefined;
    if (known !== undefined) return known;
    const value = this.scope.let32(load());
    this.#reads.set(key, value);
    return value;
  }
  #write64(at: I32, offset: number, value: I64): void {
    this.scope.code.store64(8, at, offset, value);
    this.#reads.clear();
  }
  #write32(at: I32, offset: number, value: I32): void {
    this.scope.code.store32(at, offset, value);
    this.#reads.clear();
  }

  /** Place of a CR bit: the entry holds 4 * field + distance from the field's low end. */
  #crBitPlace(field: string): { at: I32; shift: I32 } {
    const place = this.scope.let32(i32.load16(ip, this.layout.place(field, 'crBit').offset));
    return { at: i32.add(base, i32.and(place, i32Const(0x1c))), shift: lowBits(place, 2) };
  }

  #compareInto(at: I32, left: I64, right: I64, signed: boolean): void {
    const [a, b] = [this.scope.let64(left), this.scope.let64(right)];
    const less = signed ? i64.ltS(a, b) : i64.ltU(a, b);
    const greater = signed ? i64.gtS(a, b) : i64.gtU(a, b);
    const order = i32.or(i32.shl(less, i32Const(3)), i32.shl(greater, i32Const(2)));
    const rest = i32.or(i32.shl(i64.eq(a, b), i32Const(1)), this.#bit(THREAD.so));
    this.#write32(at, THREAD.cr, i32.or(order, rest));
  }
}

/** Fast translation entry of the page of `ea`, less FAST.base: index = EA bits 12-19, entries of 32 bytes. */
export function fastEntry(scope: Scope, base: I32, ea: I64): I32 {
  const index = i32.and(i32.shrU(i32.wrap(ea), i32Const(7)), i32Const(0x1fe0));
  return scope.let32(i32.add(base, index));
}

/** Arena address of `ea` by a fast translation entry that allows the access. */
export function fastAddress(entry: I32, ea: I64): I32 {
  return i32.add(i32.load(entry, FAST.base + FAST.addend), i32.wrap(ea));
}

/** What the entry's tag must be: the page of the last byte, which is another one when the access crosses. */
export function lastPage(ea: I64, size: Size | 16): I64 {
  return i64.and(i64.add(ea, i64Const(BigInt(size - 1))), i64Const(-4096n));
}
