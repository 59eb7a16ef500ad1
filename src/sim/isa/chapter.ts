// Shorthand in which the row files write their tables.
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

type Own = Partial<Pick<Row, 'privilege' | 'since' | 'until' | 'facility'>>;

/** Returns a row maker for one section of the manual; rows are base architecture and unprivileged unless said. */
export function chapter(isa: string, defaults: Own = {}) {
  return (
    name: string,
    form: string,
    pattern: string,
    asm: string,
    sem: Sem,
    own: Own = {},
  ): Row => ({
    name,
    form,
    pattern,
    asm,
    isa,
    sem,
    since: 'P1',
    privilege: 'problem',
    ...defaults,
    ...own,
  });
}
