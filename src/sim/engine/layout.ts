// Where things lie in the arena: one linear memory per machine (architecture section 3, "Arena").
//
//   0                    scratch page of the engine (not state)
//   threadBase           20 KiB per hardware thread: two pages of registers, SLB and modelled TLB (state),
//                        then its fast translations                                               (not state)
//   realBase             real memory, big-endian or little-endian as the guest stores it          (state)
//   guardBase, codeBase  guard words and decoded code, then marks of pages                        (not state)
import { SPRS } from '../isa/spr.ts';

export const PAGE = 4096;
/** Distance of the threads' parts. The fast translations are near the registers so that one base reaches both. */
export const THREAD_STRIDE = 20480;
/** Pages of state at the start of a thread's part. */
export const THREAD_PAGES = 2;
/** Granule of reservations and of decoded code, in bytes; a page has 32 lines, one bit each in its guard word. */
export const LINE = 128;

/** Offsets inside the scratch page: values that the functions of a running engine and TypeScript hand each other. */
export const SCRATCH = {
  arg: 0, // 3 x i64, arguments of a hook
  result: 24, // i64, what a helper or a slow load returns
  executed: 32, // i32, instructions completed in the last or current run
  left: 36, // i32, instructions of the budget that are left
  yielded: 40, // i32, 1 when the current instruction's helper asked to leave the engine
  codePage: 44, // i32, arena address of the decoded page
  pageEa: 48, // i64, EA of that page
  facilities: 56, // i32, the bits FP, VEC and VSX of the MSR's low half, each 0 when HFSCR withholds it
  // i32, constants of the arena (ArenaPlan): realBase, realBytes (unsigned), guardBase, marks and guarded of real page 0
  realBase: 60,
  realBytes: 64,
  guardBase: 68,
  realMarks: 72,
  guardedBase: 76,
} as const;

/** Offsets inside a thread's two pages. Values are little-endian (the host's order); only memory.ts touches them. */
export const THREAD = {
  gpr: 0, // 32 x i64
  nia: 256, // i64, next instruction address
  cr: 264, // 8 x i32, one CR field (LT GT EQ SO) each, CR0 first
  so: 296, // i32 0/1
  ov: 300, // i32 0/1
  ca: 304, // i32 0/1
  ov32: 308, // i32 0/1
  ca32: 312, // i32 0/1
  /** Reservation: real address of the 128-byte line, or -1. */
  reserve: 320, // i64
  /** Cycle clock of the thread, counted in model cycles. */
  clock: 328, // f64
  /** Time base (ticks) at which DEC and HDEC reach zero. */
  decExpires: 336, // f64
  hdecExpires: 344, // f64
  /** Directed hypervisor doorbell pending (DHDES bit of the thread), 0/1. */
  dhdes: 352, // i32
  spr: 512, // SPRS.length x i64 (slot MSR first); LR, CTR and TAR live here; CR and XER bits live above
  /** Modelled TLB: FIFO of TLB_ENTRIES x 32 bytes; its next victim index is at tlbNext (i32). */
  tlbNext: 356,
  /** i64, always 0: what (RA|0) reads when the field is 0. */
  zero: 360,
  /** i32, interrupt lines into the thread and what it has latched (hardware/interrupts.ts). */
  inputs: 368,
  /** i32, power-saving state of the thread (hardware/power-saving.ts), 0 = it runs. */
  asleep: 372,
  /** i32 each, what hardware/partition.ts checks on the PowerPC 970. */
  tlbieInFlight: 376,
  tlbOwner: 380,
  tlb: 2048,
  /** 64 vector-scalar registers of 16 bytes; FPR n is doubleword 0 of VSR n, VR n is VSR 32 + n. Each lies as one
   * little-endian 128-bit number: doubleword 0 (the manual's left one) at offset 8, doubleword 1 at offset 0. */
  vsr: PAGE,
  /** i64, the manual's 64-bit FPSCR. */
  fpscr: PAGE + 1024,
  /** i32, VSCR: NJ is bit 16, SAT bit 0 (from the low end). */
  vscr: PAGE + 1032,
  /** SLB_ENTRIES x 2 x i64, as slbmte wrote them: VSID word (RS), then ESID word (RB) with its V bit. */
  slb: PAGE + 2048,
} as const;
export const TLB_ENTRIES = 64;
/** Bytes of a TLB entry; hardware/mmu/tlb.ts says what is where. */
export const TLB_BYTES = 32;

/** Marks of a state page: written since the last `clearDirty`, since it was hashed, since `takeWritten` returned it. */
export const MARK = { dirty: 1, unhashed: 2, unseen: 4, written: 7 } as const;
/** Most entries that any CPU model has. */
export const SLB_ENTRIES = 64;

if (THREAD.spr + 8 * SPRS.length > THREAD.tlb) throw new Error('layout: SPR slots overlap the TLB');

/**
 * Fast translations of one thread: 256 data entries of 32 bytes by EA bits 12-19, then 64 fetch entries of 16
 * bytes by EA bits 12-17. A tag is the EA of the page; -1 matches nothing.
 */
export const FAST = {
  /** Offset from the thread's first page. */
  base: THREAD_PAGES * PAGE,
  dataEntries: 256,
  dataBytes: 32,
  read: 0, // i64 tag: loads may use the entry
  write: 8, // i64 tag: stores may use it; the page is marked dirty and has no guarded line
  guarded: 16, // i64 tag: stores may use it after a look at the guard word; the page is marked dirty
  addend: 24, // i32: arena address = addend + low 32 bits of the EA
  guard: 28, // i32: arena address of the real page's guard word
  fetch: 8192,
  fetchEntries: 64,
  fetchBytes: 16,
  fetchTag: 0, // i64
  fetchCode: 8, // i32: arena address of the decoded page
  bytes: 9216,
} as const;

/**
 * How the thread's addresses are translated, as hardware/ derives it from registers: what walk.ts goes by. Offsets
 * inside the thread's part, behind its fast translations.
 */
export const WALK = {
  base: FAST.base + FAST.bytes,
  mode: 0, // i32, a value of WALK_MODE, of loads and stores
  fetchMode: 20, // i32, the same of fetches
  flags: 4, // i32, bits of WALK_FLAG
  table: 8, // i32: arena address of the doubleword with HTABORG and HTABSIZE
  lpid: 12, // i32: partition in TLB tags
  slbEntries: 16, // i32
  vsidWord: 24, // i64: VSID word of the virtual real mode area
  bytes: 32,
} as const;
/** `hook`: every miss is the hardware layer's. */
export const WALK_MODE = { hook: 0, segments: 1, vrma: 2 } as const;
export const WALK_FLAG = {
  /** Entries as from version 3.0 on; and the table's doubleword is in real memory, big-endian. */
  version30: 1,
  /** LPCR[TC]: no secondary group. */
  primaryOnly: 2,
  /** LPCR[ISL]: base pages of 4 KB. */
  ignoreLarge: 4,
  /** Virtual page class keys for data (AMR), and for fetches (IAMR). */
  keys: 8,
  fetchKeys: 16,
} as const;

if (WALK.base + WALK.bytes > THREAD_STRIDE) throw new Error('layout: threads overlap');

/** Decoded code: a bounded number of pages of 1024 entries and an end sentinel, 16 bytes each. */
export const CODE = {
  pages: 256,
  entryBytes: 16,
  pageBytes: 1025 * 16,
  /** An entry: u16 handler, then 14 bytes of operands as the handler's variant lays them out (operands.ts). */
  handler: 0,
} as const;

/** Arena addresses of the parts whose place depends on the number of threads and the size of real memory. */
export interface ArenaPlan {
  readonly threads: number;
  readonly realBytes: number;
  readonly threadBase: number;
  readonly realBase: number;
  readonly guardBase: number;
  readonly codeBase: number;
  /** One byte of marks (MARK) per state page: thread pages first. */
  readonly marksBase: number;
  /** One byte per real page: 1 when stores have to look at its guard word. */
  readonly guardedBase: number;
  readonly bytes: number;
}

/** Lays out an arena of `threads` hardware threads and `realBytes` bytes (a multiple of 4096) of real memory. */
export function planArena(threads: number, realBytes: number): ArenaPlan {
  if (threads < 1 || realBytes % PAGE !== 0) throw new Error('planArena: bad size');
  const threadBase = PAGE;
  const realBase = threadBase + threads * THREAD_STRIDE;
  const guardBase = realBase + realBytes;
  const codeBase = roundUp(guardBase + (realBytes / PAGE) * 4);
  const marksBase = codeBase + CODE.pages * CODE.pageBytes;
  const realPages = realBytes / PAGE;
  const guardedBase = marksBase + threads * THREAD_PAGES + realPages;
  const bytes = guardedBase + realPages;
  const bases = { threadBase, realBase, guardBase, codeBase, marksBase, guardedBase };
  return { threads, realBytes, ...bases, bytes };
}

function roundUp(address: number): number {
  return Math.ceil(address / PAGE) * PAGE;
}
