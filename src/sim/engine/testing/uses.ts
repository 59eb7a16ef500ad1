// Which builder operations a variant's semantics uses.
import type { Builder } from '../../isa/builder.ts';
import type { Variant } from '../../isa/decode.ts';

/** Names of the Builder methods that the row calls under these flags. */
export function usesOf({ row, flags }: Variant): Set<string> {
  const used = new Set<string>();
  const recorder = new Proxy({} as Builder, {
    get: (_, method: string) =>
      method === 'flag'
        ? (name: string) => flags[name] === true
        : () => {
            used.add(method);
            return { expr: 'i64' };
          },
  });
  row.sem(recorder);
  return used;
}
