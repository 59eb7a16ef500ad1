// What finished hcalls say of each entry that a storm can reach, as operations of the model.
import * as model from './entry-model.ts';
import { type Call, PTEGS } from './storm-calls.ts';

/** An hcall that has returned: when it began and ended, its code and r4 to r11. */
export interface Returned {
  readonly call: Call;
  readonly begin: number;
  readonly end: number;
  readonly code: number;
  readonly out: readonly bigint[];
}

/** The histories of all entries that the storm can reach. */
export class Histories {
  readonly of = new Map<number, model.Operation[]>(
    PTEGS.flatMap((pteg) => Array.from({ length: 8 }, (_, i) => [pteg * 8 + i, []])),
  );
  add(index: number, begin: number, end: number, what: string, apply: model.Operation['apply']) {
    this.of.get(index)?.push({ begin, end, what, apply });
  }
}

/** Adds a finished hcall to the histories. Returns why its result is impossible in itself, or ''. */
export function record(histories: Histories, { call, begin, end, code, out }: Returned): string {
  const [flags = 0n, at = 0n, third = 0n, fourth = 0n] = call.args;
  const index = Number(at);
  const add = (i: number, apply: model.Operation['apply']): void =>
    histories.add(i, begin, end, call.name, apply);
  if (call.name !== 'kvmppc_h_bulk_remove' && call.bad !== (code === -4)) return `returned ${code}`;
  if (call.bad && call.name !== 'kvmppc_h_bulk_remove') return '';
  const [r4 = 0n, r5 = 0n] = out;
  switch (call.name) {
    case 'kvmppc_h_enter': {
      const exact = (flags & (1n << 39n)) !== 0n;
      const group = exact ? [index] : Array.from({ length: 8 }, (_, i) => (index & ~7) + i);
      if (code === -6) for (const i of group) add(i, model.occupied);
      else if (code !== 0 || !group.includes(Number(r4))) return `returned ${code}, index ${r4}`;
      else add(Number(r4), model.entered(third, fourth));
      return '';
    }
    case 'kvmppc_h_remove':
      add(index, model.removed(flags, third, code, r4, r5));
      return '';
    case 'kvmppc_h_protect':
      add(index, model.protectedBy(flags, third, code));
      return '';
    case 'kvmppc_h_clear_ref':
      add(index, model.cleared('R', code, r4));
      return '';
    case 'kvmppc_h_clear_mod':
      add(index, model.cleared('C', code, r4));
      return '';
    case 'kvmppc_h_read': {
      const four = (flags & (1n << 37n)) !== 0n;
      for (let i = 0; i < (four ? 4 : 1); i++)
        add((four ? index & ~3 : index) + i, model.sawV(out[2 * i] ?? 0n));
      return '';
    }
    case 'kvmppc_h_bulk_remove':
      return recordBulk(call, code, out, add);
  }
}

function recordBulk(
  { args, bad }: Call,
  code: number,
  out: readonly bigint[],
  add: (i: number, apply: model.Operation['apply']) => void,
): string {
  const inOrder = [0, 2, 4, 6];
  let refused = false;
  for (const at of inOrder) {
    const [word = 0n, tsl = 0n, answer = 0n] = [args[at], args[at + 1], out[at]];
    if (word >> 62n === 3n) break;
    const index = word & ((1n << 56n) - 1n);
    const mode = Number((word >> 56n) & 3n);
    const top = Number(answer >> 56n);
    if ((answer & ((1n << 56n) - 1n)) !== index) return `answers for index ${answer}`;
    if (word >> 62n !== 1n || mode === 3 || index >= 1n << 14n) {
      refused = true;
      if (top !== (0xa0 | mode)) return `answers ${top} to a bad request`;
      break;
    }
    add(Number(index), model.bulkRemoved(mode, tsl, top));
  }
  if (refused !== (code === -4) || (refused && !bad)) return `returned ${code}`;
  return '';
}
