// Words whose text does not come back.
import { decode, operandsOf } from '../decode.ts';
import { field } from '../fields.ts';

/** True for a form that the disassembler prints, as objdump does, and the assembler refuses, as GNU as does. */
export function isRefused(word: number): boolean {
  const decoded = decode(word);
  if (decoded === null) return false;
  return operandsOf(decoded.row).some((name) => (field(name).refused?.(word) ?? null) !== null);
}
