// What a row's semantics does, without doing it: decides which function of the interpreter gets its handlers.
import type { Builder } from '../isa/builder.ts';
import type { Variant } from '../isa/decode.ts';

const COLD_ONLY: readonly string[] = ['helper', 'loadReserve', 'storeConditional'];
const ACCESSES: readonly string[] = ['load', 'store'];
const WRITES = /^(set|record$|compare$)/;

/** Names of the Builder methods that the row calls under the variant's flags, in order. */
export function callsOf({ row, flags }: Variant): string[] {
  const calls: string[] = [];
  const recorder = new Proxy({} as Builder, {
    get: (_, method: string) =>
      method === 'flag'
        ? (name: string) => flags[name] === true
        : () => {
            calls.push(method);
            return { expr: 'i64' };
          },
  });
  row.sem(recorder);
  return calls;
}

/**
 * The hot function must stay small: V8 gives a function of more than 8192 virtual registers (V8 11, in Node 20) a
 * weaker register allocation, which halves the speed of all handlers. So what compiled code seldom uses is cold: it
 * costs some 10 ns more.
 */
const RARE =
  /^(dcbz|bctar|bpermd|cmpb|cr(eqv|nand|orc)|mcrxrx|mfocrf|mto?crf|m[tf]xer|popcnt[bw]|prty.|setb|addme|subfme|lhax|l.*ux|st.*ux)$/;
/** Rows whose Rc=1 form is common. */
const RECORDING = /^(add|and|extsw|neg|or|rldicl|rldicr|rlwinm|srawi|sradi|subf)$/;

function isRare({ row, flags }: Variant, calls: readonly string[]): boolean {
  const countsAndTests = flags.BO0 === false && flags.BO2 === false;
  return (
    RARE.test(row.name) ||
    (flags.Rc === true && !RECORDING.test(row.name)) ||
    flags.OE === true ||
    flags.AA === true ||
    countsAndTests ||
    calls.some((call) => /^(div|rem)/.test(call))
  );
}

/**
 * The hot function can execute the variant: it needs no privilege and no helper, and writes no register before its
 * last access or trap, so that it can be given up there and started again.
 */
export function isHot(variant: Variant): boolean {
  const calls = callsOf(variant);
  const firstWrite = calls.findIndex((call) => WRITES.test(call));
  const written = firstWrite < 0 ? [] : calls.slice(firstWrite);
  return (
    variant.row.privilege === 'problem' &&
    !isRare(variant, calls) &&
    !calls.some((call) => COLD_ONLY.includes(call)) &&
    !written.some((call) => ACCESSES.includes(call) || call === 'trapIf')
  );
}

/** The cold function may have to execute the variant. */
export function isCold(variant: Variant): boolean {
  const calls = callsOf(variant);
  return !isHot(variant) || calls.some((call) => ACCESSES.includes(call) || call === 'trapIf');
}
