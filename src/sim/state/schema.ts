// Records: kernel, host and VMM structures as plain objects whose fields are declared once (architecture section 3).
// The declaration gives the type, the initial value, the hash, and the text that the Inspector shows.

/** Plain data that may appear in a record: cloneable, comparable, saveable. */
export type Plain =
  | number
  | bigint
  | string
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** One field: who writes it, what it is, its value in a new record. */
export interface FieldSpec<T> {
  readonly kind: 'count' | 'word' | 'flag' | 'reg' | 'regs' | 'text' | 'id' | 'data';
  /** The code that may write it. */
  readonly by: string;
  readonly what: string;
  readonly init: () => T;
}

/** The declared fields of one kind of record. */
export interface RecordSpec<
  F extends Record<string, FieldSpec<unknown>> = Record<string, FieldSpec<unknown>>,
> {
  readonly name: string;
  readonly fields: F;
}

/** The plain object that a specification describes. */
export type RecordOf<S extends RecordSpec> = {
  -readonly [K in keyof S['fields']]: S['fields'][K] extends FieldSpec<infer T> ? T : never;
};

/** A whole number below 2^53: counts, cycles, ticks. */
export const count = (by: string, what: string, init = 0): FieldSpec<number> => ({
  kind: 'count',
  by,
  what,
  init: () => init,
});
/** A number of up to 32 bits that people read in hexadecimal: CR, vectors. */
export const word = (by: string, what: string, init = 0): FieldSpec<number> => ({
  kind: 'word',
  by,
  what,
  init: () => init,
});
/** 0 or 1, as the kernel keeps it. */
export const flag = (by: string, what: string, init = 0): FieldSpec<number> => ({
  kind: 'flag',
  by,
  what,
  init: () => init,
});
/** Number of another record, -1 = none. */
export const id = (by: string, what: string, init = -1): FieldSpec<number> => ({
  kind: 'id',
  by,
  what,
  init: () => init,
});
/** A 64-bit register image, unsigned. */
export const reg = (by: string, what: string, init = 0n): FieldSpec<bigint> => ({
  kind: 'reg',
  by,
  what,
  init: () => init,
});
/** An array of 64-bit register images. */
export const regs = (n: number, by: string, what: string): FieldSpec<bigint[]> => ({
  kind: 'regs',
  by,
  what,
  init: () => new Array<bigint>(n).fill(0n),
});
export const text = (by: string, what: string, init = ''): FieldSpec<string> => ({
  kind: 'text',
  by,
  what,
  init: () => init,
});
/** Lists and small structures; only plain data may be put there. */
export const data = <T>(by: string, what: string, init: () => T): FieldSpec<T> => ({
  kind: 'data',
  by,
  what,
  init,
});

/** Declares a record. */
export function record<F extends Record<string, FieldSpec<unknown>>>(
  name: string,
  fields: F,
): RecordSpec<F> {
  return { name, fields };
}

/** A new record with its initial values, some replaced. */
export function make<S extends RecordSpec>(
  spec: S,
  values: Partial<RecordOf<S>> = {},
): RecordOf<S> {
  const made: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(spec.fields)) made[name] = field.init();
  return Object.assign(made, values) as RecordOf<S>;
}
