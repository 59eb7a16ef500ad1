// Handlers of the cold function: one instruction, in full, with calls to TypeScript. NIA is CIA until the end.
import { type Cond, type Expr, HELPERS, type HelperName, type Size } from '../isa/builder.ts';
import { sprSlot } from '../isa/spr.ts';
import { Cause, Outcome } from './api.ts';
import { boolOf, i64Of } from './arithmetic-builder.ts';
import { type I32, type I64, i32, i32Const, i64, i64Const, type Label } from './emitter.ts';
import { ACCESS, type ImportName, LOCAL, STATE } from './frame.ts';
import { guardedStore } from './guarded-store.ts';
import { THREAD } from './layout.ts';
import type { OperandLayout } from './operands.ts';
import type { Scope } from './scope.ts';
import { type HandlerOptions, WasmBuilder } from './wasm-builder.ts';

/** Where a cold handler ends. */
export interface ColdExits {
  /** The instruction is complete, NIA is stored. */
  readonly done: Label;
  /** A hook has raised an interrupt or replaced NIA. */
  readonly raised: Label;
}

const { base, ip, status } = LOCAL;

const MSR_LOW = THREAD.spr + 8 * sprSlot('MSR');
/** MSR[FE0] and [FE1]. MODEL: all modes in which one is 1 are precise. */
const FE0 = 1 << 11;
const FE1 = 1 << 8;

export class ColdBuilder extends WasmBuilder {
  readonly #exits: ColdExits;
  /** Not 0 when an enabled floating-point exception is to be raised at the end. */
  #pending: I32 | null = null;

  constructor(scope: Scope, layout: OperandLayout, options: HandlerOptions, exits: ColdExits) {
    super(scope, layout, options);
    this.#exits = exits;
  }

  finish(): void {
    if (this.#pending !== null) {
      const isOn = i32.ne(i32.and(i32.load(base, MSR_LOW), i32Const(FE0 | FE1)), i32Const(0));
      this.raiseIf(i32.and(isOn, i32.ne(this.#pending, i32Const(0))), Cause.fpEnabled);
    }
    this.scope.code.store64(8, base, THREAD.nia, this.nia());
    this.scope.code.br(this.#exits.done);
  }

  /** Raises a privileged-instruction interrupt when `lacking` holds. */
  requirePrivilege(lacking: I32): void {
    this.scope.code.if(lacking, () => {
      this.#call('raiseWord', ip, i32Const(Cause.privileged));
      this.scope.code.br(this.#exits.raised);
    });
  }

  /** Raises `cause` when `cond` holds. */
  raiseIf(cond: I32, cause: Cause): void {
    this.scope.code.if(cond, () => this.#raise(cause));
  }

  load(address: Expr, size: Size, opt: { signed?: boolean; reversed?: boolean } = {}): I64 {
    const ea = this.effective(address);
    const littleEndian = this.options.littleEndian !== (opt.reversed === true);
    this.#miss('missLoad', size, littleEndian, ea);
    const value = this.scope.let64(STATE.result.value);
    return opt.signed && size < 8 ? this.exts(value, (size * 8) as 8 | 16 | 32) : value;
  }

  store(address: Expr, size: Size, data: Expr, opt: { reversed?: boolean } = {}): void {
    const ea = this.effective(address);
    const value = this.scope.let64(i64Of(data));
    const littleEndian = this.options.littleEndian !== (opt.reversed === true);
    const { code } = this.scope;
    code.call(guardedStore(size, !littleEndian), [ea, value, base], status);
    code.if(i32.eqz(status), () => this.#miss('missStore', size, littleEndian, ea, value));
  }

  loadReserve(address: Expr, size: Size): I64 {
    const ea = this.effective(address);
    this.#requireAligned(ea, size);
    this.#access('loadReserve', size, this.options.littleEndian, ea);
    return this.scope.let64(STATE.result.value);
  }

  storeConditional(address: Expr, size: Size | 16, data: Expr, low?: Expr): void {
    const ea = this.effective(address);
    this.#requireAligned(ea, size);
    if (low !== undefined) STATE.args[2]?.set(this.scope.code, i64Of(low));
    this.#access('storeConditional', size, this.options.littleEndian, ea, i64Of(data));
    this.setStored(STATE.result.value);
  }
  align(address: Expr, bytes: number): void {
    this.#requireAligned(this.effective(address), bytes);
  }

  loadString(field: string, address: Expr, bytes: Expr): void {
    this.#string('loadString', field, address, bytes);
  }
  storeString(field: string, address: Expr, bytes: Expr): void {
    this.#string('storeString', field, address, bytes);
  }
  loadAtomic(field: string, address: Expr, size: 4 | 8): void {
    this.#atomic('loadAtomic', field, address, size);
  }
  storeAtomic(field: string, address: Expr, size: 4 | 8): void {
    this.#atomic('storeAtomic', field, address, size);
  }

  cia(): I64 {
    return i64.load(base, THREAD.nia);
  }
  branch(cond: Cond | null, target: Expr): void {
    const go = () => {
      const address = i64.and(this.inMode(target), i64Const(-4n));
      this.scope.code.store64(8, base, THREAD.nia, address);
      this.scope.code.br(this.#exits.done);
    };
    if (cond === null) go();
    else this.scope.code.if(boolOf(cond), go);
  }
  /** The entry of a near branch holds the displacement in entries' bytes, four times that of the words. */
  branchRel(cond: Cond | null, field: string): void {
    const held = i64.load(ip, this.layout.place(field, 'rel').offset);
    const displacement = this.options.near ? i64.shrS(held, i64Const(2n)) : held;
    this.branch(cond, i64.add(this.cia(), displacement));
  }
  trapIf(cond: Cond): void {
    this.raiseIf(boolOf(cond), Cause.trap);
  }

  /** Every exception is handled here. */
  giveUpIfEnabled(): void {}
  raiseAtEnd(pending: I32): void {
    this.#pending = pending;
  }

  helper(name: HelperName, ...args: Expr[]): I64 {
    const { code } = this.scope;
    args.forEach((arg, i) => {
      STATE.args[i]?.set(code, i64Of(arg));
    });
    this.#call('helper', i32Const(HELPERS.indexOf(name)));
    code.brIf(i32.eq(status, i32Const(Outcome.raised)), this.#exits.raised);
    STATE.yielded.set(code, status);
    this.forgetReads();
    return this.scope.let64(STATE.result.value);
  }

  // --- private

  #requireAligned(ea: I64, bytes: number): void {
    if (bytes === 1) return;
    STATE.args[0]?.set(this.scope.code, ea);
    this.raiseIf(this.misalignment(ea, bytes), Cause.alignment);
  }

  /** Book I 3.3.6 and 3.3.7: multiples and strings are big-endian only. */
  #string(name: 'loadString' | 'storeString', field: string, address: Expr, bytes: Expr): void {
    const { code } = this.scope;
    STATE.args[0]?.set(code, this.effective(address));
    if (this.options.littleEndian) this.raiseIf(i32Const(1), Cause.alignment);
    STATE.args[1]?.set(code, i64Of(bytes));
    this.#call(name, this.#number(field));
    code.brIf(i32.eqz(status), this.#exits.raised);
    this.forgetReads();
  }

  #atomic(name: 'loadAtomic' | 'storeAtomic', field: string, address: Expr, size: 4 | 8): void {
    const ea = this.effective(address);
    this.#requireAligned(ea, size);
    const operation = i32.wrap(this.imm('FC'));
    this.#call(name, i32Const(this.#description(size)), operation, this.#number(field));
    this.scope.code.brIf(i32.eqz(status), this.#exits.raised);
    this.forgetReads();
  }

  /** Number of the register that a field selects. */
  #number(field: string): I32 {
    return i32.wrap(this.imm(field));
  }
  #description(size: number, littleEndian = this.options.littleEndian): number {
    return size | (littleEndian ? ACCESS.littleEndian : 0);
  }

  /** An access by TypeScript: its result is in the scratch page, or it raised an interrupt. */
  #access(name: ImportName, size: number, littleEndian: boolean, ea: I64, value?: I64): void {
    const { code } = this.scope;
    STATE.args[0]?.set(code, ea);
    if (value !== undefined) STATE.args[1]?.set(code, value);
    this.#call(name, i32Const(this.#description(size, littleEndian)));
    code.brIf(i32.eqz(status), this.#exits.raised);
  }

  /** A load or store without a fast translation (walk-access.ts). */
  #miss(name: string, size: Size, littleEndian: boolean, ea: I64, value?: I64): void {
    const { code } = this.scope;
    STATE.args[0]?.set(code, ea);
    if (value !== undefined) STATE.args[1]?.set(code, value);
    code.call(name, [base, i32Const(this.#description(size, littleEndian))], status);
    code.brIf(i32.eqz(status), this.#exits.raised);
  }

  #raise(cause: Cause): void {
    this.#call('raise', i32Const(cause));
    this.scope.code.br(this.#exits.raised);
  }

  #call(name: ImportName, ...args: I32[]): void {
    this.scope.code.call(name, args, status);
  }
}
