// Stores of the cold function by a fast translation, also to a page some of whose lines are guarded, because they
// hold decoded code or a reservation: local functions of the module, one for each size and byte order.
import type { Size } from '../isa/builder.ts';
import { type I64, i32, i32Const, i32Local, i64, i64Const, i64Local } from './emitter.ts';
import { FAST, LINE } from './layout.ts';
import type { Scope } from './scope.ts';
import { fastAddress, fastEntry, lastPage } from './wasm-builder.ts';
import type { WasmFunction } from './wasm-module.ts';

const SIZES: readonly Size[] = [1, 2, 4, 8];

/**
 * (ea, value, base) -> 1 if stored: when the fast entry of `ea` allows stores, or guarded ones and the access touches
 * no guarded line. `base` is the address of the thread's pages.
 */
export const GUARDED_STORES: readonly WasmFunction[] = SIZES.flatMap((size) =>
  [false, true].map(
    (swap): WasmFunction => ({
      name: guardedStore(size, swap),
      params: ['i64', 'i64', 'bool'],
      results: ['bool'],
      write: (scope) => writeGuardedStore(scope, size, swap),
    }),
  ),
);

/** Name of the function for stores of `size` bytes, reversed if `swap`. */
export function guardedStore(size: Size, swap: boolean): string {
  return `guardedStore${size}${swap ? 'Swapped' : ''}`;
}

function writeGuardedStore(scope: Scope, size: Size, swap: boolean): void {
  const [ea, value, base] = [i64Local(0), i64Local(1), i32Local(2)];
  const { code } = scope;
  const entry = fastEntry(scope, base, ea);
  const end = scope.let64(i64.add(ea, i64Const(BigInt(size - 1))));
  const lineBit = (at: I64) =>
    i32.shl(i32Const(1), i32.shrU(i32.wrap(at), i32Const(Math.log2(LINE))));
  const lines = i32.or(lineBit(ea), lineBit(end));
  const guard = i32.load(i32.load(entry, FAST.base + FAST.guard), 0);
  const refuse = () => code.return(i32Const(0));
  const page = scope.let64(lastPage(ea, size));
  code.if(i64.ne(i64.load(entry, FAST.base + FAST.write), page), () => {
    code.if(i64.ne(i64.load(entry, FAST.base + FAST.guarded), page), refuse);
    code.if(i32.and(guard, lines), refuse);
  });
  scope.storeMemory(scope.let32(fastAddress(entry, ea)), size, value, swap);
  code.emit(i32Const(1));
}
