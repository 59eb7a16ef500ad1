// The fast cache as the walk in WebAssembly changes it: translations that it makes and drops; and marks of written pages.
// FastCache (fast-cache.ts) is the same in TypeScript.
import {
  type I32,
  type I64,
  i32,
  i32Const,
  i32Local,
  i64,
  i64Const,
  i64Local,
  select,
} from './emitter.ts';
import { STATE } from './frame.ts';
import { FAST, MARK } from './layout.ts';
import type { Scope } from './scope.ts';
import type { WasmFunction } from './wasm-module.ts';

const n32 = i32Const;
const n64 = i64Const;
const base = i32Local(0);
const { realBase, guardBase, realMarks, guardedBase } = STATE;

/** Arena.markWritten: real page number `page` has changed. */
export function markWritten(scope: Scope, page: I32): void {
  scope.code.store64(1, i32.add(realMarks.value, page), 0, n64(BigInt(MARK.written)));
}

/**
 * (base, page, pages): drops the fast entries that `pages` pages from number `page` (of 4 KB) on may have. Address bits
 * inside a segment are the same in effective and virtual addresses.
 */
const walkDrop: WasmFunction = {
  name: 'walkDrop',
  params: ['bool', 'bool', 'i64'],
  results: [],
  write: (scope) => {
    const [page, pages] = [i32Local(1), i64Local(2)];
    dropRange(scope, page, pages, FAST.dataEntries, (index) => {
      const entry = scope.let32(i32.add(base, i32.shl(index, n32(Math.log2(FAST.dataBytes)))));
      for (const tag of [FAST.read, FAST.write, FAST.guarded]) {
        scope.code.store64(8, entry, FAST.base + tag, n64(-1n));
      }
    });
    dropRange(scope, page, pages, FAST.fetchEntries, (index) => {
      const entry = i32.add(base, i32.shl(index, n32(Math.log2(FAST.fetchBytes))));
      scope.code.store64(8, entry, FAST.base + FAST.fetch + FAST.fetchTag, n64(-1n));
    });
  },
};

function dropRange(
  scope: Scope,
  page: I32,
  pages: I64,
  entries: number,
  drop: (index: I32) => void,
): void {
  const { code } = scope;
  const all = n64(BigInt(entries));
  const left = scope.fixed('i64');
  const index = scope.fixed('bool');
  code.set(left, select(i64.gtU(pages, all), all, pages));
  code.set(index, i32.and(page, n32(entries - 1)));
  const again = code.loop();
  drop(index);
  code.set(index, i32.and(i32.add(index, n32(1)), n32(entries - 1)));
  code.set(left, i64.sub(left, n64(1n)));
  code.brIf(i64.ne(left, n64(0n)), again);
  code.end();
}

/**
 * (base, ea, page, store): the fast translation of the page of `ea` to a real page, for loads, and if this is a store
 * for stores: FastCache.mapData.
 */
const walkMap: WasmFunction = {
  name: 'walkMap',
  params: ['bool', 'i64', 'bool', 'bool'],
  results: [],
  write: (scope) => {
    const { code } = scope;
    const [page, isStore] = [i32Local(2), i32Local(3)];
    const ea = i64Local(1);
    const tag = scope.let64(i64.and(ea, n64(-4096n)));
    const index = i32.and(i32.shrU(i32.wrap(ea), n32(7)), n32(0x1fe0));
    const entry = scope.let32(i32.add(base, index));
    const put64 = (at: number, value: I64) => code.store64(8, entry, FAST.base + at, value);
    put64(FAST.read, tag);
    put64(FAST.write, n64(-1n));
    put64(FAST.guarded, n64(-1n));
    code.if(isStore, () => {
      markWritten(scope, page);
      const isGuarded = i64.load8(i32.add(guardedBase.value, page), 0);
      const free = () => put64(FAST.write, tag);
      code.if(i64.eq(isGuarded, n64(0n)), free, () => put64(FAST.guarded, tag));
    });
    const start = i32.add(realBase.value, i32.shl(page, n32(12)));
    code.store32(entry, FAST.base + FAST.addend, i32.sub(start, i32.wrap(tag)));
    const guard = i32.add(guardBase.value, i32.shl(page, n32(2)));
    code.store32(entry, FAST.base + FAST.guard, guard);
  },
};

/** The functions of this file. */
export const WALK_FILLS: readonly WasmFunction[] = [walkDrop, walkMap];
