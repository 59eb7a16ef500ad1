// What the cold function calls for an access without a fast translation: `walk`, then the access by what that found;
// else, and for loads and stores across pages, TypeScript (slow-path.ts).
import type { Size } from '../isa/builder.ts';
import { Access } from './api.ts';
import { type I32, type I64, i32, i32Local, i64 } from './emitter.ts';
import { ACCESS, STATE } from './frame.ts';
import { guardedStore } from './guarded-store.ts';
import { FAST, PAGE, THREAD } from './layout.ts';
import type { Scope } from './scope.ts';
import { n32, n64 } from './walk-search.ts';
import { fastAddress, fastEntry } from './wasm-builder.ts';
import type { WasmFunction } from './wasm-module.ts';

type SlowName = 'slowLoad' | 'slowStore';
const SIZES: readonly Size[] = [1, 2, 4, 8];
const [EA, VALUE] = STATE.args;
const [base, description] = [i32Local(0), i32Local(1)];

/** (base, access description) -> 0 when an interrupt was raised. The EA is argument 0, the value the result. */
const missLoad: WasmFunction = {
  name: 'missLoad',
  params: ['bool', 'bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const ea = scope.let64(ea64());
    const tag = i64.load(fastEntry(scope, base, ea), FAST.base + FAST.read);
    onePage(scope, ea, 'slowLoad');
    code.if(i64.ne(tag, pageOf(ea)), () => walkOr(scope, ea, 0, 'slowLoad'));
    const at = scope.let32(fastAddress(fastEntry(scope, base, ea), ea));
    bySize(scope, (size, swap) => STATE.result.set(code, scope.loadMemory(at, size, swap)));
    code.emit(n32(1));
  },
};

/** The same for a store; the value is argument 1. */
const missStore: WasmFunction = {
  name: 'missStore',
  params: ['bool', 'bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const ea = scope.let64(ea64());
    const guarded = i64.load(fastEntry(scope, base, ea), FAST.base + FAST.guarded);
    onePage(scope, ea, 'slowStore');
    // The handler has tried: it touches a line that is guarded.
    code.if(i64.eq(guarded, pageOf(ea)), () => slow(scope, 'slowStore'));
    walkOr(scope, ea, 1, 'slowStore');
    const stored = scope.fixed('bool');
    bySize(scope, (size, swap) => {
      code.call(guardedStore(size, swap), [ea, value64(), base], stored);
    });
    code.if(i32.eqz(stored), () => slow(scope, 'slowStore'));
    code.emit(n32(1));
  },
};

const ea64 = (): I64 => (EA ?? STATE.result).value;
const value64 = (): I64 => (VALUE ?? STATE.result).value;

const pageOf = (ea: I64): I64 => i64.and(ea, n64(BigInt(-PAGE)));

/** Returns what TypeScript's function returns. */
function slow(scope: Scope, name: SlowName): void {
  scope.code.call(name, [description]);
  scope.code.return();
}

/** An access across pages is TypeScript's. */
function onePage(scope: Scope, ea: I64, name: SlowName): void {
  const inPage = i32.wrap(i64.and(ea, n64(BigInt(PAGE - 1))));
  const end = i32.add(inPage, i32.and(description, n32(ACCESS.size)));
  scope.code.if(i64.gtU(i64.extendU(end), n64(BigInt(PAGE))), () => slow(scope, name));
}

/** Gives the fast cache the page of `ea`, or returns what TypeScript's function returns. */
function walkOr(scope: Scope, ea: I64, store: 0 | 1, name: SlowName): void {
  const page = scope.temp('bool');
  scope.code.call('walk', [base, ea, n32(store ? Access.store : Access.load)], page);
  scope.code.if(i32.eq(page, n32(-1)), () => slow(scope, name));
  scope.code.call('walkMap', [base, ea, page, n32(store)]);
}

/** (base) -> 0 when an interrupt was raised, else the page of NIA may be fetched from. */
const missFetch: WasmFunction = {
  name: 'missFetch',
  params: ['bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const page = scope.temp('bool');
    code.call('walk', [base, i64.load(base, THREAD.nia), n32(Access.fetch)], page);
    code.if(i32.eq(page, n32(-1)), () => {
      code.call('fetchMiss', []);
      code.return();
    });
    code.call('mapFetch', [page]);
  },
};

/** Runs one of eight bodies, by size and byte order of the access. */
function bySize(scope: Scope, body: (size: Size, swap: boolean) => void): void {
  for (const size of SIZES) {
    for (const swap of [false, true]) {
      const wanted: I32 = n32(size | (swap ? 0 : ACCESS.littleEndian));
      scope.code.if(i32.eq(description, wanted), () => body(size, swap));
    }
  }
}

export const MISS_FUNCTIONS: readonly WasmFunction[] = [missLoad, missStore, missFetch];
