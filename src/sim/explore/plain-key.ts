// Key of plain data: two 32-bit lanes, different for different data. Objects whose properties were made in another order
// may differ. Strings count by their number of first appearance: keys compare only within one run of the program.
import type { Plain } from '../state/schema.ts';

/**
 * Locals of routines that count how often a wait has looked, until it gives up. They are time, which stands still: with
 * them a wait would be new at each look.
 */
const PATIENCE: ReadonlySet<string> = new Set(['spins', 'timeout']);

const numbers = new Map<string, number>();
const scratch = new Float64Array(1);
const wide = new BigInt64Array(scratch.buffer);
const halves = new Int32Array(scratch.buffer);

/** The lanes of the last `keyOf`. */
export const lanes = { low: 0, high: 0 };

/** Leaves the key of `value` in `lanes`. */
export function keyOf(value: Plain): void {
  lanes.low = 0x2545f491;
  lanes.high = 0x1b873593;
  put(value);
}

function word(w: number): void {
  const low = Math.imul(lanes.low ^ w, 0x85ebca6b);
  lanes.low = low ^ (low >>> 15);
  const high = Math.imul(lanes.high + w, 0xc2b2ae35);
  lanes.high = high ^ (high >>> 13);
}

function put(value: Plain): void {
  if (typeof value === 'number') number(value);
  else if (typeof value === 'string') word(stringNumber(value));
  else if (typeof value === 'bigint') bigint(value);
  else if (typeof value === 'boolean') word(value ? 1 : 2);
  else if (value === null) word(4);
  else composite(value);
}

function number(value: number): void {
  if (value === (value | 0)) {
    word(value);
    return;
  }
  scratch[0] = value;
  word(halves[0] as number);
  word(halves[1] as number);
}

function bigint(value: bigint): void {
  word(3);
  if (value === 0n) return;
  wide[0] = value;
  word(halves[0] as number);
  word(halves[1] as number);
}

function stringNumber(text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}

function composite(value: Exclude<Plain, number | bigint | string | boolean | null>): void {
  if (isList(value)) {
    word(value.length);
    for (const item of value) put(item);
    return;
  }
  for (const name in value) {
    if (PATIENCE.has(name)) continue;
    word(stringNumber(name));
    put(value[name] as Plain);
  }
  word(5);
}

const isList = (value: object): value is readonly Plain[] => Array.isArray(value);

/** A copy that shares nothing that can change. */
export function clone<T extends Plain>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    const list = value.slice();
    for (let i = 0; i < list.length; i++) {
      const item = list[i] as Plain;
      if (typeof item === 'object') list[i] = clone(item);
    }
    return list as unknown as T;
  }
  const copy: Record<string, Plain> = { ...(value as Record<string, Plain>) };
  for (const name in copy) {
    const item = copy[name] as Plain;
    if (typeof item === 'object') copy[name] = clone(item);
  }
  return copy as T;
}

/** True when both have the same contents, in the same order. Lists are compared from their ends: stacks grow there. */
export function isSame(one: Plain, other: Plain): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false;
  if (isList(one)) return isList(other) && isSameList(one, other);
  if (isList(other)) return false;
  const names = Object.keys(one);
  const others = Object.keys(other);
  if (names.length !== others.length) return false;
  return names.every(
    (name, i) => others[i] === name && isSame(one[name] ?? null, other[name] ?? null),
  );
}

function isSameList(one: readonly Plain[], other: readonly Plain[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = one.length - 1; i >= 0; i--)
    if (!isSame(one[i] as Plain, other[i] as Plain)) return false;
  return true;
}
