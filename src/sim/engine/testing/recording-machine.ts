// A machine that runs assembled source and records which hooks are called: effective addresses are real addresses.
import { assemble } from '../../isa/assemble.ts';
import { HELPERS } from '../../isa/builder.ts';
import type { Version } from '../../isa/row.ts';
import { sprSlot } from '../../isa/spr.ts';
import { Access, Cause, Outcome } from '../api.ts';
import { Engine } from '../engine.ts';
import { CODE, PAGE } from '../layout.ts';
import { Arena } from '../memory.ts';

const LE = 1n;
const SF = 1n << 63n;
/** Pages of real memory. */
export const PAGES = CODE.pages + 8;

/** What a hook saw when it was called. */
export interface Seen {
  readonly hook: string;
  readonly nia: bigint;
  readonly executed: number;
  /** Argument 0; of a miss the EA. */
  readonly arg: bigint;
  /** Of a miss: the size of the access. */
  readonly size?: number;
}

interface Options {
  readonly threads?: number;
  readonly littleEndian?: boolean;
  readonly sixtyFour?: boolean;
  readonly version?: Version;
}

/** What tests may change while the machine runs; pages by number, -1 for none. */
const SETTINGS = {
  /** An access to this page raises (NIA := 0x300). */
  unmapped: -1n,
  /** So does a store to this one. */
  readOnly: -1n,
  /** Every access to this page comes to `miss`. */
  watched: -1n,
  /** What helpers do; their result is 77. */
  outcome: Outcome.continue as Outcome,
  onHelper: () => {},
};

/** A machine with `source` at 0; interrupts raised by the engine go to 0x700. */
export function machine(source: string, options: Options = {}) {
  const { threads = 1, littleEndian = false, sixtyFour = true, version = '3.0' } = options;
  const arena = new Arena({ threads, realBytes: PAGES * PAGE });
  const seen: Seen[] = [];
  const settings = { ...SETTINGS };
  const saw = (tid: number, hook: string): Seen => ({
    hook,
    nia: arena.nia(tid),
    executed: arena.executed,
    arg: arena.arg(tid, 0),
  });
  const hooks = {
    miss(tid: number, access: Access, size: number) {
      const ea = arena.arg(tid, 0);
      const page = ea >> 12n;
      const isStore = access === Access.store;
      const denied = page === settings.unmapped || (isStore && page === settings.readOnly);
      const what = `${denied ? 'fault' : 'miss'} ${Object.keys(Access)[access]}`;
      seen.push({ ...saw(tid, what), size });
      const isWatched = page === settings.watched;
      if (denied) arena.setNia(tid, 0x300n);
      else if (access === Access.fetch) engine.mapFetch(tid, ea, Number(page));
      else engine.mapData(tid, ea, Number(page), page !== settings.readOnly, isWatched);
      return !denied;
    },
    helper(tid: number, number: number) {
      seen.push(saw(tid, HELPERS[number] ?? ''));
      settings.onHelper();
      arena.setResult(tid, 77n);
      return settings.outcome;
    },
    raise(tid: number, cause: Cause) {
      seen.push(saw(tid, `raise ${Object.keys(Cause)[cause]}`));
      arena.setNia(tid, 0x700n);
    },
  };
  const engine: Engine = new Engine(arena, hooks, version);
  load(arena, source, 0, littleEndian);
  const msr = (littleEndian ? LE : 0n) | (sixtyFour ? SF : 0n);
  for (let t = 0; t < threads; t++) arena.setSpr(t, sprSlot('MSR'), msr);
  return { arena, engine, seen, settings };
}

/** Assembles `source` to real address `base`. */
export function load(arena: Arena, source: string, base: number, littleEndian = false): void {
  const result = assemble(source, { base: BigInt(base), littleEndian });
  if (!result.ok) throw new Error(result.errors.map((e) => e.message).join('; '));
  arena.writeBytes(base, result.image);
}
