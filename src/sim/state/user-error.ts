// What a user typed or asked for is wrong: a typed value with code, sentence and remedy (style guide S7).

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Success with a value, or the user's mistake. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: UserError };

export const succeed = <T>(value: T): Result<T> => ({ ok: true, value });
export function fail(code: string, message: string, hint?: string): Result<never> {
  return { ok: false, error: hint === undefined ? { code, message } : { code, message, hint } };
}
