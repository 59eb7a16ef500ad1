// Book II 4.5, the tables of function codes of lwat, ldat, stwat and stdat, read independently of atomics.ts.

/** Values of `width` bits: in storage at EA and beside it, and the operands (RT+1) or (RS), and (RT+2). */
export interface AtomicInput {
  readonly width: number;
  readonly memory: bigint;
  readonly beside: bigint;
  readonly a: bigint;
  readonly b: bigint;
}
export interface AtomicResult {
  readonly memory: bigint;
  readonly beside: bigint;
  /** RT of a load. */
  readonly result: bigint;
}

/** What a function code does and where its second value lies, in operands from the first; null when undefined. */
export function atomicOperation(
  code: number,
  isLoad: boolean,
): { neighbour: -1 | 0 | 1; run: (input: AtomicInput) => AtomicResult } | null {
  if (code >= 24) {
    if (!isLoad) return code === 24 ? { neighbour: 1, run: storeTwin } : null;
    if (code === 24) return { neighbour: 1, run: (i) => count(i, 1n, i.memory !== i.beside) };
    if (code === 25) return { neighbour: 1, run: (i) => count(i, 1n, i.memory === i.beside) };
    if (code === 28) return { neighbour: -1, run: (i) => count(i, -1n, i.memory !== i.beside) };
    return null;
  }
  if (code > 7 && !(isLoad && (code === 8 || code === 16))) return null;
  const run = (i: AtomicInput) => ({ memory: change(code, i), beside: i.beside, result: i.memory });
  return { neighbour: 0, run };
}

function change(code: number, { width, memory, a, b }: AtomicInput): bigint {
  const [x, y] = [BigInt.asIntN(width, memory), BigInt.asIntN(width, a)];
  switch (code) {
    case 0:
      return memory + a;
    case 1:
      return memory ^ a;
    case 2:
      return memory | a;
    case 3:
      return memory & a;
    case 4:
      return memory < a ? a : memory;
    case 5:
      return x < y ? a : memory;
    case 6:
      return memory < a ? memory : a;
    case 7:
      return x < y ? memory : a;
    case 8:
      return a;
    default:
      return memory === a ? memory : b;
  }
}

function count({ width, memory, beside }: AtomicInput, by: bigint, may: boolean): AtomicResult {
  if (may) return { memory: memory + by, beside, result: memory };
  return { memory, beside, result: 1n << BigInt(width - 1) };
}

function storeTwin({ memory, beside, a }: AtomicInput): AtomicResult {
  const value = memory === beside ? a : null;
  return { memory: value ?? memory, beside: value ?? beside, result: 0n };
}
