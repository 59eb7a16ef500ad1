// Handlers of the hot function: no calls. An access without a fast translation, a trap or anything else that needs
// TypeScript leaves to the cold function, which executes the whole instruction from its start; so a row must not
// write a register before an access or a trap.
import type { Cond, Expr, Size } from '../isa/builder.ts';
import { ENABLES } from '../isa/fpscr.ts';
import { boolOf, i64Of } from './arithmetic-builder.ts';
import {
  type I64,
  i32,
  i32Const,
  i64,
  i64Const,
  type Label,
  select,
  type V128,
  v128,
} from './emitter.ts';
import { bits, fpscr } from './float-code.ts';
import { currentAddress, LOCAL } from './frame.ts';
import { CODE, FAST } from './layout.ts';
import type { OperandLayout } from './operands.ts';
import type { Scope } from './scope.ts';
import {
  fastAddress,
  fastEntry,
  type HandlerOptions,
  lastPage,
  WasmBuilder,
} from './wasm-builder.ts';

/** Where a hot handler continues. */
export interface HotExits {
  /** Executes the entry at `ip`. */
  readonly next: Label;
  /** Executes the entry after it. */
  readonly advance: Label;
  /** Finds the decoded page of LOCAL.target and goes on there. */
  readonly lookup: Label;
  /** Leaves the instruction at `ip` to the cold function. */
  readonly cold: Label;
}

const { base, ip } = LOCAL;

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
    const ea = this.effective(address);
    const entry = fastEntry(this.scope, base, ea);
    const tag = i64.load(entry, FAST.base + FAST.read);
    this.scope.code.brIf(i64.ne(tag, lastPage(ea, size)), this.#exits.cold);
    const swap = this.options.littleEndian === (opt.reversed === true);
    const value = this.scope.loadMemory(fastAddress(entry, ea), size, swap);
    const result = opt.signed && size < 8 ? this.exts(value, (size * 8) as 8 | 16 | 32) : value;
    return this.scope.let64(result);
  }

  store(address: Expr, size: Size, data: Expr, opt: { reversed?: boolean } = {}): void {
    const ea = this.effective(address);
    const entry = fastEntry(this.scope, base, ea);
    const tag = i64.load(entry, FAST.base + FAST.write);
    this.scope.code.brIf(i64.ne(tag, lastPage(ea, size)), this.#exits.cold);
    const swap = this.options.littleEndian === (opt.reversed === true);
    this.scope.storeMemory(fastAddress(entry, ea), size, i64Of(data), swap);
  }

  override loadVector(address: Expr): V128 {
    const ea = this.effective(address);
    const entry = fastEntry(this.scope, base, ea);
    const tag = i64.load(entry, FAST.base + FAST.read);
    this.scope.code.brIf(i64.ne(tag, lastPage(ea, 16)), this.#exits.cold);
    return this.scope.let128(v128.load(fastAddress(entry, ea), 0));
  }
  override storeVector(address: Expr, value: V128): void {
    const ea = this.effective(address);
    const entry = fastEntry(this.scope, base, ea);
    const tag = i64.load(entry, FAST.base + FAST.write);
    this.scope.code.brIf(i64.ne(tag, lastPage(ea, 16)), this.#exits.cold);
    this.scope.code.store128(fastAddress(entry, ea), 0, value);
  }

  cia(): I64 {
    return currentAddress(this.options);
  }
  branch(cond: Cond | null, target: Expr): void {
    const go = () => {
      this.scope.code.set(LOCAL.target, i64.and(this.inMode(target), i64Const(-4n)));
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

  align(address: Expr, bytes: number): void {
    const misaligned = this.misalignment(i64Of(address), bytes);
    this.scope.code.brIf(misaligned, this.#exits.cold);
  }

  giveUpIfEnabled(): void {
    this.scope.code.brIf(bits(fpscr, ENABLES), this.#exits.cold);
  }
  /** No exception is enabled. */
  raiseAtEnd(): void {}

  loadReserve = refuse;
  storeConditional = refuse;
  loadString = refuse;
  storeString = refuse;
  loadAtomic = refuse;
  storeAtomic = refuse;
  helper = refuse;
}

function refuse(): never {
  throw new Error('HotBuilder: this needs the cold function');
}
