// A machine's whole state as plain JSON, for saving and for tests: records with bigints marked, and the non-zero pages.
import { PAGE } from '../engine/layout.ts';
import type { Machine } from './machine.ts';
import type { Records } from './records.ts';

/** Saved state; it fits only a machine made from the same specification. */
export interface Snapshot {
  readonly records: string;
  /** Page number and its bytes in hexadecimal. */
  readonly pages: readonly (readonly [number, string])[];
}

/** Plain data to JSON text; bigints become { $n: 'hex' }. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    typeof v === 'bigint' ? { $n: v.toString(16) } : v,
  );
}

export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && '$n' in v ? BigInt(`0x${String(v.$n)}`) : v,
  );
}

export function save<M>(machine: Machine<M>): Snapshot {
  const { arena } = machine.hw;
  const bytes = new Uint8Array(PAGE);
  const pages: [number, string][] = [];
  for (const page of arena.usedPages()) {
    arena.copyPage(page, bytes, 0);
    if (bytes.every((b) => b === 0)) continue;
    pages.push([page, Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')]);
  }
  return { records: toJson(machine.getRecords()), pages };
}

/** Puts a machine into a saved state. */
export function restore<M>(machine: Machine<M>, snapshot: Snapshot): void {
  const { arena } = machine.hw;
  const saved = new Map(snapshot.pages);
  const bytes = new Uint8Array(PAGE);
  for (const page of new Set([...arena.usedPages(), ...saved.keys()])) {
    const hex = saved.get(page);
    for (let i = 0; i < PAGE; i++) {
      bytes[i] = hex ? Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16) : 0;
    }
    arena.restorePage(page, bytes, 0);
  }
  machine.setRecords(fromJson(snapshot.records) as Records<M>);
  machine.hw.engine.dropCaches();
}
