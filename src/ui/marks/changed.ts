// What a value was before: for the mark of a changed value and its tooltip.
import { useState } from 'react';

/** The value before the last change, undefined if it has not changed since the component appeared. */
export function useOld<T>(value: T): T | undefined {
  const [seen, setSeen] = useState<{ now: T; old: T | undefined }>({ now: value, old: undefined });
  if (seen.now === value) return seen.old;
  setSeen({ now: value, old: seen.now });
  return seen.now;
}

/** ', was 0' after a label, or nothing. */
export const was = (old: number | string | undefined): string =>
  old === undefined ? '' : `, was ${old}`;
