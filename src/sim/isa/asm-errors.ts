// Every error the assembler reports: what a user typed is wrong, where, and what to do about it.

/** Code -> what it means. Each has a test in asm-errors.test.ts. */
export const ASM_ERRORS = {
  ASM_SYNTAX: 'the text is not a statement',
  ASM_UNTERMINATED: 'a string, character constant or comment is never closed',
  ASM_BAD_NUMBER: 'a number is malformed or wider than 64 bits',
  ASM_UNKNOWN_MNEMONIC: 'no instruction has this name',
  ASM_UNKNOWN_DIRECTIVE: 'no directive has this name',
  ASM_OPERAND_COUNT: 'too few or too many operands',
  ASM_BAD_OPERAND: 'the operand is not of the kind that is needed',
  ASM_BAD_REGISTER: 'a register is expected here, of another kind or number',
  ASM_REGISTER_AS_VALUE: 'a register name stands where a number is expected',
  ASM_RANGE: 'the value does not fit its field',
  ASM_INVALID_FORM: 'the operands make a form that the architecture forbids',
  ASM_MISALIGNED: 'instructions are at multiples of 4',
  ASM_UNDEFINED_SYMBOL: 'no label or symbol has this name',
  ASM_DUPLICATE_SYMBOL: 'the label exists already',
  ASM_BAD_MODIFIER: 'no such part of an address',
  ASM_DIVIDE_BY_ZERO: 'an expression divides by zero',
  ASM_ORG_BACKWARDS: '.org cannot move backwards',
  ASM_TOO_BIG: 'the image, a line or an expression would be too big',
  ASM_BSS_DATA: 'a section of zeros cannot hold other bytes',
  ASM_NOT_CONSTANT: 'the value must be known at this place',
  ASM_BLOCK: 'a directive of a block has no partner',
  ASM_MACRO_ARGUMENT: 'the arguments do not fit the macro',
  ASM_EXPANSION: 'macros or repetitions go on without end',
  ASM_INCLUDE: 'other files cannot be included',
  ASM_ERROR_DIRECTIVE: 'the program itself says so with .error',
  ASM_LAYOUT: 'addresses depend on each other and never settle',
} as const;

export type AsmErrorCode = keyof typeof ASM_ERRORS;

/** One mistake in the source; `line` and `column` count from 1. */
export interface AsmError {
  readonly code: AsmErrorCode;
  readonly line: number;
  readonly column: number;
  /** The offending piece of text. */
  readonly text: string;
  readonly message: string;
  readonly hint?: string;
}

/**
 * The closest of `names` as a hint, when it is at most two edits (one in short words) away; of equally close ones
 * the first of the same length.
 */
export function didYouMean(text: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = text.length < 4 ? 2 : 3;
  for (const name of names) {
    const difference = Math.abs(name.length - text.length);
    if (difference >= bestDistance) continue;
    // Half an edit for another length: letters are swapped more often than lost.
    const distance = editDistance(text, name) + (difference > 0 ? 0.5 : 0);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best === undefined ? undefined : `did you mean ${best}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replace, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
