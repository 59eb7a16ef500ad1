// What the engine and the hardware layer say to each other. The engine executes words; it does not know
// interrupts, translation rules or hypervisors: for those it calls these hooks.

/** Kind of storage access that missed the fast translation cache. */
export const Access = { load: 0, store: 1, fetch: 2 } as const;
export type Access = (typeof Access)[keyof typeof Access];

/** Why `Engine.run` returned. */
export const Stop = {
  /** The budget is used up. */
  budget: 0,
  /** A helper asked to look at the schedule again after a completed instruction. */
  yield: 1,
  /** A hook raised an interrupt or replaced NIA and MSR itself; the instruction counts as one executed. */
  raised: 2,
  /** NIA is a place that `Engine.stopBefore` picks; the instruction there has not been executed. */
  stopAt: 4,
} as const;
export type Stop = (typeof Stop)[keyof typeof Stop];

/** What a helper did. */
export const Outcome = {
  /** Done; go on with the next instruction. */
  continue: 0,
  /** Done; NIA := CIA + 4 and leave the engine (something the schedule must see has changed). */
  yield: 1,
  /** NIA and MSR were set by the hook (interrupt taken, rfid); leave without completing the instruction. */
  raised: 2,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Synchronous events that the engine detects itself. */
export const Cause = {
  /** No row matches the word, or the CPU model lacks it. */
  illegal: 0,
  /** The row needs a privilege that MSR[HV,PR] does not give. */
  privileged: 1,
  /** A trap instruction's condition holds. */
  trap: 2,
  /** Alignment (lwarx and kin on an unaligned address, lmw in little-endian mode, ...); arg(0) is the EA. */
  alignment: 3,
  /** The row's facility is not available (SCRATCH.facilities, which `run` got from the hardware layer). */
  fpUnavailable: 4,
  vectorUnavailable: 5,
  vsxUnavailable: 6,
  /** A floating-point exception that FPSCR enables, with MSR[FE0,FE1] not 0. The instruction is complete. */
  fpEnabled: 7,
  /** A load or store atomic with a function code that has no operation; arg(0) is the EA. */
  badAtomic: 8,
} as const;
export type Cause = (typeof Cause)[keyof typeof Cause];

/**
 * Implemented by hardware/. Before each call the engine has stored the thread's state in the arena, NIA = address
 * of the current instruction (CIA), and `arena.executed` = instructions completed in this run before this one.
 */
export interface EngineHooks {
  /**
   * Translate the effective address `arena.arg(tid, 0)` for an access of `size` bytes, which lie in one page. Either
   * call `engine.map...` for that page and return true, or raise a storage interrupt and return false.
   */
  miss(tid: number, access: Access, size: number): boolean;
  /** Run helper number `helper` (index into HELPERS) with `arena.arg(tid, 0..2)`; result to `arena.setResult`. */
  helper(tid: number, helper: number): Outcome;
  /** Raise the interrupt for `cause`; for `illegal` and `privileged` arena.arg(tid, 0) is the instruction word. */
  raise(tid: number, cause: Cause): void;
}
