// The operations of load and store atomic (lwat, ldat, stwat, stdat). Power ISA v3.0B Book II 4.5, "Atomic Memory
// Operations": the function code selects what happens to the value in storage.

/** Values in and out of one operation, each of the operand's width, unsigned. */
export interface AtomicOperands {
  /** Width of a value in bits. */
  readonly bits: 32 | 64;
  /** The value at EA and, for the codes of `neighbourOf`, the one beside it. */
  readonly memory: bigint;
  readonly neighbour: bigint;
  /** Loads: (RT+1) and (RT+2). Stores: (RS). */
  readonly first: bigint;
  readonly second: bigint;
}
interface Outcome {
  /** What storage at EA then holds. */
  readonly memory: bigint;
  /** Loads: what RT gets. */
  readonly result: bigint;
}
type Operation = (operands: AtomicOperands) => Outcome;

const signed = ({ bits }: AtomicOperands, value: bigint) => BigInt.asIntN(bits, value);

/** The old value goes to RT, a new one to storage. */
const fetchAnd =
  (change: (o: AtomicOperands) => bigint): Operation =>
  (o) => ({ memory: BigInt.asUintN(o.bits, change(o)), result: o.memory });

/** Counts by `by` if `may`; else RT gets the most negative number and storage stays. */
const countIf =
  (may: (o: AtomicOperands) => boolean, by: bigint): Operation =>
  (o) =>
    may(o)
      ? { memory: BigInt.asUintN(o.bits, o.memory + by), result: o.memory }
      : { memory: o.memory, result: 1n << BigInt(o.bits - 1) };

const COMMON: readonly (readonly [code: number, operation: Operation])[] = [
  [0, fetchAnd((o) => o.memory + o.first)],
  [1, fetchAnd((o) => o.memory ^ o.first)],
  [2, fetchAnd((o) => o.memory | o.first)],
  [3, fetchAnd((o) => o.memory & o.first)],
  [4, fetchAnd((o) => (o.memory > o.first ? o.memory : o.first))],
  [5, fetchAnd((o) => (signed(o, o.memory) > signed(o, o.first) ? o.memory : o.first))],
  [6, fetchAnd((o) => (o.memory < o.first ? o.memory : o.first))],
  [7, fetchAnd((o) => (signed(o, o.memory) < signed(o, o.first) ? o.memory : o.first))],
];

const isBelowBound = (o: AtomicOperands) => o.memory !== o.neighbour;

/** Operations of lwat and ldat by function code. */
export const LOAD_ATOMICS: ReadonlyMap<number, Operation> = new Map([
  ...COMMON,
  [8, fetchAnd((o) => o.first)],
  [16, fetchAnd((o) => (o.memory !== o.first ? o.second : o.memory))],
  [24, countIf(isBelowBound, 1n)],
  [25, countIf((o) => !isBelowBound(o), 1n)],
  [28, countIf(isBelowBound, -1n)],
]);

/** Store twin: both values become (RS) if they are equal; the only operation that writes the neighbour. */
export const STORE_TWIN = 24;
/** Operations of stwat and stdat by function code; their results go nowhere. */
export const STORE_ATOMICS: ReadonlyMap<number, Operation> = new Map([
  ...COMMON,
  [STORE_TWIN, fetchAnd((o) => (o.memory === o.neighbour ? o.first : o.memory))],
]);

/** Where the second value lies that an operation looks at: after the first (1), before it (-1), nowhere (0). */
export function neighbourOf(code: number): 1 | -1 | 0 {
  return code === 28 ? -1 : code === 24 || code === 25 ? 1 : 0;
}
