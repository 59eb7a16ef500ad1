// A machine with no hardware layer, for tests and benchmarks: every effective address is mapped, interrupts only
// move NIA, helpers compute something simple. `evaluator.ts` follows the same rules.
import { HELPERS } from '../../isa/builder.ts';
import type { Version } from '../../isa/row.ts';
import { Access, type Cause, type EngineHooks, Outcome } from '../api.ts';
import { Engine } from '../engine.ts';
import { PAGE } from '../layout.ts';
import { Arena } from '../memory.ts';

/** Pages with this bit in their EA are not mapped. */
export const UNMAPPED = 1n << 62n;

/** Where an interrupt goes: a little further on, so that random programs keep moving. */
export function interruptNia(cia: bigint, cause: Cause | 'unmapped'): bigint {
  const skip = cause === 'unmapped' ? 40n : 4n + 4n * BigInt(cause);
  return BigInt.asUintN(64, (cia + skip) & ~UNMAPPED);
}

/** Real address of an EA in a machine of `realBytes`: its page modulo the number of pages. */
export function flatReal(ea: bigint, realBytes: number): number {
  return Number(ea % BigInt(realBytes));
}

/** Result and outcome of helper `number`: every third asks to yield, every seventh raises (NIA := first argument). */
export function flatHelper(number: number, a: bigint): { result: bigint; outcome: Outcome } {
  const outcome =
    number % 7 === 6 ? Outcome.raised : number % 3 === 2 ? Outcome.yield : Outcome.continue;
  return { result: BigInt.asUintN(64, a * 3n + BigInt(number)), outcome };
}

/** What `Engine.run` is told: MSR[FP], [VEC] and [VSX]. */
export function facilitiesOf(arena: Arena, tid: number): number {
  return arena.msrLow(tid) & 0x0280_2000;
}

const WITHOUT_ARGUMENT: readonly string[] = [
  'mfmsr',
  'rfid',
  'hrfid',
  'rfscv',
  'doze',
  'nap',
  'sleep',
  'rvwinkle',
  'stop',
  'attn',
  'tlbsync',
];

/** An engine with such hooks. `interfere` is called before each hook. */
export function flatMachine(
  options: { threads: number; realBytes: number; version?: Version },
  interfere: (engine: Engine) => void = () => {},
): { arena: Arena; engine: Engine } {
  const arena = new Arena(options);
  const hooks: EngineHooks = {
    miss(tid, access) {
      interfere(engine);
      const ea = arena.arg(tid, 0);
      if ((ea & UNMAPPED) !== 0n) {
        arena.setNia(tid, interruptNia(arena.nia(tid), 'unmapped'));
        return false;
      }
      const realPage = Math.floor(flatReal(ea, options.realBytes) / PAGE);
      if (access === Access.fetch) engine.mapFetch(tid, ea, realPage);
      else engine.mapData(tid, ea, realPage, true);
      return true;
    },
    helper(tid, number) {
      interfere(engine);
      const hasArgument = !WITHOUT_ARGUMENT.includes(HELPERS[number] ?? '');
      const a = hasArgument ? arena.arg(tid, 0) : 0n;
      const { result, outcome } = flatHelper(number, a);
      if (outcome === Outcome.raised) arena.setNia(tid, a & ~3n);
      else arena.setResult(tid, result);
      return outcome;
    },
    raise(tid, cause) {
      interfere(engine);
      arena.setNia(tid, interruptNia(arena.nia(tid), cause));
    },
  };
  const engine: Engine = new Engine(arena, hooks, options.version);
  return { arena, engine };
}
