// Which line of the program's text a guest address belongs to, and the other way round.
import type { GuestProgram } from '../../sim/scenario/guest-program.ts';
import { lastNotAbove } from './symbols.ts';

export interface ProgramLines {
  /** Line that made the word at an address, 0 if none did. */
  lineAt(address: bigint): number;
  /** Address of the first word that a line makes; undefined for a line without code. */
  addressOf(line: number): bigint | undefined;
}

export function programLines({ lines, segments }: GuestProgram): ProgramLines {
  const sorted = [...lines].sort((a, b) => (a.address < b.address ? -1 : 1));
  const addresses = sorted.map(({ address }) => address);
  const inside = (address: bigint) =>
    segments.some(
      ({ real, size }) => address >= BigInt(real) && address < BigInt(real) + BigInt(size),
    );
  const first = new Map<number, bigint>();
  for (const { line, address } of sorted) if (!first.has(line)) first.set(line, address);
  return {
    lineAt: (address) =>
      inside(address) ? (sorted[lastNotAbove(addresses, address)]?.line ?? 0) : 0,
    addressOf: (line) => first.get(line),
  };
}
