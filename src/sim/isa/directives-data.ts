// Directives that put data into a section.
import { atMost, countAt, type Directive, optionalNumber, valueAt } from './directive-operands.ts';
import { bytesOf, Fault, type Token } from './expression.ts';

/** `.long 1, sym + 4` and kin: values of `size` bytes. */
export const data =
  (size: number): Directive =>
  (call) => {
    const bits = BigInt(8 * size);
    call.operands.forEach((tokens, i) => {
      const blame = tokens[0] ?? call.name;
      // The room is taken first, so that a fault in a value does not move what follows.
      const { n } = settled(
        () => valueAt(call, i),
        () => call.context.layout.out.reserve(size, blame),
      );
      if (n < -(1n << (bits - 1n)) || n >= 1n << bits) {
        call.context.layout.out.reserve(size, blame);
        throw new Fault('ASM_RANGE', blame, `${n} does not fit ${size} bytes`);
      }
      call.context.layout.out.value(n, size, blame);
    });
  };

function settled<T>(compute: () => T, onFault: () => void): T {
  try {
    return compute();
  } catch (fault) {
    onFault();
    throw fault;
  }
}

/** `.ascii "text"` and kin. */
export const text =
  (terminated: boolean): Directive =>
  ({ name, operands, context }) => {
    for (const tokens of operands) {
      const [string, extra] = tokens;
      if (string?.kind !== 'string' || extra !== undefined) {
        const blame = extra ?? string ?? name;
        throw new Fault('ASM_BAD_OPERAND', blame, `${name.text} needs strings in double quotes`);
      }
      const bytes = [...bytesOf(string.text), ...(terminated ? [0] : [])];
      for (const byte of bytes) context.layout.out.fill(1, byte, string);
    }
  };

/** `.space COUNT[,BYTE]`. */
export const space: Directive = (call) => {
  atMost(call, 2);
  call.context.layout.out.fill(countAt(call, 0), optionalNumber(call, 1, 0) & 0xff, call.name);
};

/** `.fill COUNT[,SIZE[,VALUE]]`. */
export const fill: Directive = (call) => {
  atMost(call, 3);
  const size = Math.min(optionalNumber(call, 1, 1), 8);
  // At most 4 bytes come from the value: GNU as, "Fill".
  const value = BigInt(optionalNumber(call, 2, 0));
  call.context.layout.out.repeat(countAt(call, 0), value, size, call.name, Math.min(size, 4));
};

/** Numbers with a point, 'inf' and 'nan'; GNU as allows a prefix such as 0f. */
export const floating =
  (size: 4 | 8): Directive =>
  ({ name, rest, context }) => {
    let column = name.column + name.text.length;
    for (const piece of rest.split(',')) {
      const text = piece.trim();
      const blame: Token = { kind: 'name', text, column: column + piece.indexOf(text) };
      const bits = floatingBits(text.replace(/^([-+]?)0[a-zA-Z]/, '$1'), size);
      if (bits === null) throw new Fault('ASM_BAD_NUMBER', blame, `'${text}' is not a number`);
      context.layout.out.value(bits, size, blame);
      column += piece.length + 1;
    }
  };

function floatingBits(literal: string, size: 4 | 8): bigint | null {
  const [, sign = '', special] = /^([-+]?)(inf|infinity|nan)$/i.exec(literal) ?? [];
  if (special === undefined && !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(literal)) return null;
  const view = new DataView(new ArrayBuffer(8));
  const value = special === undefined ? Number(literal) : specialValue(sign, special);
  if (size === 4) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return size === 4 ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
}

function specialValue(sign: string, name: string): number {
  const magnitude = /^nan$/i.test(name) ? Number.NaN : Number.POSITIVE_INFINITY;
  return sign === '-' ? -magnitude : magnitude;
}
