// The vocabulary in which one instruction row states its semantics (architecture section 4).
// One row is read by several builders: WebAssembly code, RTL text, read/write sets.

import type { FloatBuilder } from './builder-float.ts';
import type { VectorBuilder } from './builder-vector.ts';

/** Opaque 64-bit expression of a builder. Rows combine it only through the builder that made it. */
export interface Expr {
  readonly expr: 'i64';
}
/** Opaque truth value of a builder. */
export interface Cond {
  readonly expr: 'bool';
}

/** Access size in bytes. */
export type Size = 1 | 2 | 4 | 8;

/**
 * What a row may say. Every value is 64 bits wide; `Cond` is the result of a comparison.
 * Fields ('RT', 'RA', 'SI', ...) are the names of the row's pattern fields.
 */
export interface Builder {
  /** What concerns vector registers. */
  readonly vec: VectorBuilder;
  /** What concerns floating-point registers and the FPSCR. */
  readonly fp: FloatBuilder;

  // --- operands
  /** GPR selected by a register field. */
  reg(field: string): Expr;
  /** GPR selected by a register field, or the value 0 when the field is 0: the manual's (RA|0). */
  regOr0(field: string): Expr;
  setReg(field: string, value: Expr): void;
  /** Value of an immediate field: sign extension, scaling and derived masks are the field's own. */
  imm(field: string): Expr;
  /**
   * True when the row's one-bit flag field ('Rc', 'OE', 'LK', 'AA', ...) is set, false when the row has no such
   * field; known when code is generated.
   */
  flag(name: string): boolean;
  const(value: bigint): Expr;
  /** Evaluates once; further uses of the result do not repeat it. `name` is what RTL text calls it. */
  let(name: string, value: Expr): Expr;

  // --- arithmetic and logic, 64 bits, wrapping
  add(a: Expr, b: Expr): Expr;
  sub(a: Expr, b: Expr): Expr;
  mul(a: Expr, b: Expr): Expr;
  /** Upper 64 bits of the signed and unsigned 128-bit products. */
  mulHighS(a: Expr, b: Expr): Expr;
  mulHighU(a: Expr, b: Expr): Expr;
  /** Quotients and remainders; the divisor must be made safe by the row (0, and -2^63 / -1). */
  divS(a: Expr, b: Expr): Expr;
  divU(a: Expr, b: Expr): Expr;
  remS(a: Expr, b: Expr): Expr;
  remU(a: Expr, b: Expr): Expr;
  /** Unsigned quotient of `high` followed by 64 zero bits; `high` must be below `b`, so that it fits. */
  divLongU(high: Expr, b: Expr): Expr;
  and(a: Expr, b: Expr): Expr;
  or(a: Expr, b: Expr): Expr;
  xor(a: Expr, b: Expr): Expr;
  not(a: Expr): Expr;
  /** Shifts and rotates take the amount modulo 64. */
  shl(a: Expr, n: Expr): Expr;
  shrU(a: Expr, n: Expr): Expr;
  shrS(a: Expr, n: Expr): Expr;
  rotl(a: Expr, n: Expr): Expr;
  clz(a: Expr): Expr;
  ctz(a: Expr): Expr;
  popcnt(a: Expr): Expr;
  /** Sign extension of the low 8, 16 or 32 bits. */
  exts(a: Expr, bits: 8 | 16 | 32): Expr;
  /** Zero extension of the low 8, 16 or 32 bits. */
  extz(a: Expr, bits: 8 | 16 | 32): Expr;

  // --- truth values
  eq(a: Expr, b: Expr): Cond;
  ne(a: Expr, b: Expr): Cond;
  ltS(a: Expr, b: Expr): Cond;
  ltU(a: Expr, b: Expr): Cond;
  geU(a: Expr, b: Expr): Cond;
  both(a: Cond, b: Cond): Cond;
  either(a: Cond, b: Cond): Cond;
  negate(a: Cond): Cond;
  /** 0 or 1 as a value. */
  asValue(c: Cond): Expr;
  select(c: Cond, whenTrue: Expr, whenFalse: Expr): Expr;

  // --- storage. The byte order is the thread's MSR[LE]; `reversed` is the other one (lwbrx and kin).
  load(ea: Expr, size: Size, opt?: { signed?: boolean; reversed?: boolean }): Expr;
  store(ea: Expr, size: Size, value: Expr, opt?: { reversed?: boolean }): void;
  /** The 128-bit number at `ea`: its upper and its lower doubleword. Two accesses of 8 bytes. */
  loadQuad(ea: Expr): readonly [Expr, Expr];
  storeQuad(ea: Expr, high: Expr, low: Expr): void;
  /** Raises an alignment interrupt unless `ea` is a multiple of `bytes`, a power of two. */
  align(ea: Expr, bytes: number): void;
  /**
   * lmw, lswi and kin: `bytes` bytes between storage and the low words of the GPR of a register field and those that
   * follow it (r0 after r31); loads fill a last word with zeros. In little-endian mode an alignment interrupt.
   */
  loadString(field: string, ea: Expr, bytes: Expr): void;
  storeString(field: string, ea: Expr, bytes: Expr): void;
  /**
   * Book II 4.5: the atomic operation whose number is in the field FC, on the naturally aligned word or doubleword
   * at `ea`; its operands are the GPR of the register field and those that follow it.
   */
  loadAtomic(field: string, ea: Expr, size: 4 | 8): void;
  storeAtomic(field: string, ea: Expr, size: 4 | 8): void;

  // --- special registers that the engine holds itself: 'LR', 'CTR', 'TAR'
  spr(name: 'LR' | 'CTR' | 'TAR'): Expr;
  setSpr(name: 'LR' | 'CTR' | 'TAR', value: Expr): void;
  /** CR bit selected by a 5-bit field. */
  crBit(field: string): Cond;
  setCrBit(field: string, value: Cond): void;
  /** The 4-bit value LT GT EQ SO of the CR field selected by a 3-bit field. */
  crField(field: string): Expr;
  setCrField(field: string, value: Expr): void;
  /** Writes LT, GT, EQ by comparing and SO from XER into the CR field selected by a 3-bit field. */
  compare(field: string, a: Expr, b: Expr, signed: boolean): void;
  /** Writes CR0 by comparing the result with zero (the Rc=1 forms). */
  record(result: Expr): void;
  /** The whole 32-bit CR, CR0 in the most significant nibble. */
  cr(): Expr;
  /** Replaces the CR fields whose mask bit (8 bits, CR0 most significant) is 1. */
  setCr(value: Expr, mask: Expr): void;
  ca(): Expr;
  /** CA := carry; CA32 := carry32 (the carry out of the low word, from version 3.0 on). */
  setCa(carry: Cond, carry32: Cond): void;
  /**
   * OV := overflow, SO |= overflow unless it is kept; OV32 := overflow32 (overflow of the low word, from version
   * 3.0 on).
   */
  setOv(overflow: Cond, overflow32: Cond, so?: 'kept'): void;
  xer(): Expr;
  setXer(value: Expr): void;

  // --- control
  /** Address of this instruction. */
  cia(): Expr;
  /** Address of the following instruction. */
  nia(): Expr;
  /** Bits M:63 of the manual: in 32-bit mode (MSR[SF]=0) the low word of the value, else all of it. */
  inMode(value: Expr): Expr;
  /** Branches to `target` (low two bits ignored) when `cond` holds, or always when it is null. */
  branch(cond: Cond | null, target: Expr): void;
  /** Branches relative to CIA by an immediate field; lets the engine use its near form. */
  branchRel(cond: Cond | null, field: string): void;
  /** Raises a program interrupt of type trap when `cond` holds. */
  trapIf(cond: Cond): void;
  /** lwarx and kin: loads and sets the reservation. */
  loadReserve(ea: Expr, size: Size): Expr;
  /**
   * stwcx. and kin: stores if the reservation holds; CR0 := 0b00 || stored || SO; the reservation is lost. Of 16
   * bytes, `value` is the upper doubleword and `low` the lower one.
   */
  storeConditional(ea: Expr, size: Size | 16, value: Expr, low?: Expr): void;
  /**
   * Calls a named helper of the hardware layer with up to three values; see engine/api.ts for the outcomes.
   * The result is usable only when the helper's outcome is "continue" or "yield".
   */
  helper(name: HelperName, ...args: Expr[]): Expr;
}

/** Helpers that rows may call; hardware/ implements each. The order is the helper's number. */
export const HELPERS = [
  'mfspr', // (spr) -> value
  'mtspr', // (spr, value)
  'mfmsr', // () -> MSR
  'mtmsrd', // (RS, L)
  'rfid',
  'hrfid',
  'sc', // (LEV)
  'msgsnd', // (RB)
  'msgclr', // (RB)
  'msgsndp', // (RB)
  'msgclrp', // (RB)
  'stop',
  'mtmsr', // (RS, L)
  'darn', // (L) -> random number
  'scv', // (LEV)
  'rfscv',
  'rfebb', // (S)
  'doze',
  'nap',
  'sleep',
  'rvwinkle',
  'attn',
  'slbmte', // (RS, RB)
  'slbmfee', // (RB) -> ESID word
  'slbmfev', // (RB) -> VSID word
  'slbfee', // (RB) -> VSID word; CR0
  'slbie', // (RB)
  'slbia', // (IH)
  'slbieg', // (RS, RB)
  'tlbie', // (RB, RS)
  'tlbiel', // (RB, RS, PRS)
  'tlbsync',
] as const;
export type HelperName = (typeof HELPERS)[number];
