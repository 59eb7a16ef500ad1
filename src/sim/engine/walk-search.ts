// The searches of address translation in WebAssembly: SLB, TLB, one group of the hashed page table.
// Power ISA v3.0B Book III 5.7; hardware/mmu/walk.ts is the same in TypeScript and is what tests compare with.
import { Access } from './api.ts';
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
import { THREAD, TLB_BYTES, TLB_ENTRIES, WALK, WALK_FLAG } from './layout.ts';
import type { Scope } from './scope.ts';
import type { WasmFunction } from './wasm-module.ts';

export const n32 = i32Const;
export const n64 = i64Const;

/** A number of bits as the right operand of an i64 shift. */
export const wide = (value: I32): I64 => i64.extendU(value);
/** Bits of WALK.flags; not 0 if set. */
export const walkFlag = (base: I32, flag: number): I32 =>
  i32.and(i32.load(base, WALK.base + WALK.flags), n32(flag));
/** The lowest `count` bits. */
export const lowBits = (value: I64, count: I32): I64 =>
  i64.and(value, i64.sub(i64.shl(n64(1n), wide(count)), n64(1n)));

const SLB_V = 0x08000000n;
const B_1TB = 1n << 62n;
const [SMALL_SEGMENT, LARGE_SEGMENT] = [28, 40];

/** log2 of the bytes of the segment of a VSID word. */
export const segmentShift = (vsidWord: I64): I32 =>
  select(i64.eq(i64.and(vsidWord, n64(B_1TB)), n64(0n)), n32(SMALL_SEGMENT), n32(LARGE_SEGMENT));

/** Counts `count` entries of `bytes` bytes from arena address `first` on; `body` returns from the function to stop. */
function eachEntry(
  scope: Scope,
  first: I32,
  count: I32,
  bytes: number,
  body: (at: I32) => void,
): void {
  const { code } = scope;
  const at = scope.fixed('bool');
  const end = scope.fixed('bool');
  code.set(at, first);
  code.set(end, i32.add(first, i32.shl(count, n32(Math.log2(bytes)))));
  const again = code.loop();
  body(at);
  code.set(at, i32.add(at, n32(bytes)));
  code.brIf(i32.ne(at, end), again);
  code.end();
}

/** (base, ea) -> VSID word of the first valid SLB entry that holds the address, or -1. */
const walkSlb: WasmFunction = {
  name: 'walkSlb',
  params: ['bool', 'i64'],
  results: ['i64'],
  write: (scope) => {
    const { code } = scope;
    const [base, ea] = [i32Local(0), i64Local(1)];
    const entries = i32.load(base, WALK.base + WALK.slbEntries);
    eachEntry(scope, i32.add(base, n32(THREAD.slb)), entries, 16, (at) => {
      const esid = i64.load(at, 8);
      code.if(i64.ne(i64.and(esid, n64(SLB_V)), n64(0n)), () => {
        const word = i64.load(at, 0);
        const shift = wide(segmentShift(word));
        code.if(i64.eq(i64.shrU(esid, shift), i64.shrU(ea, shift)), () => code.return(word));
      });
    });
    code.emit(n64(-1n));
  },
};

/** (base, page, tag) -> arena address of the TLB entry with these two doublewords, or 0. */
const walkTlb: WasmFunction = {
  name: 'walkTlb',
  params: ['bool', 'i64', 'i64'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const [base, page, tag] = [i32Local(0), i64Local(1), i64Local(2)];
    const first = i32.add(base, n32(THREAD.tlb));
    eachEntry(scope, first, n32(TLB_ENTRIES), TLB_BYTES, (at) => {
      code.if(i64.eq(i64.load(at, 0), page), () => {
        code.if(i64.eq(i64.load(at, 8), tag), () => code.return(at));
      });
    });
    code.emit(n32(0));
  },
};

/** LP by base and actual page size, as hardware/mmu/hpte.ts has it. */
const ENCODINGS = [
  [12, 16, 0x07, 0x0f],
  [12, 24, 0x38, 0xff],
  [16, 16, 0x01, 0x0f],
  [16, 24, 0x08, 0xff],
  [24, 24, 0x00, 0xff],
  [34, 34, 0x03, 0xff],
] as const;
const HPTE_V_LARGE = 4n;

/** (v, r, log2 of the base page) -> log2 of the page that an HPTE maps, or 0 when it has another base page. */
const walkPageShift: WasmFunction = {
  name: 'walkPageShift',
  params: ['i64', 'i64', 'bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const [v, r, base] = [i64Local(0), i64Local(1), i32Local(2)];
    code.if(i64.eq(i64.and(v, n64(HPTE_V_LARGE)), n64(0n)), () =>
      code.return(select(i32.eq(base, n32(12)), n32(12), n32(0))),
    );
    const lp = scope.let32(i32.and(i32.wrap(i64.shrU(r, n64(12n))), n32(0xff)));
    for (const [size, actual, penc, mask] of ENCODINGS) {
      const isIt = i32.and(i32.eq(base, n32(size)), i32.eq(i32.and(lp, n32(mask)), n32(penc)));
      code.if(isIt, () => code.return(n32(actual)));
    }
    code.emit(n32(0));
  },
};

const HPTE_V_SSIZE_SHIFT = 62n;
const HPTE_R_3_0_SSIZE_SHIFT = 58n;
/** V, H and the AVPN; before version 3.0 the segment size too. */
const [OLD_MASK, NEW_MASK] = [-0x80n + 3n, 0x000fffffffffff83n];

/**
 * (base, group, want, b, log2 of the base page) -> arena address of the group's first HPTE that maps the page, or 0.
 * `group` is an arena address; `want` is AVPN, H and V as doubleword 0 has them; `b` is the segment size.
 */
const walkGroup: WasmFunction = {
  name: 'walkGroup',
  params: ['bool', 'bool', 'i64', 'i64', 'bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const [base, group] = [i32Local(0), i32Local(1)];
    const [want, b, pageBase] = [i64Local(2), i64Local(3), i32Local(4)];
    const isNew = scope.let32(walkFlag(base, WALK_FLAG.version30));
    const mask = scope.let64(i64.swapBytes(select(isNew, n64(NEW_MASK), n64(OLD_MASK))));
    const size = i64.shl(b, n64(HPTE_V_SSIZE_SHIFT));
    const wanted = scope.let64(i64.swapBytes(i64.or(want, select(isNew, n64(0n), size))));
    eachEntry(scope, group, n32(8), 16, (at) => {
      code.if(i64.eq(i64.and(i64.load(at, 0), mask), wanted), () => {
        const r = scope.let64(i64.swapBytes(i64.load(at, 8)));
        const ownSize = i64.and(i64.shrU(r, n64(HPTE_R_3_0_SSIZE_SHIFT)), n64(3n));
        const sameSize = i32.or(i32.eqz(isNew), i64.eq(ownSize, b));
        const shift = scope.temp('bool');
        code.call('walkPageShift', [i64.swapBytes(i64.load(at, 0)), r, pageBase], shift);
        code.if(i32.and(sameSize, i32.ne(shift, n32(0))), () => code.return(at));
      });
    });
    code.emit(n32(0));
  },
};

/** Bit `pp` is 1 when a load, or store, is allowed: by the segment's key. */
const LOADS = [0x4f, 0x0e] as const;
const STORES = [0x07, 0x04] as const;
const [KS, KP] = [0x800n, 0x400n];
const NO_EXECUTE = 0x4 | 0x8;

/**
 * (base, VSID word, r, access) -> 1 if the page's protection allows the access: PP by the segment's key, N and G, and
 * the class of the page in AMR or IAMR.
 */
export const walkAllows = (places: {
  msrLow: number;
  amr: number;
  iamr: number;
}): WasmFunction => ({
  name: 'walkAllows',
  params: ['bool', 'i64', 'i64', 'bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const [base, vsidWord, r, access] = [i32Local(0), i64Local(1), i64Local(2), i32Local(3)];
    const store = scope.let32(i32.eq(access, n32(Access.store)));
    const fetch = scope.let32(i32.eq(access, n32(Access.fetch)));
    const problem = i32.and(i32.load(base, places.msrLow), n32(1 << 14));
    const keyBit = select(problem, n64(KP), n64(KS));
    const key = scope.let32(i64.ne(i64.and(vsidWord, keyBit), n64(0n)));
    const pp0 = i32.wrap(i64.shl(i64.shrU(r, n64(63n)), n64(2n)));
    const pp = i32.or(i32.and(i32.wrap(r), n32(3)), pp0);
    const byKey = ([zero, one]: readonly [number, number]) => select(key, n32(one), n32(zero));
    const rights = select(store, byKey(STORES), byKey(LOADS));
    const refuse = () => code.return(n32(0));
    code.if(i32.eqz(i32.and(i32.shrU(rights, pp), n32(1))), refuse);
    const noExecute = i32.and(i32.wrap(r), n32(NO_EXECUTE));
    code.if(i32.and(fetch, i32.ne(noExecute, n32(0))), refuse);
    const { keys, fetchKeys } = WALK_FLAG;
    const hasKeys = walkFlag(base, keys | fetchKeys);
    const wanted = select(fetch, n32(fetchKeys), n32(keys));
    code.if(i32.eqz(i32.and(hasKeys, wanted)), () => code.return(n32(1)));
    const high = i64.and(i64.shrU(r, n64(57n)), n64(0x18n));
    const pageClass = i64.or(high, i64.and(i64.shrU(r, n64(9n)), n64(7n)));
    const place = i64.shl(i64.sub(n64(31n), pageClass), n64(1n));
    const masks = select(fetch, i64.load(base, places.iamr), i64.load(base, places.amr));
    const bits = i32.wrap(i64.shrU(masks, place));
    code.emit(i32.eqz(i32.and(bits, select(store, n32(2), n32(1)))));
  },
});

/** The functions of this file; the registers' places are those of `walkAllows`. */
export const WALK_SEARCHES: readonly WasmFunction[] = [walkSlb, walkTlb, walkPageShift, walkGroup];
