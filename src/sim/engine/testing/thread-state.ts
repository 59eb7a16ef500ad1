// The state of one hardware thread as plain values, for tests.
import { sprSlot } from '../../isa/spr.ts';
import type { Arena } from '../memory.ts';

const LOCAL_SPRS = ['LR', 'CTR', 'TAR'] as const;

/** Everything of one thread that instructions can change. */
export interface ThreadState {
  gpr: bigint[];
  spr: Record<(typeof LOCAL_SPRS)[number], bigint>;
  cr: number;
  xer: bigint;
  nia: bigint;
  msr: bigint;
  reservation: number;
  /** Doublewords 0 and 1 of the 64 VSRs in turn; FPR n is element 2n. */
  vsr: bigint[];
  vscr: number;
  fpscr: bigint;
}

/** Copies a thread's state out of an arena. */
export function readThread(arena: Arena, tid: number): ThreadState {
  const [LR, CTR, TAR] = LOCAL_SPRS.map((name) => arena.spr(tid, sprSlot(name)));
  return {
    gpr: Array.from({ length: 32 }, (_, n) => arena.gpr(tid, n)),
    spr: { LR: LR ?? 0n, CTR: CTR ?? 0n, TAR: TAR ?? 0n },
    cr: arena.cr(tid),
    xer: arena.xer(tid),
    nia: arena.nia(tid),
    msr: arena.spr(tid, sprSlot('MSR')),
    reservation: arena.reservation(tid),
    vsr: Array.from({ length: 128 }, (_, i) => arena.vsr(tid, i >> 1, i % 2 === 0 ? 0 : 1)),
    vscr: arena.vscr(tid),
    fpscr: arena.fpscr(tid),
  };
}

/** Puts a thread's state into an arena. */
export function writeThread(arena: Arena, tid: number, state: ThreadState): void {
  for (const [n, value] of state.gpr.entries()) arena.setGpr(tid, n, value);
  for (const name of LOCAL_SPRS) arena.setSpr(tid, sprSlot(name), state.spr[name]);
  arena.setCr(tid, state.cr);
  arena.setXer(tid, state.xer);
  arena.setNia(tid, state.nia);
  arena.setSpr(tid, sprSlot('MSR'), state.msr);
  if (state.reservation >= 0) arena.reserve(tid, state.reservation);
  else arena.clearReservation(tid);
  for (const [i, dword] of state.vsr.entries())
    arena.setVsr(tid, i >> 1, i % 2 === 0 ? 0 : 1, dword);
  arena.setVscr(tid, state.vscr);
  arena.setFpscr(tid, state.fpscr);
}
