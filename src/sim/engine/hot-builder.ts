// Handlers of the hot function: no calls. An access without a fast translation, a trap or anything else that needs
// TypeScript leaves to the cold function, which executes the whole instruction from its start; so a row must not
// write a register before an access or a trap.
import type { Cond, Expr, Size } from '../isa/builder.ts';
import { type I64, i32, i32Const, i64, i64Const, type Label, select } from './emitter.ts';
import { currentAddress, LOCAL, TARGET } from './frame.ts';
import { CODE, FAST } from './layout.ts';
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

/** Where a hot handler continues. */
export interface HotExits {
  /** Executes the entry at `ip`. */
  readonly next: Label;
  /** Executes the entry after it. */
  readonly advance: Label;
  /** Finds the decoded page of TARGET and goes on there. */
  readonly lookup: Label;
  /** Leaves the instruction at `ip` to the cold function. */
  readonly cold: Label;
}

const { ip } = LOCAL;

export class HotBuilder extends WasmBuilder {
  readonly #exits: HotExits;
  /** The handler has branched away for good. */
  #ended = false;

  constructor(scope: Scope, layout: OperandLayout, options: HandlerOptions, exits: HotExits) {
    super(scope, layout, options);
    this.#exits = exits;
  }

  finish(): void {
    if (!this.#ended) this.scope.code.br(this.#exits.advance);
  }

  load(address: Expr, size: Size, opt: { signed?: boolean; reversed?: boolean } = {}): I64 {
    const ea = this.scope.let64(i64Of(address));
    const entry = fastEntry(this.scope, ea);
    const tag = i64.load(entry, FAST.base + FAST.read);
    this.scope.code.brIf(i64.ne(tag, lastPage(ea, size)), this.#exits.cold);
    const swap = this.options.littleEndian === (opt.reversed === true);
    const value = this.scope.loadMemory(fastAddress(entry, ea), size, swap);
    const result = opt.signed && size < 8 ? this.exts(value, (size * 8) as 8 | 16 | 32) : value;
    return this.scope.let64(result);
  }

  store(address: Expr, size: Size, data: Expr, opt: { reversed?: boolean } = {}): void {
    const ea = this.scope.let64(i64Of(address));
    const entry = fastEntry(this.scope, ea);
    const tag = i64.load(entry, FAST.base + FAST.write);
    this.scope.code.brIf(i64.ne(tag, lastPage(ea, size)), this.#exits.cold);
    const swap = this.options.littleEndian === (opt.reversed === true);
    this.scope.storeMemory(fastAddress(entry, ea), size, i64Of(data), swap);
  }

  cia(): I64 {
    return currentAddress();
  }
  branch(cond: Cond | null, target: Expr): void {
    const go = () => {
      this.scope.code.set(TARGET, i64.and(i64Of(target), i64Const(-4n)));
      this.scope.code.br(this.#exits.lookup);
    };
    if (cond === null) go();
    else this.scope.code.if(boolOf(cond), go);
    this.#ended = cond === null;
  }
  branchRel(cond: Cond | null, field: string): void {
    const displacement = i64.load(ip, this.layout.place(field, 'rel').offset);
    if (!this.options.near) {
      this.branch(cond, i64.add(this.cia(), displacement));
      return;
    }
    const entries = i32.wrap(displacement);
    const next = i32Const(CODE.entryBytes);
    const by = cond === null ? entries : select(boolOf(cond), entries, next);
    this.scope.code.set(ip, i32.add(ip, by));
    this.scope.code.br(this.#exits.next);
    this.#ended = true;
  }
  trapIf(cond: Cond): void {
    this.scope.code.brIf(boolOf(cond), this.#exits.cold);
  }

  loadReserve(): never {
    throw new Error('HotBuilder: a reservation needs the cold function');
  }
  storeConditional(): never {
    throw new Error('HotBuilder: a reservation needs the cold function');
  }
  helper(): never {
    throw new Error('HotBuilder: a helper needs the cold function');
  }
}
