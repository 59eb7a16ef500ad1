// What PAPR says of one entry of a hashed page table ("Page Table Hypervisor Calls"), as a sequential machine, and the
// search for an order of overlapping operations that explains what they returned (Wing and Gong, Testing and Verifying
// Concurrent Objects). Entries do not know each other, so each has its own history.

/** An entry as the guest knows it, null: none. `v` has VALID set and no bit of the hypervisor. */
export type Entry = { readonly v: bigint; readonly r: bigint } | null;

/** PAPR's numbers, not the hypervisor's constants. */
const VALID = 1n;
const SOFTWARE = 0x60n;
const REFERENCED = 0x100n;
const CHANGED = 0x80n;
const AVPN_FLAG = 1n << 31n;
const ANDCOND_FLAG = 1n << 30n;
const PROTECTION = (1n << 63n) | (3n << 60n) | 0xe00n | 7n;
const SUCCESS = 0;
const NOT_FOUND = -7;

/** An operation that overlapped others: when it began and ended, and what it does to the entry. */
export interface Operation {
  readonly begin: number;
  readonly end: number;
  readonly what: string;
  /** The entry afterwards; undefined: the operation cannot have returned what it returned. */
  readonly apply: (entry: Entry) => Entry | undefined;
}

type Apply = Operation['apply'];

/** H_ENTER that used this entry. */
export const entered =
  (pteh: bigint, ptel: bigint): Apply =>
  (entry) =>
    entry === null ? { v: (pteh & ~SOFTWARE) | VALID, r: ptel } : undefined;

/** H_ENTER that did not, because it was in use. */
export const occupied: Apply = (entry) => (entry === null ? undefined : entry);

function isMeant(entry: Entry, flags: bigint, avpn: bigint): entry is NonNullable<Entry> {
  if (entry === null) return false;
  if ((flags & AVPN_FLAG) !== 0n && (entry.v >> 7n) << 7n !== avpn) return false;
  return (flags & ANDCOND_FLAG) === 0n || (entry.v & avpn) === 0n;
}

/** H_REMOVE with its return code, and r4 and r5 when it succeeded. */
export const removed =
  (flags: bigint, avpn: bigint, code: number, v: bigint, r: bigint): Apply =>
  (entry) => {
    if (!isMeant(entry, flags, avpn)) return code === NOT_FOUND ? entry : undefined;
    return code === SUCCESS && v === entry.v && r === entry.r ? null : undefined;
  };

/** H_PROTECT with its return code. */
export const protectedBy =
  (flags: bigint, avpn: bigint, code: number): Apply =>
  (entry) => {
    if (!isMeant(entry, flags, avpn)) return code === NOT_FOUND ? entry : undefined;
    const pp0 = ((flags >> 8n) & 1n) << 63n;
    const key = (((flags >> 12n) & 3n) << 60n) | (flags & 0xe00n);
    const r = (entry.r & ~PROTECTION) | pp0 | key | (flags & 7n);
    return code === SUCCESS ? { v: entry.v, r } : undefined;
  };

/** H_CLEAR_REF or H_CLEAR_MOD with its return code and r4. */
export const cleared =
  (bit: 'R' | 'C', code: number, r: bigint): Apply =>
  (entry) => {
    if (entry === null) return code === NOT_FOUND ? entry : undefined;
    if (code !== SUCCESS || r !== entry.r) return undefined;
    return { v: entry.v, r: entry.r & ~(bit === 'R' ? REFERENCED : CHANGED) };
  };

/** One pair of H_BULK_REMOVE: its match mode, tsl and the top byte of the answer. */
export const bulkRemoved =
  (mode: number, tsl: bigint, answer: number): Apply =>
  (entry) => {
    const flags = [0n, ANDCOND_FLAG, AVPN_FLAG][mode] ?? 0n;
    if (!isMeant(entry, flags, tsl)) return answer === (0x90 | mode) ? entry : undefined;
    const rc = (entry.r & REFERENCED ? 8 : 0) | (entry.r & CHANGED ? 4 : 0);
    return answer === (0x80 | mode | rc) ? null : undefined;
  };

/** A load or store of the guest that hardware translated by this entry. */
export const touched =
  (store: boolean): Apply =>
  (entry) =>
    entry === null ? undefined : { v: entry.v, r: entry.r | REFERENCED | (store ? CHANGED : 0n) };

/** Doubleword 0 as an overlapping H_READ saw it, which takes no lock. */
export const sawV =
  (v: bigint): Apply =>
  (entry) => {
    if ((v & VALID) === 0n) return entry === null ? entry : undefined;
    return entry?.v === v ? entry : undefined;
  };

/** Both doublewords as H_READ saw them while nothing else went on. */
export const sawBoth =
  (v: bigint, r: bigint): Apply =>
  (entry) => {
    if (entry === null) return (v & VALID) === 0n ? entry : undefined;
    return entry.v === v && entry.r === r ? entry : undefined;
  };

/**
 * The entry after all operations, in an order that keeps those apart which did not overlap and explains every result;
 * undefined: there is none.
 */
export function explain(entry: Entry, operations: readonly Operation[]): Entry | undefined {
  const sorted = [...operations].sort((a, b) => a.end - b.end);
  const dead = new Set<string>();
  const search = (now: Entry, left: readonly Operation[]): Entry | undefined => {
    if (left.length === 0) return now;
    // By place: one H_BULK_REMOVE may have several operations on an entry, alike but for what they ask.
    const key = `${left.map((operation) => sorted.indexOf(operation)).join()}|${now?.v}|${now?.r}`;
    if (dead.has(key)) return undefined;
    const firstEnd = Math.min(...left.map(({ end }) => end));
    for (const operation of left) {
      if (operation.begin > firstEnd) continue;
      const next = operation.apply(now);
      if (next === undefined) continue;
      const found = search(
        next,
        left.filter((other) => other !== operation),
      );
      if (found !== undefined) return found;
    }
    dead.add(key);
    return undefined;
  };
  return search(entry, sorted);
}
