// How the operands of an instruction lie in its 16-byte decoded entry: u16 handler at 0, u16 operands at 2, 4, 6,
// then either one 64-bit immediate at 8 or further u16 operands at 8, 10, 12, 14.
import { field } from '../isa/fields.ts';
import { THREAD } from './layout.ts';

/** What a handler does with a field; it decides the form in which the entry holds it. */
export type OperandUse =
  | 'reg' // u16: offset of the GPR in the thread page
  | 'regOr0' // u16: the same, or the offset of a constant zero for field value 0
  | 'vsr' // u16: offset of the VSR in the thread's pages; a VR is one of the upper 32
  | 'crField' // u16: offset of the CR field from the first
  | 'crBit' // u16: 4 * field + (bit's distance from the low end of the field)
  | 'imm' // u16 or i64: the value
  | 'rel'; // i64: displacement in bytes; in near handlers, in bytes of decoded entries

export interface Operand {
  readonly field: string;
  readonly use: OperandUse;
  /** Offset in the entry, and size in bytes. */
  readonly offset: number;
  readonly size: 2 | 8;
}

const NARROW = [2, 4, 6, 8, 10, 12, 14];
const WIDE = 8;

/** Places of one row's operands, given out in the order in which the row asks for them. */
export class OperandLayout {
  readonly operands: Operand[] = [];

  /** The place of a field; a row that needs more than an entry holds is our bug. */
  place(name: string, use: OperandUse): Operand {
    const known = this.operands.find((o) => o.field === name && o.use === use);
    if (known !== undefined) return known;
    const size = isWide(name, use) ? 8 : 2;
    const offset = (size === 8 ? [WIDE] : NARROW).find((at) => this.#isFree(at, size));
    if (offset === undefined) throw new Error(`OperandLayout: no room for ${name}`);
    const operand = { field: name, use, offset, size } as const;
    this.operands.push(operand);
    return operand;
  }

  #isFree(offset: number, size: number): boolean {
    return this.operands.every((o) => offset + size <= o.offset || o.offset + o.size <= offset);
  }
}

/** The value that the entry holds for an operand of `word`. */
export function operandValue(operand: Operand, word: number): number | bigint {
  const value = field(operand.field).get(word);
  if (typeof value === 'bigint') return value;
  switch (operand.use) {
    case 'reg':
      return THREAD.gpr + 8 * value;
    case 'regOr0':
      return value === 0 ? THREAD.zero : THREAD.gpr + 8 * value;
    case 'vsr':
      return THREAD.vsr + 16 * (field(operand.field).kind === 'vr' ? value + 32 : value);
    case 'crField':
      return 4 * value;
    case 'crBit':
      return value ^ 3;
    default:
      return value;
  }
}

function isWide(name: string, use: OperandUse): boolean {
  const kind = field(name).kind;
  return use === 'rel' || (use === 'imm' && (kind === 'simm' || kind === 'mask' || kind === 'rel'));
}
