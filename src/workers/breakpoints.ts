// Breakpoints: guest addresses before which a run stops. They are no part of the state; a link carries them (`bp`).
import { fail, type Result, succeed, type UserError } from '../sim/state/user-error.ts';
import type { World } from './world.ts';

/** What a link can carry beside everything else. */
const MOST_BREAKPOINTS = 64;

/** Why a machine cannot stop at all of these addresses; null: it can. */
export function breakpointMistake(world: World, addresses: Iterable<bigint>): UserError | null {
  const { memory } = world.loaded.scenario;
  const all = [...addresses];
  const wrong = all.find((at) => at % 4n !== 0n || at < 0n || at >= BigInt(memory));
  if (wrong !== undefined) {
    return {
      code: 'BAD_BREAKPOINT',
      message: `There is no instruction at 0x${wrong.toString(16)}.`,
      hint: `Guest memory is 0 to 0x${memory.toString(16)}; instructions are at multiples of 4.`,
    };
  }
  if (all.length <= MOST_BREAKPOINTS) return null;
  return {
    code: 'MANY_BREAKPOINTS',
    message: `There can be ${MOST_BREAKPOINTS} breakpoints and no more.`,
    hint: 'Remove one in the Program view.',
  };
}

/** Sets or removes one; a refusal leaves them as they were. */
export function switchBreakpoint(world: World, address: bigint, on: boolean): Result<null> {
  const { machine } = world.loaded;
  const breakpoints = new Set(machine.breakpoints);
  if (on) breakpoints.add(address);
  else breakpoints.delete(address);
  const mistake = on ? breakpointMistake(world, breakpoints) : null;
  if (mistake) return { ok: false, error: mistake };
  machine.breakpoints = breakpoints;
  return succeed(null);
}

/** Addresses in hexadecimal, in order, for the `bp` key; '' when there are none. */
export function writeBreakpoints(breakpoints: ReadonlySet<bigint>): string {
  return [...breakpoints]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((address) => address.toString(16))
    .join(',');
}

/** The addresses of a `bp` key; which of them the machine has, `breakpointMistake` says. */
export function readBreakpoints(text: string): Result<readonly bigint[]> {
  const parts = text === '' ? [] : text.split(',');
  const bad = parts.find((part) => !/^[\da-f]{1,16}$/.test(part));
  if (bad !== undefined) {
    return fail(
      'LINK_BREAKPOINT',
      `The link's breakpoint '${bad}' is not an address in hexadecimal.`,
      'Write bp=<address>,<address>.',
    );
  }
  return succeed([...new Set(parts.map((part) => BigInt(`0x${part}`)))]);
}
