// What a row's semantics does, without doing it: decides which function of the interpreter gets its handlers.
import type { Builder } from '../isa/builder.ts';
import type { Variant } from '../isa/decode.ts';

/** Done in TypeScript. */
const COLD_ONLY =
  /^(fp\.setStatus|helper|loadReserve|storeConditional|(load|store)(String|Atomic))$/;
/** At these the hot and the vector function may give up the instruction. */
const GIVES_UP = /^(\w+\.)?(load\w*|store\w*|trapIf|align)$/;
/** At these the vector function gives up the instruction before any effect when an exception is enabled. */
const COMPUTES = /^fp\.(set(Result|Integer|Integral)|compare)$/;
const WRITES = /^(?:\w+\.)?(set|record$|compare$)/;

/** Stands for any result, also for a list of results. */
const ANYTHING = {
  expr: 'i64',
  *[Symbol.iterator](): Generator<unknown> {
    for (;;) yield ANYTHING;
  },
};
/** Nested vocabularies of the Builder: their methods are named 'fp.add', 'vec.setReg'. */
const VOCABULARIES: readonly string[] = ['fp', 'vec'];

const recorded = new WeakMap<Variant, readonly string[]>();

/** Names of the Builder methods that the row calls under the variant's flags, in order. */
export function callsOf(variant: Variant): readonly string[] {
  const known = recorded.get(variant) ?? record(variant);
  recorded.set(variant, known);
  return known;
}

function record({ row, flags }: Variant): string[] {
  const calls: string[] = [];
  const recorder = (prefix: string): Builder =>
    new Proxy({} as Builder, {
      get: (_, method: string) => {
        if (method === 'flag') return (name: string) => flags[name] === true;
        if (VOCABULARIES.includes(method)) return recorder(`${method}.`);
        return () => {
          calls.push(prefix + method);
          return ANYTHING;
        };
      },
    });
  row.sem(recorder(''));
  return calls;
}

/**
 * The hot function must stay small: V8 gives a function of more than 8192 virtual registers (V8 11, in Node 20) a
 * weaker register allocation, which halves the speed of all handlers. So what compiled code seldom uses is cold: it
 * costs some 10 ns more.
 */
const RARE =
  /^(dcbz|lq|stq|copy|paste.|bctar|addex|addg6s|bpermd|c(bcdtd|dtbcd)|cmpeqb|cmprb|madd.*|mcrxr|cmpb|cr(eqv|nand|orc)|mcrxrx|mfocrf|mto?crf|m[tf]xer|popcnt[bw]|prty.|setb|addme|subfme|lhax|l.*ux|st.*ux)$/;
/** Rows whose Rc=1 form is common. */
const RECORDING = /^(add|and|extsw|neg|or|rldicl|rldicr|rlwinm|srawi|sradi|subf)$/;

function isRare({ row, flags }: Variant, calls: readonly string[]): boolean {
  const countsAndTests = flags.BO2 === false && (flags.BO0 === false || row.name === 'bcctr');
  return (
    RARE.test(row.name) ||
    (flags.Rc === true && !RECORDING.test(row.name)) ||
    flags.OE === true ||
    flags.AA === true ||
    countsAndTests ||
    calls.some((call) => /^(div|rem)/.test(call))
  );
}

/** The function of the interpreter that executes a variant first; the cold function can take over from the others. */
export type Home = 'hot' | 'vector' | 'cold';

/**
 * Hot: needs no privilege, facility or helper. Hot and vector write no register before the last access or trap, so
 * that the instruction can be given up there and started again.
 */
export function placeOf(variant: Variant): Home {
  const calls = callsOf(variant);
  const firstWrite = calls.findIndex((call) => WRITES.test(call));
  const written = firstWrite < 0 ? [] : calls.slice(firstWrite);
  const needsHook =
    variant.row.privilege !== 'problem' ||
    calls.some((call) => COLD_ONLY.test(call)) ||
    written.some((call) => GIVES_UP.test(call));
  if (needsHook) return 'cold';
  if (variant.row.facility !== undefined) return 'vector';
  return isRare(variant, calls) ? 'cold' : 'hot';
}

/** The cold function may have to execute the variant. */
export function isCold(variant: Variant): boolean {
  const givesUp = (call: string) => GIVES_UP.test(call) || COMPUTES.test(call);
  return placeOf(variant) === 'cold' || callsOf(variant).some(givesUp);
}
