// Accesses of a thread to storage: the one that its next instruction makes, and the last one, found by going back a
// little and stepping forward again.
import { Access } from '../../sim/engine/api.ts';
import { MSR_LOW } from '../../sim/hardware/bits.ts';
import { explainWalk } from '../../sim/hardware/mmu/walk.ts';
import { decode } from '../../sim/isa/decode.ts';
import { effectsOf } from '../../sim/isa/rtl.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { World } from '../world.ts';
import { effectiveAddress } from './places.ts';

export interface StorageAccess {
  readonly ea: bigint;
  readonly access: Access;
}

/** Steps looked back. */
const BACK = 1000;

/** What the next instruction of a thread accesses: its data, else the fetch of itself; null in the hypervisor. */
export function nextAccess(m: Machine, t: number): StorageAccess | null {
  if (!m.hw.inGuest(t)) return null;
  const ea = m.hw.arena.nia(t);
  const fetch = { ea, access: Access.fetch };
  const { result } = explainWalk(m.hw, t, ea, Access.fetch);
  if (result.kind === 'fault') return fetch;
  const word = m.hw.arena.read32(result.real, (m.hw.arena.msrLow(t) & MSR_LOW.LE) !== 0);
  if (!decode(word)) return fetch;
  const { reads, writes } = effectsOf(word);
  const stores = writes.includes('memory');
  if (!stores && !reads.includes('memory')) return fetch;
  const data = effectiveAddress(m, { thread: t, vcpu: -1, inGuest: true }, word);
  return data === null ? fetch : { ea: data, access: stores ? Access.store : Access.load };
}

/**
 * What `explain` says of the last access before this position, asked just before it is made; null when there was none
 * in the last steps. The machine stands where it stood afterwards.
 */
export function atLastAccess<T>(
  { history, loaded }: World,
  t: number,
  explain: (found: StorageAccess, step: number) => T,
): T | null {
  const { current, step } = history;
  const m = loaded.machine as Machine;
  let last: T | null = null;
  history.goto(current.id, Math.max(0, step - BACK));
  while (history.step < step) {
    const acts = m.nextActor().thread === t && m.hw.pending(t) === 0;
    const found = acts ? nextAccess(m, t) : null;
    if (found) last = explain(found, history.step);
    if (history.advance(1) === 0) break;
  }
  history.goto(current.id, step);
  return last;
}
