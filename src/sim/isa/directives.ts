// Assembler directives of GNU as, over an image that grows at its end.
import { didYouMean } from './asm-errors.ts';
import { evaluateIn, type Scope } from './encode.ts';
import {
  bytesOf,
  type Expression,
  ExpressionReader,
  Fault,
  type Token,
  type Value,
} from './expression.ts';

/** Image sizes beyond this are a mistake in the source. */
const MAX_IMAGE = 64 * 1024 * 1024;

/** The bytes assembled so far; `append` is the only way they grow. */
export class ImageWriter {
  private bytes = new Uint8Array(4096);
  size = 0;
  readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  /** Room for `count` zero bytes; returns their offset. */
  reserve(count: number, blame: Token): number {
    const at = this.size;
    if (count > MAX_IMAGE - at) {
      throw new Fault('ASM_TOO_BIG', blame, `the image would exceed ${MAX_IMAGE} bytes`);
    }
    this.size += count;
    if (this.size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.size, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return at;
  }

  fill(count: number, byte: number, blame: Token): void {
    const at = this.reserve(count, blame);
    this.bytes.fill(byte, at, at + count);
  }

  /** The low `size` bytes of a value, in the image's byte order. */
  value(value: bigint, size: number, blame: Token): void {
    const at = this.reserve(size, blame);
    for (let i = 0; i < size; i++) {
      const place = this.littleEndian ? i : size - 1 - i;
      this.bytes[at + place] = Number((value >> BigInt(8 * i)) & 0xffn);
    }
  }

  image(): Uint8Array {
    return this.bytes.slice(0, this.size);
  }
}

/** What a directive works on. */
export interface DirectiveContext {
  readonly out: ImageWriter;
  readonly scope: Scope;
  /** True in a code section: alignment is filled with no-ops there. */
  code: boolean;
  /** Gives a symbol a value, as .set does. */
  readonly setSymbol: (name: Token, value: Value) => void;
}

interface Call {
  readonly name: Token;
  readonly operands: readonly (readonly Token[])[];
  readonly context: DirectiveContext;
}

type Directive = (call: Call) => void;

function expressionOf(call: Call, index: number): Expression {
  const tokens = call.operands[index];
  if (tokens === undefined || tokens.length === 0) {
    throw new Fault('ASM_OPERAND_COUNT', call.name, `${call.name.text} needs a value here`);
  }
  const reader = new ExpressionReader(tokens);
  const e = reader.operand();
  const rest = reader.peek();
  if (rest !== reader.end) {
    throw new Fault('ASM_BAD_OPERAND', rest, `'${rest.text}' does not belong here`);
  }
  return e;
}

const valueAt = (call: Call, index: number): Value =>
  evaluateIn(expressionOf(call, index), call.context.scope);

/** The optional operand at `index`, or `absent` when it is not written. */
function optionalNumber(call: Call, index: number, absent: number): number {
  return (call.operands[index]?.length ?? 0) === 0 ? absent : Number(valueAt(call, index).n);
}

function atMost(call: Call, count: number): void {
  const extra = call.operands[count]?.[0];
  if (extra === undefined) return;
  throw new Fault('ASM_OPERAND_COUNT', extra, `${call.name.text} takes at most ${count} operands`);
}

/** A count of bytes: not negative. */
function countAt(call: Call, index: number): number {
  const { n } = valueAt(call, index);
  const blame = call.operands[index]?.[0] ?? call.name;
  if (n < 0n) throw new Fault('ASM_RANGE', blame, `${n} is negative`);
  return Number(n);
}

const data =
  (size: number): Directive =>
  (call) => {
    const bits = BigInt(8 * size);
    call.operands.forEach((tokens, i) => {
      const blame = tokens[0] ?? call.name;
      // The room is taken first, so that a fault in a value does not move what follows.
      const { n } = settled(
        () => valueAt(call, i),
        () => call.context.out.reserve(size, blame),
      );
      if (n < -(1n << (bits - 1n)) || n >= 1n << bits) {
        call.context.out.reserve(size, blame);
        throw new Fault('ASM_RANGE', blame, `${n} does not fit ${size} bytes`);
      }
      call.context.out.value(n, size, blame);
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

const text =
  (terminated: boolean): Directive =>
  ({ name, operands, context }) => {
    for (const tokens of operands) {
      const [string, extra] = tokens;
      if (string?.kind !== 'string' || extra !== undefined) {
        const blame = extra ?? string ?? name;
        throw new Fault('ASM_BAD_OPERAND', blame, `${name.text} needs strings in double quotes`);
      }
      const bytes = [...bytesOf(string.text), ...(terminated ? [0] : [])];
      for (const byte of bytes) context.out.fill(1, byte, string);
    }
  };

const space: Directive = (call) => {
  atMost(call, 2);
  call.context.out.fill(countAt(call, 0), optionalNumber(call, 1, 0) & 0xff, call.name);
};

const fill: Directive = (call) => {
  atMost(call, 3);
  const size = Math.min(optionalNumber(call, 1, 1), 8);
  const value = BigInt(optionalNumber(call, 2, 0));
  for (let i = countAt(call, 0); i > 0; i--) call.context.out.value(value, size, call.name);
};

const NOP = 0x60000000n;
/** GNU as branches over longer runs of no-ops. */
const NOPS_IN_A_ROW = 4;

const align =
  (isPower: boolean): Directive =>
  (call) => {
    atMost(call, 3);
    const amount = isPower ? 2 ** countAt(call, 0) : Math.max(countAt(call, 0), 1);
    if (!Number.isInteger(Math.log2(amount))) {
      const blame = call.operands[0]?.[0] ?? call.name;
      throw new Fault('ASM_RANGE', blame, `${amount} is not a power of two`);
    }
    const { out, scope, code } = call.context;
    const count = Number(BigInt.asUintN(64, -scope.address) % BigInt(amount));
    if (count > optionalNumber(call, 2, amount)) return;
    const filled = (call.operands[1]?.length ?? 0) > 0;
    if (filled || !code || count % 4 !== 0) {
      out.fill(count, optionalNumber(call, 1, 0) & 0xff, call.name);
      return;
    }
    const words = count / 4;
    for (let i = 0; i < words; i++) {
      const branch = i === 0 && words > NOPS_IN_A_ROW;
      out.value(branch ? 0x48000000n + BigInt(count) : NOP, 4, call.name);
    }
  };

/** Absolute values count from the start of the image, as GNU as counts from the start of the section. */
const org: Directive = (call) => {
  atMost(call, 2);
  const { out, scope } = call.context;
  const { n, labels } = valueAt(call, 0);
  const here = scope.address - BigInt(out.size);
  const offset = Number(labels === 0 ? n : n - here);
  const blame = call.operands[0]?.[0] ?? call.name;
  if (offset < out.size) {
    const message = `.org 0x${Math.max(offset, 0).toString(16)} is before 0x${out.size.toString(16)}`;
    throw new Fault('ASM_ORG_BACKWARDS', blame, message);
  }
  out.fill(offset - out.size, optionalNumber(call, 1, 0) & 0xff, call.name);
};

const set: Directive = (call) => {
  atMost(call, 2);
  const symbol = call.operands[0]?.[0];
  if (symbol?.kind !== 'name' || call.operands[0]?.length !== 1) {
    throw new Fault('ASM_BAD_OPERAND', symbol ?? call.name, `${call.name.text} needs a symbol`);
  }
  call.context.setSymbol(symbol, valueAt(call, 1));
};

const section =
  (code: boolean): Directive =>
  ({ context }) => {
    context.code = code;
  };

const namedSection: Directive = ({ operands, context }) => {
  const name = operands[0]?.[0]?.text ?? '';
  const flags = operands[1]?.[0]?.text;
  context.code = flags === undefined ? name.startsWith('.text') : flags.includes('x');
};

/** For the linker and the debugger: nothing in a flat image. */
const ignored: Directive = () => {};

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  '.byte': data(1),
  '.short': data(2),
  '.hword': data(2),
  '.word': data(2),
  '.2byte': data(2),
  '.long': data(4),
  '.int': data(4),
  '.4byte': data(4),
  '.quad': data(8),
  '.llong': data(8),
  '.8byte': data(8),
  '.ascii': text(false),
  '.asciz': text(true),
  '.string': text(true),
  '.space': space,
  '.skip': space,
  '.zero': space,
  '.fill': fill,
  '.align': align(true),
  '.p2align': align(true),
  '.balign': align(false),
  '.org': org,
  '.set': set,
  '.equ': set,
  '.text': section(true),
  '.data': section(false),
  '.bss': section(false),
  '.section': namedSection,
  '.globl': ignored,
  '.global': ignored,
  '.local': ignored,
  '.weak': ignored,
  '.hidden': ignored,
  '.type': ignored,
  '.size': ignored,
  '.machine': ignored,
  '.abiversion': ignored,
  '.file': ignored,
  '.ident': ignored,
};

/** Carries out a directive; throws a Fault that names what is wrong. */
export function runDirective(
  name: Token,
  operands: readonly (readonly Token[])[],
  context: DirectiveContext,
): void {
  const directive = Object.hasOwn(DIRECTIVES, name.text) ? DIRECTIVES[name.text] : undefined;
  if (directive === undefined) {
    const hint = didYouMean(name.text, Object.keys(DIRECTIVES));
    throw new Fault('ASM_UNKNOWN_DIRECTIVE', name, `no directive is named '${name.text}'`, hint);
  }
  directive({ name, operands, context });
}
