// A miss of the fast cache, in WebAssembly: when SLB, TLB and hashed page table lead to a page that allows the access, R
// and C are recorded and the TLB gets its entry. Everything else is for the hardware layer's hook, and until then
// nothing has changed.
// Power ISA v3.0B Book III 5.7; hardware/mmu/ is the same in TypeScript and is what tests compare with.
import { sprSlot } from '../isa/spr.ts';
import { Access } from './api.ts';
import { type I32, type I64, i32, i32Local, i64, i64Local, select } from './emitter.ts';
import { STATE } from './frame.ts';
import { LINE, THREAD, TLB_BYTES, TLB_ENTRIES, WALK, WALK_FLAG, WALK_MODE } from './layout.ts';
import type { Scope } from './scope.ts';
import { markWritten, WALK_FILLS } from './walk-fill.ts';
import {
  lowBits,
  n32,
  n64,
  segmentShift,
  WALK_SEARCHES,
  walkAllows,
  walkFlag,
  wide,
} from './walk-search.ts';
import type { WasmFunction } from './wasm-module.ts';

const register = (name: string) => THREAD.spr + 8 * sprSlot(name);
const PLACES = { msrLow: register('MSR'), amr: register('AMR'), iamr: register('IAMR') };

/** No-execute, in the VSID word. */
const SLB_N = 0x200n;
const HPTE_R_R = 0x100n;
const HPTE_R_C = 0x80n;
const [OLD_RPN, NEW_RPN] = [0x0ffffffffffff000n, 0x01fffffffffff000n];
const [HTABORG, HTABSIZE] = [0x0ffffffffffc0000n, 0x1fn];
const REAL_MODE_BITS = (1n << 60n) - 1n;

/** Parameters of `walk`. */
const base = i32Local(0);
const ea = i64Local(1);
const access = i32Local(2);
const store = i32.eq(access, n32(Access.store));
const fetch = i32.eq(access, n32(Access.fetch));
const { realBase, realBytes, guardBase } = STATE;

/** (base, ea, access) -> number of the real page, or -1 when only the hook can serve the miss. */
const walk: WasmFunction = {
  name: 'walk',
  params: ['bool', 'i64', 'bool'],
  results: ['bool'],
  write: (scope) => {
    const { code } = scope;
    const vsidWord = findSegment(scope);
    const page = pageOf(scope, vsidWord);
    const [at, r, actual] = [scope.fixed('bool'), scope.fixed('i64'), scope.fixed('bool')];
    code.call('walkTlb', [base, page.tagged, page.tag], at);
    code.set(r, i64.load(at, 16));
    code.set(actual, i32.load(at, 24));
    // Without C a store looks at the table, unless it is refused anyway.
    code.if(at, () => refuseUnless(scope, vsidWord, r));
    const changes = i32.and(store, i64.eq(i64.and(r, n64(HPTE_R_C)), n64(0n)));
    code.if(i32.or(i32.eqz(at), changes), () =>
      fromTable(scope, vsidWord, page, { at, r, actual }),
    );
    code.emit(i32.wrap(realPage(scope, r, actual)));
  },
};

const giveUp = (scope: Scope) => () => scope.code.return(n32(-1));

function refuseUnless(scope: Scope, vsidWord: I64, r: I64): void {
  const allowed = scope.temp('bool');
  scope.code.call('walkAllows', [base, vsidWord, r, access], allowed);
  scope.code.if(i32.eqz(allowed), giveUp(scope));
}

/** The VSID word of the address's segment. */
function findSegment(scope: Scope): I64 {
  const { code } = scope;
  const ofData = i32.load(base, WALK.base + WALK.mode);
  const mode = scope.let32(select(fetch, i32.load(base, WALK.base + WALK.fetchMode), ofData));
  const vsidWord = scope.fixed('i64');
  code.if(i32.eqz(mode), giveUp(scope));
  const vrma = () => {
    const beyond = i64.shrU(i64.and(ea, n64(REAL_MODE_BITS)), n64(40n));
    code.if(i64.ne(beyond, n64(0n)), giveUp(scope));
    code.set(vsidWord, i64.load(base, WALK.base + WALK.vsidWord));
  };
  const segments = () => {
    code.call('walkSlb', [base, ea], vsidWord);
    code.if(i64.eq(vsidWord, n64(-1n)), giveUp(scope));
    const noExecute = i64.ne(i64.and(vsidWord, n64(SLB_N)), n64(0n));
    code.if(i32.and(fetch, noExecute), giveUp(scope));
  };
  code.if(i32.eq(mode, n32(WALK_MODE.vrma)), vrma, segments);
  return vsidWord;
}

/** What is known of the page before any look at the table. */
interface Page {
  /** Segment size (B), VSID and address inside the segment. */
  readonly b: I64;
  readonly vsid: I64;
  readonly offset: I64;
  /** log2 of the base page. */
  readonly shift: I32;
  /** Doublewords 0 and 1 of its TLB entry. */
  readonly tagged: I64;
  readonly tag: I64;
}

function pageOf(scope: Scope, vsidWord: I64): Page {
  const { code } = scope;
  const keep = (value: I64): I64 => {
    const kept = scope.fixed('i64');
    code.set(kept, value);
    return kept;
  };
  const segment = scope.fixed('bool');
  code.set(segment, segmentShift(vsidWord));
  const b = keep(wide(i32.eq(segment, n32(40))));
  // 68 bits of virtual address: 28 of the VSID of 1 TB, 40 of that of 256 MB.
  const small = i64.and(i64.shrU(vsidWord, n64(12n)), n64((1n << 40n) - 1n));
  const large = i64.and(i64.shrU(vsidWord, n64(24n)), n64((1n << 28n) - 1n));
  const vsid = keep(select(i64.eq(b, n64(0n)), small, large));
  const offset = keep(lowBits(ea, segment));
  const shift = scope.fixed('bool');
  code.set(shift, basePage(scope, vsidWord));
  const inSegment = i64.shl(vsid, wide(i32.sub(segment, n32(12))));
  const number = i64.or(inSegment, i64.shrU(offset, n64(12n)));
  const below = wide(i32.sub(shift, n32(12)));
  const tagged = keep(i64.shl(i64.shrU(number, below), below));
  const lpid = i64.extendU(i32.load(base, WALK.base + WALK.lpid));
  const sizes = i64.or(i64.shl(wide(shift), n64(16n)), i64.shl(b, n64(24n)));
  return { b, vsid, offset, shift, tagged, tag: keep(i64.or(lpid, sizes)) };
}

/** log2 of the base page by L and LP of the VSID word. */
function basePage(scope: Scope, vsidWord: I64): I32 {
  const llp = scope.let32(i32.and(i32.wrap(vsidWord), n32(0x130)));
  const by = (value: number, shift: number, otherwise: I32): I32 =>
    select(i32.eq(llp, n32(value)), n32(shift), otherwise);
  const shift = by(0x110, 16, by(0x100, 24, by(0x120, 34, n32(12))));
  return select(walkFlag(base, WALK_FLAG.ignoreLarge), n32(12), shift);
}

/** Variables of `walk`: TLB entry or 0, doubleword 1, log2 of the page. */
interface Found {
  readonly at: I32;
  readonly r: I64;
  readonly actual: I32;
}

/** Searches the table; if the page allows the access, records it and fills the TLB. */
function fromTable(scope: Scope, vsidWord: I64, page: Page, found: Found): void {
  const { code } = scope;
  const { at, r, actual } = found;
  const hpte = scope.fixed('bool');
  const was = scope.fixed('i64');
  search(scope, page, hpte);
  code.set(was, r);
  code.set(r, i64.swapBytes(i64.load(hpte, 8)));
  code.call('walkPageShift', [i64.swapBytes(i64.load(hpte, 0)), r, page.shift], actual);
  refuseUnless(scope, vsidWord, r);
  realPage(scope, r, actual);
  const made = i64.or(r, select(store, n64(HPTE_R_R | HPTE_R_C), n64(HPTE_R_R)));
  const old = scope.let64(r);
  const next = scope.fixed('i64');
  code.set(next, made);
  // The same tag for another page: fast translations have to go, which the hook does.
  const differs = i64.ne(i64.and(i64.xor(was, next), n64(~HPTE_R_C)), n64(0n));
  code.if(i32.and(i32.ne(at, n32(0)), differs), giveUp(scope));
  code.if(i64.ne(next, old), () => record(scope, hpte, old, next));
  code.set(r, next);
  code.if(i32.eqz(at), () => takeEntry(scope, at));
  code.store64(8, at, 0, page.tagged);
  code.store64(8, at, 8, page.tag);
  code.store64(8, at, 16, r);
  code.store32(at, 24, actual);
  code.store32(at, 28, i32.shrU(i32.sub(hpte, realBase.value), n32(4)));
}

/** Sets `hpte` to the arena address of the entry that maps the page. */
function search(scope: Scope, page: Page, hpte: I32): void {
  const { code } = scope;
  const place = i32.load(base, WALK.base + WALK.table);
  const isNew = walkFlag(base, WALK_FLAG.version30);
  const stored = i64.load(place, 0);
  const word = scope.let64(select(isNew, i64.swapBytes(stored), stored));
  const table = scope.let64(i64.and(word, n64(HTABORG)));
  const order = i64.add(i64.and(word, n64(HTABSIZE)), n64(11n));
  const groups = scope.let64(i64.shl(n64(1n), order));
  const bytes = i64.extendU(realBytes.value);
  code.if(i64.gtU(table, bytes), giveUp(scope));
  const end = i64.add(table, i64.shl(groups, n64(7n)));
  code.if(i64.gtU(end, bytes), giveUp(scope));
  const large = i64.xor(page.vsid, i64.shl(page.vsid, n64(25n)));
  const mixed = select(i64.eq(page.b, n64(0n)), page.vsid, large);
  const index = i64.shrU(page.offset, wide(page.shift));
  const hash = scope.let64(i64.and(i64.xor(mixed, index), n64((1n << 39n) - 1n)));
  const first = scope.let32(i32.add(realBase.value, i32.wrap(table)));
  // AVPN: virtual address bits from 23 on, at bit 7.
  const avpn = scope.let64(i64.shl(i64.shrU(page.tagged, n64(11n)), n64(7n)));
  const look = (number: I64, bits: bigint) => {
    const group = i64.and(number, i64.sub(groups, n64(1n)));
    const address = i32.add(first, i32.wrap(i64.shl(group, n64(7n))));
    const want = i64.or(avpn, n64(bits));
    code.call('walkGroup', [base, address, want, page.b, page.shift], hpte);
  };
  look(hash, 1n);
  code.if(i32.eqz(hpte), () => {
    code.if(walkFlag(base, WALK_FLAG.primaryOnly), giveUp(scope));
    look(i64.xor(hash, n64(-1n)), 3n);
    code.if(i32.eqz(hpte), giveUp(scope));
  });
}

/** Number of the real page of `ea`; addresses outside memory are the hook's. */
function realPage(scope: Scope, r: I64, actual: I32): I64 {
  const isNew = walkFlag(base, WALK_FLAG.version30);
  const rpn = i64.and(r, select(isNew, n64(NEW_RPN), n64(OLD_RPN)));
  const above = i64.shl(i64.shrU(rpn, wide(actual)), wide(actual));
  const real = scope.let64(i64.or(above, lowBits(ea, actual)));
  scope.code.if(i64.geU(real, i64.extendU(realBytes.value)), giveUp(scope));
  return i64.shrU(real, n64(12n));
}

/** R and C of the HPTE by stores of one byte each; a line that something watches is the hook's. */
function record(scope: Scope, hpte: I32, old: I64, next: I64): void {
  const { code } = scope;
  const real = scope.let32(i32.sub(hpte, realBase.value));
  const page = scope.let32(i32.shrU(real, n32(12)));
  const guard = i32.load(i32.add(guardBase.value, i32.shl(page, n32(2))), 0);
  const line = i32.shl(n32(1), i32.shrU(real, n32(Math.log2(LINE))));
  code.if(i32.and(guard, line), giveUp(scope));
  const isSet = (bit: bigint): I32 => i64.ne(i64.and(i64.xor(old, next), n64(bit)), n64(0n));
  code.if(isSet(HPTE_R_R), () => code.store64(1, hpte, 14, i64.shrU(next, n64(8n))));
  code.if(isSet(HPTE_R_C), () => code.store64(1, hpte, 15, next));
  markWritten(scope, page);
}

/** Sets `at` to the oldest TLB entry; the fast translations that it allowed go. */
function takeEntry(scope: Scope, at: I32): void {
  const { code } = scope;
  const index = scope.let32(i32.load(base, THREAD.tlbNext));
  const first = i32.add(base, n32(THREAD.tlb));
  code.set(at, i32.add(first, i32.shl(index, n32(Math.log2(TLB_BYTES)))));
  const next = i32.and(i32.add(index, n32(1)), n32(TLB_ENTRIES - 1));
  code.store32(base, THREAD.tlbNext, next);
  code.if(i64.ne(i64.load(at, 8), n64(0n)), () => {
    const shift = i32.and(i32.wrap(i64.shrU(i64.load(at, 8), n64(16n))), n32(0xff));
    const pages = i64.shl(n64(1n), wide(i32.sub(shift, n32(12))));
    code.call('walkDrop', [base, i32.wrap(i64.load(at, 0)), pages]);
  });
}

/** Part of every interpreter module. */
export const WALK_FUNCTIONS: readonly WasmFunction[] = [
  ...WALK_SEARCHES,
  walkAllows(PLACES),
  ...WALK_FILLS,
  walk,
];
