// Handlers of the cold function: one instruction, in full, with calls to TypeScript. NIA is CIA until the end.
import { type Cond, type Expr, HELPERS, type HelperName, type Size } from '../isa/builder.ts';
import { Cause, Outcome } from './api.ts';
import { type I32, type I64, i32, i32Const, i64, i64Const, type Label } from './emitter.ts';
import { ACCESS, guardedStoreIndex, type ImportName, importIndex, LOCAL, STATE } from './frame.ts';
import { FAST, THREAD } from './layout.ts';
import type { OperandLayout } from './operands.ts';
import type { Scope } from './scope.ts';
import {
  boolOf,
  fastAddress,
  fastEntry,
  type HandlerOptions,
  i64Of,
  lastPage,
  WasmBuilder,
} from './wasm-builder.ts';

/** Where a cold handler ends. */
export interface ColdExits {
  /** The instruction is complete, NIA is stored. */
  readonly done: Label;
  /** A hook has raised an interrupt or replaced NIA. */
  readonly raised: Label;
}

const { base, ip, status } = LOCAL;

export class ColdBuilder extends WasmBuilder {
  readonly #exits: ColdExits;

  constructor(scope: Scope, layout: OperandLayout, options: HandlerOptions, exits: ColdExits) {
    super(scope, layout, options);
    this.#exits = exits;
  }

  finish(): void {
    const next = i64.add(this.cia(), i64Const(4n));
    this.scope.code.store64(8, base, THREAD.nia, next);
    this.scope.code.br(this.#exits.done);
  }

  /** Raises a privileged-instruction interrupt when `lacking` holds. */
  requirePrivilege(lacking: I32): void {
    this.scope.code.if(lacking, () => {
      this.#call('raiseWord', ip, i32Const(Cause.privileged));
      this.scope.code.br(this.#exits.raised);
    });
  }

  load(address: Expr, size: Size, opt: { signed?: boolean; reversed?: boolean } = {}): I64 {
    const ea = this.scope.let64(i64Of(address));
    const littleEndian = this.options.littleEndian !== (opt.reversed === true);
    this.#access('slowLoad', size, littleEndian, ea);
    const value = this.scope.let64(STATE.result.value);
    return opt.signed && size < 8 ? this.exts(value, (size * 8) as 8 | 16 | 32) : value;
  }

  /** Stores by the fast entry when it allows stores or only guards other lines of the page. */
  store(address: Expr, size: Size, data: Expr, opt: { reversed?: boolean } = {}): void {
    const ea = this.scope.let64(i64Of(address));
    const value = this.scope.let64(i64Of(data));
    const entry = fastEntry(this.scope, ea);
    const littleEndian = this.options.littleEndian !== (opt.reversed === true);
    const { code } = this.scope;
    code.if(
      i64.eq(i64.load(entry, FAST.base + FAST.write), lastPage(ea, size)),
      () => this.scope.storeMemory(fastAddress(entry, ea), size, value, !littleEndian),
      () => {
        code.call(guardedStoreIndex(size, !littleEndian), [ea, value, entry], status);
        code.if(i32.eqz(status), () => this.#access('slowStore', size, littleEndian, ea, value));
      },
    );
  }

  loadReserve(address: Expr, size: Size): I64 {
    const ea = this.scope.let64(i64Of(address));
    this.#requireAligned(ea, size);
    this.#access('loadReserve', size, this.options.littleEndian, ea);
    return this.scope.let64(STATE.result.value);
  }

  storeConditional(address: Expr, size: Size, data: Expr): void {
    const ea = this.scope.let64(i64Of(address));
    this.#requireAligned(ea, size);
    this.#access('storeConditional', size, this.options.littleEndian, ea, i64Of(data));
    this.setStored(STATE.result.value);
  }

  cia(): I64 {
    return i64.load(base, THREAD.nia);
  }
  branch(cond: Cond | null, target: Expr): void {
    const go = () => {
      this.scope.code.store64(8, base, THREAD.nia, i64.and(i64Of(target), i64Const(-4n)));
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
    this.scope.code.if(boolOf(cond), () => this.#raise(Cause.trap));
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

  #requireAligned(ea: I64, size: Size): void {
    if (size === 1) return;
    this.scope.code.if(i32.and(i32.wrap(ea), i32Const(size - 1)), () => {
      STATE.args[0]?.set(this.scope.code, ea);
      this.#raise(Cause.alignment);
    });
  }

  /** An access by TypeScript: its result is in the scratch page, or it raised an interrupt. */
  #access(name: ImportName, size: Size, littleEndian: boolean, ea: I64, value?: I64): void {
    const { code } = this.scope;
    STATE.args[0]?.set(code, ea);
    if (value !== undefined) STATE.args[1]?.set(code, value);
    this.#call(name, i32Const(size | (littleEndian ? ACCESS.littleEndian : 0)));
    code.brIf(i32.eqz(status), this.#exits.raised);
  }

  #raise(cause: Cause): void {
    this.#call('raise', i32Const(cause));
    this.scope.code.br(this.#exits.raised);
  }

  #call(name: ImportName, ...args: I32[]): void {
    this.scope.code.call(importIndex(name), args, status);
  }
}
